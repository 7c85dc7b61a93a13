/* SPDX-License-Identifier: BSD-2-Clause */
/* maps (proc_pid_maps(5)): a line `start-end rwxp offset major:minor inode path` per mapping. */
#include "process.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* False: not such a line, or no memory (then the path is NULL). */
static bool parse_mapping(const char *line, struct lx_mapping *mapping)
{
    char rights[5];
    unsigned major_number, minor_number;
    int used = 0;
    mapping->path = NULL;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &mapping->start, &mapping->end,
               rights, &mapping->offset, &major_number, &minor_number, &mapping->inode, &used) != 7 ||
        used == 0 || mapping->end <= mapping->start) {
        return false;
    }
    mapping->device = makedev(major_number, minor_number);
    mapping->read = rights[0] == 'r';
    mapping->write = rights[1] == 'w';
    mapping->execute = rights[2] == 'x';
    mapping->shared = rights[3] == 's';
    mapping->path = strdup(line + used);
    return mapping->path != NULL;
}

enum lx_status lx_mappings_read(pid_t id, struct lx_mapping **mappings, size_t *count)
{
    *mappings = NULL;
    *count = 0;
    char *text = lx_read(id, "maps");
    if (text == NULL) {
        return errno == EACCES || errno == EPERM ? LX_DENIED : lx_failure();
    }
    for (char *line = text[0] != '\0' ? text : NULL; line != NULL;) {
        char *next = lx_next_line(line);
        struct lx_mapping mapping = {0};
        if (parse_mapping(line, &mapping)) {
            if (!lx_grow((void **)mappings, *count, sizeof mapping)) {
                free(mapping.path);
                free(text);
                return LX_NO_MEMORY;
            }
            (*mappings)[(*count)++] = mapping;
        }
        line = next;
    }
    free(text);
    return *count == 0 ? LX_KERNEL : LX_OK;
}

void lx_mappings_free(struct lx_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(mappings[i].path);
    }
    free(mappings);
}

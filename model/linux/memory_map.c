/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of /proc/iomem that are not indented are whole ranges; those indented say what lies within. */
#include "memory_map.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lx_memory_map_read(struct lx_memory_map *map)
{
    char path[LX_PATH];
    *map = (struct lx_memory_map){0};
    snprintf(path, sizeof path, "%s/iomem", lx_proc);
    char *text = lx_read_file(path);
    if (text == NULL) {
        return errno != ENOMEM;
    }
    for (char *line = text[0] != '\0' ? text : NULL; line != NULL;) {
        char *next = lx_next_line(line);
        uint64_t first, last;
        if (line[0] != ' ' && sscanf(line, "%" SCNx64 "-%" SCNx64, &first, &last) == 2 && last > first &&
            (strstr(line, " : System RAM") != NULL || strstr(line, " : Persistent Memory") != NULL)) {
            if (!lx_grow((void **)&map->stretches, map->count, sizeof *map->stretches)) {
                free(text);
                return false;
            }
            map->stretches[map->count++] = (struct lx_stretch){first, last + 1};
        }
        line = next;
    }
    free(text);
    return true;
}

bool lx_memory_map_is_device(const struct lx_memory_map *map, uint64_t address)
{
    for (size_t i = 0; i < map->count; i++) {
        if (address >= map->stretches[i].start && address < map->stretches[i].end) {
            return false;
        }
    }
    return map->count > 0;
}

void lx_memory_map_free(struct lx_memory_map *map)
{
    free(map->stretches);
    *map = (struct lx_memory_map){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a control group limits (cgroups(7)): memory, tasks, CPU time, cores. */
#include "groups.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files of versions 2 and 1, and what they say where there is no limit. */
static const struct {
    const char *file, *name, *none;
} limits[] = {
    {"memory.max", "memory", "max"},
    {"memory.limit_in_bytes", "memory", "9223372036854771712"},
    {"pids.max", "tasks", "max"},
    {"cpu.max", "cpu", "max 100000"},
    {"cpu.cfs_quota_us", "cpu", "-1"},
    {"cpuset.cpus", "cores", ""},
};

void lx_group_text(const char *line, char *text, size_t size)
{
    const char *controllers = strchr(line, ':');
    const char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    snprintf(text, size, "%s", line);
    if (path == NULL) {
        return;
    }
    int length = (int)(path - controllers - 1);
    const char *root = length == 0 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/";
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        char file[LX_PATH];
        snprintf(file, sizeof file, "%s%.*s%s/%s", root, length, controllers + 1, path + 1, limits[i].file);
        char *value = lx_read_file(file);
        if (value != NULL) {
            value[strcspn(value, "\n")] = '\0';
            size_t used = strlen(text);
            if (value[0] != '\0' && strcmp(value, limits[i].none) != 0) {
                snprintf(text + used, size - used, " %s=%s", limits[i].name, value);
            }
            free(value);
        }
    }
}

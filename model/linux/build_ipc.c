/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V message queues, semaphores and shared segments (sysvipc(7)): who may use them, by owner, group and mode. The
 * kernel lists those of the reader's own IPC namespace (proc_sysvipc(5)); tasks in others have none here.
 */
#include "../core/graph.h"
#include "authority.h"
#include "build.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A queue, set of semaphores or segment. `user` and `group`: owner and maker. */
struct object {
    const char *type;
    unsigned id, mode;
    uint32_t user[2], group[2];
    char text[64];
};

struct objects {
    struct object *items;
    size_t count;
};

/* The columns of the three files differ between the mode and the users. */
static const struct {
    const char *file, *type, *format;
} kinds[] = {
    {"/proc/sysvipc/msg", "MSGQ", "%d %u %o %*u %*u %*d %*d %u %u %u %u"},
    {"/proc/sysvipc/sem", "SEMS", "%d %u %o %*u %u %u %u %u"},
    {"/proc/sysvipc/shm", "SHM", "%d %u %o %*u %*d %*d %*u %u %u %u %u"},
};

static bool read_objects(struct objects *objects)
{
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
        char *text = lx_read_file(kinds[kind].file);
        for (char *line = text; line != NULL && line[0] != '\0';) {
            char *next = lx_next_line(line);
            int key;
            struct object o = {.type = kinds[kind].type};
            bool fits = sscanf(line, kinds[kind].format, &key, &o.id, &o.mode, &o.user[0], &o.group[0], &o.user[1],
                               &o.group[1]) == 7; /* not the heading */
            if (fits && !lx_grow((void **)&objects->items, objects->count, sizeof o)) {
                free(text);
                return false;
            }
            if (fits) {
                snprintf(o.text, sizeof o.text, "key 0x%x user %" PRIu32 " mode %03o", (unsigned)key, o.user[0], o.mode & 0777);
                objects->items[objects->count++] = o;
            }
            line = next;
        }
        free(text);
    }
    return true;
}

static bool in_group(const struct lx_credentials *task, const uint32_t *groups)
{
    bool found = task->group[1] == groups[0] || task->group[1] == groups[1];
    for (size_t i = 0; i < task->group_count && !found; i++) {
        found = task->groups[i] == groups[0] || task->groups[i] == groups[1];
    }
    return found;
}

/* "Resource access permissions" of sysvipc(7): the first class that fits counts, alone. */
static unsigned rights_of(const struct lx_credentials *task, const struct object *object)
{
    unsigned bits = task->user[1] == object->user[0] || task->user[1] == object->user[1] ? object->mode >> 6
                    : in_group(task, object->group)                                      ? object->mode >> 3
                                                                                         : object->mode;
    return ((bits & 4) != 0 ? CM_READ : 0u) | ((bits & 2) != 0 ? CM_WRITE : 0u);
}

static enum cm_status hold_objects(struct lx_build *build, const struct lx_task *task, const struct objects *objects,
                                   uint64_t own, cm_node pd)
{
    const struct lx_membership *in = NULL;
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < task->membership_count; i++) {
        in = strcmp(task->memberships[i].type, "NSIPC") == 0 ? &task->memberships[i] : in;
    }
    if (in == NULL || in->number != own) {
        return CM_OK;
    }
    bool capable = in->owner != 0 && lx_capable(&task->credentials, in->owner, LX_CAP_IPC_OWNER, build->namespaces);
    for (size_t i = 0; i < objects->count && status == CM_OK; i++) {
        const struct object *object = &objects->items[i];
        unsigned rights = capable ? CM_READ | CM_WRITE : rights_of(&task->credentials, object);
        cm_node node;
        if (rights != 0) {
            status = lx_find_resource(build, object->type, own, object->id, object->text, &node);
            status = status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_HOLD, pd, node, rights);
        }
    }
    return status;
}

enum cm_status lx_add_ipc(struct lx_build *build)
{
    struct stat own;
    struct objects objects = {0};
    size_t pd = 0;
    if (stat("/proc/self/ns/ipc", &own) != 0) {
        return CM_OK;
    }
    enum cm_status status = read_objects(&objects) ? CM_OK : CM_NO_MEMORY;
    for (size_t i = 0; i < build->entry_count && status == CM_OK; i++) {
        const struct lx_process *process = &build->entries[i].process;
        for (size_t t = 0; t < process->task_count && status == CM_OK; t++) {
            status = hold_objects(build, &process->tasks[t], &objects, own.st_ino, build->pds[pd++]);
        }
    }
    free(objects.items);
    return status;
}

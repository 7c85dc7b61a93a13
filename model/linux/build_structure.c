/* SPDX-License-Identifier: BSD-2-Clause */
/* Namespaces and control groups lie in each other: what is done to the outer one is done to the inner. Of folders that are mounted
 * it is the other way round: whoever reaches the outer one reaches the inner. Threads of a process
 * die together, all of a PID namespace with its first process (pid_namespaces(7)); a tracer handles the faults of what it
 * traces. (What is to happen to a process when its parent dies, PR_SET_PDEATHSIG, the kernel tells nobody else.) */
#include "build.h"
#include "groups.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------ in each other */

/* Spaces, and the resources that stand for them, of one type. */
static enum cm_status map_into(struct lx_build *build, const char *type, uint64_t inner, uint64_t outer, const char *inner_name,
                               const char *outer_name)
{
    cm_node spaces[2];
    cm_node nodes[2];
    enum cm_status status = lx_find_resource(build, type, inner, 1, inner_name, &nodes[0]);
    status = status != CM_OK ? status : lx_find_resource(build, type, outer, 1, outer_name, &nodes[1]);
    status = status != CM_OK ? status : lx_find_space(build, type, inner, &spaces[0]);
    status = status != CM_OK ? status : lx_find_space(build, type, outer, &spaces[1]);
    status = status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_MAP, spaces[0], spaces[1], 0);
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_MAP, nodes[0], nodes[1], 0);
}

static enum cm_status nest_namespaces(struct lx_build *build)
{
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < build->namespaces->count && status == CM_OK; i++) {
        const struct lx_namespace *inner = &build->namespaces->items[i];
        if (inner->parent == 0) {
            continue;
        }
        char names[2][48];
        snprintf(names[0], sizeof names[0], "%s:[%" PRIu64 "]", inner->users ? "user" : "pid", inner->inode);
        snprintf(names[1], sizeof names[1], "%s:[%" PRIu64 "]", inner->users ? "user" : "pid", inner->parent);
        status = map_into(build, inner->users ? "NSUSER" : "NSPID", inner->inode, inner->parent, names[0], names[1]);
    }
    return status;
}

/* `0::/a/b` into `0::/a`, unless that was done; the root group does not count. */
static enum cm_status nest_group(struct lx_build *build, const char *group)
{
    char inner[LX_PATH];
    char mark[LX_PATH + 16];
    enum cm_status status = CM_OK;
    snprintf(inner, sizeof inner, "%s", group);
    for (;;) {
        char outer[LX_PATH];
        strcpy(outer, inner);
        char *slash = strrchr(outer, '/');
        if (slash == NULL || slash == outer || slash[-1] == ':' || status != CM_OK) {
            return status;
        }
        *slash = '\0';
        snprintf(mark, sizeof mark, "nested %s", inner);
        struct lx_thing *thing = lx_known_find(&build->known, &(struct lx_thing){.name = mark});
        if (thing == NULL) {
            return CM_NO_MEMORY;
        }
        if (thing->value != LX_NEW) {
            return CM_OK;
        }
        thing->value = 0;
        char text[2][LX_PATH + 128];
        lx_group_text(inner, text[0], sizeof text[0]);
        lx_group_text(outer, text[1], sizeof text[1]);
        status = map_into(build, "CGROUP", lx_hash(inner), lx_hash(outer), text[0], text[1]);
        strcpy(inner, outer);
    }
}

/* Device by device, a folder right before those within: `/` sorts before all other letters. */
static int by_folder(const void *left, const void *right)
{
    const char *a = ((const struct lx_mount *)left)->place;
    const char *b = ((const struct lx_mount *)right)->place;
    for (; *a != '\0' && *a == *b; a++) {
        b++;
    }
    int x = *a == '/' ? 1 : (unsigned char)*a + (*a != '\0');
    int y = *b == '/' ? 1 : (unsigned char)*b + (*b != '\0');
    return (x > y) - (x < y);
}

static bool lies_in(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && (outer[length - 1] == '/' || inner[length] == '/');
}

/* Each folder maps onto those right within it. */
static enum cm_status nest_mounts(struct lx_build *build)
{
    size_t *above = malloc((build->mount_count + 1) * sizeof *above);
    size_t depth = 0;
    enum cm_status status = above == NULL ? CM_NO_MEMORY : CM_OK;
    if (build->mount_count > 0) {
        qsort(build->mounts, build->mount_count, sizeof *build->mounts, by_folder);
    }
    for (size_t i = 0; i < build->mount_count && status == CM_OK; i++) {
        while (depth > 0 && !lies_in(build->mounts[i].place, build->mounts[above[depth - 1]].place)) {
            depth--;
        }
        if (depth > 0) {
            status = cm_graph_add_edge(build->graph, CM_MAP, build->mounts[above[depth - 1]].node, build->mounts[i].node, 0);
        }
        above[depth++] = i;
    }
    free(above);
    return status;
}

/* ------------------------------------------------------------------------------------------------ together */

/* Each thread dies with the next, the last with the first. */
static enum cm_status link_threads(struct lx_build *build, size_t first, size_t count)
{
    enum cm_status status = CM_OK;
    for (size_t i = 0; count > 1 && i < count && status == CM_OK; i++) {
        status = cm_graph_add_edge(build->graph, CM_LINK, build->pds[first + i], build->pds[first + (i + 1) % count], 0);
    }
    return status;
}

/* Where a PID namespace's first process is. That of the outermost is the system's: nothing goes on without it. */
static enum cm_status find_first(struct lx_build *build, uint64_t namespace_, struct lx_thing **thing)
{
    char name[48];
    snprintf(name, sizeof name, "first %" PRIx64, namespace_);
    *thing = lx_known_find(&build->known, &(struct lx_thing){.name = name});
    return *thing == NULL ? CM_NO_MEMORY : CM_OK;
}

static enum cm_status for_tasks(struct lx_build *build,
                                enum cm_status (*visit)(struct lx_build *build, const struct lx_task *task, cm_node pd))
{
    enum cm_status status = CM_OK;
    size_t pd = 0;
    for (size_t i = 0; i < build->entry_count; i++) {
        const struct lx_process *process = &build->entries[i].process;
        for (size_t t = 0; t < process->task_count && status == CM_OK; t++) {
            status = visit(build, &process->tasks[t], build->pds[pd++]);
        }
    }
    return status;
}

static enum cm_status note_task(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    char name[48];
    snprintf(name, sizeof name, "task %d", (int)task->id);
    struct lx_thing *thing = lx_known_find(&build->known, &(struct lx_thing){.name = name});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    thing->value = pd;
    enum cm_status status = CM_OK;
    if (task->credentials.innermost == 1 && task->credentials.pid_namespace != 0) {
        status = find_first(build, task->credentials.pid_namespace, &thing);
        thing->value = status == CM_OK ? pd : thing->value;
    }
    return status;
}

static enum cm_status tie_task(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    const struct lx_namespace *space = lx_namespaces_find(build->namespaces, task->credentials.pid_namespace);
    struct lx_thing *first = NULL;
    enum cm_status status = CM_OK;
    if (space != NULL && space->parent != 0) {
        status = find_first(build, space->inode, &first);
    }
    if (first != NULL && first->value != LX_NEW && first->value != pd) {
        status = cm_graph_add_edge(build->graph, CM_LINK, pd, (cm_node)first->value, 0);
    }
    if (status == CM_OK && task->credentials.tracer != 0) {
        char name[48];
        snprintf(name, sizeof name, "task %d", (int)task->credentials.tracer);
        struct lx_thing *tracer = lx_known_find(&build->known, &(struct lx_thing){.name = name});
        status = tracer == NULL ? CM_NO_MEMORY : CM_OK;
        if (tracer != NULL && tracer->value != LX_NEW) {
            status = cm_graph_add_edge(build->graph, CM_FAULT, pd, (cm_node)tracer->value, 0);
        }
    }
    for (size_t i = 0; i < task->membership_count && status == CM_OK; i++) {
        if (strcmp(task->memberships[i].type, "CGROUP") == 0) {
            status = nest_group(build, task->memberships[i].name);
        }
    }
    return status;
}

enum cm_status lx_add_structure(struct lx_build *build)
{
    enum cm_status status = nest_namespaces(build);
    status = status != CM_OK ? status : nest_mounts(build);
    size_t pd = 0;
    for (size_t i = 0; i < build->entry_count && status == CM_OK; i++) {
        status = link_threads(build, pd, build->entries[i].process.task_count);
        pd += build->entries[i].process.task_count;
    }
    status = status != CM_OK ? status : for_tasks(build, note_task);
    return status != CM_OK ? status : for_tasks(build, tie_task);
}

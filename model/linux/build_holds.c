/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files, namespaces, control groups: each is found again by what identifies it. */
#include "../core/fields.h"
#include "build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { name_room = 4096 + 64, escaped_room = 3 * name_room };

/* The space of a file system, by its device. Its number is the device's, after those of the core spaces. */
static enum cm_status file_space(struct lx_build *build, uint64_t device, uint64_t *number, cm_node *node)
{
    char name[64];
    snprintf(name, sizeof name, "space %" PRIx64, device);
    struct lx_thing *space = lx_known_find(&build->known, &(struct lx_thing){.name = name});
    if (space == NULL) {
        return CM_NO_MEMORY;
    }
    *number = device + LX_FIRST_FREE_SPACE;
    enum cm_status status = CM_OK;
    if (space->value == LX_NEW) {
        status = lx_add_space(build, "FILE", *number, node);
        space->value = *node;
    }
    *node = (cm_node)space->value;
    return status;
}

static enum cm_status add_file(struct lx_build *build, const struct lx_task *task, const struct lx_file *file,
                               cm_node *node)
{
    char name[name_room];
    char escaped[escaped_room];
    if (file->anonymous) {
        snprintf(name, sizeof name, "anonymous %s", file->path);
    } else {
        snprintf(name, sizeof name, "file %" PRIx64 ":%" PRIu64, file->device, file->inode);
    }
    struct lx_thing *thing = lx_known_find(
        &build->known, &(struct lx_thing){.name = name,
                                          .sameness = file->anonymous ? LX_SAME_FILE : LX_SAME_NAME,
                                          .id = task->id,
                                          .number = file->number});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    if (thing->value != LX_NEW) {
        *node = (cm_node)thing->value;
        return CM_OK;
    }
    cm_node space;
    uint64_t number;
    enum cm_status status = file_space(build, file->device, &number, &space);
    if (status == CM_OK) {
        cm_name_escape(cm_text_of(file->path), escaped, sizeof escaped);
        status = lx_add_resource(build, "FILE", number, build->next_file++, escaped, space, node);
        thing->value = *node;
    }
    return status;
}

struct hold {
    cm_node file;
    unsigned rights;
};

static int by_file(const void *left, const void *right)
{
    cm_node a = ((const struct hold *)left)->file;
    cm_node b = ((const struct hold *)right)->file;
    return (a > b) - (a < b);
}

/* One HOLD per file, with the rights of all its descriptors. */
static enum cm_status add_holds(struct lx_build *build, struct hold *holds, size_t count, cm_node pd)
{
    enum cm_status status = CM_OK;
    qsort(holds, count, sizeof *holds, by_file);
    for (size_t i = 0; i < count && status == CM_OK;) {
        unsigned rights = 0;
        cm_node file = holds[i].file;
        for (; i < count && holds[i].file == file; i++) {
            rights |= holds[i].rights;
        }
        status = cm_graph_add_edge(build->graph, CM_HOLD, pd, file, rights);
    }
    return status;
}

enum cm_status lx_hold_files(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    struct hold *holds = malloc((task->file_count + 1) * sizeof *holds);
    enum cm_status status = holds == NULL ? CM_NO_MEMORY : CM_OK;
    for (size_t i = 0; i < task->file_count && status == CM_OK; i++) {
        const struct lx_file *file = &task->files[i];
        status = add_file(build, task, file, &holds[i].file);
        holds[i].rights = (file->read ? CM_READ : 0u) | (file->write ? CM_WRITE : 0u);
    }
    if (status == CM_OK && task->file_count > 0) {
        status = add_holds(build, holds, task->file_count, pd);
    }
    free(holds);
    if (status == CM_OK && task->file_count > 0) {
        status = cm_graph_add_request(build->graph, pd, build->kernel, cm_text_of("FILE"), CM_NONE);
    }
    return status;
}

/* ------------------------------------------------------------------------------------- namespaces, control groups */

/* Each is a space with one resource that stands for all that is in it. */
static enum cm_status add_membership(struct lx_build *build, const struct lx_membership *membership, cm_node *node)
{
    char name[name_room];
    char escaped[escaped_room];
    snprintf(name, sizeof name, "%s %s", membership->type, membership->name);
    struct lx_thing *thing = lx_known_find(&build->known, &(struct lx_thing){.name = name});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    if (thing->value != LX_NEW) {
        *node = (cm_node)thing->value;
        return CM_OK;
    }
    cm_node space;
    uint64_t number = build->next_space++;
    enum cm_status status = lx_add_space(build, membership->type, number, &space);
    if (status == CM_OK) {
        cm_name_escape(cm_text_of(membership->name), escaped, sizeof escaped);
        status = lx_add_resource(build, membership->type, number, 1, escaped, space, node);
        thing->value = *node;
    }
    return status;
}

enum cm_status lx_hold_memberships(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < task->membership_count && status == CM_OK; i++) {
        cm_node node;
        status = add_membership(build, &task->memberships[i], &node);
        if (status == CM_OK) {
            status = cm_graph_add_edge(build->graph, CM_HOLD, pd, node, CM_READ | CM_WRITE);
        }
    }
    return status;
}

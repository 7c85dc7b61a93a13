/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files, namespaces, control groups, root folders: each is found again by what identifies it. */
#include "../core/fields.h"
#include "authority.h"
#include "build.h"
#include "groups.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { name_room = 4096 + 128,
       escaped_room = 3 * name_room };

/* ------------------------------------------------------------------------------------------------ found again */

enum cm_status lx_find_space(struct lx_build *build, const char *type, uint64_t number, cm_node *node)
{
    char name[64];
    snprintf(name, sizeof name, "%s space %" PRIx64, type, number);
    struct lx_thing *thing = lx_known_find(&build->known, &(struct lx_thing){.name = name});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = CM_OK;
    if (thing->value == LX_NEW) {
        status = lx_add_space(build, type, number, node);
        thing->value = *node;
    }
    *node = (cm_node)thing->value;
    return status;
}

/* One that `like` finds, else a new one. */
static enum cm_status find_resource(struct lx_build *build, const struct lx_thing *like, const char *type, uint64_t space,
                                    uint64_t number, const char *extra, cm_node *node)
{
    char escaped[escaped_room];
    struct lx_thing *thing = lx_known_find(&build->known, like);
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    if (thing->value != LX_NEW) {
        *node = (cm_node)thing->value;
        return CM_OK;
    }
    cm_node space_node = CM_NONE;
    enum cm_status status = lx_find_space(build, type, space, &space_node);
    if (status == CM_OK) {
        cm_name_escape(cm_text_of(extra), escaped, sizeof escaped);
        status = lx_add_resource(build, type, space, number, escaped, space_node, node);
        thing->value = *node;
    }
    return status;
}

enum cm_status lx_find_resource(struct lx_build *build, const char *type, uint64_t space, uint64_t number,
                                const char *extra, cm_node *node)
{
    char name[96];
    snprintf(name, sizeof name, "%s %" PRIx64 " %" PRIx64, type, space, number);
    return find_resource(build, &(struct lx_thing){.name = name}, type, space, number, extra, node);
}

/* ------------------------------------------------------------------------------------------------ open files */

/* The space of a file system is numbered by its device, after those of the core spaces. */
enum cm_status lx_find_file(struct lx_build *build, uint64_t device, uint64_t inode, const char *path, cm_node *node)
{
    build->has_files = true;
    return lx_find_resource(build, "FILE", device + LX_FIRST_FREE_SPACE, inode, path, node);
}

/* Files without an inode of their own are distinguished by asking the kernel, and numbered by the first task that had one open. */
static enum cm_status find_anonymous(struct lx_build *build, const struct lx_task *task, const struct lx_file *file,
                                     cm_node *node)
{
    char name[name_room];
    char first[64];
    snprintf(name, sizeof name, "anonymous %s", file->path);
    snprintf(first, sizeof first, "%d %d", (int)task->id, file->number);
    const char *type = strcmp(file->path, "anon_inode:[io_uring]") == 0 ? "RING" : "FILE";
    struct lx_thing like = {.name = name, .sameness = LX_SAME_FILE, .id = task->id, .number = file->number};
    return find_resource(build, &like, type, file->device + LX_FIRST_FREE_SPACE, lx_hash(first), file->path, node);
}

static enum cm_status find_open(struct lx_build *build, const struct lx_task *task, const struct lx_file *file,
                                cm_node *node)
{
    switch (file->kind) {
    case LX_PIPE:
        return lx_find_resource(build, "PIPE", file->device + LX_FIRST_FREE_SPACE, file->inode, file->path, node);
    case LX_EVENT:
        return lx_find_resource(build, "NTFN", LX_NTFN_SPACE, file->inode, "eventfd", node);
    case LX_ANONYMOUS:
        return find_anonymous(build, task, file, node);
    default:
        return lx_find_file(build, file->device, file->inode, file->path, node);
    }
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
    size_t count = 0;
    for (size_t i = 0; i < task->file_count && status == CM_OK; i++) {
        const struct lx_file *file = &task->files[i];
        if (file->kind != LX_NOTHING && file->kind != LX_SOCKET) { /* sockets: build_channels.c */
            status = find_open(build, task, file, &holds[count].file);
            holds[count++].rights = (file->read ? CM_READ : 0u) | (file->write ? CM_WRITE : 0u);
        }
    }
    if (status == CM_OK && count > 0) {
        status = add_holds(build, holds, count, pd);
    }
    free(holds);
    return status;
}

/* ------------------------------------------------------------------------------------- namespaces, control groups */

/* The MOUNT of a folder of a file system, as a task sees it at `path`. */
static enum cm_status find_mount(struct lx_build *build, const char *device, const char *folder, const char *path, cm_node *node)
{
    char place[1088];
    char extra[2112];
    uint32_t nodes = cm_graph_nodes(build->graph);
    snprintf(place, sizeof place, "%s %s", device, folder);
    snprintf(extra, sizeof extra, "%s on %s", strcmp(folder, "/") == 0 ? device : folder, path);
    enum cm_status status = lx_find_resource(build, "MOUNT", 1, lx_hash(place), extra, node);
    if (status != CM_OK || *node < nodes) {
        return status;
    }
    if (!lx_grow((void **)&build->mounts, build->mount_count, sizeof *build->mounts)) {
        return CM_NO_MEMORY;
    }
    struct lx_mount *mount = &build->mounts[build->mount_count++];
    *mount = (struct lx_mount){strdup(place), *node};
    return mount->place == NULL ? CM_NO_MEMORY : CM_OK;
}

/* What is mounted below a root folder, as this task sees it: lines `id parent major:minor root mountpoint …`
 * (proc_pid_mountinfo(5)). A folder of a file system is the same in whatever namespace it is mounted. */
static enum cm_status add_mounts(struct lx_build *build, const struct lx_task *task, cm_node root)
{
    char *text = lx_read(task->id, "mountinfo");
    size_t count = 0;
    struct hold *mounts = NULL;
    enum cm_status status = CM_OK;
    for (char *line = text; line != NULL && line[0] != '\0' && status == CM_OK;) {
        char *next = lx_next_line(line);
        char device[32];
        char folder[1024];
        char path[1024];
        if (sscanf(line, "%*s %*s %31s %1023s %1023s", device, folder, path) == 3) {
            bool room = lx_grow((void **)&mounts, count, sizeof *mounts);
            status = !room ? CM_NO_MEMORY : find_mount(build, device, folder, path, &mounts[count].file);
            count += status == CM_OK;
        }
        line = next;
    }
    if (count > 0) {
        qsort(mounts, count, sizeof *mounts, by_file);
    }
    for (size_t i = 0; i < count && status == CM_OK; i++) {
        if (i == 0 || mounts[i].file != mounts[i - 1].file) {
            status = cm_graph_add_edge(build->graph, CM_MAP, root, mounts[i].file, 0);
        }
    }
    free(mounts);
    free(text);
    return status;
}

/* Each is a space with one resource that stands for all that is in it. A task that administers the user namespace that a namespace
 * belongs to may change it. */
enum cm_status lx_hold_memberships(struct lx_build *build, const struct lx_task *task, cm_node pd)
{
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < task->membership_count && status == CM_OK; i++) {
        const struct lx_membership *membership = &task->memberships[i];
        uint32_t nodes = cm_graph_nodes(build->graph);
        cm_node node;
        char text[name_room];
        if (strcmp(membership->type, "CGROUP") == 0) {
            lx_group_text(membership->name, text, sizeof text);
        }
        status = lx_find_resource(build, membership->type, membership->number, 1,
                                  strcmp(membership->type, "CGROUP") == 0 ? text : membership->name, &node);
        if (status == CM_OK) {
            bool may_change = membership->owner != 0 && lx_capable(&task->credentials, membership->owner,
                                                                   LX_CAP_SYS_ADMIN, build->namespaces);
            status = cm_graph_add_edge(build->graph, CM_HOLD, pd, node, CM_READ | (may_change ? CM_WRITE : 0u));
        }
        if (status == CM_OK && node >= nodes && strcmp(membership->type, "ROOT") == 0) {
            status = add_mounts(build, task, node);
        }
    }
    return status;
}

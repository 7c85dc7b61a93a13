/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel is asked for the parent of an open namespace, and so on (ioctl_nsfs(2)). */
#include "namespaces.h"
#include "text.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

const struct lx_namespace *lx_namespaces_find(const struct lx_namespaces *namespaces, uint64_t inode)
{
    for (size_t i = 0; i < namespaces->count; i++) {
        if (namespaces->items[i].inode == inode) {
            return &namespaces->items[i];
        }
    }
    return NULL;
}

bool lx_namespaces_add(struct lx_namespaces *namespaces, pid_t task, bool users)
{
    char path[LX_PATH];
    int file = open(lx_path(path, task, users ? "ns/user" : "ns/pid"), O_RDONLY | O_CLOEXEC);
    struct stat status;
    size_t inner = SIZE_MAX; /* the one whose parent comes next */
    while (file >= 0 && fstat(file, &status) == 0) {
        if (inner != SIZE_MAX) {
            namespaces->items[inner].parent = status.st_ino;
        }
        if (lx_namespaces_find(namespaces, status.st_ino) != NULL) {
            break;
        }
        if (!lx_grow((void **)&namespaces->items, namespaces->count, sizeof *namespaces->items)) {
            close(file);
            return false;
        }
        uid_t owner = 0;
        if (users && ioctl(file, NS_GET_OWNER_UID, &owner) != 0) {
            owner = (uid_t)-1;
        }
        inner = namespaces->count++;
        namespaces->items[inner] = (struct lx_namespace){.inode = status.st_ino, .owner = owner, .users = users};
        int parent = ioctl(file, NS_GET_PARENT);
        close(file);
        file = parent;
    }
    if (file >= 0) {
        close(file);
    }
    return true;
}

bool lx_namespace_within(const struct lx_namespaces *namespaces, uint64_t inner, uint64_t outer)
{
    const struct lx_namespace *at = lx_namespaces_find(namespaces, inner);
    while (inner != outer && at != NULL && at->parent != 0) {
        inner = at->parent;
        at = lx_namespaces_find(namespaces, inner);
    }
    return inner == outer;
}

void lx_namespaces_free(struct lx_namespaces *namespaces)
{
    free(namespaces->items);
    *namespaces = (struct lx_namespaces){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* User and PID namespaces lie in each other (user_namespaces(7), pid_namespaces(7)): which in which, and who owns them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lx_namespace {
    uint64_t inode, parent; /* parent 0: it is the first, or the kernel does not say */
    uint32_t owner;         /* the user who made it (of user namespaces) */
    bool users;             /* a user namespace, else one of PIDs */
};

struct lx_namespaces {
    struct lx_namespace *items;
    size_t count;
};

/* Adds the user or PID namespace of a task, and those around it. What may not be read is left out. False: no memory. */
bool lx_namespaces_add(struct lx_namespaces *namespaces, pid_t task, bool users);

/* NULL: not known. */
const struct lx_namespace *lx_namespaces_find(const struct lx_namespaces *namespaces, uint64_t inode);

/* Whether `inner` is `outer` or lies within it. */
bool lx_namespace_within(const struct lx_namespaces *namespaces, uint64_t inner, uint64_t outer);

void lx_namespaces_free(struct lx_namespaces *namespaces);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Things that several processes may share, found again by what identifies them. Most have a name. Files without a name
 * or an inode of their own (an epoll set, say) and address spaces have nothing of the kind; there the kernel is asked
 * whether two processes mean the same (kcmp(2)). */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct lx_known {
    void *tree;
};

enum lx_sameness {
    LX_SAME_NAME,  /* the name tells all */
    LX_SAME_FILE,  /* and the kernel says that descriptor `number` of process `id` is the same file */
    LX_SAME_SPACE, /* and the kernel says that process `id` has the same address space */
};

struct lx_thing {
    const char *name;
    enum lx_sameness sameness;
    pid_t id;
    int number;
    uint64_t value; /* the caller's; LX_NEW at first */
};

#define LX_NEW UINT64_MAX

/* The thing that equals `like`, made if there is none yet. NULL: no memory. Without the right to ask the kernel each is found only
 * under its own process and descriptor. */
struct lx_thing *lx_known_find(struct lx_known *known, const struct lx_thing *like);

void lx_known_free(struct lx_known *known);

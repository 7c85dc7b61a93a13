/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets as the kernel knows them (sock_diag(7)): which two belong together, which one listens. Unix, TCP and UDP; others
 * have no peer that it tells. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lx_socket {
    uint64_t inode;
    uint64_t peer;       /* inode of the other end; 0: no known one on this machine */
    uint64_t listener;   /* inode of the listening socket that it was accepted from; 0: it was not */
    uint64_t namespace_; /* network namespace */
    uint8_t family, protocol;
    bool listening;
    uint8_t local[18], remote[18]; /* address (IPv4 as ::ffff:a.b.c.d) and port, of TCP and UDP */
    char *name;                    /* what it is bound to, for people; of Unix sockets as bytes with %00 for NUL */
};

struct lx_sockets {
    struct lx_socket *items; /* by inode, once linked */
    size_t count;
    bool incomplete; /* those of some network namespace may not be read */
};

/* Adds all sockets of the network namespace (inode) that a task is in. False: no memory. */
bool lx_sockets_read(struct lx_sockets *sockets, pid_t task, uint64_t namespace_);

/* Sorts, and finds peers and listeners. False: no memory. */
bool lx_sockets_link(struct lx_sockets *sockets);

/* NULL: not known. */
const struct lx_socket *lx_sockets_find(const struct lx_sockets *sockets, uint64_t inode);

void lx_sockets_free(struct lx_sockets *sockets);

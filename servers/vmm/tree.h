/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/tree.h: the device tree that describes its machine to a guest. */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree {
    uint64_t memory;             /* bytes */
    unsigned cpus;
    bool disk, network;
    uint64_t initrd, initrd_end; /* guest addresses; 0: none */
    const char *line;            /* of the kernel; not terminated */
    size_t line_length;
    uint64_t seed[4]; /* random, so that the guest need not wait for numbers of its own */
};

/* Writes the tree of machine.h's machine. CELL_TOO_LARGE: there is no room for it. */
cell_error_t tree_write(const struct tree *tree, void *to, size_t bytes);

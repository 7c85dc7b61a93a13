/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/load.h: a program comes into memory, and its first stack. */
#pragma once

#include "lib/linux/executable.h"
#include "lib/linux/linux.h"

struct loaded {
    uint64_t base; /* what is added to its addresses */
    uint64_t entry, headers, header_count;
    uint64_t end; /* of its pages */
    bool movable;
    char interpreter[256]; /* its loader; empty: it needs none */
};

/* Loads a file; its system calls become branches to stubs. `why` is set when it fails. */
int64_t load_file(const char *path, uint64_t place, struct loaded *loaded, const char **why);

/* Writes arguments, environment and auxiliary vector onto the first stack; returns where it begins, 0: no memory. */
uint64_t load_stack(const struct start_block *start, uint32_t skip, const struct loaded *program,
                    const struct loaded *interpreter);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's allocator behind the library's interface. */
#include <stdlib.h>

#include "../core/graph.h"

static void *libc_resize(void *context, void *block, size_t bytes)
{
    (void)context;
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, bytes);
}

const struct cm_memory cm_memory_libc = {libc_resize, NULL};

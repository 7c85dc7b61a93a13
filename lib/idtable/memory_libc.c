/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/idtable/memory_libc.c: its memory is the C library's. */
#include <lib/idtable/idtable.h>

#include <stdlib.h>

void *id_table_memory(void *block, size_t old, size_t size)
{
    (void)old;
    if (size != 0)
        return realloc(block, size);
    free(block);
    return NULL;
}

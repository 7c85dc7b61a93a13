/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/idtable.c: the memory of lib/idtable is the heap's. */
#include "lib/idtable/idtable.h"
#include "root/memory/heap.h"

void *id_table_memory(void *block, size_t old, size_t size)
{
    return block == NULL && size != 0 ? heap_allocate(size) : heap_resize(block, old, size);
}

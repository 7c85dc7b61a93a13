/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/once.c: see once.h. Edges with the same hash have ids one behind the other. */
#include "root/graph/once.h"

#include <string.h>

#include "root/core/reaper.h"
#include "root/graph/pass.h"
#include "root/memory/heap.h"

static struct id_table edges;

static uint64_t hash(const uint64_t key[ONCE_WORDS])
{
    uint64_t mixed = 0;

    for (unsigned i = 0; i < ONCE_WORDS; i++)
        mixed = ((mixed ^ mixed >> 29) + key[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed ^ mixed >> 32;
}

struct once *once_find(const uint64_t key[ONCE_WORDS])
{
    uint64_t id = hash(key);
    struct id_entry *entry;

    pass_take(3);
    for (; (entry = id_table_find(&edges, id)) != NULL; id++)
        if (memcmp(ID_RECORD(entry, struct once, entry)->key, key, ONCE_WORDS * sizeof *key) == 0)
            return ID_RECORD(entry, struct once, entry);
    struct once *once = heap_allocate(sizeof *once);

    if (once == NULL)
        return NULL;
    once->entry.id = id;
    memcpy(once->key, key, sizeof once->key);
    if (id_table_add(&edges, &once->entry))
        return once;
    heap_free(once, sizeof *once);
    return NULL;
}

bool once_clear(uint32_t *units)
{
    struct id_entry *entry;

    while ((entry = id_table_any(&edges)) != NULL) {
        if (reap_take(units, 1) == 0)
            return false;
        id_table_remove(&edges, entry);
        heap_free(ID_RECORD(entry, struct once, entry), sizeof(struct once));
    }
    id_table_clear(&edges);
    return true;
}

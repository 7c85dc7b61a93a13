/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/standing.c: see standing.h. A record per table and PD, which counts the handles that have each right. */
#include "root/core/standing.h"

#include "root/memory/heap.h"
#include "lib/idtable/idtable.h"

#define RIGHTS 4u

struct standing {
    struct id_entry entry; /* key_of() */
    uint32_t handles;
    uint32_t with[RIGHTS];
};

static struct id_table standings;

/* Numbers of tables and of PDs are never used again, and both have 32 bits. */
static uint64_t key_of(const struct slot_table *table, uint64_t pd)
{
    return (uint64_t)table->number << 32 | (uint32_t)pd;
}

static struct standing *find(const struct slot_table *table, uint64_t pd)
{
    struct id_entry *entry = id_table_find(&standings, key_of(table, pd));

    return entry == NULL ? NULL : CONTAINER(entry, struct standing, entry);
}

static struct standing *make(const struct slot_table *table, uint64_t pd)
{
    struct standing *standing = heap_allocate(sizeof *standing);

    if (standing == NULL)
        return NULL;
    *standing = (struct standing){.entry.id = key_of(table, pd)};
    if (id_table_add(&standings, &standing->entry))
        return standing;
    heap_free(standing, sizeof *standing);
    return NULL;
}

bool standing_add(const struct slot_table *table, uint64_t pd, unsigned rights)
{
    struct standing *standing = find(table, pd);

    if (standing == NULL)
        standing = make(table, pd);
    if (standing == NULL)
        return false;
    standing->handles++;
    for (unsigned i = 0; i < RIGHTS; i++)
        standing->with[i] += rights >> i & 1;
    return true;
}

void standing_remove(const struct slot_table *table, uint64_t pd, unsigned rights)
{
    struct standing *standing = find(table, pd);

    for (unsigned i = 0; i < RIGHTS; i++)
        standing->with[i] -= rights >> i & 1;
    if (--standing->handles > 0)
        return;
    id_table_remove(&standings, &standing->entry);
    heap_free(standing, sizeof *standing);
}

unsigned standing_rights(const struct slot_table *table, uint64_t pd)
{
    const struct standing *standing = find(table, pd);
    unsigned rights = 0;

    for (unsigned i = 0; standing != NULL && i < RIGHTS; i++)
        rights |= (standing->with[i] != 0 ? 1u : 0u) << i;
    return rights;
}

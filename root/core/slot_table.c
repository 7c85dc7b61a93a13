/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/slot_table.c: see slot_table.h, and cspace.h for slots and walks. Bottom-up: how a table is made and ends; its slots; walks
 * over them.
 */
#include "root/base/bug.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/core/slot_table.h"
#include "root/memory/heap.h"

/* ---- Making and ending ---------------------------------------------------------- */

static void table_free(struct slot_table *table)
{
    for (uint32_t i = table->emptied; i < table->leaf_count; i++)
        leaf_free(table, table->leaves[i]);
    if (table->bit_words != 0)
        heap_free(table->in_use, table->bit_words * sizeof *table->in_use);
    if (table->leaves != table->few_leaves)
        heap_free(table->leaves, table->leaf_room * sizeof *table->leaves);
    for (unsigned i = 0; i < SLOT_LEVELS; i++) {
        struct slot_level *level = &table->level[i];

        for (uint32_t j = 0; j < level->count; j++)
            cnode_destroy(table->account, &level->cnodes[j]);
        heap_free(level->cnodes, level->room * sizeof *level->cnodes);
    }
    account_release(table->account);
    heap_free(table, sizeof *table);
}

cell_error_t table_create(struct pd *pd, struct account *account, unsigned region, struct slot_leaf *root,
                          struct slot_table **made)
{
    static uint32_t tables;
    struct slot_table *table = heap_allocate(sizeof *table);

    if (table == NULL)
        return CELL_NO_MEMORY;
    table->number = ++tables;
    table->pd = pd;
    table->account = account;
    account_refer(account);
    table->region = (uint8_t)region;
    table->references = 1;
    list_init(&table->users);
    list_init(&table->with_room);
    *made = table;
    if (region == CSPACE_COMMON)
        return leaf_add(table);
    (void)leaf_room(table); /* there is, for the first */
    leaf_enter(table, root);
    return CELL_OK;
}

/* Units of work: of a leaf, and of a handle in it. */
#define LEAF_UNITS 2u
#define HANDLE_UNITS 4u

/* Gives up all that a leaf's slots hold; false: there is more. The capabilities go with the CNode. */
static bool leaf_empty(struct slot_table *table, struct slot_leaf *leaf, uint32_t *units)
{
    for (uint32_t i = 0; i < LEAF_ENTRIES; i++) {
        uint32_t entry = leaf->entries[i];

        if (entry == SLOT_EMPTY)
            continue;
        if (reap_take(units, HANDLE_UNITS) == 0)
            return false;
        leaf->entries[i] = SLOT_EMPTY;
        account_refund(table->account, ACCOUNT_SLOTS, 1);
        if (entry != SLOT_BARE)
            handle_drop(handle_by_index(entry));
    }
    return true;
}

bool table_release(struct slot_table *table, uint32_t *units)
{
    if (table->references > 1) {
        table->references--;
        return true;
    }
    while (table->emptied < table->leaf_count) {
        struct slot_leaf *leaf = table->leaves[table->emptied];

        if (!leaf_empty(table, leaf, units) || reap_take(units, LEAF_UNITS) == 0)
            return false;
        leaf_free(table, leaf);
        table->emptied++;
    }
    table_free(table);
    return true;
}

/* ---- Slots ------------------------------------------------------------ */

/* The one that was asked for, once. */
static struct slot slot_wanted(struct slot_table *table)
{
    struct slot slot = table_slot(table, table->wanted);

    table->wanted = 0;
    return slot;
}

cell_error_t table_find_slot(struct slot_table *table, struct slot *slot)
{
    cell_error_t error = list_empty(&table->with_room) ? leaf_add(table) : CELL_OK;

    if (error == CELL_OK)
        *slot = table->wanted == 0 ? slot_empty(table) : slot_wanted(table);
    return error;
}

cell_error_t table_want(struct slot_table *table, cell_cap_t where, unsigned most)
{
    struct slot slot;

    while ((slot = table_slot(table, where)).leaf == NULL) {
        if (most-- == 0)
            return CELL_AGAIN;
        cell_error_t error = leaf_add(table);

        if (error != CELL_OK)
            return error;
    }
    if (slot.leaf->entries[slot.number] != SLOT_EMPTY)
        return CELL_EXISTS;
    table->wanted = where;
    return CELL_OK;
}

cell_error_t table_put(struct slot_table *table, slot_t from, unsigned rights, uint64_t badge,
                       cell_cap_t *where)
{
    return table_put_entry(table, from, rights, badge, SLOT_BARE, where);
}

/* Leaves that go with one slot, at most, and units of work of one. */
#define SHRINK_MOST 4u
#define SHRINK_UNITS 4u

/* Can the last leaf go? It is empty, and so is the one before: a table that once was large does not
 * stay so, and one at the edge of a leaf does not make it again and again. */
static bool can_shrink(const struct slot_table *table)
{
    uint32_t count = table->leaf_count;

    return table->emptied == 0 && count > 2 && table->leaves[count - 1]->empty == LEAF_ALL_EMPTY &&
           table->leaves[count - 2]->empty == LEAF_ALL_EMPTY;
}

static void shrink(struct slot_table *table)
{
    struct slot_leaf *leaf = table->leaves[--table->leaf_count];

    list_remove(&leaf->list);
    leaf_free(table, leaf);
}

bool table_trim(struct slot_table *table, uint32_t *units)
{
    for (; can_shrink(table); shrink(table))
        if (reap_take(units, SHRINK_UNITS) == 0)
            return false;
    return true;
}

void table_remove(struct slot_table *table, cell_cap_t where)
{
    struct slot slot = table_slot(table, where);
    struct slot_leaf *leaf = slot.leaf;

    must(kernel_delete_in(object_cnode(&leaf->cnode), slot.number), "cspace: delete");
    if (leaf->empty == 0)
        list_insert(&table->with_room, &leaf->list);
    leaf->empty |= 1u << slot.number;
    leaf->entries[slot.number] = SLOT_EMPTY;
    table->used--;
    account_refund(table->account, ACCOUNT_SLOTS, 1);
    if (leaf->empty == leaf->all)
        table_note_in_use(table, leaf, false);
    for (unsigned i = 0; i < SHRINK_MOST && can_shrink(table); i++)
        shrink(table);
}

void table_replace(struct slot_table *table, cell_cap_t where, slot_t from, unsigned rights, uint64_t badge)
{
    struct slot slot = table_slot(table, where);
    struct cnode cnode = object_cnode(&slot.leaf->cnode);

    must(kernel_delete_in(cnode, slot.number), "cspace: replace");
    must(kernel_mint(cnode, slot.number, from, rights, badge), "cspace: replace");
}

uint32_t table_entry(const struct slot_table *table, cell_cap_t where)
{
    return table_look(table, where);
}

/* ---- Walks ------------------------------------------------------------ */

static void walk_leaf(struct table_walk *walk, uint32_t number, uint32_t from)
{
    walk->leaf = number < walk->table->leaf_count ? walk->table->leaves[number] : NULL;
    walk->left = walk->leaf == NULL ? 0 : walk->leaf->all & ~walk->leaf->empty & UINT32_MAX << from;
}

struct table_walk table_walk_from(const struct slot_table *table, cell_cap_t where)
{
    uint64_t index = where == 0 ? 0 : table_number(table, where) + 1;
    struct table_walk walk = {.table = table};

    walk_leaf(&walk, (uint32_t)(index / LEAF_ENTRIES), index % LEAF_ENTRIES);
    return walk;
}

bool table_walk_on(struct table_walk *walk)
{
    while (walk->leaf != NULL && walk->left == 0)
        walk_leaf(walk, leaf_next_in_use(walk->table, walk->leaf->number + 1), 0);
    return walk->leaf != NULL;
}

uint32_t table_next(const struct slot_table *table, cell_cap_t *where)
{
    struct table_walk walk = table_walk_from(table, *where);

    return table_walk(&walk, where);
}

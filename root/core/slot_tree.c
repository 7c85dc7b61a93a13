/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/slot_tree.c: see slot_table.h. Bottom-up: CNodes and their charges; levels; leaves.
 */
#include "root/core/slot_table.h"

#include <string.h>

#include "root/base/bug.h"
#include "root/memory/heap.h"

/* Of a root CNode. */
#define EDGES_EMPTY ((1u << CSPACE_PRIVATE) - (1u << CSPACE_FIRST_EDGE))
#define LEVEL_BITS 6u
#define LEVEL_ENTRIES (1u << LEVEL_BITS)

_Static_assert(LEAF_ENTRIES == CSPACE_DIRECT_SLOTS, "a root CNode is a leaf");
_Static_assert(LEAF_INDEX_BITS + SLOT_LEVELS * LEVEL_BITS == 22 && CSPACE_TABLE_LIMIT == 1 << 22,
               "size of a table");

/* ---- CNodes ---------------------------------------------------------- */

cell_error_t cnode_create(struct account *account, unsigned bits, struct kernel_object *cnode)
{
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, 1);

    if (error != CELL_OK)
        return error;
    error = cnode_allocate(bits, cnode);
    if (error != CELL_OK)
        account_refund(account, ACCOUNT_OBJECTS, 1);
    return error;
}

void cnode_destroy(struct account *account, struct kernel_object *cnode)
{
    if (cnode->slot == 0)
        return;
    object_free(cnode);
    account_refund(account, ACCOUNT_OBJECTS, 1);
}

/* ---- Levels ---------------------------------------------------------- */

cell_error_t table_link(const struct slot_table *table, struct cspace *cspace)
{
    if (table->levels == 0 && leaf_is_root(table, 0))
        return CELL_OK;
    slot_t top = table->levels == 0 ? table->leaves[0]->cnode.slot
                                    : table->level[table->levels - 1].cnodes[0].slot;
    unsigned guard = CSPACE_INDEX_BITS - LEAF_INDEX_BITS - table->levels * LEVEL_BITS;

    return kernel_refused(kernel_mint_cnode(cspace_root(cspace), table->region, top, guard));
}

static cell_error_t relink(struct slot_table *table)
{
    cell_error_t error = CELL_OK;

    LIST_EACH (entry, &table->users) {
        struct cspace *cspace = CONTAINER(entry, struct cspace_link, list)->cspace;

        must(kernel_delete_in(cspace_root(cspace), table->region), "cspace: unlink a table");
        error = table_link(table, cspace);
        if (error != CELL_OK)
            break;
    }
    return error;
}

/* Adds a CNode to a level (0: right above the leaves); false answers as errors. */
static cell_error_t level_add(struct slot_table *table, unsigned level)
{
    struct slot_level *at = &table->level[level];

    if (at->count == at->room) {
        uint32_t room = at->room == 0 ? 1 : at->room * 2;
        struct kernel_object *cnodes =
            heap_resize(at->cnodes, at->room * sizeof *cnodes, room * sizeof *cnodes);

        if (cnodes == NULL)
            return CELL_NO_MEMORY;
        at->cnodes = cnodes;
        at->room = room;
    }
    cell_error_t error = cnode_create(table->account, LEVEL_BITS, &at->cnodes[at->count]);

    if (error == CELL_OK)
        at->count++;
    return error;
}

/* Puts a CNode of the level below (or a leaf, level 0) into its parent. */
static cell_error_t hang(struct slot_table *table, unsigned level, uint32_t number, slot_t child)
{
    struct kernel_object *parent = &table->level[level].cnodes[number >> LEVEL_BITS];

    return kernel_refused(kernel_mint_cnode(object_cnode(parent), number & (LEVEL_ENTRIES - 1), child, 0));
}

/* Takes the last CNode of a level again. */
static void level_drop(struct slot_table *table, unsigned level)
{
    cnode_destroy(table->account, &table->level[level].cnodes[--table->level[level].count]);
}

/* Puts a level on top. */
static cell_error_t raise(struct slot_table *table)
{
    unsigned level = table->levels;

    if (level == SLOT_LEVELS)
        return CELL_NO_SLOTS;
    cell_error_t error = level_add(table, level);

    if (error != CELL_OK)
        return error;
    if (level != 0)
        error = hang(table, level, 0, table->level[level - 1].cnodes[0].slot);
    else if (!leaf_is_root(table, 0))
        error = hang(table, level, 0, table->leaves[0]->cnode.slot);
    if (error == CELL_OK) {
        table->levels++;
        error = relink(table);
    }
    if (error == CELL_OK)
        return CELL_OK;
    /* All PDs of the table find it as it was. */
    if (table->levels > level) {
        table->levels--;
        if (relink(table) != CELL_OK)
            root_bug("cspace: a table cannot be linked again");
    }
    level_drop(table, level);
    return error;
}

/* Makes the CNodes above leaf `number`, which is the next one. What was made
 * stays for the next attempt when one of them fails. */
static cell_error_t make_path(struct slot_table *table, uint32_t number)
{
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && number >> (LEVEL_BITS * table->levels) != 0)
        error = raise(table);
    for (int level = table->levels - 2; level >= 0 && error == CELL_OK; level--) {
        uint32_t node = number >> (LEVEL_BITS * (unsigned)(level + 1));

        if (node < table->level[level].count)
            continue;
        error = level_add(table, (unsigned)level);
        if (error != CELL_OK)
            break;
        error = hang(table, (unsigned)level + 1, node, table->level[level].cnodes[node].slot);
        if (error != CELL_OK)
            level_drop(table, (unsigned)level);
    }
    return error;
}

/* ---- Leaves ------------------------------------------------------------ */

/* Bits for `room` leaves, at least. */
static bool bit_room(struct slot_table *table, uint32_t room)
{
    uint32_t words = (room + 63) / 64;

    if (words == 1)
        table->in_use = &table->few_in_use;
    if (words == 1 || words <= table->bit_words)
        return true;
    uint64_t *bits = heap_resize(table->bit_words == 0 ? NULL : table->in_use,
                                 table->bit_words * sizeof *bits, words * sizeof *bits);

    if (bits == NULL)
        return false;
    if (table->bit_words == 0)
        bits[0] = table->few_in_use;
    table->in_use = bits;
    table->bit_words = words;
    return true;
}

void table_note_in_use(struct slot_table *table, const struct slot_leaf *leaf, bool in_use)
{
    uint64_t bit = UINT64_C(1) << leaf->number % 64, *word = &table->in_use[leaf->number / 64];

    *word = in_use ? *word | bit : *word & ~bit;
}

uint32_t leaf_next_in_use(const struct slot_table *table, uint32_t number)
{
    uint64_t mask = UINT64_MAX << number % 64;

    for (uint32_t word = number / 64; number < table->leaf_count; word++, mask = UINT64_MAX) {
        if ((table->in_use[word] & mask) != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(table->in_use[word] & mask);
        number = (word + 1) * 64;
    }
    return table->leaf_count;
}

bool leaf_room(struct slot_table *table)
{
    if (table->leaf_count < table->leaf_room)
        return true;
    if (table->leaf_room == 0) {
        bit_room(table, SLOT_FEW_LEAVES);
        table->leaves = table->few_leaves;
        table->leaf_room = SLOT_FEW_LEAVES;
        return true;
    }
    bool few = table->leaves == table->few_leaves;
    uint32_t room = table->leaf_room * 2;

    if (!bit_room(table, room))
        return false;
    struct slot_leaf **leaves =
        heap_resize(few ? NULL : table->leaves, few ? 0 : table->leaf_room * sizeof *leaves,
                    room * sizeof *leaves);

    if (leaves == NULL)
        return false;
    if (few)
        memcpy(leaves, table->few_leaves, sizeof table->few_leaves);
    table->leaves = leaves;
    table->leaf_room = room;
    return true;
}

void leaf_enter(struct slot_table *table, struct slot_leaf *leaf)
{
    uint32_t number = table->leaf_count;
    bool root = leaf_is_root(table, number);

    leaf->first = root ? 0 : CSPACE_AT(table->region, number << LEAF_INDEX_BITS);
    leaf->shift = root ? CSPACE_INDEX_BITS : 0;
    leaf->number = number;
    leaf->empty = leaf->all = root ? EDGES_EMPTY : LEAF_ALL_EMPTY;
    list_insert(&table->with_room, &leaf->list);
    table->leaves[table->leaf_count++] = leaf;
}

cell_error_t leaf_add(struct slot_table *table)
{
    uint32_t number = table->leaf_count;

    if (!leaf_room(table))
        return CELL_NO_MEMORY;
    cell_error_t error = number == 0 ? CELL_OK : make_path(table, number);

    if (error != CELL_OK)
        return error;
    struct slot_leaf *leaf = heap_allocate(sizeof *leaf);

    if (leaf == NULL)
        return CELL_NO_MEMORY;
    error = cnode_create(table->account, LEAF_INDEX_BITS, &leaf->cnode);
    if (error == CELL_OK && number != 0) {
        error = hang(table, 0, number, leaf->cnode.slot);
        if (error != CELL_OK)
            cnode_destroy(table->account, &leaf->cnode);
    }
    if (error == CELL_OK)
        leaf_enter(table, leaf);
    else
        heap_free(leaf, sizeof *leaf);
    return error;
}

void leaf_free(struct slot_table *table, struct slot_leaf *leaf)
{
    cnode_destroy(table->account, &leaf->cnode);
    if (!leaf_is_root(table, leaf->number))
        heap_free(leaf, sizeof *leaf);
}

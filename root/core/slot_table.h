/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/slot_table.h: how a table of slots (cspace.h) is made and grows; between slot_tree.c, slot_table.c and cspace.c.
 *
 * A table with one leaf has that linked into the PDs' root CNodes, behind a guard
 * of zero bits. For the next leaf, a CNode of 64 entries is put in between, with
 * the first leaf as its entry 0 and a guard that is 6 bits shorter; and so on. An
 * index thus means the same before and after. The first leaf of a private table is the root CNode
 * itself: of the 16 indexes that it would have, the slots from CSPACE_FIRST_EDGE on take the place, so
 * there is nothing to link until a second leaf comes.
 */
#pragma once

#include "root/core/cspace.h"

/* Of a leaf that is not a root CNode: all its slots are empty. */
#define LEAF_ALL_EMPTY ((1u << LEAF_ENTRIES) - 1)

/* Is this leaf of the table a root CNode? */
static inline bool leaf_is_root(const struct slot_table *table, uint32_t number)
{
    return number == 0 && table->region == CSPACE_PRIVATE;
}

/* ---- slot_tree.c: CNodes, leaves ---------------------------------- */

/* Makes a CNode that the account pays for. CELL_QUOTA, CELL_NO_MEMORY. */
cell_error_t cnode_create(struct account *account, unsigned bits, struct kernel_object *cnode);
/* Gives it back; one that was never made is passed over. */
void cnode_destroy(struct account *account, struct kernel_object *cnode);

/* Puts the table's highest CNode into the root CNode of a CSpace. */
cell_error_t table_link(const struct slot_table *table, struct cspace *cspace);

/* Makes room for one more leaf in the table's records; for the first there always is. False: no memory. */
bool leaf_room(struct slot_table *table);
/* Notes the next leaf, whose CNode is made and hangs in the tree, and for which there is room. */
void leaf_enter(struct slot_table *table, struct slot_leaf *leaf);
/* Makes the next leaf. CELL_NO_SLOTS: the table is full; CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t leaf_add(struct slot_table *table);
/* Frees a leaf, which holds nothing. */
void leaf_free(struct slot_table *table, struct slot_leaf *leaf);
/* The first leaf from `number` on that holds something; leaf_count: none. */
uint32_t leaf_next_in_use(const struct slot_table *table, uint32_t number);

/* ---- slot_table.c -------------------------------------------------- */

/* Makes a table that this account pays for, with one reference. `root`: the first leaf of a private one. CELL_NO_MEMORY, CELL_QUOTA:
 * *made, if it is not NULL, is to be released. */
cell_error_t table_create(struct pd *pd, struct account *account, unsigned region, struct slot_leaf *root,
                          struct slot_table **made);
/* Gives up a reference; with the last one, leaf by leaf, all that is in the table, as far as *units of work (reaper.h) reach. False:
 * there is more. */
bool table_release(struct slot_table *table, uint32_t *units);

/* Which of a table's slots an address is of, counting through the leaves; UINT64_MAX: of none. */
static inline uint64_t table_number(const struct slot_table *table, cell_cap_t where)
{
    uint64_t region = where >> CSPACE_INDEX_BITS, index = where & ((UINT64_C(1) << CSPACE_INDEX_BITS) - 1);

    if (region == table->region)
        return leaf_is_root(table, (uint32_t)(index >> LEAF_INDEX_BITS)) ? UINT64_MAX : index;
    return table->region == CSPACE_PRIVATE && index == 0 && region >= CSPACE_FIRST_EDGE && region < CSPACE_PRIVATE
               ? region
               : UINT64_MAX;
}

static inline struct slot table_slot(const struct slot_table *table, cell_cap_t where)
{
    uint64_t number = table_number(table, where), leaf = number >> LEAF_INDEX_BITS;

    return (struct slot){leaf < table->leaf_count ? table->leaves[leaf] : NULL, number % LEAF_ENTRIES};
}

/* As table_entry(), for cspace_entry(), which every request asks. */
static inline uint32_t table_look(const struct slot_table *table, cell_cap_t where)
{
    struct slot slot = table_slot(table, where);

    return slot.leaf == NULL ? SLOT_EMPTY : slot.leaf->entries[slot.number];
}

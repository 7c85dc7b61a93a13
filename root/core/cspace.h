/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/cspace.h: the CSpace of a PD, and the tables of slots that it consists
 * of. lib/client/cspace.h draws what a program sees of it.
 *
 * A slot table is a tree of CNodes that grows by inserting levels above, so the
 * addresses in it never change. A PD has a private one and is linked to a common
 * one, which it may share with other PDs. The first leaf of the private one is what
 * the direct slots leave of the root CNode: few PDs have more edges, and need no other
 * CNode. Beside each CNode stands an array that says what is in its slots, by which a
 * cptr is resolved without the kernel.
 * Only the root task writes any of this.
 */
#pragma once

#include "lib/client/cspace.h"
#include "root/base/bug.h"
#include "root/base/list.h"
#include "root/core/account.h"
#include "root/memory/memory.h"

struct pd;

/* What a slot holds: nothing, a handle (its index), or a bare capability. */
#define SLOT_EMPTY 0u
#define SLOT_BARE UINT32_MAX

/* Levels of CNodes above the leaves, at most. */
#define SLOT_LEVELS 3

/* Leaves that a table has room for from the start. */
#define SLOT_FEW_LEAVES 2u

#define LEAF_INDEX_BITS 4u
#define LEAF_ENTRIES (1u << LEAF_INDEX_BITS)

struct slot_leaf {
    struct list list; /* table->with_room */
    struct kernel_object cnode;
    cell_cap_t first; /* address of slot 0; that of slot n is n << shift behind it */
    uint32_t number;
    uint32_t shift;
    uint32_t empty, all; /* a bit per slot that is empty; that the table has */
    uint32_t entries[LEAF_ENTRIES];
};

/* The CNodes of one level; number n stands above numbers 64 n … of the level below. */
struct slot_level {
    struct kernel_object *cnodes;
    uint32_t count, room;
};

struct slot_table {
    struct pd *pd;           /* private: whose; common: who made it, NULL when that is dead */
    struct account *account; /* pays for slots and CNodes; referred to */
    struct list users;       /* CSpaces that link it: struct cspace_link */
    uint32_t references;
    uint32_t number;         /* never used again */
    uint32_t used;           /* slots in use */
    cell_cap_t wanted;       /* where the next capability goes; 0: where there is room */
    uint8_t region;          /* CSPACE_PRIVATE or CSPACE_COMMON */
    uint8_t levels;          /* above the leaves */
    uint32_t leaf_count, leaf_room;
    uint32_t emptied;        /* leaves that are gone, while it ends */
    uint64_t *in_use;        /* a bit per leaf that holds something; few_in_use, or allocated */
    uint64_t few_in_use;
    uint32_t bit_words;             /* that are allocated */
    struct slot_leaf **leaves;      /* few_leaves, or allocated */
    struct slot_leaf *few_leaves[SLOT_FEW_LEAVES];
    struct list with_room;   /* leaves that have an empty slot */
    struct slot_level level[SLOT_LEVELS];
};

/* In the list of a table's users. */
struct cspace_link {
    struct list list;
    struct cspace *cspace;
};

struct cspace {
    struct pd *pd;
    struct account *account; /* referred to */
    struct slot_leaf root;   /* CNode of CSPACE_DIRECT_SLOTS slots; the private table's first leaf */
    struct slot_table *private;
    struct slot_table *common;
    struct cspace_link private_link, common_link;
    uint32_t direct[CSPACE_FIRST_EDGE]; /* as a leaf's contents */
};

/*
 * Makes an empty CSpace for `pd`, whose account pays. `common`: the table to
 * link (a reference is taken), or NULL for a new one. All or nothing:
 * CELL_NO_MEMORY, CELL_QUOTA.
 */
cell_error_t cspace_create(struct cspace *cspace, struct pd *pd, struct account *account,
                           struct slot_table *common);

/* Gives up all handles of direct slots and the private table, the common table
 * if nobody else is linked to it, and the CNodes. No TCB uses it any more. As far as
 * *units of work (reaper.h) reach; true: that was all. */
bool cspace_destroy(struct cspace *cspace, uint32_t *units);

/* What to give to cpu_configure(). */
static inline struct cnode cspace_root(const struct cspace *cspace)
{
    return object_cnode(&cspace->root.cnode);
}

/* ---- Bare capabilities: endpoints for receiving, notifications ------- */

/* Puts a copy of the root task's `from` into the table's next empty slot.
 * CELL_NO_SLOTS, CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t table_put(struct slot_table *table, slot_t from, unsigned rights, uint64_t badge,
                       cell_cap_t *where);
/* The same into direct slot `slot` (CSPACE_SLOT_…), which is empty. */
cell_error_t cspace_put_direct(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                               uint64_t badge);
/* Of the next capability that is put into a table by any of these functions: it goes to `where`,
 * which is empty. Makes CNodes for it, `most` of them at most. CELL_AGAIN: more are missing;
 * CELL_EXISTS, CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t table_want(struct slot_table *table, cell_cap_t where, unsigned most);
/* Empties a slot that holds a bare capability. */
void table_remove(struct slot_table *table, cell_cap_t where);
/* Puts another capability in place of what a slot holds. */
void table_replace(struct slot_table *table, cell_cap_t where, slot_t from, unsigned rights, uint64_t badge);
void cspace_remove_direct(struct cspace *cspace, unsigned slot);

/* A slot of a table; leaf NULL: there is none. */
struct slot {
    struct slot_leaf *leaf;
    uint32_t number;
};

/* The first empty one of the first leaf that has one. */
static inline struct slot slot_empty(const struct slot_table *table)
{
    struct slot_leaf *leaf = CONTAINER(table->with_room.next, struct slot_leaf, list);

    return (struct slot){leaf, (uint32_t)__builtin_ctz(leaf->empty)};
}

/* The address of a slot of a leaf. */
static inline cell_cap_t leaf_address(const struct slot_leaf *leaf, uint32_t slot)
{
    return leaf->first + ((cell_cap_t)slot << leaf->shift);
}

/* For table_put_entry(): where the next capability goes, if that is not an empty slot of a leaf that is there;
 * and whether a leaf holds something. */
cell_error_t table_find_slot(struct slot_table *table, struct slot *slot);
void table_note_in_use(struct slot_table *table, const struct slot_leaf *leaf, bool in_use);

/* For handle.c: as table_put() and cspace_put_direct() with the entry to note
 * instead of SLOT_BARE. The first is here as every handle is made by it. */
static inline cell_error_t table_put_entry(struct slot_table *table, slot_t from, unsigned rights, uint64_t badge,
                                           uint32_t entry, cell_cap_t *where)
{
    cell_error_t error = account_charge(table->account, ACCOUNT_SLOTS, 1);
    struct slot slot;

    if (error != CELL_OK)
        return error;
    if (!list_empty(&table->with_room) && table->wanted == 0) {
        slot = slot_empty(table);
    } else if ((error = table_find_slot(table, &slot)) != CELL_OK) {
        account_refund(table->account, ACCOUNT_SLOTS, 1);
        return error;
    }
    struct slot_leaf *leaf = slot.leaf;

    error = kernel_refused(kernel_mint(object_cnode(&leaf->cnode), slot.number, from, rights, badge));
    if (error != CELL_OK) {
        account_refund(table->account, ACCOUNT_SLOTS, 1);
        return error;
    }
    if (leaf->empty == leaf->all)
        table_note_in_use(table, leaf, true);
    leaf->empty &= ~(1u << slot.number);
    if (leaf->empty == 0)
        list_remove(&leaf->list);
    leaf->entries[slot.number] = entry;
    table->used++;
    *where = leaf_address(leaf, slot.number);
    return CELL_OK;
}
cell_error_t cspace_put_entry(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                              uint64_t badge, uint32_t entry);

/* Gives back the empty end of a table that lost many slots, as much as *units of work (reaper.h) allow; true: all of it. A
 * slot that is emptied takes a part along by itself. */
bool table_trim(struct slot_table *table, uint32_t *units);

/* ---- Looking things up ----------------------------------------------- */

/* The entry of a slot: SLOT_EMPTY, SLOT_BARE or a handle index. Any value of
 * `where` is allowed. */
uint32_t cspace_entry(const struct cspace *cspace, cell_cap_t where);
uint32_t table_entry(const struct slot_table *table, cell_cap_t where);

/* A walk over the slots in use of a table that stays as it is meanwhile. */
struct table_walk {
    const struct slot_table *table;
    const struct slot_leaf *leaf; /* NULL: the end */
    uint32_t left;                /* slots of the leaf, a bit each */
};

/* Begins behind `where`; 0: with the first slot. */
struct table_walk table_walk_from(const struct slot_table *table, cell_cap_t where);
/* For table_walk(): goes on to the next leaf with something in it; false: there is none. */
bool table_walk_on(struct table_walk *walk);
/* The entry of the next slot, whose address becomes *where; SLOT_EMPTY at the end. */
static inline uint32_t table_walk(struct table_walk *walk, cell_cap_t *where)
{
    while (walk->left != 0 || table_walk_on(walk)) {
        uint32_t slot = (uint32_t)__builtin_ctz(walk->left), entry = walk->leaf->entries[slot];

        walk->left &= walk->left - 1;
        if (entry == SLOT_EMPTY)
            continue;
        *where = leaf_address(walk->leaf, slot);
        return entry;
    }
    return SLOT_EMPTY;
}

/* A step of such a walk by itself: *where is the last one seen (0 at first). */
uint32_t table_next(const struct slot_table *table, cell_cap_t *where);

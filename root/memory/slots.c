/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/slots.c: see slots.h. Each leaf that was taken for this serves groups of
 * one order; a bit per group says whether it is free. A leaf with nothing in
 * use goes to a list from which every order takes.
 */
#include "root/memory/slots.h"

#include "root/base/bug.h"
#include "root/memory/blocks.h"
#include "root/memory/heap.h"

#define WORDS (LEAF_SLOTS / 64)

struct leaf {
    struct list list; /* with free groups, of its order; or empty leaves */
    uint32_t number;
    uint16_t free;    /* groups */
    uint8_t order;
    uint64_t bits[WORDS]; /* 1: free */
};

/* By leaf number - first. Leaves that slots.c did not make are NULL. */
static struct leaf **leaves;
static uint32_t leaves_room, leaves_first;
static struct list with_room[LEAF_BITS + 1], empty;
static uint64_t used;

/* A word of free slots that slot_allocate() gives out next; its leaf counts them
 * as free, but their bits are here. */
static struct {
    struct leaf *leaf;
    uint64_t bits;
    slot_t first;
} single;

static uint16_t groups(unsigned order)
{
    return (uint16_t)(LEAF_SLOTS >> order);
}

static bool table_grow(uint32_t need)
{
    uint32_t room = leaves_room == 0 ? 64 : leaves_room;

    while (room < need)
        room *= 2;
    struct leaf **table = heap_resize(leaves, leaves_room * sizeof *leaves, room * sizeof *leaves);

    if (table == NULL)
        return false;
    leaves = table;
    leaves_room = room;
    return true;
}

/* Another leaf, in no list; NULL: no memory. */
static struct leaf *leaf_new(void)
{
    struct leaf *leaf = heap_allocate(sizeof *leaf);

    if (leaf == NULL)
        return NULL;
    leaf->number = leaf_create();
    if (leaves_first == 0)
        leaves_first = leaf->number;
    uint32_t index = leaf->number - leaves_first;

    /* A leaf whose record does not fit the table is lost; that cannot be helped
     * and happens once, when memory is gone anyway. */
    if (leaf->number == 0 || (index >= leaves_room && !table_grow(index + 1))) {
        heap_free(leaf, sizeof *leaf);
        return NULL;
    }
    leaves[index] = leaf;
    list_init(&leaf->list);
    return leaf;
}

/* A leaf with a free group of this order, in its list; NULL: no memory. */
static struct leaf *leaf_with_room(unsigned order)
{
    struct leaf *leaf;

    if (with_room[0].next == NULL) {
        list_init(&empty);
        for (unsigned i = 0; i <= LEAF_BITS; i++)
            list_init(&with_room[i]);
    }
    if (!list_empty(&with_room[order]))
        return CONTAINER(with_room[order].next, struct leaf, list);
    if (list_empty(&empty)) {
        leaf = leaf_new();
        /* Making it may have made one of this order on the way (for the heap). */
        if (leaf == NULL)
            return NULL;
    } else {
        leaf = CONTAINER(empty.next, struct leaf, list);
        list_remove(&leaf->list);
    }
    leaf->order = (uint8_t)order;
    leaf->free = groups(order);
    for (unsigned i = 0; i < groups(order); i++)
        leaf->bits[i / 64] |= UINT64_C(1) << i % 64;
    /* Slot 0 of leaf 0 is never handed out, but no leaf here is leaf 0. */
    list_insert(&with_room[order], &leaf->list);
    return leaf;
}

/* Takes a leaf that has nothing free any more out of its list. */
static void took_one(struct leaf *leaf)
{
    if (--leaf->free == 0)
        list_remove(&leaf->list);
    used += UINT64_C(1) << leaf->order;
}

slot_t slots_allocate(unsigned order)
{
    struct leaf *leaf = leaf_with_room(order);

    if (leaf == NULL)
        return 0;
    unsigned word = 0;

    while (leaf->bits[word] == 0)
        word++;
    unsigned group = word * 64 + (unsigned)__builtin_ctzll(leaf->bits[word]);

    leaf->bits[word] &= leaf->bits[word] - 1;
    took_one(leaf);
    return leaf->number << LEAF_BITS | group << order;
}

void slots_free(slot_t first, unsigned order)
{
    struct leaf *leaf = leaves[(first >> LEAF_BITS) - leaves_first];
    unsigned group = (first & (LEAF_SLOTS - 1)) >> order;
    uint64_t bit = UINT64_C(1) << group % 64;

    if (leaf->order != order || (leaf->bits[group / 64] & bit) != 0)
        root_bug("slot %x is freed twice", first);
    leaf->bits[group / 64] |= bit;
    used -= UINT64_C(1) << order;
    leaf->free++;
    if (leaf->free == 1)
        list_insert(&with_room[order], &leaf->list);
    if (leaf->free == groups(order) && leaf != single.leaf) {
        /* One leaf per order stays, so that a single slot does not flutter. */
        if (with_room[order].next->next != &with_room[order]) {
            list_remove(&leaf->list);
            for (unsigned i = 0; i < WORDS; i++)
                leaf->bits[i] = 0;
            list_insert(&empty, &leaf->list);
        }
    }
}

/* ---- Single slots ---------------------------------------------------- */

/* Takes the next word of free single slots out of a leaf; false: no memory. */
static bool single_refill(void)
{
    /* Making a leaf may come back here for a slot; so it is looked for first. */
    struct leaf *leaf = leaf_with_room(0);

    if (leaf == NULL)
        return false;
    unsigned word = 0;

    while (leaf->bits[word] == 0)
        word++;
    single.leaf = leaf;
    single.bits = leaf->bits[word];
    single.first = leaf->number << LEAF_BITS | word * 64;
    leaf->bits[word] = 0;
    return true;
}

slot_t slot_allocate(void)
{
    if (single.bits == 0 && !single_refill())
        return 0;
    slot_t slot = single.first + (unsigned)__builtin_ctzll(single.bits);

    single.bits &= single.bits - 1;
    took_one(single.leaf);
    return slot;
}

void slot_free(slot_t slot)
{
    slots_free(slot, 0);
}

uint64_t slots_used(void)
{
    return used;
}

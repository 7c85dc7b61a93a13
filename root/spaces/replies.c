/* SPDX-License-Identifier: BSD-2-Clause */
/* root/spaces/replies.c: see replies.h. */
#include "root/spaces/replies.h"

#include "root/base/bug.h"
#include "root/memory/heap.h"
#include "root/spaces/last_answer.h"

/* What the CNode on top costs: it is as large as this many pages. */
#define TOP_OBJECTS ((32u << CSPACE_REPLY_LEAVES_BITS) / PAGE_SIZE)

static cell_error_t make_cnode(struct pd *pd, unsigned bits, uint32_t objects, struct kernel_object *cnode)
{
    cell_error_t error = account_charge(pd->account, ACCOUNT_OBJECTS, objects);

    if (error != CELL_OK)
        return error;
    error = cnode_allocate(bits, cnode);
    if (error != CELL_OK)
        account_refund(pd->account, ACCOUNT_OBJECTS, objects);
    return error;
}

static void free_cnode(struct pd *pd, uint32_t objects, struct kernel_object *cnode)
{
    if (cnode->slot == 0)
        return;
    object_free(cnode);
    account_refund(pd->account, ACCOUNT_OBJECTS, objects);
}

/* Makes `cnode`, through which `bits` of an address are looked up, what CSPACE_REPLY leads to and
 * names. */
static void put_on_top(const struct replies *replies, struct pd *pd, const struct kernel_object *cnode,
                       unsigned bits)
{
    must(kernel_delete_in(cspace_root(&pd->cspace), CSPACE_SLOT_REPLY), "server: reply CNode");
    must(kernel_mint_cnode(cspace_root(&pd->cspace), CSPACE_SLOT_REPLY, cnode->slot,
                           CSPACE_INDEX_BITS - bits),
         "server: reply CNode");
    must(kernel_delete_in(object_cnode(&replies->first), 0), "server: reply CNode");
    must(kernel_mint_cnode(object_cnode(&replies->first), 0, cnode->slot, 0), "server: reply CNode");
}

cell_error_t replies_make(struct replies *replies, struct pd *pd)
{
    cell_error_t error = make_cnode(pd, CSPACE_REPLY_BITS, 1, &replies->first);

    if (error == CELL_OK)
        error = cspace_put_direct(&pd->cspace, CSPACE_SLOT_REPLY, replies->first.slot, RIGHTS_ALL, 0);
    if (error == CELL_OK)
        put_on_top(replies, pd, &replies->first, CSPACE_REPLY_BITS);
    return error;
}

static bool has_room(struct replies *replies)
{
    if (replies->count < replies->room)
        return true;
    uint32_t room = replies->room == 0 ? 4 : replies->room * 2;
    struct kernel_object *more = heap_resize(replies->more, replies->room * sizeof *more,
                                             room * sizeof *more);

    if (more == NULL)
        return false;
    replies->more = more;
    replies->room = room;
    return true;
}

static cell_error_t make_top(struct replies *replies, struct pd *pd)
{
    cell_error_t error = make_cnode(pd, CSPACE_REPLY_LEAVES_BITS, TOP_OBJECTS, &replies->top);

    if (error != CELL_OK)
        return error;
    must(kernel_mint_cnode(object_cnode(&replies->top), 0, replies->first.slot, 0), "server: reply CNode");
    put_on_top(replies, pd, &replies->top, CSPACE_REPLY_LEAVES_BITS + CSPACE_REPLY_BITS);
    return CELL_OK;
}

cell_error_t replies_grow(struct replies *replies, struct pd *pd)
{
    cell_error_t error = CELL_OK;

    if (replies->count + 1 == 1u << CSPACE_REPLY_LEAVES_BITS)
        return CELL_TOO_LARGE;
    if (!has_room(replies))
        return CELL_NO_MEMORY;
    if (replies->top.slot == 0)
        error = make_top(replies, pd);
    struct kernel_object *leaf = &replies->more[replies->count];

    if (error == CELL_OK)
        error = make_cnode(pd, CSPACE_REPLY_BITS, 1, leaf);
    if (error != CELL_OK)
        return error;
    must(kernel_mint_cnode(object_cnode(&replies->top), ++replies->count, leaf->slot, 0),
         "server: reply CNode");
    return CELL_OK;
}

void replies_answer_gone(const struct replies *replies)
{
    last_answer_saved(object_cnode(&replies->first), 1);
    for (uint32_t i = 0; i < replies->count; i++)
        last_answer_saved(object_cnode(&replies->more[i]), 0);
}

void replies_free(struct replies *replies, struct pd *pd)
{
    for (uint32_t i = 0; i < replies->count; i++)
        free_cnode(pd, 1, &replies->more[i]);
    heap_free(replies->more, replies->room * sizeof *replies->more);
    free_cnode(pd, TOP_OBJECTS, &replies->top);
    free_cnode(pd, 1, &replies->first);
}

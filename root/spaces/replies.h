/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/replies.h: where a server keeps the callers that it answers later.
 *
 * At first that is one CNode, slot 0 of which is the CNode itself, so that CSPACE_REPLY
 * names it. When it is full a CNode goes on top of it, and further ones beside it;
 * what CSPACE_REPLY + n denotes stays the same, and CSPACE_REPLY is the one on top.
 * The server pays. A waiting client has one request under way for each CPU that it pays
 * for, so there are no more than these.
 */
#pragma once

#include "root/core/pd.h"

struct replies {
    struct kernel_object first;   /* CSPACE_REPLY_SLOTS slots; slot 0 of a struct: not made */
    struct kernel_object top;     /* of CSPACE_REPLY_LEAVES; not made at first */
    struct kernel_object *more;   /* the further ones */
    uint32_t count, room;         /* of these */
};

/* Makes the first. CELL_NO_MEMORY, CELL_QUOTA: what was made is for replies_free(). */
cell_error_t replies_make(struct replies *replies, struct pd *pd);
/* A further one; also CELL_TOO_LARGE: there are CSPACE_REPLY_LEAVES. */
cell_error_t replies_grow(struct replies *replies, struct pd *pd);
/* Slots that there are, slot 0 included. */
static inline uint64_t replies_slots(const struct replies *replies)
{
    return (replies->count + UINT64_C(1)) << CSPACE_REPLY_BITS;
}
/* Answers CELL_GONE to all that are kept. */
void replies_answer_gone(const struct replies *replies);
void replies_free(struct replies *replies, struct pd *pd);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/closure.h: what depends on a PD, found in pieces while the system goes on.
 *
 * Hops count from the PD: it and its spaces are at 0. A PD is at n + 1 if it requests from, or holds a resource in, a
 * space managed by a PD at n, or if a PD at n handles its faults; a space is at n + 1 if it maps onto a space at n. Linked
 * PDs add no hop. A PD that comes to depend on something after that was looked at is not found, unless by another round.
 */
#pragma once

#include "lib/idtable/idtable.h"
#include "root/core/pd.h"

struct map_edge;

enum reached_kind { REACHED_PD,
                    REACHED_SPACE,
                    REACHED_HOLDERS,
                    REACHED_TABLE };

/* Something that was reached: a PD, a space that maps, the holders of a space and of what is in it, or those who share
 * a table of handles. */
struct reached {
    struct id_entry entry;
    struct list list;      /* closure->found, in the order of the hops, or ->next */
    struct object *object; /* referred to; of a table: a PD that has it */
    uint32_t hops;
    uint8_t kind; /* enum reached_kind */
};

struct closure {
    struct account *account; /* pays an object for each that is reached; referred to */
    struct pd *by;           /* who needs authority over what is beyond the free depths; referred to; NULL: nobody does */
    unsigned pd_depth, space_depth;
    unsigned free_pds, free_spaces; /* depths */
    struct id_table reached;
    struct list found, next, *at; /* `at`: what is looked through; &found: all was */
    uint32_t level;               /* its hops */
    bool again, grew;             /* a further round; which has reached something */
    cell_error_t error;           /* CELL_DENIED: no authority; CELL_NO_MEMORY, CELL_QUOTA */
    uint32_t left;                /* steps of about 50 instructions, in this piece */
    /* Where a list goes on. */
    unsigned part;
    struct object *object; /* referred to */
    handle_id_t handle;
    const struct map_edge *edge;
    uint32_t edges_gone; /* map_edges_gone when `edge` was noted */
};

/* Steps of a piece. */
#define CLOSURE_PIECE 600u
/* Steps of something that is reached, or forgotten. */
#define CLOSURE_NODE 20u

/* Begins one with `first`; the depths are set by then, all else is zero. */
void closure_begin(struct closure *closure, struct account *account, struct pd *by, struct pd *first);
/* Looks on; true: all was looked through, or ->error is set. */
bool closure_go_on(struct closure *closure);
/* Begins another round; what it reaches without authority stays out. */
void closure_again(struct closure *closure);
bool closure_has(const struct closure *closure, const struct pd *pd);
/* Steps are taken from the piece; false: there are not that many left. */
static inline bool closure_spend(struct closure *closure, uint32_t steps)
{
    bool enough = closure->left >= steps;

    closure->left -= enough ? steps : 0;
    return enough;
}
/* Forgets what was reached; true: all of it, and the accounts and PDs, too. */
bool closure_free(struct closure *closure);

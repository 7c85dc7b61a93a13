/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/build.h: a PD that is being made; between execute.c, build_*.c, guest.c and start_block.c.
 */
#pragma once

#include "lib/plan/plan.h"
#include "lib/runtime/start.h"
#include "root/core/pd.h"
#include "root/spaces/resspc.h"

struct build {
    struct pd *creator, *pd;
    struct place *place;     /* what is made of the PD */
    struct context *context; /* that the place is of; NULL: of a new PD */
    const struct plan *plan;
    struct budget *budget; /* of the one before, if the PD is made again; NULL: it is not */
    bool shares_data; /* runs with the data of another PD */
    uint32_t at;      /* the next operation */
    cell_cap_t given; /* PLAN_GIVE, PLAN_AGAIN: the last handle of the creator's that was looked at */
    bool edges_again; /* PLAN_AGAIN: the edges are there */
    /* A large region, which is filled in pieces. */
    struct vmr *filling;       /* referred to; NULL: none */
    struct mo *source;         /* that it is a copy of; referred to; NULL: of none */
    uint64_t source_first;     /* from this page on */
    bool populate;             /* its pages are to be made */
    struct {
        uint64_t from, left, to; /* bytes of the program's file that are to be written, and where to */
    } contents;
    uint64_t made, mapped;     /* pages that are */
};

/* Writes the PD's number into its start block, which is a copy of another one's. */
cell_error_t build_start_again(struct build *build);
/* Writes the start block (lib/runtime/start.h) into its region, or on top of the stack, which is not touched yet. */
cell_error_t build_start_block(struct build *build);
/* Where the stack begins. */
uint64_t build_stack_end(const struct pd *pd);

/* Pages that are made and mapped at once. */
#define BUILD_FILL_PAGES 128u
/* Goes on filling build->filling. CELL_AGAIN: there is more of it. */
cell_error_t build_fill(struct build *build);
/* Gives up what it refers to. */
void build_filled(struct build *build);

/* Operations of the plan (enum plan_kind), each all or nothing. */
typedef cell_error_t build_step(struct build *build, const struct plan_operation *operation);
/* The address space (build_space.c). */
build_step build_ads_new, build_ads_of, build_segment, build_contents, build_memory,
    build_share, build_copy, build_device;
/* Authority and links (build_authority.c). */
build_step build_begun, build_edge, build_edges, build_give, build_again, build_hold, build_serves, build_irq,
    build_fault, build_link, build_essential;
/* Its CPU, if it is a guest (guest.c). */
build_step build_guest;

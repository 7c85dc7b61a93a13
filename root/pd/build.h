/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/build.h: a PD that is being made; for execute.c and start_block.c.
 */
#pragma once

#include "lib/plan/plan.h"
#include "lib/runtime/start.h"
#include "root/core/pd.h"
#include "root/spaces/resspc.h"

struct build {
    struct pd *creator, *pd;
    const struct plan *plan;
    struct start_rde *edges;
    uint32_t edge_count, edge_room;
    bool failed; /* no memory for the edges */
    bool shares_data; /* runs with the data of another PD */
};

/* Notes a request edge for the start block. */
void build_note_edge(struct build *build, const struct space *space, uint64_t where);
/* Writes the start block (lib/runtime/start.h) into its region. */
cell_error_t build_start_block(struct build *build);
void build_free(struct build *build);

/* Operations of the plan (enum plan_kind), each all or nothing. */
typedef cell_error_t build_step(struct build *build, const struct plan_operation *operation);
/* The address space (build_space.c). */
build_step build_ads_new, build_ads_of, build_segment, build_contents, build_memory,
    build_share, build_copy, build_device;
/* Authority and links (build_authority.c). */
build_step build_begun, build_edge, build_give, build_hold, build_serves, build_irq,
    build_fault, build_link, build_essential;

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

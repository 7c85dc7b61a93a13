/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From implementation to model (docs/model-metrics.md): a PD that runs on several VCPUs or in several address spaces is
 * several PDs, one for each pair of them, named PD_5.<cpu>.<ads>.
 */
#pragma once

#include "graph.h"

struct cm_split_options {
    bool compat;         /* do not split PD_1 either, as the original tool */
    const cm_node *keep; /* PDs not to split; the root task never is */
    uint32_t keep_count;
};

/*
 * Makes a graph in which such PDs are replaced by their parts, finished, with the same allocator. *parts is NULL if
 * there is nothing to split: then the graph itself is the model. The rows of spaces stay: a manager's id that is that of
 * a split PD stands for all of its parts. CM_DUPLICATE_ID: a part's id is taken by another node, whose id *taken (may be
 * NULL) then gives, valid as long as `graph`.
 */
enum cm_status cm_split(struct cm_graph *graph, const struct cm_split_options *options, struct cm_graph **parts,
                        const char **taken);

/* The parts in a graph of the PD of that id: calls `visit` for each; returns how many. Looks at all PDs. */
uint32_t cm_split_parts(const struct cm_graph *graph, struct cm_text id, void (*visit)(void *context, cm_node part),
                        void *context);

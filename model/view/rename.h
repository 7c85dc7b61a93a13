/* SPDX-License-Identifier: BSD-2-Clause */
/* An older model in the ids of a newer one, so that both can be shown as one whose nodes differ in what they are, not in
 * how a boot has numbered them. */
#pragma once

#include "../query/match.h"

/*
 * Makes a copy of the old graph in which each node that is one of the new graph has its id there; where the id of another is
 * one that the new graph uses, `~` is added. Managers, and what VCPUs and handles name, go along. Errors: CM_NO_MEMORY and
 * the graph's limits.
 */
enum cm_status view_rename(struct cm_graph *old_graph, const struct cm_graph *new_graph, const struct cm_match *match,
                           struct cm_graph **renamed);

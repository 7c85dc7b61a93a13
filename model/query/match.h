/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which node of one model is which of another.
 *
 * By id: the same id and kind. By name, for models of different boots, where ids differ: PDs by their name; spaces by type
 * and who manages them (address spaces: who runs there); resources by space, kind and address: a VMR's kind and address, an
 * MO's address, a FILE's name, a VCPU by the PD that runs on it, others by the object part of their id. Of several that are alike,
 * the first of the one is the first of the other.
 */
#pragma once

#include "../core/graph.h"

struct cm_match {
    cm_node *in_new; /* per node of the old graph: its node in the new one, or CM_NONE */
    cm_node *in_old; /* the other way round */
};

/* Uses the C library's malloc. Freed with cm_match_free(). Errors: CM_NO_MEMORY. */
enum cm_status cm_match_ids(const struct cm_graph *old_graph, const struct cm_graph *new_graph, struct cm_match *match);
enum cm_status cm_match_names(struct cm_graph *old_graph, struct cm_graph *new_graph, struct cm_match *match);
void cm_match_free(struct cm_match *match);

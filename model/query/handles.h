/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of PDs: resources of type PD, whose EXTRA names the PD. That of a PD that was split is one of all its parts. */
#pragma once

#include "../core/graph.h"

struct cm_handles;

/* Finds all handles of a graph, in time linear in its nodes and pairs of part and handle. Errors: CM_NO_MEMORY,
 * CM_TOO_MANY_PARTS. Freed with cm_handles_free(). */
enum cm_status cm_handles_make(struct cm_graph *graph, struct cm_handles **handles);
void cm_handles_free(struct cm_handles *handles);

/* The handles of a PD, and the PDs that a handle is of, in an array that belongs to `handles`; *count of them. */
const cm_node *cm_handles_of(const struct cm_handles *handles, cm_node pd, uint32_t *count);
const cm_node *cm_handles_pds(const struct cm_handles *handles, cm_node handle, uint32_t *count);

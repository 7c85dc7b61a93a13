/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that two PDs can both write (docs/model-format.md, "Who can write what"), of all pairs. */
#pragma once

#include "../core/graph.h"

/* Gets a pair i < j that shares some, in units of 4 KiB. A status other than CM_OK ends the walk and is returned. */
typedef enum cm_status (*cm_writable_pair)(void *context, uint32_t i, uint32_t j, uint64_t units);

/* Calls `visit` for such pairs of the PDs, by i and then j; on paths of at most `depth` edges (0: any). Errors: CM_NO_MEMORY,
 * CM_TOO_LONG after CM_MATRIX_STEPS: MOs that both of a pair can write. */
enum cm_status cm_writable_pairs(struct cm_graph *graph, const cm_node *pds, uint32_t count, uint32_t depth,
                                 cm_writable_pair visit, void *context);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resource sharing index (docs/model-metrics.md): what share of the resources that two PDs reach do both reach, per
 * resource type? A PD reaches what a path of a HOLD and then MAP edges leads to.
 *
 * The graph must be one that was split (split.h), or have nothing to split.
 */
#pragma once

#include "metric.h"

/* One type: RSI = shared / all. Weights: an MO its size in 4 KiB units, a BLOCK its count, everything else 1. */
struct cm_rsi_row {
    uint32_t type;
    uint64_t shared, all;
};

/* Rows for the types that either PD reaches, sorted by the type's name. */
struct cm_rsi {
    struct cm_rsi_row *rows;
    uint32_t count;
    uint32_t unsized;      /* MOs without a size among them, which weigh 1 */
    cm_node first_unsized; /* CM_NONE: all have a size */
};

/* RSI of two PDs. `rsi` is freed with cm_rsi_free(). Errors: CM_NO_MEMORY, CM_BAD_NODE, CM_BAD_PHASE. */
enum cm_status cm_rsi(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_metric_options *options,
                      struct cm_rsi *rsi);
void cm_rsi_free(struct cm_graph *graph, struct cm_rsi *rsi);

/* `RSI <TYPE> <shared>/<all> <value>`, without a line end; the length as snprintf gives it. */
size_t cm_rsi_text(const struct cm_graph *graph, const struct cm_rsi_row *row, char *out, size_t size);

/* Everything that a PD reaches, in the order of the walk. `nodes` is freed with cm_reach_free(). */
struct cm_reach {
    cm_node *nodes;
    uint32_t count, capacity;
};
enum cm_status cm_reach(struct cm_graph *graph, cm_node pd, const struct cm_metric_options *options,
                        struct cm_reach *reach);
void cm_reach_free(struct cm_graph *graph, struct cm_reach *reach);

/* Whether a type has an RSI: with `compat` only the six that the original tool looks at. */
bool cm_rsi_counts(uint32_t type, bool compat);

/* The weight of a resource. *sized: false if it is an MO whose size is unknown. */
uint64_t cm_weight(const struct cm_graph *graph, cm_node resource, bool compat, bool *sized);

/*
 * RSI of all pairs i < j of the given PDs; `visit` gets a row of types for each pair, by i and then j. It costs the sum
 * of what the PDs reach plus, for every distinct set of PDs that reach a resource, the square of its size.
 */
typedef enum cm_status (*cm_rsi_pair)(void *context, uint32_t i, uint32_t j, const struct cm_rsi_row *rows,
                                      uint32_t count);
enum cm_status cm_rsi_matrix(struct cm_graph *graph, const cm_node *pds, uint32_t count,
                             const struct cm_metric_options *options, cm_rsi_pair visit, void *context);

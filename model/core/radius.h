/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault radius (docs/model-metrics.md): how many request hops away is the nearest PD whose failure can reach both of
 * two PDs?
 *
 * A walk from a PD carries the set of types that it may ask for, and grows it by what the asked-for spaces are realised
 * by. What a PD may ask, implied requests included, is worked out when a walk first comes by it and kept, so a pair
 * costs what the two walks touch, and all pairs cost one walk per PD.
 *
 * Sets of types make this reachability with keys, for which no polynomial algorithm is known: a walk ends with
 * CM_TOO_LONG after CM_MOST_STEPS steps, a step being a request followed or a set compared; all pairs, after CM_MATRIX_STEPS.
 *
 * The graph must be one that was split (split.h), or have nothing to split.
 */
#pragma once

#include "metric.h"

struct cm_fr {
    bool found;    /* false: FR is inf */
    uint32_t hops; /* FR */
    cm_node at;    /* the PD where it was found: of several the first in the graph */
};

struct cm_radius;

/* Prepares walks. `options` is copied, its `without` list must outlive the radius. CM_BAD_NODE: not a PD in it. */
enum cm_status cm_radius_create(struct cm_graph *graph, const struct cm_metric_options *options,
                                struct cm_radius **radius);
void cm_radius_destroy(struct cm_radius *radius);

/* FR of two PDs. CM_BAD_NODE: one of them is no PD, or among those that are ignored. */
enum cm_status cm_radius_pair(struct cm_radius *radius, cm_node a, cm_node b, struct cm_fr *fr);

/* FR of all pairs i < j, by i and then j. None of the PDs may be among those that are ignored. */
typedef enum cm_status (*cm_fr_pair)(void *context, uint32_t i, uint32_t j, const struct cm_fr *fr);
enum cm_status cm_radius_matrix(struct cm_radius *radius, const cm_node *pds, uint32_t count, cm_fr_pair visit,
                                void *context);

/* Whether a PD is among those that are ignored (`without`). */
bool cm_radius_ignores(const struct cm_radius *radius, cm_node pd);

/* The PDs that a walk from a PD reaches, itself included, in the order of hops. */
typedef enum cm_status (*cm_met_visit)(void *context, cm_node pd, uint32_t hops);
enum cm_status cm_radius_walk(struct cm_radius *radius, cm_node pd, cm_met_visit visit, void *context);

/* One pair, from start to end. */
enum cm_status cm_fr(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_metric_options *options,
                     struct cm_fr *fr);

/* `FR <n>` or `FR inf`, without a line end; `out` takes 16 bytes. */
void cm_fr_text(const struct cm_fr *fr, char *out);

/* A request that a PD may make, as the walks see it; implied ones included. `space` CM_NONE: of any space. */
struct cm_ask {
    cm_node to;
    uint32_t type;
    cm_node space;
    bool implied;
};

/* The requests of a PD; valid until the next call on this radius. */
enum cm_status cm_radius_asks(struct cm_radius *radius, cm_node pd, const struct cm_ask **asks, uint32_t *count);

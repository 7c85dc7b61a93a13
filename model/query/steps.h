/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps through a model, as influence travels: forward along any edge; back along HOLD, MAP and META, which is what
 * sharing is (who holds what I hold, what else is realised by the same). MAP between spaces says nothing about a shared
 * resource and is no step. HOLDs that follow from others count.
 */
#ifndef CELLULOS_MODEL_STEPS_H
#define CELLULOS_MODEL_STEPS_H

#include "../core/graph.h"

struct cm_step {
    cm_node from, to;          /* as it was stepped */
    enum cm_edge_type edge_type;
    bool forward;              /* false: against the edge */
    bool derived;              /* a HOLD that follows from others */
    unsigned rights;           /* of a HOLD, and of a VMR's or GMO's MAP */
    uint32_t type;             /* of a REQUEST, else CM_NONE */
};

/* Steps in a list that grows; freed with cm_steps_free(). */
struct cm_steps {
    struct cm_step *items;
    uint32_t count, capacity;
};

/* Edge types as bits. */
#define CM_STEP_BIT(type) (1u << (type))
#define CM_STEPS_USUAL (CM_STEP_BIT(CM_HOLD) | CM_STEP_BIT(CM_MAP) | CM_STEP_BIT(CM_REQUEST))
#define CM_STEPS_BOTH_WAYS (CM_STEP_BIT(CM_HOLD) | CM_STEP_BIT(CM_MAP) | CM_STEP_BIT(CM_META))

/*
 * Appends the steps from a node along leaving edges of the types `out` and against arriving ones of the types `in`. Uses
 * the C library's malloc. Errors: CM_NO_MEMORY.
 */
enum cm_status cm_steps_from(struct cm_graph *graph, cm_node node, unsigned out, unsigned in, struct cm_steps *steps);
void cm_steps_free(struct cm_steps *steps);

#endif

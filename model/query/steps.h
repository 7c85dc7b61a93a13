/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steps through a model, as influence travels: forward along any edge; back along HOLD, MAP and META, which is what
 * sharing is (who holds what I hold, what else is realised by the same); from the handle of a PD to the PD. MAP between
 * spaces says nothing about a shared resource and is no step. HOLDs and requests that follow from others count; of the
 * requests of one PD to another that follow, the first, and none where one is written.
 *
 * Steps that change something: a HOLD or a MAP of a VMR or GMO toward what can be written takes w, the way back, to whoever
 * reads it, r or x; a handle takes w, x or g, and has no way back; other MAPs, where a server decides, and META are none; a request is one.
 */
#pragma once

#include "../core/radius.h"
#include "handles.h"

struct cm_step {
    cm_node from, to;          /* as it was stepped */
    unsigned kind;             /* an enum cm_edge_type, or CM_STEP_HANDLE */
    bool forward;              /* false: against the edge */
    bool derived;              /* a HOLD or REQUEST that follows from others */
    unsigned rights;           /* of a HOLD, and of a VMR's or GMO's MAP */
    uint32_t type;             /* of a REQUEST, else CM_NONE */
};

/* Steps in a list that grows; freed with cm_steps_free(). */
struct cm_steps {
    struct cm_step *items;
    uint32_t count, capacity;
};

/* Beside the edge types: from a handle to its PD. */
#define CM_STEP_HANDLE ((unsigned)CM_EDGE_TYPES)
const char *cm_step_text(unsigned kind); /* "HOLD", "HANDLE" */

/* Kinds of steps as bits. */
#define CM_STEP_BIT(type) (1u << (type))
#define CM_STEPS_USUAL (CM_STEP_BIT(CM_HOLD) | CM_STEP_BIT(CM_MAP) | CM_STEP_BIT(CM_REQUEST) | CM_STEP_BIT(CM_STEP_HANDLE))
#define CM_STEPS_BOTH_WAYS (CM_STEP_BIT(CM_HOLD) | CM_STEP_BIT(CM_MAP) | CM_STEP_BIT(CM_META))

/* What steps need to know of a graph beside its edges. */
struct cm_stepping {
    struct cm_graph *graph;
    bool writable;            /* only steps that change something */
    struct cm_radius *radius; /* which PDs may ask which */
    struct cm_handles *handles;
    uint32_t *asked, turn;   /* per PD: the turn in which a request led there already */
    struct cm_lists *askers; /* per PD: PDs that may ask it; made when first asked for */
};

/* Errors: CM_NO_MEMORY. What was made is freed by cm_stepping_free(), after an error too. */
enum cm_status cm_stepping_make(struct cm_graph *graph, bool writable, struct cm_stepping *stepping);
void cm_stepping_free(struct cm_stepping *stepping);

/*
 * Appends the steps from a node along leaving edges of the kinds `out` and against arriving ones of the kinds `in`. Uses
 * the C library's malloc. Errors: CM_NO_MEMORY.
 */
enum cm_status cm_steps_from(struct cm_stepping *stepping, cm_node node, unsigned out, unsigned in,
                             struct cm_steps *steps);
void cm_steps_free(struct cm_steps *steps);

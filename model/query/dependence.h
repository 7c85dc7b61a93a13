/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dependence between PDs: the trusted base, the attack surface and the blast radius (docs/model-metrics.md). All three go along
 * requests, implied ones included (radius.h), and faults.
 */
#pragma once

#include "../core/radius.h"

/* ---------------------------------------------------------------------------------------------------- trusted, surface */

/* Why a PD is trusted. */
enum cm_trust {
    CM_TRUST_REQUEST,
    CM_TRUST_IMPLIED,
    CM_TRUST_FAULT,
    CM_TRUST_MEMORY, /* it can write memory that is relied on */
    CM_TRUST_HANDLE, /* it holds a handle of a PD, or of one of its makers, with w, x or g */
    CM_TRUST_PLACE,  /* it holds an address space or VCPU that is used, with w or x */
};
const char *cm_trust_text(enum cm_trust trust); /* "request" */

/* A PD of the trusted base; `through`: the PD that asks or faults to it, the MO that it can write, the PD or place that it holds. */
struct cm_trusted {
    cm_node pd, through;
    enum cm_trust why;
    uint32_t hops; /* requests and faults on the way from the PD in question */
};

/*
 * The trusted base of a PD: the least set with the PDs that the PD may ask or leaves its faults to, that can write an MO that it
 * reaches, may steer it by a handle, or change where it runs; and the same for each member. Each PD once, itself never;
 * not those that `radius` ignores. `trusted` has room for all PDs of the graph. It takes at most `*steps`
 * (a holder or request looked at), which is then what is left of them; going through the graph once, which one may
 * always, is taken off, too. Errors: CM_NO_MEMORY, CM_TOO_LONG.
 */
enum cm_status cm_trusted_base(struct cm_radius *radius, struct cm_graph *graph, cm_node pd,
                               struct cm_trusted *trusted, uint32_t *count, uint64_t *steps);

/* The attack surface of a PD: calls `visit` for each request that a PD may make of it. */
typedef enum cm_status (*cm_surface_visit)(void *context, cm_node from, const struct cm_ask *ask);
enum cm_status cm_surface(struct cm_radius *radius, struct cm_graph *graph, cm_node pd, cm_surface_visit visit,
                          void *context);

/* ------------------------------------------------------------------------------------------------------------- blast */

/*
 * How far the death of a PD spreads: a PD is at n+1 if it may ask, or leaves its faults to, one at n; PDs linked to one at
 * n are at n. A space is at n+1 if it maps onto one at n; those of PDs at 0 are at 0. Under the policy (d, s) the PDs up to
 * d are terminated with their spaces, and the spaces up to s deleted.
 */
struct cm_blast {
    uint32_t *pd_hops, *space_hops; /* by place in cm_graph_pds() and cm_graph_spaces(); CM_NONE: never */
    uint32_t pd_depth, space_depth; /* the largest hops that occur */
};

enum cm_status cm_blast(struct cm_radius *radius, struct cm_graph *graph, cm_node pd, struct cm_blast *blast);
void cm_blast_free(struct cm_blast *blast);

/* Calls `visit` for each PD that is at some hops from the death of one of `pds`, but for itself: by that one, then in the order of
 * the graph. A status other than CM_OK ends the walk and is returned. Errors: CM_NO_MEMORY, CM_TOO_LONG after CM_MATRIX_STEPS. */
typedef enum cm_status (*cm_blast_visit)(void *context, cm_node dead, cm_node lost, uint32_t hops);
enum cm_status cm_blast_pairs(struct cm_radius *radius, struct cm_graph *graph, const cm_node *pds, uint32_t count,
                              cm_blast_visit visit, void *context);

/* Whether a PD or space is lost under a policy. */
bool cm_blast_takes(const struct cm_blast *blast, const struct cm_graph *graph, cm_node node, uint32_t pd_depth,
                    uint32_t space_depth);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The model that was extracted in a guest, inside a larger graph: its MOs are GMOs there, guest-physical memory. */
#pragma once

#include "../core/graph.h"

struct lx_joining {
    struct cm_graph *graph; /* the larger one, which is being made */
    const struct cm_graph *guest;
    const char *number; /* `4d2`: ids of the guest's get `4d2g` in front of their numbers */
    const char *name;   /* and names of its PDs this and a `/` */
    cm_node *nodes;     /* where the guest's are: room for each; CM_NONE: not there */
};

/* Adds all of the guest's nodes, then its edges; what the GMOs map onto is up to the caller. */
enum cm_status lx_join(struct lx_joining *joining);

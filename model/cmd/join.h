/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's model in that of the system below it: cellmodel join. */
#pragma once

#include "../linux/guest.h"
#include "command.h"

/* A guest and the PD that it is in the system's model. */
struct join_guest {
    cm_node pd;
    struct lx_guest inside; /* lx_guest_prepare() */
};

/* One graph of both: the system's MOs are cut where the guest's memory ends, and its GMOs map onto the pieces. *outside: pages of the
 * guest's that are no memory of the PD's. */
enum cm_status join_graph(struct cm_graph *host, const struct join_guest *guest, struct cm_graph **joined, uint64_t *outside);

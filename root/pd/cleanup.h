/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/cleanup.h: what the end of a PD takes with it.
 *
 * Hops count from the PD that died: it and its spaces are at 0. A PD is at n + 1
 * if it requests from, or holds a resource in, a space managed by a PD at n; a
 * space is at n + 1 if it maps onto a space at n. PDs at 1 to `pd_depth` are
 * terminated, spaces at 1 to `space_depth` deleted. Linked PDs add no hop.
 */
#pragma once

#include "root/core/pd.h"

/* In place of a depth: what was booted with (options pd_depth=, space_depth=, or the description's policy). */
#define CLEANUP_DEFAULT 255u

/* However far. */
#define CLEANUP_ALL 254u

/* Ends a PD and what goes with it. The PD must be alive and not the root task. */
void cleanup(struct pd *pd, enum pd_cause cause, uint64_t code, unsigned pd_depth,
             unsigned space_depth);

/* The same, by the will of another PD, with authority (w) over the PD. CELL_DENIED: a depth reaches farther
 * than what was booted with, to a PD, or a space of a PD, that `by` has no authority over;
 * nothing ended then. */
cell_error_t cleanup_by(const struct pd *by, struct pd *pd, unsigned pd_depth, unsigned space_depth);

/* What cleanup_by() would end and delete. */
struct foreseen {
    uint64_t number;      /* the same as long as all of this is the same */
    uint64_t pds, spaces; /* spaces of PDs that stay */
    uint64_t from;        /* so many are left out of: */
    uint64_t *ids;        /* the PDs and then the spaces, by hops; room for `room` */
    uint32_t room, count;
};

/* Fills it in, and changes nothing. CELL_DENIED, as cleanup_by(). */
cell_error_t cleanup_foresee(const struct pd *by, struct pd *pd, unsigned pd_depth, unsigned space_depth,
                             struct foreseen *foreseen);

/* Does a boot option say `all` in place of a number? */
bool cleanup_depth_is_all(const char *option);

/* Reads the boot options; where they say nothing, depths are 0. */
void cleanup_init(void);
/* What a description says about depths that no boot option names; CLEANUP_DEFAULT: nothing. */
void cleanup_policy(unsigned pd_depth, unsigned space_depth);

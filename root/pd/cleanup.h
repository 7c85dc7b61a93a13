/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/cleanup.h: what the end of a PD takes with it.
 *
 * PDs at 1 to `pd_depth` hops (closure.h) are terminated with it, spaces at 1 to `space_depth` deleted, and those of
 * PDs that end anyway. A PD that comes to depend on one of them before they are stopped goes, too, if that needs no authority or
 * the caller has it.
 */
#pragma once

#include "root/core/pd.h"
#include "root/loop/request.h"

/* In place of a depth: what was booted with (options pd_depth=, space_depth=, or the description's policy). */
#define CLEANUP_DEFAULT 255u

/* However far. */
#define CLEANUP_ALL 254u

/* Ends a PD and what goes with it as booted. The PD must be alive and not the root task; it is not afterwards. */
void cleanup(struct pd *pd, enum pd_cause cause, uint64_t code);
/* The same for a PD that nobody has seen yet: it alone. */
void cleanup_new(struct pd *pd);

struct cleanup_depths {
    unsigned pds, spaces;
};

/* The same as far as `depths` say, by the will of the PD that asks, with authority (w) over the PD. CELL_OK: it has ended; or
 * the request is deferred, and is answered when it has. `wanted`: only if that is the number that cleanup_foresee() tells,
 * CELL_CHANGED otherwise; NULL: in any case. CELL_DENIED: a depth reaches farther than what was booted with, to a PD, or a space of a PD,
 * that the caller has no authority over; CELL_NO_MEMORY, CELL_QUOTA: nothing ended then. */
cell_error_t cleanup_by(struct request *request, struct pd *pd, const struct cleanup_depths *depths, const uint64_t *wanted);

/* Words of what cleanup_foresee() answers. */
enum foreseen {
    FORESEEN_NUMBER, /* the same as long as all of this is the same */
    FORESEEN_PDS,
    FORESEEN_SPACES, /* of PDs that stay */
    FORESEEN_BYTES,  /* of the list: */
    FORESEEN_LIST,   /* ids of the PDs and then the spaces, by hops, but for the first `from` */
};
#define CLEANUP_FORESEEN_WORDS 104u

/* Answers, later, with what cleanup_by() would end and delete, and changes nothing. Errors as cleanup_by(). */
cell_error_t cleanup_foresee(struct request *request, struct pd *pd, const struct cleanup_depths *depths, uint64_t from);

/* Does a boot option say `all` in place of a number? */
bool cleanup_depth_is_all(const char *option);

/* Reads the boot options; where they say nothing, depths are 0. */
void cleanup_init(void);
/* What a description says about depths that no boot option names; CLEANUP_DEFAULT: nothing. */
void cleanup_policy(unsigned pd_depth, unsigned space_depth);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/cspace.h: from an address in a capability space to a slot.
 */
#ifndef NUCLEUS_CSPACE_H
#define NUCLEUS_CSPACE_H

#include "nucleus/thread.h"

/* Why the last lookup failed. */
extern struct lookup_failure lookup_failure;

/* The slot at `address` in the thread's CSpace, where the walk ends at the first capability that is
 * not a CNode. Null: not found, see lookup_failure. The slot may be empty. */
struct slot *cspace_lookup(const struct thread *thread, uint64_t address);

/* The slot at the `depth` bits of `address`, all of them used, from `root`. Null: see
 * lookup_failure. `depth` is 1 to 64 (the caller checks). */
struct slot *cspace_lookup_from(const struct capability *root, uint64_t address, unsigned depth);

/* Sets lookup_failure to "nothing there". */
void cspace_missing(uint64_t bits_left);

#endif

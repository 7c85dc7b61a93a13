/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/context.h: contexts: further address spaces of the calling PD, which share all memory but
 * what their configuration says; and snapshots, which can be gone back to. Going from one to another
 * is context_switch(), context_roll_back() and context_drop() of <cell/idl/context.h>.
 */
#pragma once

#include <lib/client/spawn.h>

/* Makes a context. `regions`: lines of a configuration ("region 0x10000000 disjoint pages=1"); all else
 * is shared with the context in which the caller runs. Errors as spawn_run(); made->id is its number. */
cell_error_t cell_context_create(const char *regions, struct spawned *made);

/* Makes a snapshot of all memory that can be written, but for SHARED_FRAMES regions, and of the
 * registers; made->id is its number. context_roll_back() comes back here, as often as there is a snapshot: then
 * it is 0. */
cell_error_t cell_context_snapshot(struct spawned *made);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/library.h: libraries in address spaces of their own. A library is a PD with a copy of
 * its maker's data and heap as they are when it is made. Code and stack are shared, so it can be
 * called with pointers to what stands on the stack; what it keeps, its maker cannot read.
 *
 * Memory that the maker attached itself is not there, unless the configuration names it.
 */
#pragma once

#include <lib/client/spawn.h>

/* Makes a library that can be called at `function` only, and may ask whom its maker may ask. It
 * ends with its maker. Errors as spawn_run(). The handle can be called and ended, not looked
 * through. */
cell_error_t cell_library_create(const char *name, int (*function)(void *), struct spawned *library);

/* Calls it, for this many nanoseconds at most (UINT64_MAX: no limit); *result is what its function
 * returns. CELL_FAULTED, CELL_GONE (it has left by exit(), or was ended), CELL_TIMEOUT: it has ended.
 * CELL_BUSY: another thread calls it. */
cell_error_t cell_library_call(const struct spawned *library, void *argument, uint64_t nanoseconds, int *result);

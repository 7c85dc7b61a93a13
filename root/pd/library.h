/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/library.h: libraries in address spaces of their own: PDs without a CPU, each of which
 * runs on its caller's, for the time of the call.
 *
 * While it runs, the root task has its caller's registers. These, the caller's address space and
 * its CSpace are given back however the call ends: the library returns, faults, exits, is ended by
 * somebody, or takes too long. A library that did not return has ended.
 */
#pragma once

#include "root/core/pd.h"
#include "root/loop/clock.h"
#include "root/loop/request.h"

/* Of a library's PD. */
struct library {
    struct pd *pd;
    uint64_t entry, function; /* first instruction; behind the entry code */
    bool own_stack;           /* otherwise it goes on below its caller's */
    bool late;                /* it has taken too long */
    struct pd *caller;        /* NULL: nobody calls it */
    struct timeout limit;
    uint64_t registers[CPU_REGISTERS]; /* the caller's */
};

/* What a library's maker may do with it: call it and end it, but not look at it. */
#define LIBRARY_RIGHTS (HANDLE_WRITE | HANDLE_EXECUTE)

/* Makes a PD a library, which pays for the record. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t library_create(struct pd *pd, uint64_t entry, uint64_t function, bool own_stack);
/* Frees the record; harmless without one. */
void library_free(struct pd *pd);

/* The asker's CPU goes on in the library with `argument`, for this many nanoseconds at most
 * (UINT64_MAX: no limit). The answer comes with the end of the call. CELL_UNSUPPORTED (no library),
 * CELL_BUSY, CELL_GONE, CELL_NO_MEMORY. */
cell_error_t library_call(struct request *request, struct pd *pd, uint64_t argument, uint64_t nanoseconds);

/* The asker returns to its caller, who gets the result. CELL_NOT_FOUND: nobody has called it. */
cell_error_t library_leave(struct request *request, uint64_t result);

/* A PD ends: its caller gets the CPU back and an error. Returns what it calls, if it calls anything:
 * that has lost the CPU halfway, and has to end, too. */
struct pd *library_unwind(struct pd *pd);

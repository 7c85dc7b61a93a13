/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/measure.h: time and rows for the benchmark of the system.
 *
 * With instructions counted (-icount shift=0) a nanosecond is an instruction of
 * any program that runs: the caller, the root task, the kernel. The counter's step is 16
 * ns on this machine, so short things are measured many at a time.
 */
#pragma once

#include <cell/errors.h>
#include <stdint.h>

/* Finds out how to read the time; ends the program if it cannot. */
void measure_init(void);

/* Nanoseconds since the machine started. */
uint64_t measure_now(void);

/* Sends a row: `total` nanoseconds for `samples` operations. */
void measure_row(const char *name, uint64_t total, uint64_t samples);

/* Ends the program with a message unless `error` is CELL_OK. */
_Noreturn void measure_fail(cell_error_t error, const char *what);
static inline void measure_need(cell_error_t error, const char *what)
{
    if (error != CELL_OK)
        measure_fail(error, what);
}

/* The rows about extraction (extract.c). */
void bench_extraction(void);

/* The rows about processes among many (many.c). */
void bench_many(void);

/* The rows about libraries, copies and contexts (presets.c). */
void bench_presets(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/longest.h: how long the steps of the event loop take: the time from a message, or
 * the beginning of a task, until the loop is ready for the next one. For benchmarks: it is
 * measured with the boot option `longest` only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a step did, if it was no request, whose label stands for it. */
#define STEP_TASK (UINT64_C(1) << 63)
#define STEP_PACER (STEP_TASK + 1)
#define STEP_FAULT (STEP_TASK + 2)
#define STEP_SIGNAL (STEP_TASK + 16) /* and its bits */

/* Are steps measured? */
extern bool longest_wanted;
/* Reads the boot option. */
void longest_init(void);

/* A step begins; it ends, and was of kind `what`. */
void longest_begin(void);
void longest_end(uint64_t what);

/* The longest step of a kind since that was last taken, the kind that had the longest first; 0: none is left. The
 * step that takes it does not count. */
uint64_t longest_take(uint64_t *what);

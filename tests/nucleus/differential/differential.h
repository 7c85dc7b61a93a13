/* SPDX-License-Identifier: BSD-2-Clause */
/* The same program of random system calls on two kernels.
 *
 * Unlike the fuzzer's threads, which run for themselves, these workers make one system call each time they are told to: the
 * root task fills in a worker's registers and IPC buffer, lets it run, and waits until nobody runs any more (a thread at
 * the lowest priority tells). A worker whose call has ended stands at an undefined instruction, so its fault message
 * arrives here; a worker that the call woke arrives in the same way, in the order in which the kernel ran them. All of
 * it is observed: errors of the root task's own calls, fault messages, all registers and the IPC buffer of each worker
 * that arrives. What comes next depends on the seed and on what was observed, on nothing else, so two kernels that
 * behave alike go through the same program.
 *
 * Time must not matter, since kernels are not equally fast: no timeslice ends (threads are made again every round), and the
 * virtual CPUs run no guests. Physical addresses are observed relative to the sandbox's memory.
 *
 * Layers, bottom-up: the fuzzer's random, operations and call; observe (a sum of all observations, and a text of some);
 * workers (building the sandbox, a step); main (rounds).
 */
#pragma once

#include "tests/nucleus/fuzz/fuzz.h"

enum { worker_count = 6 };

/* ---- observe.c ---- */

/* Steps from `first` to `last` are printed as text; what starts there is step `step`. */
void observe_window(seL4_Word first, seL4_Word last);
void observe_step(seL4_Word step);
/* The memory whose physical addresses are shown relative to `base`. */
void observe_memory(seL4_Word base, seL4_Word size);
/* Adds a number to the sum. */
void observe(const char *what, seL4_Word value);
void observe_words(const char *what, const seL4_Word *words, seL4_Word count);
/* The sum of all so far. */
seL4_Word observe_sum(void);

/* ---- workers.c ---- */

void workers_open(seL4_Word seed);
void workers_build(void);
/* A step: a system call of a worker, or something done to one from outside. False: somebody runs without end, so the
 * round is over. */
int workers_step(void);
void workers_take_down(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting the instructions of kernel operations.
 *
 * The machine runs with -icount shift=0: an instruction takes a nanosecond, and the processor's cycle counter runs at
 * 1 GHz, so that a cycle is an instruction. The cycle counter counts all levels (its filter includes EL2), event
 * counter 0 counts cycles outside of EL0 only (filter bits: Arm ARM, PMCCFILTR_EL0 and PMEVTYPER_EL0). An operation is
 * measured many times between two looks at the counters, what an empty operation costs is taken off, and the median is
 * reported. The names are those of the table of seL4's figures that the goals refer to.
 *
 * Layers, bottom-up: measure (counters, medians, rows), partner (a second thread, in this address space or another),
 * then a file for each group of operations.
 */
#pragma once

#include "tests/nucleus/conformance/lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, own_space = seL4_CapInitThreadVSpace, own_priority = 100 };

/* ---- measure.c ---- */

/* A figure of both counters. */
struct figure {
    seL4_Word total;
    seL4_Word kernel;
};

static inline seL4_Word read_total(void)
{
    seL4_Word value;
    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value) : : "memory");
    return value;
}

static inline seL4_Word read_kernel(void)
{
    seL4_Word value;
    __asm__ volatile("mrs %0, pmevcntr0_el0" : "=r"(value) : : "memory");
    return value;
}

/* An operation of one thread; any function but `operation` may be null. */
struct operation {
    const char *name;
    const char *no_fpu_name; /* for the second pass, in which threads have no FPU; null: not in it */
    seL4_Word samples;
    void (*open)(void);      /* once, before all samples */
    void (*before)(void);    /* before each, not counted */
    void (*operation)(void); /* counted */
    void (*after)(void);     /* after each, not counted */
    void (*close)(void);
};

/* Whether threads run without the FPU in this pass. */
extern int without_fpu;

void measure_start(void);
/* Measures the operations of a list, or those that have a name for the second pass in that. */
void measure_list(const struct operation *list, seL4_Word count);

/* Prints a row. */
void measure_row(const char *name, struct figure figure, seL4_Word count);

/* Prints the row of the time since reset; to be called first of all. */
void measure_reset(void);

/* The physical counter, in ticks of 16 instructions (62.5 MHz at a nanosecond for an instruction). */
static inline seL4_Word read_counter(void)
{
    seL4_Word value;
    __asm__ volatile("isb\n mrs %0, cntpct_el0" : "=r"(value) : : "memory");
    return value;
}

/* Instructions that take this many ticks. */
seL4_Word measure_instructions(seL4_Word ticks);

/* For operations that end in another thread: it notes the end, which counts instead of the return to the first. */
void measure_end_elsewhere(void);

/* ---- partner.c ---- */

/* What the other thread does forever. */
typedef void (*partner_work)(void);

/* Starts it, relative to the priority of this thread, and lets it run until it blocks (if it is not lower). The space
 * is this one, or another that has the same pages at the same addresses. */
enum partner_space { same_space, other_space };
struct thread *partner_start(partner_work work, int above, enum partner_space space);
/* One that is configured and not started; its faults go to `fault_endpoint`. */
struct thread *partner_new(int above, enum partner_space space, seL4_CPtr fault_endpoint);
/* Ends all partners. */
void partner_stop(void);

/* ---- latency.c ---- */

/* Lets an interrupt come in `ticks` of the counter. */
void latency_arm(seL4_Word ticks);
/* Waits until the thread above has served it; returns how late it was, in ticks. */
seL4_Word latency_wait(void);
/* Prints the row of a longest wait; it counts for the row of all. */
void latency_row(const char *name, seL4_Word ticks, seL4_Word count);

/* ---- groups ---- */
void bench_calls(void);
void bench_messages(void);
void bench_faults(void);
void bench_interrupts(void);
void bench_capabilities(void);
void bench_memory(void);
void bench_pages(void);
void bench_threads(void);
void bench_latency(void);
void bench_deep(void);
/* `untyped`: 2 MiB that can be used. */
void bench_deep_latency(seL4_CPtr untyped);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The benchmark of kernel operations, a root task of its own: it prints a row for each operation, `name|total|kernel
 * only|samples`, which report.py makes into JSON. Operations of two threads are measured twice, with the FPU and with
 * threads that have none. The longest waits of interrupts are in between. */
#include "bench/kernel/measure.h"

static void all(void)
{
    measure_start();
    bench_calls();
    bench_messages();
    bench_faults();
    bench_interrupts();
    bench_capabilities();
    bench_memory();
    bench_pages();
    bench_deep();
    bench_threads();
}

void run_case(void)
{
    measure_reset();
    set_own_priority(own_priority);
    all();
    bench_latency();
    without_fpu = 1;
    seL4_TCB_SetFlags(seL4_CapInitThreadTCB, 0, seL4_TCBFlag_fpuDisabled);
    all();
}

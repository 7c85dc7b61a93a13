/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as a case sees it: in ticks of the kernel, 2 ms, by the virtual counter. A gap between two looks at the counter
 * tells that others ran. */
#include "conformance.h"

enum { ticks_per_second = 500, patience = 60 };

seL4_Word time_now(void)
{
    seL4_Word value;
    __asm__ volatile("isb\n mrs %0, cntvct_el0" : "=r"(value));
    return value;
}

seL4_Word time_ticks(seL4_Word from, seL4_Word to)
{
    seL4_Word hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    seL4_Word tick = hertz / ticks_per_second;
    return (to - from + tick / 2) / tick;
}

void time_watch(const char *what, int pairs)
{
    seL4_Word last = time_now();
    seL4_Word resumed = last;
    int seen = -2;
    print(what);
    print(":");
    while (seen < pairs) {
        seL4_Word time = time_now();
        if (time_ticks(last, time) > 0) {
            if (seen >= 0) {
                print(" ran ");
                print_decimal(time_ticks(resumed, last));
                print(" away ");
                print_decimal(time_ticks(last, time));
            }
            seen++;
            resumed = time = time_now();
        } else if (time_ticks(resumed, time) > patience) {
            print(" all the time");
            break;
        }
        last = time;
    }
    print("\n");
}

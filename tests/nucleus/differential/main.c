/* SPDX-License-Identifier: BSD-2-Clause */
/* Rounds of a sandbox each. Boot options: seed=N, steps=N; first=N last=N for the text of those steps. After every round
 * a line with its number of steps and the sum of all observations; two kernels are alike if all lines are. */
#include "tests/nucleus/differential/differential.h"

enum { default_steps = 10000, steps_of_a_round = 200 };

void run_case(void)
{
    seL4_Word steps = option_number("steps", default_steps);
    seL4_Word seed = option_number("seed", 1);
    observe_window(option_number("first", ~0ul), option_number("last", 0));
    show("seed", seed);
    workers_open(seed);
    for (seL4_Word step = 0; step < steps;) {
        workers_build();
        for (int i = 0; i < steps_of_a_round; i++) {
            observe_step(++step);
            if (!workers_step()) {
                break;
            }
        }
        workers_take_down();
        print("steps ");
        print_decimal(step);
        show_hex(" sum", observe_sum());
    }
}

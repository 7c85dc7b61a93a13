/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/pass.c: see pass.h. The stack is in lib/runtime/crt_root.S. */
#include "root/graph/pass.h"

uint32_t pass_left = UINT32_MAX;

static void (*body)(void);
static void *own_stack, *loop_stack; /* where each of them was left */
static bool inside, done;

/* Leaves this stack, storing its place in `from`, and goes on with another. Both hold the registers that a function preserves. */
void pass_switch(void **from, void *to);

/* Words that it puts there; the second is where to go on. */
#define SWITCH_WORDS 20u
#define SWITCH_RETURN 1u

static void pass_main(void)
{
    body();
    done = true;
    pass_switch(&own_stack, loop_stack);
}

void pass_begin(void (*run)(void))
{
    extern uint64_t root_pass_frame[SWITCH_WORDS]; /* at the stack's top */

    for (unsigned i = 0; i < SWITCH_WORDS; i++)
        root_pass_frame[i] = 0;
    root_pass_frame[SWITCH_RETURN] = (uint64_t)pass_main;
    own_stack = root_pass_frame;
    body = run;
    done = false;
}

bool pass_go_on(void)
{
    pass_left = PASS_UNITS;
    inside = true;
    pass_switch(&loop_stack, own_stack);
    inside = false;
    pass_left = UINT32_MAX;
    return done;
}

void pass_pause(void)
{
    if (inside)
        pass_switch(&own_stack, loop_stack);
    else
        pass_left = UINT32_MAX;
}

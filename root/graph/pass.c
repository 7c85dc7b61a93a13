/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/pass.c: see pass.h. The stack is in lib/runtime/crt_root.S. */
#include "root/graph/pass.h"

uint32_t pass_left = UINT32_MAX;

static void (*body)(void);
static void *own_stack, *loop_stack; /* where each of them was left */
static bool inside, done;

/* Leaves this stack, of which `from` says where, and goes on with another. What a function keeps for its caller lies on both. */
void pass_switch(void **from, void *to);

/* Words that it puts there; the second is where to go on. */
#define SWITCH_WORDS 20u
#define SWITCH_RETURN 1u

__asm__(".pushsection .text.pass_switch, \"ax\"\n"
        ".global pass_switch\n"
        ".type pass_switch, %function\n"
        "pass_switch:\n"
        "    stp x29, x30, [sp, #-160]!\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    mov sp, x1\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    ldp x29, x30, [sp], #160\n"
        "    ret\n"
        ".size pass_switch, . - pass_switch\n"
        ".popsection\n");

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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/vectors.S: the way into the kernel and out of it.
 *
 * While user level runs, SP_EL2 points at the current thread's TCB, which starts with the register
 * context. An exception stores the registers there, takes the kernel's one stack, which is empty
 * then, and calls C. C returns the thread that is to run; its registers are loaded from its context.
 * Nothing else is kept on the stack between two entries.
 */
#include "nucleus/layout.h"

        .macro  save_context
        stp     x0, x1, [sp, #CONTEXT_X(0)]
        stp     x2, x3, [sp, #CONTEXT_X(2)]
        stp     x4, x5, [sp, #CONTEXT_X(4)]
        stp     x6, x7, [sp, #CONTEXT_X(6)]
        stp     x8, x9, [sp, #CONTEXT_X(8)]
        stp     x10, x11, [sp, #CONTEXT_X(10)]
        stp     x12, x13, [sp, #CONTEXT_X(12)]
        stp     x14, x15, [sp, #CONTEXT_X(14)]
        stp     x16, x17, [sp, #CONTEXT_X(16)]
        stp     x18, x19, [sp, #CONTEXT_X(18)]
        stp     x20, x21, [sp, #CONTEXT_X(20)]
        stp     x22, x23, [sp, #CONTEXT_X(22)]
        stp     x24, x25, [sp, #CONTEXT_X(24)]
        stp     x26, x27, [sp, #CONTEXT_X(26)]
        stp     x28, x29, [sp, #CONTEXT_X(28)]
        mrs     x8, sp_el0
        mrs     x9, elr_el2
        mrs     x10, spsr_el2
        stp     x30, x8, [sp, #CONTEXT_X30]
        stp     x9, x10, [sp, #CONTEXT_PC]
        .endm

        /* x2 = the current thread; the stack is the kernel's. */
        .macro  take_stack
        mov     x2, sp
        adrp    x12, core + CORE_SIZE
        mov     sp, x12
        .endm

        /* The checked build looks at everything now and then (check.c). Keeps x0 and x19 to x29. */
        .macro  check
#if NUCLEUS_CHECKED
        str     x0, [sp, #-16]!
        bl      check_after_entry
        ldr     x0, [sp], #16
#endif
        .endm

        .section .vectors, "ax"
        .balign 2048
        .global vectors
vectors:
        /* From EL2 itself: a bug of the kernel. The stack may be what is broken. */
        .rept   8
        .balign 128
        b       kernel_broken
        .endr

        .balign 128
from_user:
        save_context
        mrs     x13, esr_el2
        take_stack
        lsr     x14, x13, #26
        cmp     x14, #0x15              /* svc */
        b.eq    system_call
        b       exception

        .balign 128
        save_context
        take_stack
        mov     x0, x2
        bl      interrupt_enter
        b       to_user

        .balign 128
        b       from_user_unexpected    /* FIQ: all interrupts are IRQs here */
        .balign 128
        b       from_user_unexpected    /* SError */

        /* From AArch32, which only virtual CPUs can have. */
        .balign 128
        b       from_user
        .balign 128
        save_context
        take_stack
        mov     x0, x2
        bl      interrupt_enter
        b       to_user
        .balign 128
        b       from_user_unexpected
        .balign 128
        b       from_user_unexpected

        .balign 64
system_call:
        sub     x9, x9, #4
        str     x9, [x2, #CONTEXT_FAULT_PC]
        mov     x19, x2
        cmn     x7, #1
        b.ne    other_call
        bl      fastpath_call           /* x0: capability, x1: message information, x2: thread */

/* A system call of the thread x19 has ended. x0: the thread that is to run; 0: the same one, and of its
 * registers none was changed but those that C may change (x0 to x18). */
call_ended:
        cbnz    x0, to_user
        check
        mov     sp, x19
        ldp     x0, x1, [sp, #CONTEXT_X(0)]
        ldp     x2, x3, [sp, #CONTEXT_X(2)]
        ldp     x4, x5, [sp, #CONTEXT_X(4)]
        ldp     x6, x7, [sp, #CONTEXT_X(6)]
        ldp     x8, x9, [sp, #CONTEXT_X(8)]
        ldp     x10, x11, [sp, #CONTEXT_X(10)]
        ldp     x12, x13, [sp, #CONTEXT_X(12)]
        ldp     x14, x15, [sp, #CONTEXT_X(14)]
        ldp     x16, x17, [sp, #CONTEXT_X(16)]
        ldp     x18, x19, [sp, #CONTEXT_X(18)]
        ldr     x30, [sp, #CONTEXT_X30]
        eret

other_call:
        adr     x30, call_ended
        cmn     x7, #2
        b.eq    fastpath_reply_receive
        mvn     x9, x7                  /* from -1 downwards */
        adrp    x10, syscall_table
        add     x10, x10, :lo12:syscall_table
        cmp     x9, #8
        b.hs    syscall_unknown
        ldr     x10, [x10, x9, lsl #3]
        br      x10

exception:
        str     x9, [x2, #CONTEXT_FAULT_PC]
        mov     x0, x2
        mov     x1, x13
        bl      exception_enter
        /* fall through */

/* Runs the thread x0. */
        .global to_user
to_user:
        check
        mov     sp, x0
        ldp     x30, x8, [sp, #CONTEXT_X30]
        ldp     x9, x10, [sp, #CONTEXT_PC]
        msr     sp_el0, x8
        msr     elr_el2, x9
        msr     spsr_el2, x10
        ldp     x0, x1, [sp, #CONTEXT_X(0)]
        ldp     x2, x3, [sp, #CONTEXT_X(2)]
        ldp     x4, x5, [sp, #CONTEXT_X(4)]
        ldp     x6, x7, [sp, #CONTEXT_X(6)]
        ldp     x8, x9, [sp, #CONTEXT_X(8)]
        ldp     x10, x11, [sp, #CONTEXT_X(10)]
        ldp     x12, x13, [sp, #CONTEXT_X(12)]
        ldp     x14, x15, [sp, #CONTEXT_X(14)]
        ldp     x16, x17, [sp, #CONTEXT_X(16)]
        ldp     x18, x19, [sp, #CONTEXT_X(18)]
        ldp     x20, x21, [sp, #CONTEXT_X(20)]
        ldp     x22, x23, [sp, #CONTEXT_X(22)]
        ldp     x24, x25, [sp, #CONTEXT_X(24)]
        ldp     x26, x27, [sp, #CONTEXT_X(26)]
        ldp     x28, x29, [sp, #CONTEXT_X(28)]
        eret

from_user_unexpected:
        save_context
        take_stack
        mrs     x0, esr_el2
        mrs     x1, far_el2
        mrs     x2, elr_el2
        b       kernel_exception

kernel_broken:
        adrp    x12, core + CORE_SIZE
        mov     sp, x12
        mrs     x0, esr_el2
        mrs     x1, far_el2
        mrs     x2, elr_el2
        b       kernel_exception

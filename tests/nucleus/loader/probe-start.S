/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/nucleus/loader/probe-start.S: a stand-in for a kernel: keeps the values that the loader
 * passes on, and prints them (probe.c).
 */
        .section .head, "ax"
        .global _start
_start:
        mrs     x9, cntpct_el0
        mov     x10, sp
        adrp    x11, stack_end
        add     x11, x11, :lo12:stack_end
        mov     sp, x11
        stp     x0, x1, [sp, #-80]!
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        str     x9, [sp, #48]
        mrs     x9, sctlr_el2
        str     x9, [sp, #56]
        mrs     x9, daif
        str     x9, [sp, #64]
        mrs     x9, currentel
        str     x9, [sp, #72]
        mov     x0, sp
        b       probe

        .bss
        .balign 16
        .space  4096
stack_end:

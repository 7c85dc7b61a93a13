/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/head.S: the first instructions. The loader has loaded the image and zeroed the rest of it,
 * mapped it where it is linked, and passes x0 to x5 (boot.h). Interrupts are masked, the level is EL2.
 */
#include "nucleus/layout.h"

        .section .head, "ax"
        .global _start
_start:
        msr     daifset, #0xf
        msr     spsel, #1
        adrp    x9, kernel_stack_top
        mov     sp, x9
        adrp    x9, vectors
        add     x9, x9, :lo12:vectors
        msr     vbar_el2, x9
        isb
        mov     x29, xzr
        mov     x30, xzr
        bl      boot_main
        b       to_user

        .section .bss.stack, "aw", %nobits
        .balign 4096
        .space  KERNEL_STACK_SIZE
        .global kernel_stack_top
kernel_stack_top:

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
        adrp    x9, core + CORE_SIZE
        mov     sp, x9
        adrp    x9, vectors
        add     x9, x9, :lo12:vectors
        msr     vbar_el2, x9
        isb
        mov     x29, xzr
        mov     x30, xzr
        bl      boot_main
        b       to_user

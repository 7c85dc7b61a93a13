/* SPDX-License-Identifier: BSD-2-Clause */
/* The one entry of every PD: see start.h. The thread-local block is put on top of the stack, so that no PD needs memory
 * of a third kind to begin. x0 to x2 pass through to runtime_enter, x3 becomes the block. */
    /* Made for this system: owner, no contents, type 1 (lib/elf). */
    .section .note.CellulOS, "a", %note
    .balign 4
    .word   9, 0, 1
    .asciz  "CellulOS"
    .balign 4

    .section .entry, "ax"
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    adrp    x4, runtime_tls_place
    add     x4, x4, :lo12:runtime_tls_place
    ldp     x4, x5, [x4]                /* size, mask of the alignment */
    mov     x3, sp
    sub     x3, x3, x4
    and     x3, x3, x5
    mov     sp, x3
    bl      runtime_enter
    udf     #0
    .size _start, . - _start

/* SPDX-License-Identifier: BSD-2-Clause */
/* The one entry of every PD: see start.h. The thread-local block is put on top of the stack, so that no PD needs memory
 * of a third kind to begin. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    adrp    x3, runtime_tls_bytes
    ldr     x3, [x3, :lo12:runtime_tls_bytes]
    sub     sp, sp, x3
    mov     x3, sp
    bl      runtime_enter
    udf     #0
    .size _start, . - _start

/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the root task: x0 = bootinfo (seL4 reference manual, "Bootstrapping"); it has no stack yet. */
    .section .text.start, "ax"
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    adrp    x1, root_stack_top
    add     x1, x1, :lo12:root_stack_top
    mov     sp, x1
    adrp    x3, runtime_tls_bytes
    ldr     x3, [x3, :lo12:runtime_tls_bytes]
    sub     sp, sp, x3
    mov     x1, sp
    bl      runtime_enter_root
    udf     #0
    .size _start, . - _start

    .section .bss.root_stack, "aw", %nobits
    .balign 4096
    .global root_stack
root_stack:
    .space  65536
    .global root_stack_top
root_stack_top:

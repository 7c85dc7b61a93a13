/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of a conformance root task: x0 = bootinfo frame (seL4 reference manual, "Bootstrapping").
 * A static stack and a static thread-local block are enough; the kernel under test gives nothing more. */
    .section .text.start, "ax"
    .global _start
_start:
    adrp    x1, conformance_stack_top
    add     x1, x1, :lo12:conformance_stack_top
    mov     sp, x1
    adrp    x1, conformance_tls
    add     x1, x1, :lo12:conformance_tls
    msr     tpidr_el0, x1
    mov     x29, xzr
    mov     x30, xzr
    bl      conformance_main
1:  b       1b

/* Entry of a thread made by thread_start(): x0 = struct thread, x1 = function, x2 = argument. */
    .text
    .global conformance_thread_entry
conformance_thread_entry:
    mov     x29, xzr
    mov     x30, xzr
    bl      conformance_thread_main
1:  b       1b

    .bss
    .balign 4096
conformance_stack:
    .space  32768
    .global conformance_stack_top
conformance_stack_top:
    .balign 64
    .global conformance_tls
conformance_tls:
    .space  128

/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the root task: x0 = bootinfo (seL4 reference manual, "Bootstrapping"). It has no stack yet: its own begins
 * here, 64 KiB, with the thread-local block on top. */
    .section .entry, "ax"
    .global _start
    .type _start, %function
_start:
    mov     x29, xzr
    mov     x30, xzr
    adrp    x1, root_stack_top
    add     x1, x1, :lo12:root_stack_top
    adrp    x4, runtime_tls_place
    add     x4, x4, :lo12:runtime_tls_place
    ldp     x4, x5, [x4]                /* size, mask of the alignment */
    sub     x1, x1, x4
    and     x1, x1, x5
    mov     sp, x1
    bl      runtime_enter_root
    udf     #0
    .size _start, . - _start

    .section .bss.root_stack, "aw", %nobits
    .balign 4096
    /* The root task unmaps this page as soon as it runs. */
    .global root_stack_guard
root_stack_guard:
    .space  4096
    .global root_stack
root_stack:
    .space  65536
    .global root_stack_top
root_stack_top:

    /* The same for a pass of root/graph/pass.c. */
    .section .bss.root_pass, "aw", %nobits
    .balign 4096
    .global root_pass_guard
root_pass_guard:
    .space  4096
    .global root_pass
root_pass:
    .space  32768 - 160
    .global root_pass_frame
root_pass_frame:
    .space  160
    .global root_pass_top
root_pass_top:

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/vectors.S: code that a guest's CPU runs for its monitor, with translation off, in the last pages of its memory
 * (state.c): stores registers that no call of the kernel reaches, or loads them. x0: where, 16-byte aligned; x1: the CPU
 * interface of the interrupt controller (Arm IHI 0048B, section 4.4). Then it calls the monitor.
 *
 * When it loads, interrupts that the guest was handling are pending in the list registers. The code acknowledges each, and drops its
 * priority at once: so they are active, and the register of active priorities can then be loaded with the saved value.
 */
#define CONTROL 0x00 /* GICC_CTLR, GICC_PMR, GICC_BPR, GICC_IAR, GICC_EOIR, GICC_ABPR, GICC_APR0 */
#define PRIORITY 0x04
#define POINT 0x08
#define TAKE 0x0c
#define END 0x10
#define POINT_1 0x1c
#define ACTIVE 0xd0
#define DROPS_ONLY 0x201 /* CONTROL: enabled, and END does not make an interrupt inactive */
#define LAST 1019        /* of the interrupts' numbers */

    .section .rodata
    .balign 16
    .globl vectors_save, vectors_load, vectors_end
vectors_save:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str q\n, [x0], #16
    .endr
    mrs x2, fpsr
    mrs x3, fpcr
    stp x2, x3, [x0], #16
    mrs x2, csselr_el1
    ldr w3, [x1, #CONTROL]
    stp x2, x3, [x0], #16
    ldr w2, [x1, #PRIORITY]
    ldr w3, [x1, #POINT]
    stp x2, x3, [x0], #16
    ldr w2, [x1, #POINT_1]
    ldr w3, [x1, #ACTIVE]
    stp x2, x3, [x0]
    b call
vectors_load:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr q\n, [x0], #16
    .endr
    ldp x2, x3, [x0], #16
    msr fpsr, x2
    msr fpcr, x3
    ldp x2, x3, [x0], #16
    msr csselr_el1, x2
    mov w2, #0xff
    str w2, [x1, #PRIORITY]
    mov w2, #DROPS_ONLY
    str w2, [x1, #CONTROL]
1:  ldr w2, [x1, #TAKE]
    and w4, w2, #0x3ff
    cmp w4, #LAST
    b.hi 2f
    str w2, [x1, #END]
    b 1b
2:  str w3, [x1, #CONTROL]
    ldp x2, x3, [x0], #16
    str w2, [x1, #PRIORITY]
    str w3, [x1, #POINT]
    ldp x2, x3, [x0]
    str w2, [x1, #POINT_1]
    str w3, [x1, #ACTIVE]
call:
    mov x7, #0 /* the kernel looks here for a system call: 0 is none of its own */
    dsb sy
    hvc #0
    b .
vectors_end:

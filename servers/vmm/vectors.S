/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/vectors.S: what a guest's CPU does for its monitor, translation off, from the last pages of its memory (state.c):
 * registers that no call of the kernel reaches go to memory, or come from there. x0: where, 16-byte aligned; x1: the CPU
 * interface of the interrupt controller (Arm IHI 0048B, section 4.4). Then it calls the monitor.
 */
#define CONTROL 0x00 /* GICC_CTLR, GICC_PMR, GICC_BPR */
#define PRIORITY 0x04
#define POINT 0x08

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
    str w3, [x1, #CONTROL]
    ldp x2, x3, [x0]
    str w2, [x1, #PRIORITY]
    str w3, [x1, #POINT]
call:
    mov x7, #0 /* no system call of the kernel's, which looks there */
    dsb sy
    hvc #0
    b .
vectors_end:

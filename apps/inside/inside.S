/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/inside/inside.S: what a guest tries (apps/isolation-guest.c), copied to where it runs, at the kernel's level without
 * translation. What fails sets x9: its monitor does so when it gets the fault, and the handler below when the guest itself does.
 * x0: the table, ranges of addresses (start, end, step; step 0 ends them), then places of capabilities (all ones end them). A byte for each
 * address (1 read, 2 write, 4 execute), one for the registers of the level above (how many can be reached), and one for each
 * place (1: somebody answers) go behind it. Then it says so by a call of the hypervisor, again and again.
 */
#define RESULTS 0xf000
#define CALL -1
#define KERNEL_ERRORS 10
#define INSTRUCTION_RET 0xd65f03c0
#define INSTRUCTION_ABORT 0x21

    .section .text
    .globl inside_begin, inside_end, inside_after_call
    .balign 4096
inside_begin:
    adr x1, vectors
    msr vbar_el1, x1
    isb
    mov x20, x0
    mov x1, #RESULTS
    add x21, x0, x1
    ldr w26, =INSTRUCTION_RET

next_range:
    ldp x22, x23, [x20], #16
    ldr x24, [x20], #8
    cbz x24, above
each:
    cmp x22, x23
    b.hs next_range
    mov w25, #0
    add x11, x22, #0xffc
    mov x9, #0
    ldr w10, [x11]
    cbnz x9, 1f
    orr w25, w25, #1
1:  mov x9, #0
    str w10, [x11]
    cbnz x9, 2f
    orr w25, w25, #2
    str w26, [x11]           /* there is something to execute */
2:  dsb sy
    ic iallu
    dsb sy
    isb
    mov x9, #0
    blr x11
inside_after_call:
    cbnz x9, 3f
    orr w25, w25, #4
3:  tbz w25, #1, 4f
    str w10, [x11]
4:  strb w25, [x21], #1
    add x22, x22, x24
    b each

above:
    mov w25, #0
    .irp register, vttbr_el2, hcr_el2, ttbr0_el2, vbar_el2, sctlr_el2, cnthctl_el2, spsr_el2, elr_el2, sctlr_el3, scr_el3
    mov x9, #0
    mrs x10, \register
    cbnz x9, 5f
    add w25, w25, #1
5:  mov x9, #0
    msr \register, x10
    cbnz x9, 6f
    add w25, w25, #1
6:
    .endr
    strb w25, [x21], #1

next_place:
    ldr x0, [x20], #8
    cmn x0, #1
    b.eq said
    mov x9, #0
    mov x1, #0               /* a request without a label or words */
    mov x7, #CALL
    hvc #0
    lsr x1, x1, #12          /* the label: if nobody is there, an error of the kernel */
    sub x1, x1, #1
    cmp x1, #KERNEL_ERRORS
    ccmp x9, #0, #0, hs
    cset w25, eq
    strb w25, [x21], #1
    b next_place

said:
    mov x7, #0
    hvc #0
    b said
    .ltorg

    .balign 2048
vectors:
    .rept 4
    b .
    .balign 128
    .endr
    mov x9, #1               /* with the stack of this level */
    mrs x12, esr_el1
    lsr x12, x12, #26
    mrs x13, elr_el1
    add x13, x13, #4
    cmp x12, #INSTRUCTION_ABORT
    csel x13, x30, x13, eq
    msr elr_el1, x13
    eret
    .balign 128
    .rept 11
    b .
    .balign 128
    .endr
inside_end:

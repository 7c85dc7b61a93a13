/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/start.S: how a guest of tests/guests begins: the header of an arm64 image, stacks, exceptions. */
    .section .head, "ax"
    .globl _start
_start:
    b begin
    .long 0
    .quad 0x80000, image_end - _start, 0
    .quad 0, 0, 0
    .long 0x644d5241, 0

begin:
    mov x19, x0              /* the device tree */
    adrp x1, bss_start
    add x1, x1, :lo12:bss_start
    adrp x2, image_end
    add x2, x2, :lo12:image_end
1:  cmp x1, x2
    b.hs 2f
    str xzr, [x1], #8
    b 1b
2:  adrp x1, boot_stack_end
    add x1, x1, :lo12:boot_stack_end
    mov sp, x1
    adr x1, vectors
    msr vbar_el1, x1
    isb
    mov x0, x19
    bl main
    b .

/* Of a further CPU, with its stack's end in x0. */
    .globl secondary
secondary:
    mov sp, x0
    adr x1, vectors
    msr vbar_el1, x1
    isb
    bl secondary_main
    b .

    .macro save
    sub sp, sp, #192
    stp x0, x1, [sp]
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    mrs x0, elr_el1
    mrs x1, spsr_el1
    stp x0, x1, [sp, #160]
    .endm

restore:
    ldp x0, x1, [sp, #160]
    msr elr_el1, x0
    msr spsr_el1, x1
    ldp x0, x1, [sp]
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    add sp, sp, #192
    eret

interrupt_entry:
    save
    bl interrupt_taken
    b restore

/* An instruction that the guest may not execute is skipped. */
exception_entry:
    save
    add x0, x0, #4
    str x0, [sp, #160]
    mrs x0, esr_el1
    bl exception_taken
    b restore

    .balign 2048
vectors:
    .rept 4
    b .
    .balign 128
    .endr
    b exception_entry
    .balign 128
    b interrupt_entry
    .balign 128
    .rept 10
    b .
    .balign 128
    .endr

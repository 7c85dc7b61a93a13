/* SPDX-License-Identifier: BSD-2-Clause */
/* How the personality is entered: at its start, from a stub (rewrite.h), by an upcall; and how the program goes on. */
#include "lib/linux/layout.h"

    .macro function name
    .global \name
    .type \name, %function
    .balign 16
\name:
    .endm

    .altmacro
    .macro pair_at operation, first, second
    \operation q\first, q\second, [x0], #32
    .endm
    .macro put_pair n
    pair_at stp, \n, %(\n + 1)
    .endm
    .macro get_pair n
    pair_at ldp, \n, %(\n + 1)
    .endm

    /* Made for this system: see lib/runtime/crt.S. */
    .section .note.CellulOS, "a", %note
    .balign 4
    .word   9, 0, 1
    .asciz  "CellulOS"
    .balign 4

/* The way back, which lies below all else of the personality: a thread that is interrupted here begins with it again (signals
 * that came meanwhile are seen then). */
    .section .leave, "ax"
/* From a stub, as linux_entry. Calls from getpid (172) to gettid (178) are answered from the thread's block; only x16 is free. */
    function linux_entry_quick
    sub     x16, x8, #172
    lsr     x16, x16, #3
    cbnz    x16, linux_entry
    sub     x16, x8, #179
    cbz     x16, linux_entry
    mrs     x16, tpidrro_el0
    ldr     x16, [x16, #BUFFER_THREAD]
    add     x16, x16, x8, lsl #3
    sub     x16, x16, #(172 * 8 - THREAD_ANSWERS)
    ldr     x0, [x16]
    ret

/* x0 thread: the program goes on with all registers of its block. */
    function linux_leave
    mov     x16, x0
    mov     sp, x0
    add     x17, x16, #THREAD_SAVED
    ldp     x19, x20, [x17]
    ldp     x21, x22, [x17, #16]
    ldp     x23, x24, [x17, #32]
    ldp     x25, x26, [x17, #48]
    ldp     x27, x28, [x17, #64]
    ldr     x29, [x17, #80]
    ldr     x0, [x16, #THREAD_X]
/* x0 the result, x16 and sp the thread. */
    .global linux_checked
linux_checked:
    ldp     x17, x18, [x16, #THREAD_MARK]
    orr     x17, x17, x18
    cbnz    x17, before_return
    ldp     x17, x30, [x16, #THREAD_SP]
    ldr     x18, [x16, #THREAD_NZCV]
    mov     sp, x17
    msr     nzcv, x18
    ldr     x1, [x16, #THREAD_X + 8]
    ldp     x2, x3, [x16, #THREAD_X + 16]
    ldp     x4, x5, [x16, #THREAD_X + 32]
    ldp     x6, x7, [x16, #THREAD_X + 48]
    ldp     x8, x9, [x16, #THREAD_X + 64]
    ldp     x10, x11, [x16, #THREAD_X + 80]
    ldp     x12, x13, [x16, #THREAD_X + 96]
    ldp     x14, x15, [x16, #THREAD_X + 112]
    ldp     x17, x18, [x16, #THREAD_X + 136]
    ret

/* Where that leads to if the program goes on in no stub: x16 and x30 lie on its stack, as for one. */
    function linux_jump
    ldp     x16, x30, [sp], #16
    br      x16
    .global linux_leave_end
linux_leave_end:

    .section .entry, "ax"
/* x0 the start block; x1 a function of a further thread, or 0; x2 its argument; sp the end of the personality's stack. */
    function _start
    mov     x29, xzr
    mov     x30, xzr
    sub     sp, sp, #THREAD_BYTES       /* the thread's block is there */
    cbz     x1, linux_start
    br      x1

    .text
/* From a stub: x16 and x30 of the program lie on its stack, x30 is the place in the stub. Linux leaves all registers but
 * x0 as they are. The C code saves x19 to x29, and touches no floating point register. */
    function linux_entry
    mrs     x16, tpidrro_el0
    ldr     x16, [x16, #BUFFER_THREAD]
    stp     x0, x1, [x16, #THREAD_X]
    stp     x2, x3, [x16, #THREAD_X + 16]
    stp     x4, x5, [x16, #THREAD_X + 32]
    stp     x6, x7, [x16, #THREAD_X + 48]
    stp     x8, x9, [x16, #THREAD_X + 64]
    stp     x10, x11, [x16, #THREAD_X + 80]
    stp     x12, x13, [x16, #THREAD_X + 96]
    stp     x14, x15, [x16, #THREAD_X + 112]
    stp     x17, x18, [x16, #THREAD_X + 136]
    mov     x17, sp
    mrs     x18, nzcv
    stp     x17, x30, [x16, #THREAD_SP]
    str     x18, [x16, #THREAD_NZCV]
    mov     x0, x16
    mov     sp, x16
    bl      linux_call
    mov     x16, sp
    b       linux_checked

/* The thread's mark or a function after the call: linux_before_return looks what it is, and gives the result that counts. */
before_return:
    add     x17, x16, #THREAD_SAVED
    stp     x19, x20, [x17]
    stp     x21, x22, [x17, #16]
    stp     x23, x24, [x17, #32]
    stp     x25, x26, [x17, #48]
    stp     x27, x28, [x17, #64]
    str     x29, [x17, #80]
    mov     x1, x0
    mov     x0, x16
    bl      linux_before_return
    mov     x16, sp
    str     x0, [x16, #THREAD_X]
    mov     x0, x16
    b       linux_leave

/* x0 where, x1 stack: the program begins, with its other registers zero. */
    function linux_enter_program
    mov     x16, x0
    mov     sp, x1
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov     x\n, xzr
    .endr
    br      x16

/* rt_sigreturn, as if it came from a stub. */
    function linux_restorer
    mov     x8, #139
    stp     x16, x30, [sp, #-16]!
    bl      linux_entry
    ldp     x16, x30, [sp], #16
    udf     #3

/* ---- Upcalls ---------------------------------------------------------- */

/* The root task stopped the thread and set pc to this and x0 to the frame; all else is as it was. A fault of the functions
 * below is answered by them with EFAULT, one of the program is for linux_fault. */
    function linux_upcall
    ldr     x1, [x0, #FRAME_PC]
    adr     x2, user_begin
    adr     x3, user_end
    cmp     x1, x2
    b.lo    1f
    cmp     x1, x3
    b.hs    1f
    /* A page of a file, perhaps: then the copy goes on. */
    bl      linux_user_fault
    ldr     x1, [x0, #FRAME_PC]
    ldr     x30, [x0, #FRAME_X30]
    adr     x2, user_vectors_begin
    adr     x3, user_vectors_end
    cmp     x1, x2
    b.lo    user_fault
    cmp     x1, x3
    b.hs    user_fault
    ldp     q0, q1, [sp]
    ldp     q2, q3, [sp, #32]
    add     sp, sp, #64
user_fault:
    mov     x0, #-14
    ret
1:  sub     x0, x0, #THREAD_FRAME
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    bl      linux_fault
    udf     #2

/* ---- The program's memory --------------------------------------------- */

    .balign 16
user_begin:

/* int64_t user_copy(void *to, const void *from, uint64_t count): 0, or -EFAULT with a part of it copied. */
    function user_copy
    cmp     x2, #64
    b.lo    3f
    sub     sp, sp, #64
    stp     q0, q1, [sp]
    stp     q2, q3, [sp, #32]
    sub     x2, x2, #64
user_vectors_begin:
2:  ldp     q0, q1, [x1], #64
    ldp     q2, q3, [x1, #-32]
    stp     q0, q1, [x0], #64
    stp     q2, q3, [x0, #-32]
    subs    x2, x2, #64
    b.hs    2b
user_vectors_end:
    add     x2, x2, #64
    ldp     q0, q1, [sp]
    ldp     q2, q3, [sp, #32]
    add     sp, sp, #64
3:  subs    x2, x2, #8
    b.lo    4f
    ldr     x3, [x1], #8
    str     x3, [x0], #8
    b       3b
4:  adds    x2, x2, #8
    b.eq    6f
5:  ldrb    w3, [x1], #1
    strb    w3, [x0], #1
    subs    x2, x2, #1
    b.ne    5b
6:  mov     x0, xzr
    ret

/* int64_t user_zero(void *at, uint64_t count): likewise. */
    function user_zero
1:  subs    x1, x1, #16
    b.lo    2f
    stp     xzr, xzr, [x0], #16
    b       1b
2:  adds    x1, x1, #16
    b.eq    4f
3:  strb    wzr, [x0], #1
    subs    x1, x1, #1
    b.ne    3b
4:  mov     x0, xzr
    ret

/* int64_t user_text(char *to, const char *from, uint64_t most): bytes before the zero, `most` if there is none among so
 * many, or -EFAULT. */
    function user_text
    mov     x3, xzr
1:  cmp     x3, x2
    b.hs    2f
    ldrb    w4, [x1, x3]
    strb    w4, [x0, x3]
    cbz     w4, 2f
    add     x3, x3, #1
    b       1b
2:  mov     x0, x3
    ret

/* int64_t user_word(const uint32_t *at): the word, or -EFAULT. */
    function user_word
    ldr     w0, [x0]
    ret

/* int64_t user_exchange(uint32_t *at, uint32_t old, uint32_t new): what was there, or -EFAULT. */
    function user_exchange
1:  ldaxr   w3, [x0]
    cmp     w3, w1
    b.ne    2f
    stlxr   w4, w2, [x0]
    cbnz    w4, 1b
2:  clrex
    mov     w0, w3
    ret

/* int64_t user_put_fp(void *at): the floating point registers, as a context has them (struct fpsimd_context, and the end behind
 * it): 0 or -EFAULT. */
    function user_put_fp
    mov     w1, #FP_MAGIC_LOW
    movk    w1, #FP_MAGIC_HIGH, lsl #16
    mov     w2, #FP_BYTES
    mrs     x3, fpsr
    mrs     x4, fpcr
    stp     w1, w2, [x0], #8
    stp     w3, w4, [x0], #8
    .irp    n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
    put_pair \n
    .endr
    stp     wzr, wzr, [x0]
    mov     x0, xzr
    ret

/* int64_t user_get_fp(const void *at): sets them; -EFAULT also if they are not there. */
    function user_get_fp
    mov     w1, #FP_MAGIC_LOW
    movk    w1, #FP_MAGIC_HIGH, lsl #16
    ldr     w2, [x0], #8
    cmp     w1, w2
    b.ne    user_fault
    ldp     w3, w4, [x0], #8
    .irp    n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
    get_pair \n
    .endr
    msr     fpsr, x3
    msr     fpcr, x4
    mov     x0, xzr
    ret

user_end:

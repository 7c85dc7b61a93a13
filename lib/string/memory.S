/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove, memset: the C library's move one byte per turn.
 *
 * Blocks of 64 bytes, then of 16; what is left over is copied by one access of 16 bytes that ends at the end and may overlap what
 * is done already; memset writes blocks of 128 bytes and ends with 64 bytes that may overlap, too. Below 16 bytes everything is
 * loaded before anything is stored, so memmove can share it. Plain accesses only: user level is not to use DC ZVA here (DCZID_EL0
 * says prohibited on this machine). Memory is normal memory, where unaligned accesses are allowed (Arm ARM, B2.7).
 *
 * x0 destination (returned unchanged), x1 source or byte, x2 length.
 */
    .macro function name
    .section .text.\name, "ax"
    .balign 16
    .global \name
    .type \name, %function
\name:
    .endm

    .macro end name
    .size \name, . - \name
    .endm

/* Fewer than 16 bytes from x1 to x0: all loads come first. */
    .macro copy_small
    tbz     x2, #3, 1f
    add     x4, x1, x2
    ldr     x6, [x1]
    ldr     x7, [x4, #-8]
    add     x5, x0, x2
    str     x6, [x0]
    str     x7, [x5, #-8]
    ret
1:  tbz     x2, #2, 2f
    add     x4, x1, x2
    ldr     w6, [x1]
    ldr     w7, [x4, #-4]
    add     x5, x0, x2
    str     w6, [x0]
    str     w7, [x5, #-4]
    ret
2:  cbz     x2, 3f
    lsr     x3, x2, #1
    add     x4, x1, x2
    ldrb    w6, [x1]
    ldrb    w8, [x1, x3]
    ldrb    w7, [x4, #-1]
    add     x5, x0, x2
    strb    w6, [x0]
    strb    w8, [x0, x3]
    strb    w7, [x5, #-1]
3:  ret
    .endm

    function memmove
    sub     x3, x0, x1
    cmp     x3, x2
    b.lo    move_backward
    /* The destination does not begin inside the source: fall through. */
    end memmove

    .global memcpy
    .type memcpy, %function
memcpy:
    cmp     x2, #16
    b.lo    copy_small
    add     x4, x1, x2
    add     x5, x0, x2
    ldp     x14, x15, [x4, #-16]
    sub     x3, x0, #16
    sub     x1, x1, #16
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x6, x7, [x1, #16]
    ldp     x8, x9, [x1, #32]
    ldp     x10, x11, [x1, #48]
    ldp     x12, x13, [x1, #64]!
    subs    x2, x2, #64
    stp     x6, x7, [x3, #16]
    stp     x8, x9, [x3, #32]
    stp     x10, x11, [x3, #48]
    stp     x12, x13, [x3, #64]!
    b.hs    1b
2:  adds    x2, x2, #48
    b.lo    4f
3:  ldp     x6, x7, [x1, #16]!
    subs    x2, x2, #16
    stp     x6, x7, [x3, #16]!
    b.hs    3b
4:  stp     x14, x15, [x5, #-16]
    ret
copy_small:
    copy_small
    end memcpy

move_backward:
    cmp     x2, #16
    b.lo    copy_small
    cbz     x3, 3f
    ldp     x14, x15, [x1]
    add     x4, x1, x2
    add     x5, x0, x2
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x6, x7, [x4, #-16]
    ldp     x8, x9, [x4, #-32]
    ldp     x10, x11, [x4, #-48]
    ldp     x12, x13, [x4, #-64]
    sub     x4, x4, #64
    subs    x2, x2, #64
    stp     x6, x7, [x5, #-16]
    stp     x8, x9, [x5, #-32]
    stp     x10, x11, [x5, #-48]
    stp     x12, x13, [x5, #-64]
    sub     x5, x5, #64
    b.hs    1b
2:  adds    x2, x2, #48
    b.lo    5f
4:  ldp     x6, x7, [x4, #-16]!
    subs    x2, x2, #16
    stp     x6, x7, [x5, #-16]!
    b.hs    4b
5:  stp     x14, x15, [x0]
3:  ret

    function memset
    ands    x1, x1, #255
    b.eq    0f
    orr     x1, x1, x1, lsl #8
    orr     x1, x1, x1, lsl #16
    orr     x1, x1, x1, lsl #32
0:  add     x5, x0, x2
    cmp     x2, #16
    b.lo    5f
    cmp     x2, #64
    b.ls    4f
    mov     x3, x0
    subs    x2, x2, #128
    b.ls    2f
1:  stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
    stp     x1, x1, [x3, #64]
    stp     x1, x1, [x3, #80]
    stp     x1, x1, [x3, #96]
    stp     x1, x1, [x3, #112]
    add     x3, x3, #128
    subs    x2, x2, #128
    b.hi    1b
2:  adds    x2, x2, #64
    b.le    3f
    stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
3:  stp     x1, x1, [x5, #-64]
    stp     x1, x1, [x5, #-48]
    stp     x1, x1, [x5, #-32]
    stp     x1, x1, [x5, #-16]
    ret
4:  stp     x1, x1, [x0]
    cmp     x2, #32
    b.ls    1f
    stp     x1, x1, [x0, #16]
    stp     x1, x1, [x5, #-32]
1:  stp     x1, x1, [x5, #-16]
    ret
5:  tbz     x2, #3, 6f
    str     x1, [x0]
    str     x1, [x5, #-8]
    ret
6:  tbz     x2, #2, 7f
    str     w1, [x0]
    str     w1, [x5, #-4]
    ret
7:  cbz     x2, 8f
    strb    w1, [x0]
    strb    w1, [x5, #-1]
    tbz     x2, #1, 8f
    strb    w1, [x0, #1]
8:  ret
    end memset

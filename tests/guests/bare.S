/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/bare.S: a guest of a few instructions. It prints a line about its machine, takes three interrupts of its timer while it
 * waits, shows what is typed, and powers off at a q; c reads an address without a device, s spins for ever, r resets, f sends
 * its monitor a message of its own, v checks registers that only the guest itself can reach; i stays
 * in the interrupt's handler until an x is typed, while its timer rings; t starts a second CPU, if it has not, and says whether
 * their counters are one.
 */
#define SERIAL 0x09000000
#define GIC 0x08000000
#define GIC_CPU 0x08010000
#define NUMBERS 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31

    .section .text
    .globl _start
_start:
    b begin                  /* the header of an arm64 image */
    .long 0
    .quad 0x80000, end - _start, 0
    .quad 0, 0, 0
    .long 0x644d5241, 0

    .macro say text
    adr x0, 9f
    bl print
    b 8f
9:  .asciz "\text"
    .balign 4
8:
    .endm

begin:
    mov x28, x0              /* the device tree */
    ldr x1, =0x40200000
    mov sp, x1
    adr x1, vectors
    msr vbar_el1, x1
    isb
    say "guest: hello\n"
    mov x0, #3 << 20
    msr cpacr_el1, x0        /* vector registers may be used */
    isb
    ldr x1, =0x0123456789abcdef
    .irp n, NUMBERS
    add x1, x1, #\n
    dup v\n\().2d, x1
    mov v\n\().d[0], xzr
    .endr
    mov x0, #1 << 24
    msr fpcr, x0             /* flush to zero */
    msr tpidr_el0, x1
    ldr w0, [x28]
    ldr w1, =0xedfe0dd0      /* the tree's magic number, big-endian */
    cmp w0, w1
    b.ne no_tree
    say "guest: device tree\n"
no_tree:
    ldr x20, =GIC
    ldr x21, =GIC_CPU
    ldr x22, =SERIAL
    mov w0, #1
    str w0, [x20]            /* the distributor is on */
    ldr w0, =1 << 27
    str w0, [x20, #0x100]    /* the timer's interrupt */
    mov w0, #2
    str w0, [x20, #0x104]    /* that of the serial port */
    mov w0, #0xff
    str w0, [x21, #4]
    mov w0, #1
    str w0, [x21]
    mov x24, #0              /* interrupts of the timer */
    bl set_timer
again:
    mov x25, #0
    mov w0, #0x10
    str w0, [x22, #0x38]     /* when something is typed */
wait:
    wfi
    msr daifclr, #2          /* it comes here, with x25 */
    isb
    msr daifset, #2          /* and not between this look and the next wfi */
    cbz x25, wait
    mov x0, x25
    cmp w0, #'q'
    b.eq off
    cmp w0, #'c'
    b.eq crash
    cmp w0, #'s'
    b.eq spin
    cmp w0, #'r'
    b.eq reset
    cmp w0, #'f'
    b.eq forge
    cmp w0, #'v'
    b.eq vectors_kept
    cmp w0, #'t'
    b.eq step
    str w0, [x22]
    b again
off:
    say "guest: bye\n"
    ldr x0, =0x84000008
    mov x7, #0
    hvc #0
    b .
crash:
    ldr x0, =0x20000000
    ldr x1, [x0]
    b .
spin:
    b .
reset:
    ldr x0, =0x84000009
    mov x7, #0
    smc #0
    b .
forge:                       /* seL4_Call with a fault's label and one word, to the endpoint of its faults */
    ldr x0, =0x10000000
    ldr x1, =(5 << 12 | 1)
    mov x7, #-1
    hvc #0
    b .

vectors_kept:
    ldr x1, =0x0123456789abcdef
    mov x3, #0
    .irp n, NUMBERS
    add x1, x1, #\n
    mov x2, v\n\().d[1]
    eor x2, x2, x1
    orr x3, x3, x2
    mov x2, v\n\().d[0]
    orr x3, x3, x2
    .endr
    mrs x2, fpcr
    eor x2, x2, #1 << 24
    orr x3, x3, x2
    mrs x2, tpidr_el0
    eor x2, x2, x1
    orr x3, x3, x2
    cbnz x3, vectors_lost
    say "guest: kept\n"
    b again
vectors_lost:
    say "guest: lost\n"
    b again

step:
    cbnz x19, 1f
    mov x19, #1
    ldr x0, =0xc4000003      /* CPU_ON */
    mov x1, #1
    adr x2, second
    mov x7, #0
    hvc #0
1:  adr x1, times
    ldr x5, =2000000         /* 32 ms */
    mrs x2, cntvct_el0
    add x5, x5, x2
2:  ldr x3, [x1]             /* what the second has seen */
    isb
    mrs x2, cntvct_el0
    str x2, [x1, #8]
    ldr x4, [x1, #16]
    cmp x2, x3
    ccmp x4, #0, #0, hs
    b.ne 3f
    cmp x3, x5
    b.lo 2b
    say "guest: in step\n"
    b again
3:  say "guest: out of step\n"
    b again
second:
    adr x1, times
1:  ldr x3, [x1, #8]
    isb
    mrs x2, cntvct_el0
    str x2, [x1]
    cmp x2, x3
    b.hs 1b
    str x3, [x1, #16]
    b 1b
    .balign 8
times:
    .quad 0, 0, 0            /* the second's, the first's, what the second cannot have seen */

set_timer:
    ldr x0, =625000          /* 10 ms */
    msr cntv_tval_el0, x0
    mov x0, #1
    msr cntv_ctl_el0, x0
    isb
    ret

print:
    ldr x2, =SERIAL
1:  ldrb w1, [x0], #1
    cbz w1, 2f
    str w1, [x2]
    b 1b
2:  ret

interrupt:
    stp x0, x1, [sp, #-16]!
    stp x2, x30, [sp, #-16]!
    ldr w26, [x21, #0x0c]
    cmp w26, #27
    b.eq tick
    cmp w26, #33
    b.ne done
    ldr w0, [x22, #0x38]
    cbnz w0, asked
    say "guest: did not ask\n"
asked:
    ldr w25, [x22]
    str wzr, [x22, #0x38]    /* one at a time */
    cmp w25, #'i'
    b.ne done
    ldr w23, [x21, #0x14]    /* the running priority */
    bl set_timer
inside:
    ldr w0, [x22, #0x18]
    tbnz w0, #4, inside      /* nothing typed yet */
    ldr w25, [x22]
    cmp w25, #'x'
    b.ne inside
    ldr w0, [x21, #0x14]
    cmp w0, w23
    b.ne done
    say "guest: inside\n"
    b done
tick:
    add x24, x24, #1
    msr cntv_ctl_el0, xzr
    say "guest: tick\n"
    cmp x24, #3
    b.ge done
    bl set_timer
done:
    str w26, [x21, #0x10]
    ldp x2, x30, [sp], #16
    ldp x0, x1, [sp], #16
    eret

    .balign 2048
vectors:
    .rept 5
    b .
    .balign 128
    .endr
    b interrupt
    .balign 128
    .rept 10
    b .
    .balign 128
    .endr
    .ltorg
end:

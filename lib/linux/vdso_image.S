/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/vdso_image.S: the vDSO as an ELF file: headers, and the tables by which a C library finds its functions (vdso.c). */

#define SYMBOLS 5 /* with the one that is nobody's */

/* A value of an ELF file: an address as a distance from its beginning. */
    .macro at place
    .quad   \place - vdso_image
    .endm
/* One symbol: global, a function, in the section 1, of unknown size. */
    .macro symbol name, function
    .word   \name - strings
    .byte   0x12, 0
    .hword  1
    at      \function
    .quad   0
    .endm
    .macro dynamic tag, place
    .quad   \tag
    at      \place
    .endm

    .section .vdso.image, "ax"
    .balign 4096
    .global vdso_image
vdso_image:
    .byte   0x7f, 'E', 'L', 'F', 2, 1, 1, 0     /* 64 bits, little endian */
    .quad   0
    .hword  3, 183                              /* a shared object for AArch64 */
    .word   1
    .quad   0
    at      headers
    .quad   0
    .word   0
    .hword  64, 56, 2, 64, 0, 0
headers:
    .word   1, 5                                /* PT_LOAD: read and executed */
    .quad   0, 0, 0, 4096, 4096, 4096
    .word   2, 4                                /* PT_DYNAMIC */
    at      dynamics
    at      dynamics
    at      dynamics
    .quad   dynamics_end - dynamics, dynamics_end - dynamics, 8
dynamics:
    .quad   14, soname - strings                /* DT_SONAME */
    dynamic 4, hash
    dynamic 5, strings
    dynamic 6, symbols
    .quad   10, strings_end - strings           /* DT_STRSZ */
    .quad   11, 24                              /* DT_SYMENT */
    dynamic 0x6ffffff0, versions                /* DT_VERSYM */
    dynamic 0x6ffffffc, definitions             /* DT_VERDEF */
    .quad   0x6ffffffd, 2                       /* DT_VERDEFNUM */
    .quad   0, 0
dynamics_end:
symbols:
    .quad   0, 0, 0
    symbol  name_gettime, vdso_clock_gettime
    symbol  name_getres, vdso_clock_getres
    symbol  name_timeofday, vdso_gettimeofday
    symbol  name_return, vdso_rt_sigreturn
hash:                                           /* one bucket: all, one after the other */
    .word   1, SYMBOLS, 1
    .word   0, 2, 3, 4, 0
versions:
    .hword  0, 2, 2, 2, 2
    .balign 8
definitions:
    .hword  1, 1, 1, 1                          /* the object itself */
    .word   0x0deebfa1                          /* as DT_HASH hashes names */
    .word   20, 28
    .word   soname - strings, 0
    .hword  1, 0, 2, 1
    .word   0x075fcb89
    .word   20, 0
    .word   name_version - strings, 0
strings:
    .byte   0
soname:
    .asciz  "linux-vdso.so.1"
name_version:
    .asciz  "LINUX_2.6.39"
name_gettime:
    .asciz  "__kernel_clock_gettime"
name_getres:
    .asciz  "__kernel_clock_getres"
name_timeofday:
    .asciz  "__kernel_gettimeofday"
name_return:
    .asciz  "__kernel_rt_sigreturn"
strings_end:

    .section .vdso.code, "ax"
    .balign 4
    .global vdso_rt_sigreturn
    .type   vdso_rt_sigreturn, %function
vdso_rt_sigreturn:
    mov     x8, #139
    svc     #0

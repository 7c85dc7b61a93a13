/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/head.S: the header that makes the image an arm64 Linux "Image", entry,
 * the switch to the loader's page tables, and the jump into the kernel.
 *
 * Source of the header: Linux's Documentation/arm64/booting. QEMU and other
 * boot programs put such an image at a multiple of 2 MiB and enter it at its
 * first byte with x0 = address of the device tree, MMU off.
 */

        .section .head, "ax"
        .global _start
_start:
        b       start
        .long   0
        .quad   0                       /* text offset: none */
        .quad   0                       /* image size: the packer writes it */
        .quad   0xa                     /* little-endian, 4 KiB pages, anywhere in memory */
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .long   0

start:
        msr     daifset, #0xf
        adrp    x9, stack_end
        add     x9, x9, :lo12:stack_end
        mov     sp, x9
        mrs     x9, currentel
        cmp     x9, #(2 << 2)
        b.ne    1f
        adrp    x9, vectors
        add     x9, x9, :lo12:vectors
        msr     vbar_el2, x9
        adrp    x1, _start
        b       loader_main             /* (device tree, image) */
1:      lsr     x0, x9, #2
        b       loader_wrong_level

        .text

/* void mmu_on(uint64_t root_table, uint64_t mair, uint64_t tcr, uint64_t sctlr) */
        .global mmu_on
mmu_on:
        msr     mair_el2, x1
        msr     tcr_el2, x2
        msr     ttbr0_el2, x0
        dsb     ish
        tlbi    alle2
        ic      iallu
        dsb     ish
        isb
        msr     sctlr_el2, x3
        isb
        ret

/* noreturn void kernel_enter(const uint64_t arguments[6], uint64_t entry) */
        .global kernel_enter
kernel_enter:
        mov     x6, x1
        mov     x7, x0
        dsb     ish
        ic      iallu                   /* code was copied */
        dsb     ish
        isb
        ldp     x0, x1, [x7]
        ldp     x2, x3, [x7, #16]
        ldp     x4, x5, [x7, #32]
        br      x6

/* All sixteen vectors do the same: an exception is reported, and ends the loader. */
        .balign 2048
vectors:
        .rept   16
        .balign 128
        mrs     x0, esr_el2
        mrs     x1, elr_el2
        mrs     x2, far_el2
        b       loader_exception
        .endr

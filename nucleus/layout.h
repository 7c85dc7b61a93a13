/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/layout.h: the address map of the kernel, and offsets that assembly uses.
 *
 * The kernel runs in EL2 with tables of its own (kernel_map.c), 48 bits of address:
 *
 *   0x0000000000 - 0x0fffffffff   not mapped (user memory is never reached by user addresses)
 *   0xffc0000000 - 0xffffffffff   the kernel's image, 2 MiB blocks; its last 2 MiB are the
 *                                 interrupt controller and the debug console (device memory)
 *   0x10000000000 + p             the window: RAM at physical address p, 1 GiB blocks
 *
 * All kernel objects, capability slots and user pages are reached through the window, so that
 * the address of an object is its physical address with bit 40 set.
 */
#pragma once

/* Where the image is linked; the physical address is the board's (link.ld). */
#define KERNEL_VIRTUAL 0xffc0000000

/* Device pages of the kernel, one after the other. */
#define DEVICE_VIRTUAL 0xffffe00000

/* The window and what it can hold. */
#define WINDOW_BASE 0x10000000000
#define WINDOW_BITS 39

#define KERNEL_STACK_SIZE 8192

/* struct core, core.h: whole pages, the last of them the stack. */
#define CORE_SIZE (12288 + KERNEL_STACK_SIZE)

/* struct context, context.h. */
#define CONTEXT_X(n) (8 * (n))
#define CONTEXT_X30 240
#define CONTEXT_SP 248
#define CONTEXT_PC 256
#define CONTEXT_SPSR 264
#define CONTEXT_FAULT_PC 272

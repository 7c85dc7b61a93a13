/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-virt/board_kernel.h: what nucleus needs besides board.h: the pages of the
 * interrupt controller, which user level does not get, and the interrupts that the kernel keeps.
 *
 * Sources: QEMU's documentation of `virt` and its device tree; interrupts of the generic timer and
 * of GICv2's virtual interface: Arm's base system architecture (DEN 0094), table of private
 * interrupts. What user level sees (device memory, number of interrupts) agrees with seL4's build.
 */
#pragma once

#include <board.h>

#define BOARD_GIC_CPU 0x08010000
#define BOARD_GIC_VIRTUAL 0x08030000

/* Physical addresses of devices of the kernel, from the first up to the one behind the last; they are not in the list of device memory. */
#define BOARD_KERNEL_DEVICES(RANGE) RANGE(0x08000000, 0x08001000) RANGE(0x08010000, 0x08011000) RANGE(0x08030000, 0x08031000)

/* The end of device memory. */
#define BOARD_PHYSICAL_END (UINT64_C(1) << 40)

#define BOARD_IRQ_COUNT 160
#define BOARD_IRQ_VGIC 25          /* maintenance of the virtual interface */
#define BOARD_IRQ_KERNEL_TIMER 26  /* CNTHP */
#define BOARD_IRQ_VIRTUAL_TIMER 27 /* CNTV, of virtual CPUs */

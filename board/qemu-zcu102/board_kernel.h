/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-zcu102/board_kernel.h: what nucleus needs besides board.h: the interrupt controller, which user level
 * does not get, and the interrupts that the kernel keeps.
 *
 * Sources: UG1085, chapter 13; the GIC-400's registers repeat through 64 KiB each, so all of that belongs to the kernel.
 */
#pragma once

#include <board.h>

#define BOARD_GIC_CPU 0xf9020000
#define BOARD_GIC_VIRTUAL 0xf9040000

/* Physical addresses of devices of the kernel, from the first up to the one behind the last; they are not in the list of device memory. */
#define BOARD_KERNEL_DEVICES(RANGE) RANGE(0xf9010000, 0xf9060000)

/* The end of device memory. */
#define BOARD_PHYSICAL_END (UINT64_C(1) << 40)

#define BOARD_IRQ_COUNT 192
#define BOARD_IRQ_VGIC 25          /* maintenance of the virtual interface */
#define BOARD_IRQ_KERNEL_TIMER 26  /* CNTHP */
#define BOARD_IRQ_VIRTUAL_TIMER 27 /* CNTV, of virtual CPUs */

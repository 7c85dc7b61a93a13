/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-virt/board.h: addresses of QEMU's `virt` machine, as far as the
 * loader, the packers and the runner need them. Usable from C and assembly.
 *
 *   0x08000000  GICv2
 *   0x09000000  PL011 console
 *   0x09010000  PL031 real-time clock
 *   0x0a000000  32 virtio-mmio slots, 0x200 bytes each
 *   0x40000000  RAM: loader, boot archive, device tree (device untyped later)
 *   0x60000000  RAM: kernel, root task, memory of user level
 *   0x80000000  end of RAM with 1 GiB
 *
 * Sources: QEMU's documentation of `virt` and the device tree that
 * `-M virt,dumpdtb=FILE` writes; the split at 0x60000000 is the reference
 * kernel's (its p_paddr).
 */
#pragma once

#define BOARD_NAME "qemu-virt"

#define BOARD_GIC_DISTRIBUTOR 0x08000000
#define BOARD_UART 0x09000000
#define BOARD_UART_IRQ 33
#define BOARD_GIC_GUEST 0x08040000 /* the virtual CPU interface (GICV) */
/* The clock (board_clock.h). */
#define BOARD_CLOCK_PAGES 0x09010000
#define BOARD_CLOCK_IRQ 34

/* The control channel: the last of 32 virtio-mmio slots, 0x200 bytes each. Slot n has shared peripheral interrupt 16 + n, id
 * 48 + n. */
#define BOARD_CONTROL 0x0a003e00
#define BOARD_CONTROL_IRQ 79

/* Disks: as many as fit with a page of virtio-mmio slots each, so that each can have a driver of its own: slots 0, 8 and 16. */
#define BOARD_DISKS 3
#define BOARD_DISK(number) (0x0a000000 + 0x1000 * (number))
#define BOARD_DISK_IRQ(number) (48 + 8 * (number))
/* A network card, in place of the last disk: the remaining page of slots has the control channel. */
#define BOARD_NETS 1
#define BOARD_NET BOARD_DISK(2)
#define BOARD_NET_IRQ BOARD_DISK_IRQ(2)

/* The range of devices and the boot archive, besides RAM from BOARD_KERNEL_BASE on. */
#define BOARD_DEVICES_BASE 0x08000000
#define BOARD_DEVICES_END 0x60000000

#define BOARD_RAM_BASE 0x40000000
/* Kernel, root task and kernel objects are from here on. */
#define BOARD_KERNEL_BASE 0x60000000
/* QEMU puts an initrd 128 MiB into RAM; with the device tree behind it, it has
 * to end below BOARD_KERNEL_BASE. Two blocks of 2 MiB are left for the tree. */
#define BOARD_ARCHIVE_BASE 0x48000000
#define BOARD_ARCHIVE_LIMIT (BOARD_KERNEL_BASE - BOARD_ARCHIVE_BASE - 0x400000)

/* Smallest, largest and default size of RAM in MiB. */
#define BOARD_MEMORY_MINIMUM 1024
#define BOARD_MEMORY_MAXIMUM 261120
/* RAM up to here ends below 4 GiB; more needs board_qemu_high_memory. */
#define BOARD_MEMORY_LOW 3072
#define BOARD_MEMORY_DEFAULT 1024

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-zcu102/board.h: addresses of QEMU's `xlnx-zcu102` machine, as far as the loader, the packers and the runner need
 * them. Usable from C and assembly.
 *
 *   0x00000000  RAM: loader, boot archive, device tree (device untyped later)
 *   0x20000000  RAM: kernel, root task, memory of user level
 *   0x40000000  end of RAM with 1 GiB
 *   0xf9010000  GICv2
 *   0xff000000  Cadence UART 0, the console
 *   0xff010000  Cadence UART 1, the control channel
 *   0xff110000  triple timer counter 0
 *   0xffa60000  real-time clock
 *
 * Sources: Zynq UltraScale+ Technical Reference Manual (UG1085), chapters 10 (address map) and 13 (interrupts); QEMU's
 * `info mtree`.
 */
#pragma once

#define BOARD_NAME "qemu-zcu102"

#define BOARD_GIC_DISTRIBUTOR 0xf9010000
#define BOARD_UART 0xff000000
#define BOARD_UART_IRQ 53
#define BOARD_GIC_GUEST 0xf9060000 /* the virtual CPU interface (GICV) */
/* The clock (board_clock.h). */
#define BOARD_CLOCK_PAGES 0xffa60000, 0xff110000
#define BOARD_CLOCK_IRQ 68

/* Without virtio-mmio there is no disk and no network card that a driver here knows. */
#define BOARD_DISKS 0
#define BOARD_DISK(number) 0
#define BOARD_DISK_IRQ(number) 0
#define BOARD_NETS 0
#define BOARD_NET 0
#define BOARD_NET_IRQ 0

/* The control channel. */
#define BOARD_CONTROL 0xff010000
#define BOARD_CONTROL_IRQ 54

/* The range of devices and the boot archive, besides RAM from BOARD_KERNEL_BASE on. */
#define BOARD_DEVICES_BASE 0
#define BOARD_DEVICES_END 0x100000000

#define BOARD_RAM_BASE 0
/* Kernel, root task and kernel objects are from here on. */
#define BOARD_KERNEL_BASE 0x20000000
/* QEMU puts an initrd 128 MiB into RAM; with the device tree behind it, it has to end below BOARD_KERNEL_BASE. Two blocks of
 * 2 MiB are left for the tree. */
#define BOARD_ARCHIVE_BASE 0x08000000
#define BOARD_ARCHIVE_LIMIT (BOARD_KERNEL_BASE - BOARD_ARCHIVE_BASE - 0x400000)

/* Smallest, largest and default size of RAM in MiB; the machine has RAM beyond the largest in another piece. */
#define BOARD_MEMORY_MINIMUM 1024
#define BOARD_MEMORY_MAXIMUM 2048
#define BOARD_MEMORY_LOW 2048
#define BOARD_MEMORY_DEFAULT 1024

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-virt/board_qemu.h: the arguments that start this machine in QEMU, apart
 * from memory size, image, archive, options and channels (tools/runner_machine.c
 * adds those).
 *
 * virtualization=on starts at EL2; gic-version=2 and highmem=off give the
 * address map of board.h. force-legacy=false makes virtio-mmio version 2.
 */
#pragma once

#define BOARD_QEMU "qemu-system-aarch64"

static const char *const board_qemu_arguments[] = {
    "-M", "virt,virtualization=on,gic-version=2,highmem=off",
    "-cpu", "cortex-a53",
    "-display", "none",
    "-nodefaults",
    "-no-reboot",
    "-global", "virtio-mmio.force-legacy=false",
};

/* One port, on the last slot; `chardev=control` is the runner's. */
static const char *const board_qemu_control[] = {
    "-device", "virtio-serial-device,max_ports=1,bus=virtio-mmio-bus.31",
    "-device", "virtconsole,chardev=control",
};

/* Disk %u, for printf; `disk%u` is the runner's. */
#define BOARD_QEMU_DISK "virtio-blk-device,drive=disk%u,bus=virtio-mmio-bus.%u"
#define BOARD_QEMU_DISK_BUS(number) ((number)*8)

/* The network card; `net` is the runner's. */
#define BOARD_QEMU_NET "virtio-net-device,netdev=net,bus=virtio-mmio-bus.16"

/* QEMU makes the device tree. */
#define BOARD_QEMU_TREE NULL

/* The start of a line on stderr that QEMU prints without a reason; "": there is none. */
#define BOARD_QEMU_NOISE ""

/* Input that comes early waits at the devices. */
#define BOARD_QEMU_DROPS_EARLY_INPUT false

/* For more than BOARD_MEMORY_LOW MiB of RAM. The addresses of board.h stay the same. */
static const char *const board_qemu_high_memory[] = {"-machine", "highmem=on"};

/* One instruction takes one nanosecond, and idle time is skipped. */
static const char *const board_qemu_icount[] = {"-icount", "shift=0,sleep=off"};

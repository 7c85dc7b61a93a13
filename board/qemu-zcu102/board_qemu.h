/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/qemu-zcu102/board_qemu.h: the arguments that start this machine in QEMU, apart from memory size, image, archive, options
 * and channels (tools/runner_machine.c adds those).
 *
 * virtualization=on starts at EL2, and QEMU's own PSCI is the firmware. Network ports and sound are left
 * unconnected, to keep QEMU from warning.
 */
#pragma once

#define BOARD_QEMU "qemu-system-aarch64"

/* Each option is on a line with its value. */
/* clang-format off */
static const char *const board_qemu_arguments[] = {
    "-M", "xlnx-zcu102,virtualization=on,secure=off",
    "-smp", "1",
    "-display", "none",
    "-nodefaults",
    "-no-reboot",
    "-audiodev", "none,id=silent",
    "-nic", "user,restrict=on,model=cadence_gem",
    "-nic", "user,restrict=on,model=cadence_gem",
    "-nic", "user,restrict=on,model=cadence_gem",
    "-nic", "user,restrict=on,model=cadence_gem",
};
/* clang-format on */

/* The second serial port; `chardev:control` is the runner's. */
static const char *const board_qemu_control[] = {"-serial", "chardev:control"};

/* No disks. */
#define BOARD_QEMU_DISK "%u%u"
#define BOARD_QEMU_DISK_BUS(number) (number)
#define BOARD_QEMU_NET ""

/* QEMU makes no device tree for this machine. */
#define BOARD_QEMU_TREE "board.dtb"

/* The start of a line on stderr that QEMU prints without a reason: this machine's sound device cannot be given an audiodev. */
#define BOARD_QEMU_NOISE "audio: Device xlnx_dp.audio: audiodev default parameter is deprecated"

/* A serial port drops what arrives before it is switched on. */
#define BOARD_QEMU_DROPS_EARLY_INPUT true

/* There is no more than BOARD_MEMORY_LOW MiB of RAM. */
static const char *const board_qemu_high_memory[] = {};

/* One instruction takes one nanosecond, and idle time is skipped. */
static const char *const board_qemu_icount[] = {"-icount", "shift=0,sleep=off"};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-blk/device.h: the device: transfers, several at a time, that end with an interrupt.
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stdint.h>

/* How many transfers the device works on at the same time, and how many pages one of them can have. */
#define DEVICE_TRANSFERS 32u
#define TRANSFER_PAGES 64u

enum transfer_kind { TRANSFER_READ = 0,
                     TRANSFER_WRITE = 1,
                     TRANSFER_FLUSH = 4,
                     TRANSFER_DISCARD = 11 };

struct transfer {
    enum transfer_kind kind;
    uint64_t block, count;          /* of 4 KiB */
    uint64_t pages[TRANSFER_PAGES]; /* for reading and writing: physical addresses of `count` pages */
    void *owner;
};

struct device_about {
    uint64_t blocks;
    bool read_only, flushes, discards;
};

/* Finds the device in the region of kind DEVICE, and takes interrupt `irq`, which is signalled as bit `signal`.
 * CELL_NOT_FOUND: no disk is there; CELL_UNSUPPORTED: the device lacks something; errors as ads_find_kind(), cell_memory_make(),
 * machine_interrupt(). */
cell_error_t device_start(uint64_t irq, unsigned signal, struct device_about *about);

/* Begins a transfer, which is copied; false: DEVICE_TRANSFERS are under way. */
bool device_begin(const struct transfer *transfer);
/* Notifies the device of transfers that were begun. */
void device_notify(void);

/* Handles an interrupt: calls `done` for each transfer that has ended. */
void device_interrupt(void (*done)(void *owner, cell_error_t error));

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/fake_kernel.h: a kernel for the core of the root task on the host.
 *
 * It keeps capabilities, their derivation and the objects behind them, refuses
 * what seL4 refuses (an occupied slot, an untyped that is used up or badly
 * aligned, a frame mapped twice, a missing page table), and backs physical
 * memory with a file, so that mapping into the root task's own address space
 * is real.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/kernel.h"

#define FAKE_RAM UINT64_C(0x60000000)
#define FAKE_RAM_SIZE UINT64_C(0x10000000)
#define FAKE_DEVICE UINT64_C(0x40000000)
#define FAKE_DEVICE_SIZE UINT64_C(0x1000000)

/* A machine with nothing made yet: the root task's CSpace with its fixed slots,
 * its VSpace, and three untypeds: SLOT_UNTYPED + 0: 1 MiB of RAM for the pool, + 1: the
 * last 128 MiB of RAM, + 2: device memory. */
void fake_start(void);

/* Objects that exist (CNodes, frames … except untypeds), and capabilities. */
uint64_t fake_objects(void);
uint64_t fake_capabilities(void);

/* Contents of device memory, for tests. */
uint8_t *fake_device_memory(uint64_t physical);

/* The frame that is mapped at an address of a VSpace, as physical address; 0: none. */
uint64_t fake_mapped(slot_t vspace, uint64_t address);
/* The rights that it is mapped with. */
unsigned fake_rights(slot_t vspace, uint64_t address);

/* What is in a slot of a PD's CNode: badge of the endpoint, or 0. Resolves an
 * address as the kernel does, from a root CNode with `guard` zero bits before a
 * 64-bit address. */
uint64_t fake_lookup(struct cnode root, unsigned guard, uint64_t address);

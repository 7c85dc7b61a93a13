/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-net/device.h: the device: frames that go out and come in.
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the device in the region of kind DEVICE, and takes interrupt `irq`, which is signalled as bit `signal`. *address: the card's.
 * CELL_NOT_FOUND: no network card is there; CELL_UNSUPPORTED: the device lacks something; errors as ads_find_kind(),
 * cell_memory_make(), machine_interrupt(). */
cell_error_t device_start(uint64_t irq, unsigned signal, uint64_t *address);

/* Sends a frame, which is copied; false: the device has no room. */
bool device_send(const uint8_t *frame, size_t length);

/* Handles an interrupt: calls `came` for each frame that has come; the frame is valid until `came` returns. */
void device_interrupt(void (*came)(const uint8_t *frame, size_t length));

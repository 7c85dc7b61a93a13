/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/virtio/open.h: a driver that is a PD finds its device, in its region of kind DEVICE, and what it needs for it.
 */
#pragma once

#include <cell/errors.h>
#include <lib/client/client.h>
#include <lib/virtio/virtqueue.h>

struct virtio_device {
    volatile uint32_t *registers;
    cell_cap_t interrupt;      /* seL4_IRQHandler_Ack() lets the next one come */
    struct cell_memory shared; /* with the device; zeros */
};

/* Opens the device, which must be of kind `id` (section 5): takes interrupt `irq`, which is signalled as bit `signal`, and allocates
 * `pages`
 * pages for what is shared with it; physical[n] is where page n is. CELL_NOT_FOUND: no such device is there; CELL_UNSUPPORTED: an
 * older version; and other errors of what it asks for. */
cell_error_t virtio_open(struct virtio_device *device, uint32_t id, uint64_t irq, unsigned signal, size_t pages, uint64_t *physical);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/virtio/open.c: see open.h.
 */
#include <lib/virtio/open.h>

#include <cell/idl/ads.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>

cell_error_t virtio_open(struct virtio_device *device, uint32_t id, uint64_t irq, unsigned signal, size_t pages, uint64_t *physical)
{
    uint64_t start, length;
    cell_error_t error = ads_find_kind(CSPACE_SELF, CELL_REGION_DEVICE, &start, &length);

    if (error != CELL_OK)
        return error;
    device->registers = (volatile uint32_t *)start;
    if (device->registers[VIRTIO_MAGIC] != VIRTIO_MAGIC_VALUE || device->registers[VIRTIO_DEVICE_ID] != id)
        return CELL_NOT_FOUND;
    if (device->registers[VIRTIO_VERSION] != VIRTIO_VERSION_MODERN)
        return CELL_UNSUPPORTED;
    error = cell_memory_make(pages, &device->shared);
    for (size_t i = 0; i < pages && error == CELL_OK; i++)
        error = mo_physical(device->shared.mo, i, &physical[i]);
    return error == CELL_OK ? machine_interrupt(irq, UINT64_C(1) << signal, &device->interrupt) : error;
}

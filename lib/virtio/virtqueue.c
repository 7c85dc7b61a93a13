/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/virtio/virtqueue.c: see virtqueue.h.
 */
#include <lib/virtio/virtqueue.h>

bool virtio_agree(volatile uint32_t *registers, uint32_t wanted, uint32_t *features)
{
    const uint32_t status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

    registers[VIRTIO_STATUS] = 0;
    registers[VIRTIO_STATUS] = status;
    registers[VIRTIO_DEVICE_FEATURES_SELECT] = 0;
    *features = registers[VIRTIO_DEVICE_FEATURES] & wanted;
    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 0;
    registers[VIRTIO_DRIVER_FEATURES] = *features;
    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 1;
    registers[VIRTIO_DRIVER_FEATURES] = VIRTIO_FEATURES_HIGH_VERSION_1;
    registers[VIRTIO_STATUS] = status | VIRTIO_STATUS_FEATURES_OK;
    return (registers[VIRTIO_STATUS] & VIRTIO_STATUS_FEATURES_OK) != 0;
}

static void set_address(volatile uint32_t *registers, unsigned low_register, uint64_t address)
{
    registers[low_register] = (uint32_t)address;
    registers[low_register + 1] = (uint32_t)(address >> 32);
}

bool virtqueue_start(struct virtqueue *queue, volatile uint32_t *registers, unsigned number, uint16_t size, void *memory, uint64_t physical)
{
    /* The rings lie behind the descriptors; with an even size the second is aligned to 4, as 2.6 asks for. */
    const size_t available = size * sizeof(struct virtio_descriptor), used = available + 4 + 2u * size;

    registers[VIRTIO_QUEUE_SELECT] = number;
    if (registers[VIRTIO_QUEUE_SIZE_MAXIMUM] < size)
        return false;
    *queue = (struct virtqueue){.descriptors = memory, .size = size};
    queue->available = (void *)((char *)memory + available);
    queue->used = (void *)((char *)memory + used);
    registers[VIRTIO_QUEUE_SIZE] = size;
    set_address(registers, VIRTIO_QUEUE_DESCRIPTORS, physical);
    set_address(registers, VIRTIO_QUEUE_AVAILABLE, physical + available);
    set_address(registers, VIRTIO_QUEUE_USED, physical + used);
    registers[VIRTIO_QUEUE_READY] = 1;
    return true;
}

void virtio_ready(volatile uint32_t *registers)
{
    registers[VIRTIO_STATUS] = registers[VIRTIO_STATUS] | VIRTIO_STATUS_DRIVER_OK;
}

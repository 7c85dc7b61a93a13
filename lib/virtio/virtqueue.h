/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/virtio/virtqueue.h: the driver's side of a device behind virtio-mmio and of its queues (Virtual I/O Device (VIRTIO) Version 1.1:
 * 2.6 split virtqueues, 3.1.1 device initialisation, 4.2 MMIO). What a descriptor says is the driver's.
 *
 *     virtio_agree, virtqueue_start ..., virtio_ready
 *     work:        virtqueue_offer ..., virtqueue_publish, virtio_notify
 *     interrupt:   virtio_acknowledge, virtqueue_take ...
 */
#pragma once

#include <lib/virtio/mmio.h>
#include <stdbool.h>
#include <stddef.h>

#define VIRTQUEUE_NO_INTERRUPT 1u /* in available->flags: the driver asks for none (2.6.7) */

struct virtqueue {
    struct virtio_descriptor *descriptors; /* `size` of them */
    struct {
        uint16_t flags, index, ring[];
    } * available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[];
    } * used;
    uint16_t size;          /* a power of 2, at least 2 */
    uint16_t offered, seen; /* counts, as in the rings */
};

/* Bytes of a queue. */
#define VIRTQUEUE_BYTES(size) ((size) * (sizeof(struct virtio_descriptor) + 2u + 8u) + 8u)

/* Resets a device and agrees with it on version 1 and those of the features `wanted` (bits of the first word) that it has; *features:
 * those.
 * False: it does not agree. */
bool virtio_agree(volatile uint32_t *registers, uint32_t wanted, uint32_t *features);

/* Places queue `number` in VIRTQUEUE_BYTES(size) bytes of zeros that the device reaches at address `physical`, a multiple of 16. False: the
 * device does not have so large a queue. */
bool virtqueue_start(struct virtqueue *queue, volatile uint32_t *registers, unsigned number, uint16_t size, void *memory,
                     uint64_t physical);

/* The driver is ready: the device may use the queues. */
void virtio_ready(volatile uint32_t *registers);

/* Orders what is in memory as the device sees it. */
static inline void virtio_barrier(void)
{
    __asm__ volatile("dmb sy" ::
                         : "memory");
}

/* Offers a descriptor; publish says so to the device. */
static inline void virtqueue_offer(struct virtqueue *queue, unsigned descriptor)
{
    queue->available->ring[queue->offered++ % queue->size] = (uint16_t)descriptor;
}

/* Shows the device what was offered; false: it has seen all. */
static inline bool virtqueue_publish(struct virtqueue *queue)
{
    if (queue->available->index == queue->offered)
        return false;
    virtio_barrier();
    *(volatile uint16_t *)&queue->available->index = queue->offered;
    virtio_barrier();
    return true;
}

/* Tells the device to look at a queue. */
static inline void virtio_notify(volatile uint32_t *registers, unsigned number)
{
    registers[VIRTIO_QUEUE_NOTIFY] = number;
}

/* Takes an interrupt: descriptors that the device finishes later come with another one. */
static inline void virtio_acknowledge(volatile uint32_t *registers)
{
    registers[VIRTIO_INTERRUPT_ACKNOWLEDGE] = registers[VIRTIO_INTERRUPT_STATUS];
    virtio_barrier();
}

/* How many descriptors the device has been done with, as a count. */
static inline uint16_t virtqueue_used(const struct virtqueue *queue)
{
    return *(volatile uint16_t *)&queue->used->index;
}

/* Takes the next descriptor that the device is done with, unless `end` of them were taken. What it says, *id (queue->size and above: it is
 * wrong) and the bytes that it has written, is not checked. */
static inline bool virtqueue_take(struct virtqueue *queue, uint16_t end, uint32_t *id, uint32_t *length)
{
    if (queue->seen == end)
        return false;
    virtio_barrier();
    *id = queue->used->ring[queue->seen % queue->size].id;
    *length = queue->used->ring[queue->seen % queue->size].length;
    queue->seen++;
    return true;
}

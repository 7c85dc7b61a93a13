/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/virtio.h: a driver's side of virtio devices (version 1.1): registers of section 4.2.2, queues of section 2.6. */
#pragma once

#include "tests/guests/lib/guest.h"

#define VIRTIO_DEVICE 0x08u /* which kind of device it is */
#define VIRTIO_NOTIFY 0x50u
#define VIRTIO_INTERRUPT 0x60u
#define VIRTIO_ACKNOWLEDGE 0x64u
#define VIRTIO_STATUS 0x70u
#define VIRTIO_READY 15u /* the status of a device that works */

#define QUEUE_SIZE 16u /* entries */
#define QUEUE_NEXT 1u  /* flags of a descriptor: another one follows, the device writes there */
#define QUEUE_IN 2u

struct queue {
    struct {
        uint64_t address;
        uint32_t length;
        uint16_t flags, next;
    } descriptors[QUEUE_SIZE];
    struct {
        volatile uint16_t flags, index, ring[QUEUE_SIZE];
    } available;
    struct {
        volatile uint16_t flags, index;
        struct {
            volatile uint32_t id, length;
        } ring[QUEUE_SIZE];
    } used __attribute__((aligned(16)));
};

/* Resets a device and accepts these features and version 1; queues are placed next, then the status becomes VIRTIO_READY. */
static inline void virtio_reset(uint64_t base, uint32_t features)
{
    put32(base + VIRTIO_STATUS, 0);
    put32(base + VIRTIO_STATUS, 3);
    put32(base + 0x24, 0);
    put32(base + 0x20, features);
    put32(base + 0x24, 1);
    put32(base + 0x20, 1);
    put32(base + VIRTIO_STATUS, 11);
}

static inline void virtio_place(uint64_t base, unsigned number, struct queue *queue)
{
    put32(base + 0x30, number);
    put32(base + 0x38, QUEUE_SIZE);
    put32(base + 0x80, (uint32_t)(uint64_t)&queue->descriptors);
    put32(base + 0x90, (uint32_t)(uint64_t)&queue->available);
    put32(base + 0xa0, (uint32_t)(uint64_t)&queue->used);
    put32(base + 0x44, 1);
}

static inline void queue_describe(struct queue *queue, unsigned index, uint64_t address, uint32_t length, uint16_t flags)
{
    queue->descriptors[index].address = address;
    queue->descriptors[index].length = length;
    queue->descriptors[index].flags = flags;
    queue->descriptors[index].next = (uint16_t)(index + 1);
}

/* Offers the chain that begins with a descriptor. */
static inline void queue_offer(struct queue *queue, unsigned index, uint64_t base, unsigned number)
{
    queue->available.ring[queue->available.index % QUEUE_SIZE] = (uint16_t)index;
    __asm__ volatile("dmb sy"
                     :
                     :
                     : "memory");
    queue->available.index++;
    __asm__ volatile("dmb sy"
                     :
                     :
                     : "memory");
    put32(base + VIRTIO_NOTIFY, number);
}

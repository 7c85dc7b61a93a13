/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-net/device.c: see device.h. (Virtual I/O Device (VIRTIO) Version 1.1: 5.1 network device.)
 *
 * A frame takes one descriptor of its queue and a buffer of 2 KiB: the header of the device's, then the frame. The memory shared with the
 * device: a page for each queue, then the buffers of descriptors. Bottom-up: queues, starting, frames.
 */
#include "servers/virtio-net/device.h"

#include <lib/nic/frame.h>
#include <lib/virtio/open.h>
#include <sel4/sel4.h>
#include <string.h>

#define ID_NET 1u
#define SLOTS 32u
#define BUFFER 2048u
#define HEADER 12u /* in front of a frame (5.1.6), all zeros: nothing is left to the device */
#define PAGES (2 + 2 * SLOTS * BUFFER / CELL_PAGE)

#define FEATURE_ADDRESS (1u << 5)

enum { RECEIVE,
       SEND };

_Static_assert(VIRTQUEUE_BYTES(SLOTS) <= CELL_PAGE, "a page");

static struct virtio_device device;
static struct virtqueue queues[2];
static uint64_t physical[PAGES];
static uint32_t busy; /* buffers of SEND: a bit each */

/* Where the buffer of a descriptor begins in the shared memory. */
static size_t buffer_at(unsigned number, unsigned slot)
{
    return 2 * CELL_PAGE + (number * SLOTS + slot) * BUFFER;
}

static uint8_t *buffer(unsigned number, unsigned slot)
{
    return (uint8_t *)device.shared.address + buffer_at(number, slot);
}

/* ---- Queues ---------------------------------------------------------------- */

/* Hands a buffer to the device; tell() says so. */
static void offer(unsigned number, unsigned slot, size_t length, unsigned flags)
{
    const size_t at = buffer_at(number, slot);

    queues[number].descriptors[slot] =
        (struct virtio_descriptor){physical[at / CELL_PAGE] + at % CELL_PAGE, (uint32_t)length, (uint16_t)flags, 0};
    virtqueue_offer(&queues[number], slot);
}

static void tell(unsigned number)
{
    if (virtqueue_publish(&queues[number]))
        virtio_notify(device.registers, number);
}

/* ---- Starting -------------------------------------------------------------- */

static bool start_queue(unsigned number)
{
    return virtqueue_start(&queues[number], device.registers, number, SLOTS, (char *)device.shared.address + number * CELL_PAGE,
                           physical[number]);
}

cell_error_t device_start(uint64_t irq, unsigned signal, uint64_t *address)
{
    uint32_t features;
    cell_error_t error = virtio_open(&device, ID_NET, irq, signal, PAGES, physical);

    if (error != CELL_OK)
        return error;
    if (!virtio_agree(device.registers, FEATURE_ADDRESS, &features) || features == 0 || !start_queue(RECEIVE) || !start_queue(SEND))
        return CELL_UNSUPPORTED;
    queues[SEND].available->flags = VIRTQUEUE_NO_INTERRUPT;
    virtio_ready(device.registers);
    const volatile uint8_t *configuration = (const volatile uint8_t *)(device.registers + VIRTIO_CONFIGURATION);

    *address = 0;
    for (unsigned i = 0; i < 6; i++)
        *address = *address << 8 | configuration[i];
    for (unsigned i = 0; i < SLOTS; i++)
        offer(RECEIVE, i, BUFFER, VIRTIO_DESCRIPTOR_WRITE);
    tell(RECEIVE);
    return CELL_OK;
}

/* ---- Frames ------------------------------------------------------------------ */

bool device_send(const uint8_t *frame, size_t length)
{
    const uint16_t end = virtqueue_used(&queues[SEND]);
    uint32_t slot, written;

    while (virtqueue_take(&queues[SEND], end, &slot, &written))
        busy &= slot < SLOTS ? ~(UINT32_C(1) << slot) : UINT32_MAX;
    if (busy == UINT32_MAX)
        return false;
    slot = (uint32_t)__builtin_ctz(~busy);
    busy |= UINT32_C(1) << slot;
    memset(buffer(SEND, slot), 0, HEADER);
    memcpy(buffer(SEND, slot) + HEADER, frame, length);
    offer(SEND, slot, HEADER + length, 0);
    tell(SEND);
    return true;
}

void device_interrupt(void (*came)(const uint8_t *frame, size_t length))
{
    uint32_t slot, length;

    virtio_acknowledge(device.registers);
    const uint16_t end = virtqueue_used(&queues[RECEIVE]);

    while (virtqueue_take(&queues[RECEIVE], end, &slot, &length)) {
        if (slot >= SLOTS)
            continue;
        if (length >= HEADER + FRAME_LEAST && length <= HEADER + FRAME_MOST)
            came(buffer(RECEIVE, slot) + HEADER, length - HEADER);
        offer(RECEIVE, slot, BUFFER, VIRTIO_DESCRIPTOR_WRITE);
    }
    tell(RECEIVE);
    seL4_IRQHandler_Ack(device.interrupt);
}

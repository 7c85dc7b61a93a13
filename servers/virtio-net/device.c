/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-net/device.c: see device.h. (Virtual I/O Device (VIRTIO) Version 1.1: 5.1 network device.)
 *
 * A frame takes one descriptor of its queue and a buffer of 2 KiB: the header of the device's, then the frame. The memory shared with the
 * device: a page for each queue, then the buffers of descriptors. Bottom-up: queues, starting, frames.
 */
#include "servers/virtio-net/device.h"

#include <cell/idl/ads.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <lib/client/client.h>
#include <lib/nic/frame.h>
#include <lib/virtio/mmio.h>
#include <sel4/sel4.h>
#include <string.h>

#define ID_NET 1u
#define SLOTS 32u
#define BUFFER 2048u
#define HEADER 12u /* in front of a frame (5.1.6), all zeros: nothing is left to the device */
#define PAGES (2 + 2 * SLOTS * BUFFER / CELL_PAGE)

#define FEATURE_ADDRESS (1u << 5)
#define NO_INTERRUPT 1u /* a flag of the available ring */

enum { RECEIVE,
       SEND };

struct queue {
    struct virtio_descriptor descriptors[SLOTS];
    struct {
        uint16_t flags, index;
        uint16_t ring[SLOTS];
    } available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[SLOTS];
    } used __attribute__((aligned(4)));
};

_Static_assert(sizeof(struct queue) <= CELL_PAGE, "a page");

static volatile uint32_t *registers;
static cell_cap_t interrupt;
static struct cell_memory shared;
static uint64_t physical[PAGES];
static struct {
    uint16_t offered, seen; /* counts, as in the queue */
} state[2];
static uint32_t busy; /* buffers of SEND: a bit each */

static struct queue *queue(unsigned number)
{
    return (struct queue *)((char *)shared.address + number * CELL_PAGE);
}

/* Where the buffer of a descriptor begins in the shared memory. */
static size_t buffer_at(unsigned number, unsigned slot)
{
    return 2 * CELL_PAGE + (number * SLOTS + slot) * BUFFER;
}

static uint8_t *buffer(unsigned number, unsigned slot)
{
    return (uint8_t *)shared.address + buffer_at(number, slot);
}

static void barrier(void)
{
    __asm__ volatile("dmb sy" ::
                         : "memory");
}

/* ---- Queues ---------------------------------------------------------------- */

/* Hands a buffer to the device; tell() says so. */
static void offer(unsigned number, unsigned slot, size_t length, unsigned flags)
{
    const size_t at = buffer_at(number, slot);

    queue(number)->descriptors[slot] = (struct virtio_descriptor){physical[at / CELL_PAGE] + at % CELL_PAGE, (uint32_t)length,
                                                                  (uint16_t)flags, 0};
    queue(number)->available.ring[state[number].offered++ % SLOTS] = (uint16_t)slot;
}

static void tell(unsigned number)
{
    barrier();
    *(volatile uint16_t *)&queue(number)->available.index = state[number].offered;
    barrier();
    registers[VIRTIO_QUEUE_NOTIFY] = number;
}

/* Takes a buffer that the device is done with, unless `end` of them were taken; SLOTS and above: the device is wrong. */
static bool take(unsigned number, uint16_t end, uint32_t *slot, uint32_t *length)
{
    if (state[number].seen == end)
        return false;
    barrier();
    *slot = queue(number)->used.ring[state[number].seen % SLOTS].id;
    *length = queue(number)->used.ring[state[number].seen % SLOTS].length;
    state[number].seen++;
    return true;
}

static uint16_t used(unsigned number)
{
    return *(volatile uint16_t *)&queue(number)->used.index;
}

/* ---- Starting -------------------------------------------------------------- */

static void set_address(unsigned low_register, uint64_t address)
{
    registers[low_register] = (uint32_t)address;
    registers[low_register + 1] = (uint32_t)(address >> 32);
}

static cell_error_t share_memory(void)
{
    cell_error_t error = cell_memory_make(PAGES, &shared);

    for (unsigned i = 0; i < PAGES && error == CELL_OK; i++)
        error = mo_physical(shared.mo, i, &physical[i]);
    return error;
}

static bool set_queue(unsigned number)
{
    registers[VIRTIO_QUEUE_SELECT] = number;
    if (registers[VIRTIO_QUEUE_SIZE_MAXIMUM] < SLOTS)
        return false;
    registers[VIRTIO_QUEUE_SIZE] = SLOTS;
    set_address(VIRTIO_QUEUE_DESCRIPTORS, physical[number] + offsetof(struct queue, descriptors));
    set_address(VIRTIO_QUEUE_AVAILABLE, physical[number] + offsetof(struct queue, available));
    set_address(VIRTIO_QUEUE_USED, physical[number] + offsetof(struct queue, used));
    registers[VIRTIO_QUEUE_READY] = 1;
    return true;
}

/* 3.1.1 Driver requirements: device initialisation. */
static cell_error_t agree(uint64_t *address)
{
    uint32_t status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

    registers[VIRTIO_STATUS] = 0;
    registers[VIRTIO_STATUS] = status;
    registers[VIRTIO_DEVICE_FEATURES_SELECT] = 0;
    const uint32_t features = registers[VIRTIO_DEVICE_FEATURES] & FEATURE_ADDRESS;

    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 0;
    registers[VIRTIO_DRIVER_FEATURES] = features;
    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 1;
    registers[VIRTIO_DRIVER_FEATURES] = VIRTIO_FEATURES_HIGH_VERSION_1;
    registers[VIRTIO_STATUS] = status |= VIRTIO_STATUS_FEATURES_OK;
    if ((registers[VIRTIO_STATUS] & VIRTIO_STATUS_FEATURES_OK) == 0 || features == 0 || !set_queue(RECEIVE) || !set_queue(SEND))
        return CELL_UNSUPPORTED;
    queue(SEND)->available.flags = NO_INTERRUPT;
    registers[VIRTIO_STATUS] = status | VIRTIO_STATUS_DRIVER_OK;
    *address = 0;
    for (unsigned i = 0; i < 6; i++)
        *address = *address << 8 | ((volatile uint8_t *)&registers[VIRTIO_CONFIGURATION])[i];
    for (unsigned i = 0; i < SLOTS; i++)
        offer(RECEIVE, i, BUFFER, VIRTIO_DESCRIPTOR_WRITE);
    tell(RECEIVE);
    return CELL_OK;
}

cell_error_t device_start(uint64_t irq, unsigned signal, uint64_t *address)
{
    uint64_t start, pages;
    cell_error_t error = ads_find_kind(CSPACE_SELF, CELL_REGION_DEVICE, &start, &pages);

    if (error != CELL_OK)
        return error;
    registers = (volatile uint32_t *)start;
    if (registers[VIRTIO_MAGIC] != VIRTIO_MAGIC_VALUE || registers[VIRTIO_DEVICE_ID] != ID_NET)
        return CELL_NOT_FOUND;
    if (registers[VIRTIO_VERSION] != VIRTIO_VERSION_MODERN)
        return CELL_UNSUPPORTED;
    error = share_memory();
    if (error == CELL_OK)
        error = machine_interrupt(irq, UINT64_C(1) << signal, &interrupt);
    return error == CELL_OK ? agree(address) : error;
}

/* ---- Frames ------------------------------------------------------------------ */

bool device_send(const uint8_t *frame, size_t length)
{
    const uint16_t end = used(SEND);
    uint32_t slot, written;

    while (take(SEND, end, &slot, &written))
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

    registers[VIRTIO_INTERRUPT_ACKNOWLEDGE] = registers[VIRTIO_INTERRUPT_STATUS];
    /* What comes meanwhile comes with another interrupt. */
    const uint16_t end = used(RECEIVE);

    while (take(RECEIVE, end, &slot, &length)) {
        if (slot >= SLOTS)
            continue;
        if (length >= HEADER + FRAME_LEAST && length <= HEADER + FRAME_MOST)
            came(buffer(RECEIVE, slot) + HEADER, length - HEADER);
        offer(RECEIVE, slot, BUFFER, VIRTIO_DESCRIPTOR_WRITE);
    }
    tell(RECEIVE);
    seL4_IRQHandler_Ack(interrupt);
}

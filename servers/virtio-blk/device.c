/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-blk/device.c: see device.h. (Virtual I/O Device (VIRTIO) Version 1.1: 5.2 block device.)
 *
 * A transfer takes one descriptor of the queue, which leads to a table of its own (2.6.5.3): request, pages, status. Page 0 of the
 * memory shared with the device is the queue, page n + 1 belongs to transfer n. Bottom-up: the queue, starting, a
 * transfer.
 */
#include "servers/virtio-blk/device.h"

#include <lib/virtio/open.h>
#include <sel4/sel4.h>

#define ID_BLOCK 2u
#define SECTORS_PER_BLOCK 8u
#define PAGES (1 + DEVICE_TRANSFERS)
/* Descriptors of a transfer: request, pages, status. */
#define DESCRIPTORS (TRANSFER_PAGES + 2)

/* Features of the device, bits of the first word. */
#define FEATURE_READ_ONLY (1u << 5)
#define FEATURE_FLUSH (1u << 9)
#define FEATURE_DISCARD (1u << 13)
#define FEATURE_INDIRECT (1u << 28)

enum { STATUS_OK = 0,
       STATUS_IO = 1,
       STATUS_UNSUPPORTED = 2 };

struct slot {
    struct virtio_descriptor table[DESCRIPTORS];
    struct {
        uint32_t type, reserved;
        uint64_t sector;
    } request;
    struct {
        uint64_t sector;
        uint32_t sectors, flags;
    } discard;
    uint8_t status;
};

_Static_assert(VIRTQUEUE_BYTES(DEVICE_TRANSFERS) <= CELL_PAGE && sizeof(struct slot) <= CELL_PAGE, "a page each");

static struct virtio_device device;
static struct virtqueue queue;
static uint64_t physical[PAGES];
static void *owners[DEVICE_TRANSFERS]; /* NULL: the slot is free */

static struct slot *slot_at(unsigned number)
{
    return (struct slot *)((char *)device.shared.address + (number + 1) * CELL_PAGE);
}

/* ---- Starting -------------------------------------------------------------- */

cell_error_t device_start(uint64_t irq, unsigned signal, struct device_about *about)
{
    uint32_t features;
    cell_error_t error = virtio_open(&device, ID_BLOCK, irq, signal, PAGES, physical);

    if (error != CELL_OK)
        return error;
    if (!virtio_agree(device.registers, FEATURE_READ_ONLY | FEATURE_FLUSH | FEATURE_DISCARD | FEATURE_INDIRECT, &features) ||
        (features & FEATURE_INDIRECT) == 0 ||
        !virtqueue_start(&queue, device.registers, 0, DEVICE_TRANSFERS, device.shared.address, physical[0]))
        return CELL_UNSUPPORTED;
    virtio_ready(device.registers);
    uint64_t sectors = device.registers[VIRTIO_CONFIGURATION] | (uint64_t)device.registers[VIRTIO_CONFIGURATION + 1] << 32;

    *about = (struct device_about){.blocks = sectors / SECTORS_PER_BLOCK,
                                   .read_only = (features & FEATURE_READ_ONLY) != 0,
                                   .flushes = (features & FEATURE_FLUSH) != 0,
                                   .discards = (features & FEATURE_DISCARD) != 0};
    return CELL_OK;
}

/* ---- A transfer -------------------------------------------------------------- */

/* Adds a descriptor to the table of a slot. */
static void add(struct slot *slot, unsigned *count, uint64_t address, size_t length, unsigned flags)
{
    slot->table[*count] = (struct virtio_descriptor){address, (uint32_t)length,
                                                     (uint16_t)(flags | VIRTIO_DESCRIPTOR_NEXT), (uint16_t)(*count + 1)};
    ++*count;
}

/* Fills the table; returns how many descriptors it has. */
static unsigned describe(struct slot *slot, uint64_t at, const struct transfer *transfer)
{
    bool moves = transfer->kind <= TRANSFER_WRITE;
    unsigned count = 0;

    slot->request.type = transfer->kind;
    slot->request.sector = moves ? transfer->block * SECTORS_PER_BLOCK : 0;
    slot->status = STATUS_IO;
    add(slot, &count, at + offsetof(struct slot, request), sizeof slot->request, 0);
    for (uint64_t i = 0; moves && i < transfer->count; i++)
        add(slot, &count, transfer->pages[i], CELL_PAGE,
            transfer->kind == TRANSFER_READ ? VIRTIO_DESCRIPTOR_WRITE : 0);
    if (transfer->kind == TRANSFER_DISCARD) {
        slot->discard.sector = transfer->block * SECTORS_PER_BLOCK;
        slot->discard.sectors = (uint32_t)(transfer->count * SECTORS_PER_BLOCK);
        add(slot, &count, at + offsetof(struct slot, discard), sizeof slot->discard, 0);
    }
    add(slot, &count, at + offsetof(struct slot, status), sizeof slot->status, VIRTIO_DESCRIPTOR_WRITE);
    slot->table[count - 1].flags = VIRTIO_DESCRIPTOR_WRITE;
    return count;
}

bool device_begin(const struct transfer *transfer)
{
    unsigned number = 0;

    while (number < DEVICE_TRANSFERS && owners[number] != NULL)
        number++;
    if (number == DEVICE_TRANSFERS)
        return false;
    uint64_t at = physical[number + 1];
    unsigned count = describe(slot_at(number), at, transfer);

    owners[number] = transfer->owner;
    queue.descriptors[number] = (struct virtio_descriptor){
        at, (uint32_t)(count * sizeof(struct virtio_descriptor)), VIRTIO_DESCRIPTOR_INDIRECT, 0};
    virtqueue_offer(&queue, number);
    return true;
}

void device_notify(void)
{
    if (virtqueue_publish(&queue))
        virtio_notify(device.registers, 0);
}

static cell_error_t error_of(uint8_t status)
{
    return status == STATUS_OK ? CELL_OK : status == STATUS_UNSUPPORTED ? CELL_UNSUPPORTED
                                                                        : CELL_IO;
}

void device_interrupt(void (*done)(void *owner, cell_error_t error))
{
    uint32_t number, written;

    virtio_acknowledge(device.registers);
    while (virtqueue_take(&queue, virtqueue_used(&queue), &number, &written)) {
        void *owner = number < DEVICE_TRANSFERS ? owners[number] : NULL;

        if (owner == NULL)
            continue;
        owners[number] = NULL;
        done(owner, error_of(slot_at(number)->status));
    }
    seL4_IRQHandler_Ack(device.interrupt);
}

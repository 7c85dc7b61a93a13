/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-blk/device.c: see device.h. (Virtual I/O Device (VIRTIO) Version 1.1: 5.2 block device.)
 *
 * A transfer takes one descriptor of the queue, which leads to a table of its own (2.6.5.3): request, pages, status. Page 0 of the
 * memory shared with the device is the queue, page n + 1 belongs to transfer n. Bottom-up: the queue, starting, a
 * transfer.
 */
#include "servers/virtio-blk/device.h"

#include <cell/idl/ads.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <lib/client/client.h>
#include <lib/virtio/mmio.h>
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

struct queue {
    struct virtio_descriptor descriptors[DEVICE_TRANSFERS];
    struct {
        uint16_t flags, index;
        uint16_t ring[DEVICE_TRANSFERS];
    } available;
    struct {
        uint16_t flags, index;
        struct {
            uint32_t id, length;
        } ring[DEVICE_TRANSFERS];
    } used __attribute__((aligned(4)));
};

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

_Static_assert(sizeof(struct queue) <= CELL_PAGE && sizeof(struct slot) <= CELL_PAGE, "a page each");

static volatile uint32_t *registers;
static cell_cap_t interrupt;
static struct cell_memory shared;
static uint64_t physical[PAGES];
static void *owners[DEVICE_TRANSFERS]; /* NULL: the slot is free */
static uint16_t begun, ended;          /* counts, as in the queue */

static struct queue *queue(void)
{
    return shared.address;
}

static struct slot *slot_at(unsigned number)
{
    return (struct slot *)((char *)shared.address + (number + 1) * CELL_PAGE);
}

static void barrier(void)
{
    __asm__ volatile("dmb sy" ::
                         : "memory");
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

/* 3.1.1 Driver requirements: device initialisation. */
static cell_error_t agree(struct device_about *about)
{
    const uint32_t wanted = FEATURE_READ_ONLY | FEATURE_FLUSH | FEATURE_DISCARD | FEATURE_INDIRECT;
    uint32_t status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

    registers[VIRTIO_STATUS] = 0;
    registers[VIRTIO_STATUS] = status;
    registers[VIRTIO_DEVICE_FEATURES_SELECT] = 0;
    uint32_t features = registers[VIRTIO_DEVICE_FEATURES] & wanted;

    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 0;
    registers[VIRTIO_DRIVER_FEATURES] = features;
    registers[VIRTIO_DRIVER_FEATURES_SELECT] = 1;
    registers[VIRTIO_DRIVER_FEATURES] = VIRTIO_FEATURES_HIGH_VERSION_1;
    registers[VIRTIO_STATUS] = status |= VIRTIO_STATUS_FEATURES_OK;
    registers[VIRTIO_QUEUE_SELECT] = 0;
    if ((registers[VIRTIO_STATUS] & VIRTIO_STATUS_FEATURES_OK) == 0 || (features & FEATURE_INDIRECT) == 0 ||
        registers[VIRTIO_QUEUE_SIZE_MAXIMUM] < DEVICE_TRANSFERS)
        return CELL_UNSUPPORTED;
    registers[VIRTIO_QUEUE_SIZE] = DEVICE_TRANSFERS;
    set_address(VIRTIO_QUEUE_DESCRIPTORS, physical[0] + offsetof(struct queue, descriptors));
    set_address(VIRTIO_QUEUE_AVAILABLE, physical[0] + offsetof(struct queue, available));
    set_address(VIRTIO_QUEUE_USED, physical[0] + offsetof(struct queue, used));
    registers[VIRTIO_QUEUE_READY] = 1;
    registers[VIRTIO_STATUS] = status | VIRTIO_STATUS_DRIVER_OK;
    uint64_t sectors = registers[VIRTIO_CONFIGURATION] | (uint64_t)registers[VIRTIO_CONFIGURATION + 1] << 32;

    *about = (struct device_about){.blocks = sectors / SECTORS_PER_BLOCK,
                                   .read_only = (features & FEATURE_READ_ONLY) != 0,
                                   .flushes = (features & FEATURE_FLUSH) != 0,
                                   .discards = (features & FEATURE_DISCARD) != 0};
    return CELL_OK;
}

cell_error_t device_start(uint64_t irq, unsigned signal, struct device_about *about)
{
    uint64_t start, pages;
    cell_error_t error = ads_find_kind(CSPACE_SELF, CELL_REGION_DEVICE, &start, &pages);

    if (error != CELL_OK)
        return error;
    registers = (volatile uint32_t *)start;
    if (registers[VIRTIO_MAGIC] != VIRTIO_MAGIC_VALUE || registers[VIRTIO_DEVICE_ID] != ID_BLOCK)
        return CELL_NOT_FOUND;
    if (registers[VIRTIO_VERSION] != VIRTIO_VERSION_MODERN)
        return CELL_UNSUPPORTED;
    error = share_memory();
    if (error == CELL_OK)
        error = machine_interrupt(irq, UINT64_C(1) << signal, &interrupt);
    return error == CELL_OK ? agree(about) : error;
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
    queue()->descriptors[number] = (struct virtio_descriptor){
        at, (uint32_t)(count * sizeof(struct virtio_descriptor)), VIRTIO_DESCRIPTOR_INDIRECT, 0};
    queue()->available.ring[begun++ % DEVICE_TRANSFERS] = (uint16_t)number;
    return true;
}

void device_notify(void)
{
    barrier();
    if (queue()->available.index == begun)
        return;
    *(volatile uint16_t *)&queue()->available.index = begun;
    barrier();
    registers[VIRTIO_QUEUE_NOTIFY] = 0;
}

static cell_error_t error_of(uint8_t status)
{
    return status == STATUS_OK ? CELL_OK : status == STATUS_UNSUPPORTED ? CELL_UNSUPPORTED
                                                                        : CELL_IO;
}

void device_interrupt(void (*done)(void *owner, cell_error_t error))
{
    registers[VIRTIO_INTERRUPT_ACKNOWLEDGE] = registers[VIRTIO_INTERRUPT_STATUS];
    while (*(volatile uint16_t *)&queue()->used.index != ended) {
        barrier();
        uint32_t number = queue()->used.ring[ended++ % DEVICE_TRANSFERS].id;
        void *owner = number < DEVICE_TRANSFERS ? owners[number] : NULL;

        if (owner == NULL)
            continue;
        owners[number] = NULL;
        done(owner, error_of(slot_at(number)->status));
    }
    seL4_IRQHandler_Ack(interrupt);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/virtio.h: a guest's virtio devices: registers and queues (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split
 * virtqueues, 4.2 MMIO). What is particular about a device is its user's.
 *
 * Registers and queues are the guest's, and hostile: each address is checked against its memory when it is used, each
 * descriptor is read once, a chain has an end. Nothing happens before the driver has said that it is ready (DRIVER_OK). A
 * device whose driver breaks the rules does nothing more until it is reset (DEVICE_NEEDS_RESET).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_BYTES 0x200u /* of registers */
#define VIRTIO_QUEUES 2u
#define VIRTIO_QUEUE_ENTRIES 128u /* at most */
#define VIRTIO_PARTS 66u          /* of a chain, at most */

enum virtio_id { VIRTIO_ID_NET = 1,
                 VIRTIO_ID_BLOCK = 2,
                 VIRTIO_ID_CONSOLE = 3,
                 VIRTIO_ID_ENTROPY = 4 };

/* A guest's memory, where it is here. */
struct virtio_memory {
    char *bytes;
    uint64_t base, size;
};

struct virtio_queue {
    uint64_t descriptors, available, used; /* addresses of the guest's */
    uint32_t size;
    bool ready;
    uint16_t taken, given; /* counts */
};

struct virtio {
    const struct virtio_memory *memory;
    const void *configuration; /* what is behind the registers */
    size_t configuration_bytes;
    enum virtio_id id;                    /* 0: there is no device */
    uint64_t offered, accepted;           /* features */
    uint32_t offered_word, accepted_word; /* which half of them the registers are about */
    uint32_t status, interrupt, chosen;
    struct virtio_queue queue[VIRTIO_QUEUES];
};

/* A request in a queue: pieces of the guest's memory, first those to be read, then those to be written. */
struct virtio_part {
    char *bytes;
    uint32_t length;
};

struct virtio_chain {
    uint16_t head;
    unsigned parts, readable;   /* how many, and how many of them are to be read */
    uint64_t to_read, to_write; /* bytes of each kind */
    struct virtio_part part[VIRTIO_PARTS];
};

/* As after a reset. `features` besides those that all devices have. */
void virtio_init(struct virtio *device, enum virtio_id id, uint64_t features, const void *configuration, size_t bytes,
                 const struct virtio_memory *memory);

/* Accesses at an offset from the registers' base. */
uint32_t virtio_read(const struct virtio *device, uint64_t offset, unsigned bytes);
/* Returns what the device is to look at: a bit for each queue, 0: nothing. */
unsigned virtio_write(struct virtio *device, uint64_t offset, unsigned bytes, uint32_t value);

/* A reason of an interrupt: what is behind the registers has changed. */
#define VIRTIO_CONFIGURATION_CHANGED 2u
/* Its interrupt line. */
static inline bool virtio_interrupts(const struct virtio *device)
{
    return device->interrupt != 0;
}

/* Takes the next request. False: there is none, or the driver may not ask yet, or has broken the rules. */
bool virtio_take(struct virtio *device, unsigned queue, struct virtio_chain *chain);
/* Gives it back, with this many bytes written. Nothing happens if the device was reset meanwhile. */
void virtio_give(struct virtio *device, unsigned queue, uint16_t head, uint64_t written);

/* Copies from what is to be read, and to what is to be written, from byte `at` on. Returns how many there were. */
uint64_t virtio_copy_out(const struct virtio_chain *chain, uint64_t at, void *to, uint64_t bytes);
uint64_t virtio_copy_in(const struct virtio_chain *chain, uint64_t at, const void *from, uint64_t bytes);

/* What the driver has made of a device that has no request under way. */
struct virtio_state {
    uint64_t accepted;
    uint32_t offered_word, accepted_word, status, interrupt, chosen;
    struct virtio_queue_state {
        uint64_t descriptors, available, used;
        uint32_t size, ready;
        uint16_t taken, given;
    } queue[VIRTIO_QUEUES];
};

void virtio_save(const struct virtio *device, struct virtio_state *state);
/* Takes such a state, for a device after virtio_init() whose guest's memory is there. False: it cannot be one. */
bool virtio_load(struct virtio *device, const struct virtio_state *state);

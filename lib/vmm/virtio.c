/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/virtio.c: see virtio.h. Bottom-up: the guest's memory, queues, registers. */
#include "lib/vmm/virtio.h"

#include <lib/virtio/mmio.h>
#include <string.h>

#define VENDOR 0x4c4c4543u /* "CELL" */
#define STATUS_NEEDS_RESET 64u
#define STATUS_WRITABLE 0x8fu
#define INTERRUPT_USED 1u
#define INTERRUPT_CONFIGURATION 2u
#define AVAILABLE_NO_INTERRUPT 1u
#define FEATURE_VERSION_1 (UINT64_C(1) << 32)
#define READY (VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_FEATURES_OK)

/* Bytes of a queue's three parts. */
#define AVAILABLE_BYTES(size) (4 + 2 * (uint64_t)(size))
#define USED_BYTES(size) (4 + 8 * (uint64_t)(size))

/* ---- The guest's memory ---------------------------------------------------- */

/* NULL: it is not all there, or not aligned. */
static char *find(const struct virtio_memory *memory, uint64_t address, uint64_t bytes, unsigned alignment)
{
    const uint64_t offset = address - memory->base;

    if (address % alignment != 0 || offset > memory->size || bytes > memory->size - offset)
        return NULL;
    return memory->bytes + offset;
}

static uint16_t load16(const char *from)
{
    return __atomic_load_n((const uint16_t *)(const void *)from, __ATOMIC_ACQUIRE);
}

static void store16(char *to, uint16_t value)
{
    __atomic_store_n((uint16_t *)(void *)to, value, __ATOMIC_RELEASE);
}

static void store32(char *to, uint32_t value)
{
    __atomic_store_n((uint32_t *)(void *)to, value, __ATOMIC_RELAXED);
}

/* ---- Queues --------------------------------------------------------------------- */

static void breaks(struct virtio *device)
{
    device->status |= STATUS_NEEDS_RESET;
    device->interrupt |= INTERRUPT_CONFIGURATION;
}

static bool works(const struct virtio *device, unsigned queue)
{
    return (device->status & (READY | STATUS_NEEDS_RESET)) == READY && queue < VIRTIO_QUEUES && device->queue[queue].ready;
}

static char *available(const struct virtio *device, const struct virtio_queue *queue)
{
    return find(device->memory, queue->available, AVAILABLE_BYTES(queue->size), 2);
}

static char *used(const struct virtio *device, const struct virtio_queue *queue)
{
    return find(device->memory, queue->used, USED_BYTES(queue->size), 4);
}

static char *descriptors(const struct virtio *device, const struct virtio_queue *queue)
{
    return find(device->memory, queue->descriptors, sizeof(struct virtio_descriptor) * (uint64_t)queue->size, 16);
}

static bool is_complete(const struct virtio *device, const struct virtio_queue *queue)
{
    return queue->size != 0 && queue->size <= VIRTIO_QUEUE_ENTRIES && (queue->size & (queue->size - 1)) == 0 &&
           descriptors(device, queue) != NULL && available(device, queue) != NULL && used(device, queue) != NULL;
}

/* False: a descriptor is not as the rules say. */
static bool add(const struct virtio *device, struct virtio_chain *chain, const struct virtio_descriptor *descriptor)
{
    const bool write = (descriptor->flags & VIRTIO_DESCRIPTOR_WRITE) != 0;
    char *bytes = find(device->memory, descriptor->address, descriptor->length, 1);

    if (bytes == NULL || (descriptor->flags & VIRTIO_DESCRIPTOR_INDIRECT) != 0 || chain->parts == VIRTIO_PARTS ||
        (!write && chain->readable != chain->parts))
        return false;
    chain->part[chain->parts++] = (struct virtio_part){bytes, descriptor->length};
    chain->readable += !write;
    *(write ? &chain->to_write : &chain->to_read) += descriptor->length;
    return true;
}

bool virtio_take(struct virtio *device, unsigned number, struct virtio_chain *chain)
{
    struct virtio_queue *queue = &device->queue[number];
    struct virtio_descriptor descriptor;

    if (!works(device, number))
        return false;
    const char *ring = available(device, queue), *table = descriptors(device, queue);
    const uint16_t waiting = (uint16_t)(load16(ring + 2) - queue->taken);

    if (waiting == 0)
        return false;
    *chain = (struct virtio_chain){.head = load16(ring + 4 + 2 * (queue->taken % queue->size))};
    uint32_t next = chain->head;
    bool right = waiting <= queue->size;

    /* One that goes round in circles has too many parts. */
    for (; right; next = descriptor.next) {
        right = next < queue->size;
        if (!right)
            break;
        memcpy(&descriptor, table + next * sizeof descriptor, sizeof descriptor);
        right = add(device, chain, &descriptor);
        if ((descriptor.flags & VIRTIO_DESCRIPTOR_NEXT) == 0)
            break;
    }
    if (!right) {
        breaks(device);
        return false;
    }
    queue->taken++;
    return true;
}

void virtio_give(struct virtio *device, unsigned number, uint16_t head, uint64_t written)
{
    struct virtio_queue *queue = &device->queue[number];

    if (!works(device, number) || queue->given == queue->taken)
        return;
    char *ring = used(device, queue), *entry = ring + 4 + 8 * (queue->given % queue->size);

    store32(entry, head);
    store32(entry + 4, (uint32_t)written);
    store16(ring + 2, ++queue->given);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if ((load16(available(device, queue)) & AVAILABLE_NO_INTERRUPT) == 0)
        device->interrupt |= INTERRUPT_USED;
}

/* Copies between `other` and the parts from `first` to `end`, from byte `at` of them on. */
static uint64_t copy(const struct virtio_chain *chain, unsigned first, unsigned end, uint64_t at, char *other, uint64_t bytes, bool in)
{
    uint64_t done = 0;

    for (unsigned i = first; i < end && done < bytes; i++) {
        const struct virtio_part *part = &chain->part[i];

        if (at >= part->length) {
            at -= part->length;
            continue;
        }
        const uint64_t left = part->length - at, some = left < bytes - done ? left : bytes - done;

        if (in)
            memcpy(part->bytes + at, other + done, some);
        else
            memcpy(other + done, part->bytes + at, some);
        done += some;
        at = 0;
    }
    return done;
}

uint64_t virtio_copy_out(const struct virtio_chain *chain, uint64_t at, void *to, uint64_t bytes)
{
    return copy(chain, 0, chain->readable, at, to, bytes, false);
}

uint64_t virtio_copy_in(const struct virtio_chain *chain, uint64_t at, const void *from, uint64_t bytes)
{
    return copy(chain, chain->readable, chain->parts, at, (char *)(uintptr_t)from, bytes, true);
}

/* ---- Registers --------------------------------------------------------------------- */

void virtio_init(struct virtio *device, enum virtio_id id, uint64_t features, const void *configuration, size_t bytes,
                 const struct virtio_memory *memory)
{
    *device = (struct virtio){.memory = memory,
                              .configuration = configuration,
                              .configuration_bytes = bytes,
                              .id = id,
                              .offered = features | FEATURE_VERSION_1};
}

static uint32_t read_configuration(const struct virtio *device, uint64_t offset, unsigned bytes)
{
    uint32_t value = 0;

    if (offset < device->configuration_bytes && bytes <= sizeof value && bytes <= device->configuration_bytes - offset)
        memcpy(&value, (const char *)device->configuration + offset, bytes);
    return value;
}

uint32_t virtio_read(const struct virtio *device, uint64_t offset, unsigned bytes)
{
    const struct virtio_queue *queue = device->chosen < VIRTIO_QUEUES ? &device->queue[device->chosen] : NULL;

    if (offset >= VIRTIO_CONFIGURATION * 4)
        return read_configuration(device, offset - VIRTIO_CONFIGURATION * 4, bytes);
    if (bytes != 4 || offset % 4 != 0)
        return 0;
    switch (offset / 4) {
    case VIRTIO_MAGIC:
        return VIRTIO_MAGIC_VALUE;
    case VIRTIO_VERSION:
        return VIRTIO_VERSION_MODERN;
    case VIRTIO_DEVICE_ID:
        return device->id;
    case VIRTIO_VENDOR:
        return VENDOR;
    case VIRTIO_DEVICE_FEATURES:
        return device->offered_word < 2 ? (uint32_t)(device->offered >> 32 * device->offered_word) : 0;
    case VIRTIO_QUEUE_SIZE_MAXIMUM:
        return queue != NULL ? VIRTIO_QUEUE_ENTRIES : 0;
    case VIRTIO_QUEUE_READY:
        return queue != NULL && queue->ready;
    case VIRTIO_INTERRUPT_STATUS:
        return device->interrupt;
    case VIRTIO_STATUS:
        return device->status;
    default:
        return 0;
    }
}

/* The driver says how far it is. It gets FEATURES_OK only for what was offered. */
static void set_status(struct virtio *device, uint32_t value)
{
    if (value == 0) {
        virtio_init(device, device->id, device->offered, device->configuration, device->configuration_bytes, device->memory);
        return;
    }
    device->status = (device->status & STATUS_NEEDS_RESET) | (value & STATUS_WRITABLE);
    if ((device->accepted & ~device->offered) != 0 || (device->accepted & FEATURE_VERSION_1) == 0)
        device->status &= ~VIRTIO_STATUS_FEATURES_OK;
}

static void half(uint64_t *word, bool high, uint32_t value)
{
    *word = high ? (*word & UINT32_MAX) | (uint64_t)value << 32 : (*word & ~(uint64_t)UINT32_MAX) | value;
}

/* A queue that is ready does not change. */
static void set_queue(struct virtio *device, unsigned number, uint32_t value)
{
    struct virtio_queue *queue = device->chosen < VIRTIO_QUEUES ? &device->queue[device->chosen] : NULL;

    if (queue == NULL || (queue->ready && number != VIRTIO_QUEUE_READY))
        return;
    if (number == VIRTIO_QUEUE_SIZE)
        queue->size = value;
    else if (number == VIRTIO_QUEUE_READY && (value & 1) == 0)
        *queue = (struct virtio_queue){0};
    else if (number == VIRTIO_QUEUE_READY)
        queue->ready = queue->ready || is_complete(device, queue);
    else
        half(number < VIRTIO_QUEUE_AVAILABLE ? &queue->descriptors : number < VIRTIO_QUEUE_USED ? &queue->available
                                                                                                : &queue->used,
             number % 2 != 0, value);
}

unsigned virtio_write(struct virtio *device, uint64_t offset, unsigned bytes, uint32_t value)
{
    if (bytes != 4 || offset % 4 != 0 || device->id == 0)
        return 0;
    switch (offset / 4) {
    case VIRTIO_DEVICE_FEATURES_SELECT:
        device->offered_word = value;
        break;
    case VIRTIO_DRIVER_FEATURES_SELECT:
        device->accepted_word = value;
        break;
    case VIRTIO_DRIVER_FEATURES:
        if (device->accepted_word < 2 && (device->status & VIRTIO_STATUS_FEATURES_OK) == 0)
            half(&device->accepted, device->accepted_word == 1, value);
        break;
    case VIRTIO_QUEUE_SELECT:
        device->chosen = value;
        break;
    case VIRTIO_QUEUE_NOTIFY:
        return value < VIRTIO_QUEUES && works(device, value) ? 1u << value : 0;
    case VIRTIO_INTERRUPT_ACKNOWLEDGE:
        device->interrupt &= ~value;
        break;
    case VIRTIO_STATUS:
        set_status(device, value);
        break;
    case VIRTIO_QUEUE_SIZE:
    case VIRTIO_QUEUE_READY:
    case VIRTIO_QUEUE_DESCRIPTORS:
    case VIRTIO_QUEUE_DESCRIPTORS + 1:
    case VIRTIO_QUEUE_AVAILABLE:
    case VIRTIO_QUEUE_AVAILABLE + 1:
    case VIRTIO_QUEUE_USED:
    case VIRTIO_QUEUE_USED + 1:
        set_queue(device, (unsigned)(offset / 4), value);
        break;
    default:
        break;
    }
    return 0;
}

/* ---- State ------------------------------------------------------------------------------- */

void virtio_save(const struct virtio *device, struct virtio_state *state)
{
    *state = (struct virtio_state){
        .accepted = device->accepted,
        .offered_word = device->offered_word,
        .accepted_word = device->accepted_word,
        .status = device->status,
        .interrupt = device->interrupt,
        .chosen = device->chosen,
    };
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        const struct virtio_queue *queue = &device->queue[i];

        state->queue[i] = (struct virtio_queue_state){queue->descriptors, queue->available, queue->used, queue->size,
                                                      queue->ready, queue->taken, queue->given};
    }
}

bool virtio_load(struct virtio *device, const struct virtio_state *state)
{
    bool valid = true;

    device->accepted = state->accepted;
    device->offered_word = state->offered_word;
    device->accepted_word = state->accepted_word;
    device->interrupt = state->interrupt;
    device->chosen = state->chosen;
    set_status(device, state->status);
    device->status |= state->status & STATUS_NEEDS_RESET;
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        const struct virtio_queue_state *from = &state->queue[i];
        struct virtio_queue *queue = &device->queue[i];

        *queue = (struct virtio_queue){from->descriptors, from->available, from->used, from->size,
                                       from->ready != 0, from->taken, from->given};
        valid = valid && (!queue->ready || is_complete(device, queue));
    }
    return valid;
}

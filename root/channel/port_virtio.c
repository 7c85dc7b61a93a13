/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/port_virtio.c: the control channel through a virtio console behind virtio-mmio, with one port; see port.h.
 * (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split virtqueues, 4.2 MMIO, 5.3 console device.)
 */
#include "root/channel/port.h"

#include <lib/virtio/mmio.h>
#include <stddef.h>

#define ID_CONSOLE 3u
#define NO_INTERRUPT 1u /* in available.flags */

#define QUEUE_INPUT 0u
#define QUEUE_OUTPUT 1u
#define INPUT_PIECES 2u

struct available {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[PORT_PIECES];
};

struct used {
    uint16_t flags;
    uint16_t index;
    struct {
        uint32_t id;
        uint32_t length;
    } ring[PORT_PIECES];
};

/* One page: both queues. Alignments as 2.6 asks for. */
struct queue_memory {
    struct virtio_descriptor descriptors[PORT_PIECES];
    struct available available;
    struct used used __attribute__((aligned(4)));
};

struct pages {
    struct queue_memory output __attribute__((aligned(16)));
    struct queue_memory input __attribute__((aligned(16)));
};

_Static_assert(sizeof(struct pages) <= 4096, "both queues fit a page");

static volatile uint32_t *device;
static struct queue_memory *output, *input;
static uint32_t tags[PORT_PIECES];
static uint16_t output_retired, input_retired;
static uint16_t output_notified; /* pieces that the device was told of */
static uint64_t input_physical;

static void barrier(void)
{
    __asm__ volatile("dmb ish" ::
                         : "memory");
}

static volatile uint16_t *shared(uint16_t *field)
{
    return field;
}

/* ---- Start ----------------------------------------------------------- */

static void set_address(unsigned low_register, uint64_t physical)
{
    device[low_register] = (uint32_t)physical;
    device[low_register + 1] = (uint32_t)(physical >> 32);
}

static bool start_queue(unsigned number, uint32_t size, uint64_t physical)
{
    device[VIRTIO_QUEUE_SELECT] = number;
    if (device[VIRTIO_QUEUE_SIZE_MAXIMUM] < size)
        return false;
    device[VIRTIO_QUEUE_SIZE] = size;
    set_address(VIRTIO_QUEUE_DESCRIPTORS, physical + offsetof(struct queue_memory, descriptors));
    set_address(VIRTIO_QUEUE_AVAILABLE, physical + offsetof(struct queue_memory, available));
    set_address(VIRTIO_QUEUE_USED, physical + offsetof(struct queue_memory, used));
    device[VIRTIO_QUEUE_READY] = 1;
    return true;
}

/* 3.1.1 Driver requirements: device initialisation. */
bool port_start(volatile uint32_t *registers, struct dma_page queues, struct dma_page page)
{
    struct pages *memory = queues.address;

    device = registers;
    if (device[VIRTIO_MAGIC] != VIRTIO_MAGIC_VALUE || device[VIRTIO_VERSION] != VIRTIO_VERSION_MODERN ||
        device[VIRTIO_DEVICE_ID] != ID_CONSOLE)
        return false;
    output = &memory->output;
    input = &memory->input;
    input_physical = page.physical;
    device[VIRTIO_STATUS] = 0;
    device[VIRTIO_STATUS] = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
    device[VIRTIO_DRIVER_FEATURES_SELECT] = 0;
    device[VIRTIO_DRIVER_FEATURES] = 0;
    device[VIRTIO_DRIVER_FEATURES_SELECT] = 1;
    device[VIRTIO_DRIVER_FEATURES] = VIRTIO_FEATURES_HIGH_VERSION_1;
    device[VIRTIO_STATUS] = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK;
    if ((device[VIRTIO_STATUS] & VIRTIO_STATUS_FEATURES_OK) == 0)
        return false;
    if (!start_queue(QUEUE_OUTPUT, PORT_PIECES, queues.physical + offsetof(struct pages, output)) ||
        !start_queue(QUEUE_INPUT, INPUT_PIECES, queues.physical + offsetof(struct pages, input)))
        return false;
    device[VIRTIO_STATUS] = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;
    port_receive();
    return true;
}

/* ---- Output ---------------------------------------------------------- */

bool port_send(struct dma_page page, uint32_t offset, uint32_t length, uint32_t tag)
{
    uint16_t index = output->available.index;
    uint16_t place = index % PORT_PIECES;

    if ((uint16_t)(index - output_retired) == PORT_PIECES)
        return false;
    output->descriptors[place] = (struct virtio_descriptor){page.physical + offset, length, 0, 0};
    output->available.ring[place] = place;
    tags[place] = tag;
    barrier();
    *shared(&output->available.index) = (uint16_t)(index + 1);
    return true;
}

/* QEMU answers every notification with an interrupt, so it is notified
 * of new work only, and not asked for an interrupt about what it has done at once. */
void port_notify(void)
{
    if (output_notified == output->available.index)
        return;
    output_notified = output->available.index;
    *shared(&output->available.flags) = NO_INTERRUPT;
    barrier();
    device[VIRTIO_QUEUE_NOTIFY] = QUEUE_OUTPUT;
    barrier();
    if (*shared(&output->used.index) != output->available.index) {
        *shared(&output->available.flags) = 0;
        barrier();
    }
}

uint32_t port_retired(uint32_t *tag)
{
    uint16_t place = output_retired % PORT_PIECES;

    if (*shared(&output->used.index) == output_retired)
        return 0;
    barrier();
    output_retired++;
    *tag = tags[place];
    return output->descriptors[place].length;
}

/* ---- Input ----------------------------------------------------------- */

uint32_t port_received(void)
{
    if (*shared(&input->used.index) == input_retired)
        return 0;
    barrier();
    return input->used.ring[input_retired % INPUT_PIECES].length;
}

void port_receive(void)
{
    uint16_t index = input->available.index;
    uint16_t place = index % INPUT_PIECES;

    input_retired = input->used.index;
    input->descriptors[place] = (struct virtio_descriptor){input_physical, 4096, VIRTIO_DESCRIPTOR_WRITE, 0};
    input->available.ring[place] = place;
    barrier();
    *shared(&input->available.index) = (uint16_t)(index + 1);
    barrier();
    device[VIRTIO_QUEUE_NOTIFY] = QUEUE_INPUT;
}

void port_acknowledge(void)
{
    device[VIRTIO_INTERRUPT_ACKNOWLEDGE] = device[VIRTIO_INTERRUPT_STATUS];
}

/* The device waits until there is a buffer. */
bool port_has_lost(void)
{
    return false;
}

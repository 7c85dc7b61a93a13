/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/port_virtio.c: the control channel through a virtio console behind virtio-mmio, with one port; see port.h.
 * (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split virtqueues, 4.2 MMIO, 5.3 console device.)
 */
#include "root/channel/port.h"

#include <lib/virtio/virtqueue.h>
#include <stddef.h>

#define ID_CONSOLE 3u

#define QUEUE_INPUT 0u
#define QUEUE_OUTPUT 1u
#define INPUT_PIECES 2u

/* One page: both queues. */
struct pages {
    char output[VIRTQUEUE_BYTES(PORT_PIECES)] __attribute__((aligned(16)));
    char input[VIRTQUEUE_BYTES(INPUT_PIECES)] __attribute__((aligned(16)));
};

_Static_assert(sizeof(struct pages) <= 4096, "both queues fit a page");

static volatile uint32_t *device;
static struct virtqueue output, input;
static uint32_t tags[PORT_PIECES];
static uint16_t output_notified; /* pieces that the device was told of */
static uint64_t input_physical;

/* ---- Start ----------------------------------------------------------- */

bool port_start(volatile uint32_t *registers, struct dma_page queues, struct dma_page page)
{
    struct pages *memory = queues.address;
    uint32_t features;

    device = registers;
    if (device[VIRTIO_MAGIC] != VIRTIO_MAGIC_VALUE || device[VIRTIO_VERSION] != VIRTIO_VERSION_MODERN ||
        device[VIRTIO_DEVICE_ID] != ID_CONSOLE)
        return false;
    input_physical = page.physical;
    if (!virtio_agree(device, 0, &features) ||
        !virtqueue_start(&output, device, QUEUE_OUTPUT, PORT_PIECES, memory->output, queues.physical + offsetof(struct pages, output)) ||
        !virtqueue_start(&input, device, QUEUE_INPUT, INPUT_PIECES, memory->input, queues.physical + offsetof(struct pages, input)))
        return false;
    virtio_ready(device);
    port_receive();
    return true;
}

/* ---- Output ---------------------------------------------------------- */

bool port_send(struct dma_page page, uint32_t offset, uint32_t length, uint32_t tag)
{
    uint16_t place = output.offered % PORT_PIECES;

    if ((uint16_t)(output.offered - output.seen) == PORT_PIECES)
        return false;
    output.descriptors[place] = (struct virtio_descriptor){page.physical + offset, length, 0, 0};
    tags[place] = tag;
    virtqueue_offer(&output, place);
    return virtqueue_publish(&output);
}

static void ask_for_interrupts(uint16_t flags)
{
    *(volatile uint16_t *)&output.available->flags = flags;
    virtio_barrier();
}

/* QEMU answers every notification with an interrupt, so it is notified
 * of new work only, and not asked for an interrupt about what it has done at once. */
void port_notify(void)
{
    if (output_notified == output.offered)
        return;
    output_notified = output.offered;
    ask_for_interrupts(VIRTQUEUE_NO_INTERRUPT);
    virtio_notify(device, QUEUE_OUTPUT);
    virtio_barrier();
    if (virtqueue_used(&output) != output.offered)
        ask_for_interrupts(0);
}

uint32_t port_retired(uint32_t *tag)
{
    uint16_t place = output.seen % PORT_PIECES;
    uint32_t id, written;

    if (!virtqueue_take(&output, virtqueue_used(&output), &id, &written))
        return 0;
    *tag = tags[place];
    return output.descriptors[place].length;
}

/* ---- Input ----------------------------------------------------------- */

uint32_t port_received(void)
{
    struct virtqueue ahead = input;
    uint32_t id, length;

    return virtqueue_take(&ahead, virtqueue_used(&input), &id, &length) ? length : 0;
}

void port_receive(void)
{
    uint16_t place = input.offered % INPUT_PIECES;

    input.seen = virtqueue_used(&input);
    input.descriptors[place] = (struct virtio_descriptor){input_physical, 4096, VIRTIO_DESCRIPTOR_WRITE, 0};
    virtqueue_offer(&input, place);
    if (virtqueue_publish(&input))
        virtio_notify(device, QUEUE_INPUT);
}

void port_acknowledge(void)
{
    virtio_acknowledge(device);
}

/* The device waits until there is a buffer. */
bool port_has_lost(void)
{
    return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/port_virtio.c: the control channel through a virtio console behind virtio-mmio, with one port; see port.h.
 * (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split virtqueues, 4.2 MMIO, 5.3 console device.)
 */
#include "root/channel/port.h"

#include <stddef.h>

/* Registers, as indices of 32-bit words (4.2.2). */
enum {
    MAGIC = 0x000 / 4,
    VERSION = 0x004 / 4,
    DEVICE_ID = 0x008 / 4,
    DEVICE_FEATURES = 0x010 / 4,
    DEVICE_FEATURES_SELECT = 0x014 / 4,
    DRIVER_FEATURES = 0x020 / 4,
    DRIVER_FEATURES_SELECT = 0x024 / 4,
    QUEUE_SELECT = 0x030 / 4,
    QUEUE_SIZE_MAXIMUM = 0x034 / 4,
    QUEUE_SIZE = 0x038 / 4,
    QUEUE_READY = 0x044 / 4,
    QUEUE_NOTIFY = 0x050 / 4,
    INTERRUPT_STATUS = 0x060 / 4,
    INTERRUPT_ACKNOWLEDGE = 0x064 / 4,
    STATUS = 0x070 / 4,
    QUEUE_DESCRIPTORS = 0x080 / 4,
    QUEUE_AVAILABLE = 0x090 / 4,
    QUEUE_USED = 0x0a0 / 4,
};

#define MAGIC_VALUE 0x74726976u /* "virt" */
#define VERSION_MODERN 2u
#define ID_CONSOLE 3u
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
/* VIRTIO_F_VERSION_1 is bit 32: bit 0 of the second word. */
#define FEATURES_HIGH_VERSION_1 1u
#define DESCRIPTOR_WRITE 2u /* the device writes there */
#define NO_INTERRUPT 1u     /* in available.flags */

#define QUEUE_INPUT 0u
#define QUEUE_OUTPUT 1u
#define INPUT_PIECES 2u

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

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
    struct descriptor descriptors[PORT_PIECES];
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
    device[QUEUE_SELECT] = number;
    if (device[QUEUE_SIZE_MAXIMUM] < size)
        return false;
    device[QUEUE_SIZE] = size;
    set_address(QUEUE_DESCRIPTORS, physical + offsetof(struct queue_memory, descriptors));
    set_address(QUEUE_AVAILABLE, physical + offsetof(struct queue_memory, available));
    set_address(QUEUE_USED, physical + offsetof(struct queue_memory, used));
    device[QUEUE_READY] = 1;
    return true;
}

/* 3.1.1 Driver requirements: device initialisation. */
bool port_start(volatile uint32_t *registers, struct dma_page queues, struct dma_page page)
{
    struct pages *memory = queues.address;

    device = registers;
    if (device[MAGIC] != MAGIC_VALUE || device[VERSION] != VERSION_MODERN ||
        device[DEVICE_ID] != ID_CONSOLE)
        return false;
    output = &memory->output;
    input = &memory->input;
    input_physical = page.physical;
    device[STATUS] = 0;
    device[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    device[DRIVER_FEATURES_SELECT] = 0;
    device[DRIVER_FEATURES] = 0;
    device[DRIVER_FEATURES_SELECT] = 1;
    device[DRIVER_FEATURES] = FEATURES_HIGH_VERSION_1;
    device[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    if ((device[STATUS] & STATUS_FEATURES_OK) == 0)
        return false;
    if (!start_queue(QUEUE_OUTPUT, PORT_PIECES, queues.physical + offsetof(struct pages, output)) ||
        !start_queue(QUEUE_INPUT, INPUT_PIECES, queues.physical + offsetof(struct pages, input)))
        return false;
    device[STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK;
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
    output->descriptors[place] = (struct descriptor){page.physical + offset, length, 0, 0};
    output->available.ring[place] = place;
    tags[place] = tag;
    barrier();
    *shared(&output->available.index) = (uint16_t)(index + 1);
    return true;
}

/* QEMU answers every notification with an interrupt, so it is told only of what
 * is new; and of what it has done at once, no interrupt is wanted. */
void port_notify(void)
{
    if (output_notified == output->available.index)
        return;
    output_notified = output->available.index;
    *shared(&output->available.flags) = NO_INTERRUPT;
    barrier();
    device[QUEUE_NOTIFY] = QUEUE_OUTPUT;
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
    input->descriptors[place] = (struct descriptor){input_physical, 4096, DESCRIPTOR_WRITE, 0};
    input->available.ring[place] = place;
    barrier();
    *shared(&input->available.index) = (uint16_t)(index + 1);
    barrier();
    device[QUEUE_NOTIFY] = QUEUE_INPUT;
}

void port_acknowledge(void)
{
    device[INTERRUPT_ACKNOWLEDGE] = device[INTERRUPT_STATUS];
}

/* The device waits until there is a buffer. */
bool port_has_lost(void)
{
    return false;
}

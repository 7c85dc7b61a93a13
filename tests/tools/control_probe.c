/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/tools/control_probe.c: stands in for a system that speaks on the
 * control channel: sends `ready`, waits for bytes from the runner, prints them on
 * the console, and sends `exit` with status 9. Runs as a kernel, one to one
 * mapped, and polls.
 *
 * Source of layouts and numbers: Virtual I/O Device (VIRTIO) 1.2, 2.7 (split
 * virtqueues), 4.2.2 (MMIO registers), 5.3 (console: queue 0 receives, queue 1
 * transmits).
 */
#include <stddef.h>
#include <stdint.h>

#include <board.h>
#include <board_uart.h>

#define SLOT BOARD_CONTROL
#define QUEUE_SIZE 4

enum { RECEIVE, TRANSMIT, QUEUES };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags; /* 2: the device writes */
    uint16_t next;
};

struct queue {
    _Alignas(4096) struct descriptor descriptors[QUEUE_SIZE];
    volatile uint16_t available[2 + QUEUE_SIZE];           /* flags, index, ring */
    _Alignas(4) volatile uint32_t used[1 + 2 * QUEUE_SIZE]; /* flags and index, ring */
};

static struct queue queues[QUEUES];
static volatile uint8_t received[64];

static void write_register(uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)(SLOT + offset) = value;
}

static uint32_t read_register(uint32_t offset)
{
    return *(volatile uint32_t *)(uintptr_t)(SLOT + offset);
}

/* The kernel's image is mapped elsewhere than its physical address. */
static uint64_t physical(const volatile void *pointer)
{
    return (uint64_t)pointer - 0xffc0000000 + BOARD_KERNEL_BASE;
}

static void print(const volatile uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        board_uart_put((volatile uint32_t *)(uintptr_t)BOARD_UART, (char)bytes[i]);
}

static void set_address(uint32_t offset, const volatile void *pointer)
{
    write_register(offset, (uint32_t)physical(pointer));
    write_register(offset + 4, (uint32_t)(physical(pointer) >> 32));
}

static void open_queue(uint32_t number)
{
    write_register(0x030, number); /* QueueSel */
    write_register(0x038, QUEUE_SIZE);
    set_address(0x080, queues[number].descriptors);
    set_address(0x090, queues[number].available);
    set_address(0x0a0, queues[number].used);
    write_register(0x044, 1); /* QueueReady */
}

static int open_device(void)
{
    if (read_register(0x000) != 0x74726976 || read_register(0x004) != 2 || read_register(0x008) != 3)
        return 0; /* magic, version, device: console */
    write_register(0x070, 0);     /* Status: reset */
    write_register(0x070, 1 | 2); /* acknowledge, driver */
    write_register(0x024, 1);     /* DriverFeaturesSel */
    write_register(0x020, 1);     /* VIRTIO_F_VERSION_1, bit 32 */
    write_register(0x070, 1 | 2 | 8);
    open_queue(RECEIVE);
    open_queue(TRANSMIT);
    write_register(0x070, 1 | 2 | 8 | 4);
    return 1;
}

/* Gives a buffer to the device and waits until it is used; returns the length
 * that the device wrote. */
static uint32_t exchange(uint32_t number, const volatile void *buffer, uint32_t size)
{
    struct queue *queue = &queues[number];
    uint16_t index = queue->available[1];

    queue->descriptors[0] = (struct descriptor){
        .address = physical(buffer), .length = size, .flags = number == RECEIVE ? 2 : 0};
    queue->available[2 + index % QUEUE_SIZE] = 0;
    __asm__ volatile("dsb sy" : : : "memory");
    queue->available[1] = (uint16_t)(index + 1);
    __asm__ volatile("dsb sy" : : : "memory");
    write_register(0x050, number); /* QueueNotify */
    while (queue->used[0] >> 16 != queue->available[1])
        ;
    __asm__ volatile("dsb sy" : : : "memory");
    return queue->used[2 + index % QUEUE_SIZE * 2];
}

_Noreturn void probe(void)
{
    static const char ready[] = "@ready 5\nprobe";
    static const char end[] = "@exit 1\n9";

    if (open_device()) {
        exchange(TRANSMIT, ready, sizeof ready - 1);
        print(received, exchange(RECEIVE, received, sizeof received));
        exchange(TRANSMIT, end, sizeof end - 1);
    } else {
        print((const uint8_t *)"no control channel\n", 19);
    }
    for (;;)
        __asm__ volatile("wfi");
}

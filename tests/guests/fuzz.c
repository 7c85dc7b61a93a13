/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/fuzz.c: a guest that does anything to its machine but end it: accesses of all sizes to all devices,
 * calls of the hypervisor, virtio queues with anything in them, system registers, waits. The kernel's words say how much and
 * from which number on: steps=N seed=N.
 */
#include "tests/guests/lib/guest.h"

#define VIRTIO UINT64_C(0x0a000000)
#define QUEUE_BYTES 0x1000u

/* Memory for queues and requests. */
static uint8_t queues[2 * QUEUE_BYTES] __attribute__((aligned(4096)));
static uint8_t data[4096] __attribute__((aligned(4096)));
static uint8_t text[4096]; /* for the console, so that what it prints can be read */
static uint8_t *area = data;
static uint64_t state;

static uint64_t any(uint64_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % below;
}

/* ---- Accesses -------------------------------------------------------------------- */

static uint64_t some_value(void)
{
    static const uint64_t values[] = {0, 1, UINT64_MAX, 0x80000000, UINT64_C(1) << 63, 0xff};

    return any(3) == 0 ? values[any(6)] : any(2) == 0 ? any(256)
                                                      : any(UINT64_C(1) << 31) * UINT64_C(0x100000003);
}

static void read_at(uint64_t address, unsigned size)
{
    if (size == 0)
        (void)*(volatile uint8_t *)address;
    else if (size == 1)
        (void)*(volatile uint16_t *)address;
    else if (size == 2)
        (void)*(volatile uint32_t *)address;
    else
        (void)*(volatile uint64_t *)address;
}

static void write_at(uint64_t address, unsigned size, uint64_t value)
{
    if (size == 0)
        *(volatile uint8_t *)address = (uint8_t)value;
    else if (size == 1)
        *(volatile uint16_t *)address = (uint16_t)value;
    else if (size == 2)
        *(volatile uint32_t *)address = (uint32_t)value;
    else
        *(volatile uint64_t *)address = value;
}

/* Of a page of a device; the serial port's data register stays free of it, so that what is printed is text. */
static void access(void)
{
    static const uint64_t devices[] = {GUEST_GIC, GUEST_GIC, GUEST_GIC_CPU, GUEST_SERIAL, GUEST_RTC, VIRTIO};
    const uint64_t base = devices[any(6)];
    const unsigned size = (unsigned)any(4);
    const uint64_t room = base == VIRTIO ? 0x600 : 0x1000;
    uint64_t offset = any(room) & ~((UINT64_C(1) << size) - 1);

    if (any(16) == 0 && offset < room - 8)
        offset++; /* not aligned: the guest's own fault */
    if (base == GUEST_SERIAL && offset < 8)
        offset = 0x18;
    if (any(2) == 0)
        read_at(base + offset, size);
    else
        write_at(base + offset, size, some_value());
}

static void pair(void)
{
    uint64_t address = GUEST_GIC + (any(0x1000 - 16) & ~UINT64_C(7)), a = some_value(), b = some_value();

    switch (any(4)) {
    case 0:
        __asm__ volatile("stp %1, %2, [%0]"
                         :
                         : "r"(address), "r"(a), "r"(b)
                         : "memory");
        break;
    case 1:
        __asm__ volatile("ldp %w1, %w2, [%0], #-16"
                         : "+r"(address), "=&r"(a), "=&r"(b)
                         :
                         : "memory");
        break;
    case 2:
        __asm__ volatile("str %1, [%0, #8]!"
                         : "+r"(address)
                         : "r"(a)
                         : "memory");
        break;
    default:
        __asm__ volatile("ldrsh %1, [%0], #2"
                         : "+r"(address), "=&r"(a)
                         :
                         : "memory");
    }
}

/* ---- Calls --------------------------------------------------------------------------- */

/* Power off, reset and CPU_OFF would end it. */
static void call(void)
{
    static const uint32_t functions[] = {0x84000000, 0xc4000001, 0xc4000003, 0xc4000004, 0x84000006, 0x8400000a, 0x80000000, 0xc6000000};
    const uint64_t function = any(4) == 0 ? some_value() : functions[any(8)];

    if ((function & 0xbfffffff) == 0x84000008 || (function & 0xbfffffff) == 0x84000009 || (function & 0xbfffffff) == 0x84000002)
        return;
    (any(2) == 0 ? hvc : smc)(function, any(2) == 0 ? 0 : some_value(), some_value(), some_value());
}

/* ---- Queues ------------------------------------------------------------------------------ */

static void put(unsigned device, unsigned offset, uint64_t value)
{
    put32(VIRTIO + 0x200 * device + offset, (uint32_t)value);
}

/* A right value fifteen times out of sixteen. */
static uint64_t nearly(uint64_t right)
{
    return any(16) == 0 ? some_value() : right;
}

/* Leads on to the next ones only, mostly. */
static void describe(uint8_t *queue, unsigned index)
{
    uint64_t *descriptor = (uint64_t *)(void *)&queue[16 * index];
    const uint64_t flags = any(32) == 0 ? any(65536) : index < 15 && any(2) == 0 ? 1 + 2 * any(2)
                                                                                 : 2 * any(2);

    descriptor[0] = nearly((uint64_t)&area[any(4000)]);
    descriptor[1] = (nearly(any(64)) & UINT32_MAX) | flags << 32 | (any(32) == 0 ? any(65536) : (index + 1) % 16) << 48;
}

/* A driver that begins correctly, nearly always. */
static void start(unsigned device)
{
    put(device, 0x70, 0);
    put(device, 0x70, 3);
    put(device, 0x24, 1);
    put(device, 0x20, nearly(1));
    put(device, 0x70, 11);
    for (unsigned number = 0; number < 2; number++) {
        uint8_t *queue = &queues[QUEUE_BYTES * number];

        for (unsigned i = 0; i < 16; i++)
            describe(queue, i);
        *(uint32_t *)(void *)&queue[0x400] = 0;
        put(device, 0x30, number);
        put(device, 0x38, nearly(16));
        put(device, 0x80, nearly((uint64_t)queue));
        put(device, 0x84, 0);
        put(device, 0x90, (uint64_t)queue + 0x400);
        put(device, 0x94, 0);
        put(device, 0xa0, nearly((uint64_t)queue + 0x800));
        put(device, 0xa4, 0);
        put(device, 0x44, 1);
    }
    put(device, 0x70, nearly(15));
}

/* A device at a time has the queues. */
static void queue(void)
{
    static unsigned device;
    const unsigned number = (unsigned)any(2);
    uint8_t *queue = &queues[QUEUE_BYTES * number];
    uint16_t *available = (uint16_t *)(void *)&queue[0x400];

    if (any(16) == 0) {
        device = (unsigned)any(3);
        area = device == 1 ? text : data;
        start(device);
    }
    describe(queue, (unsigned)any(16));
    if (any(32) == 0)
        queues[any(sizeof queues)] = (uint8_t)any(256);
    /* The header of a disk's request. */
    *(uint32_t *)(void *)&data[0] = (uint32_t)any(9);
    *(uint64_t *)(void *)&data[8] = any(4096);
    ((uint64_t *)(void *)queue)[0] = (uint64_t)area;
    ((uint64_t *)(void *)queue)[1] = 16 | UINT64_C(1) << 32 | UINT64_C(1) << 48;
    available[2 + available[1] % 16] = (uint16_t)(any(16) == 0 ? any(65536) : any(16));
    available[1] = (uint16_t)(available[1] + (any(16) == 0 ? any(20) : 1));
    put(device, 0x50, number);
}

/* ---- Registers, waits ------------------------------------------------------------------------ */

/* Any register but those that it needs to run: control, exceptions, vectors. Its handler skips accesses that are not allowed. */
static void system_register(void)
{
    static uint32_t code[2] __attribute__((aligned(64)));
    const uint32_t crn = (uint32_t)any(16);

    if (crn == 1 || crn == 4 || crn == 12)
        return;
    code[0] = 0xd5000000 | (uint32_t)any(2) << 21 | (uint32_t)(2 + any(2)) << 19 | (uint32_t)any(8) << 16 | crn << 12 |
              (uint32_t)any(16) << 8 | (uint32_t)any(8) << 5 | 9;
    code[1] = 0xd65f03c0; /* ret */
    __asm__ volatile("dc cvau, %0; dsb sy; ic ivau, %0; dsb sy; isb; mov x9, %1; blr %0"
                     :
                     : "r"(code), "r"(some_value())
                     : "x9", "x30", "memory");
}

static void wait(void)
{
    WRITE(cntv_tval_el0, any(2000));
    WRITE(cntv_ctl_el0, 1);
    put32(GUEST_GIC, 1);
    gic_enable(GUEST_TIMER_IRQ);
    if (any(2) == 0)
        wait_for_interrupt();
    else
        __asm__ volatile("wfe"
                         :
                         :
                         : "memory");
    WRITE(cntv_ctl_el0, 0);
}

int main(const char *tree)
{
    static void (*const acts[])(void) = {access, access, access, pair, call, queue, queue, system_register, wait};
    const uint64_t steps = number_of(tree, "steps=", 1000);

    state = number_of(tree, "seed=", 1);
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = i % 64 == 63 ? '\n' : '.';
    say("fuzz: begin\n");
    for (uint64_t step = 0; step < steps; step++)
        acts[any(sizeof acts / sizeof *acts)]();
    say("\nfuzz: done\n");
    hvc(0x84000008, 0, 0, 0);
    for (;;)
        wait_for_interrupt();
}

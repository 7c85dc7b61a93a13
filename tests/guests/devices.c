/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/guests/devices.c: a guest that uses its virtio devices as their drivers do, breaks their rules, and uses them again.
 * Its disk, of 1 MiB or more, it overwrites.
 */
#include "tests/guests/lib/virtio.h"

#define DEVICES UINT64_C(0x0a000000)
#define DEVICE_IRQ 48u
#define DISK 0u
#define CONSOLE 1u
#define ENTROPY 2u

static struct queue queues[3] __attribute__((aligned(4096)));
static uint8_t bytes[65536] __attribute__((aligned(4096)));
static unsigned patience = 5000; /* milliseconds */

static uint64_t base_of(unsigned device)
{
    return DEVICES + 0x200 * device;
}

static uint32_t get(unsigned device, unsigned offset)
{
    return get32(base_of(device) + offset);
}

static void put(unsigned device, unsigned offset, uint32_t value)
{
    put32(base_of(device) + offset, value);
}

/* ---- Starting --------------------------------------------------------------------- */

/* With a queue that is empty. */
static void start(unsigned device, unsigned number)
{
    struct queue *queue = &queues[device];

    virtio_reset(base_of(device), 0);
    for (size_t i = 0; i < sizeof *queue; i++)
        ((volatile uint8_t *)queue)[i] = 0;
    virtio_place(base_of(device), number, queue);
    put(device, VIRTIO_STATUS, VIRTIO_READY);
}

static bool is_ready(unsigned device, uint32_t id)
{
    return get(device, 0) == 0x74726976 && get(device, 4) == 2 && get(device, VIRTIO_DEVICE) == id &&
           get(device, VIRTIO_STATUS) == VIRTIO_READY;
}

/* ---- Requests ------------------------------------------------------------------------- */

static void describe(unsigned device, unsigned index, uint64_t address, uint32_t length, uint16_t flags)
{
    queue_describe(&queues[device], index, address, length, flags);
}

static void interrupt(unsigned number)
{
    if (number >= DEVICE_IRQ && number < DEVICE_IRQ + 3)
        put(number - DEVICE_IRQ, VIRTIO_ACKNOWLEDGE, 3);
}

/* Offers the chain that begins with descriptor 0, and waits for its interrupt. Returns how much was written; UINT32_MAX: the
 * device has not answered. */
static uint32_t ask(unsigned device, unsigned number)
{
    struct queue *queue = &queues[device];
    const uint16_t before = queue->used.index;
    const uint32_t interrupts = taken[0][DEVICE_IRQ + device];

    queue_offer(queue, 0, base_of(device), number);
    if (!wait_until(&taken[0][DEVICE_IRQ + device], interrupts + 1, patience) || queue->used.index != (uint16_t)(before + 1))
        return UINT32_MAX;
    return queue->used.ring[before % QUEUE_SIZE].length;
}

/* Until the device has given back so many requests, or ten seconds have passed. */
static bool wait_given(const struct queue *queue, uint16_t count)
{
    const uint64_t end = READ(cntvct_el0) + READ(cntfrq_el0) * 10;

    while (queue->used.index != count)
        if (READ(cntvct_el0) > end)
            return false;
    return true;
}

/* ---- Disk -------------------------------------------------------------------------------- */

static struct {
    uint32_t type, reserved;
    uint64_t sector;
} header;

/* The status of a request with `length` bytes of data; 255: none came. */
static uint8_t disk(uint32_t type, uint64_t sector, uint32_t length, uint16_t write)
{
    static volatile uint8_t status;

    header.type = type;
    header.sector = sector;
    status = 255;
    describe(DISK, 0, (uint64_t)&header, sizeof header, QUEUE_NEXT);
    describe(DISK, 1, (uint64_t)bytes, length, (uint16_t)(write | QUEUE_NEXT));
    describe(DISK, 2, (uint64_t)&status, 1, QUEUE_IN);
    return ask(DISK, 0) == UINT32_MAX ? 255 : status;
}

static void fill(uint32_t seed, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)((i * 7 + (i >> 9)) ^ seed);
}

static bool is_filled(uint32_t seed, uint32_t from, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != (uint8_t)(((from + i) * 7 + ((from + i) >> 9)) ^ seed))
            return false;
    return true;
}

static void use_disk(void)
{
    const uint64_t sectors = get(DISK, 0x100) | (uint64_t)get(DISK, 0x104) << 32;

    check("disk is there", is_ready(DISK, 2) && sectors >= 2048 && get(DISK, 0x114) == 4096);
    fill(1, 32768);
    check("disk writes", disk(1, 64, 32768, 0) == 0);
    fill(2, 1536);
    check("disk writes sectors within blocks", disk(1, 71, 1536, 0) == 0 && disk(4, 0, 0, 0) == 0);
    fill(0, 65536);
    check("disk reads", disk(0, 64, 32768, QUEUE_IN) == 0 && is_filled(1, 0, 7 * 512));
    check("disk reads sectors", disk(0, 71, 1536, QUEUE_IN) == 0 && is_filled(2, 0, 1536));
    check("disk reads behind them", disk(0, 74, 512, QUEUE_IN) == 0 && is_filled(1, 10 * 512, 512));
    check("disk has an end", disk(0, sectors, 512, QUEUE_IN) == 1 && disk(1, sectors - 1, 1024, 0) == 1);
    check("disk has a name", disk(8, 0, 20, QUEUE_IN) == 0 && bytes[0] == 'c');
    check("disk refuses", disk(99, 0, 512, QUEUE_IN) == 2);
    check("disk reads its end", disk(0, sectors - 1, 512, QUEUE_IN) == 0);
}

/* ---- Console, random numbers --------------------------------------------------------------- */

static void use_console(void)
{
    static const char text[] = "console: hello\n";

    check("console is there", is_ready(CONSOLE, 3) && get(CONSOLE, 0x100) == (80 | 24 << 16));
    describe(CONSOLE, 0, (uint64_t)text, sizeof text - 1, 0);
    check("console prints", ask(CONSOLE, 1) == 0);
    /* From now on, what is typed comes here. */
    static struct queue receive __attribute__((aligned(4096)));
    queue_describe(&receive, 0, (uint64_t)bytes, 64, QUEUE_IN);
    virtio_place(base_of(CONSOLE), 0, &receive);
    receive.available.index = 1;
    put(CONSOLE, VIRTIO_NOTIFY, 0);
    describe(CONSOLE, 0, (uint64_t) "console: type\n", 14, 0);
    check("console prints again, and is typed at then", ask(CONSOLE, 1) == 0 && wait_given(&receive, 1) &&
                                                            receive.used.ring[0].length == 6 && bytes[0] == 'h' && bytes[4] == 'o');
}

static void use_entropy(void)
{
    bool differ = false;

    check("entropy is there", is_ready(ENTROPY, 4));
    describe(ENTROPY, 0, (uint64_t)bytes, 32, QUEUE_IN | QUEUE_NEXT);
    describe(ENTROPY, 1, (uint64_t)bytes + 32, 32, QUEUE_IN);
    fill(0, 128);
    check("entropy answers", ask(ENTROPY, 0) == 64 && is_filled(0, 0, 0) && bytes[64] == (uint8_t)(64 * 7));
    for (unsigned i = 0; i < 32; i++)
        differ = differ || bytes[i] != bytes[32 + i];
    check("entropy differs", differ);
    describe(ENTROPY, 0, (uint64_t)bytes, 65536, QUEUE_IN);
    check("entropy in pieces", ask(ENTROPY, 0) == 4096);
}

/* ---- Breaking the rules ------------------------------------------------------------------------ */

static bool needs_reset(unsigned device, unsigned number)
{
    patience = 10;
    const bool silent = ask(device, number) == UINT32_MAX;

    patience = 5000;
    return silent && (get(device, VIRTIO_STATUS) & 64) != 0;
}

static void break_rules(unsigned device, unsigned number)
{
    start(device, number);
    describe(device, 0, 0x20000000, 64, QUEUE_IN);
    check("an address outside", needs_reset(device, number));
    start(device, number);
    describe(device, 0, UINT64_C(0xfffffffffffffff0), 64, 0);
    check("an address that wraps around", needs_reset(device, number));
    start(device, number);
    describe(device, 0, (uint64_t)bytes, 64, QUEUE_NEXT);
    queues[device].descriptors[0].next = 0;
    check("a ring of descriptors", needs_reset(device, number));
    start(device, number);
    queues[device].available.index = 100;
    check("more than there are", needs_reset(device, number));
    put(device, VIRTIO_STATUS, 0);
    check("nothing before it is ready", !needs_reset(device, number) && queues[device].used.index == 0 && get(device, VIRTIO_STATUS) == 0);
}

static void use_all(void)
{
    start(DISK, 0);
    start(CONSOLE, 1);
    start(ENTROPY, 0);
    use_disk();
    use_entropy();
}

int main(void)
{
    say("checks: begin\n");
    gic_start();
    for (unsigned i = 0; i < 3; i++)
        gic_enable(DEVICE_IRQ + i);
    on_interrupt = interrupt;
    interrupts_on();
    use_all();
    use_console();
    break_rules(DISK, 0);
    break_rules(CONSOLE, 1);
    break_rules(ENTROPY, 0);
    use_all();
    check("no exceptions", exceptions == 0);
    finish();
}

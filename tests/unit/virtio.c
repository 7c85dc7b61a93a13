/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/virtio.c: a guest's virtio devices (lib/vmm): drivers that keep the rules, drivers that break each of them, and
 * one that does anything. The guest's memory is a block of the heap, so that nobody leaves it unseen. */
#include "lib/vmm/disk.h"
#include "lib/vmm/virtio.h"

#include "lib/virtio/mmio.h"
#include "tests/harness/unit.h"

#define BASE UINT64_C(0x40000000)
#define BYTES UINT64_C(0x10000)
#define SIZE 8u /* entries of the queue */
#define TABLE 0x1000u
#define AVAILABLE 0x2000u
#define USED 0x3000u
#define DATA 0x8000u

static struct virtio_memory memory;
static struct virtio device;
static struct virtio_chain chain;

static void *at(uint64_t offset)
{
    return memory.bytes + offset;
}

static void put(unsigned number, uint32_t value)
{
    CHECK_EQUAL(virtio_write(&device, number * 4, 4, value), 0);
}

static uint32_t get(unsigned number)
{
    return virtio_read(&device, number * 4, 4);
}

static void place(uint64_t table, uint64_t available, uint64_t used, uint32_t size)
{
    put(VIRTIO_QUEUE_SELECT, 0);
    put(VIRTIO_QUEUE_SIZE, size);
    put(VIRTIO_QUEUE_DESCRIPTORS, (uint32_t)table);
    put(VIRTIO_QUEUE_DESCRIPTORS + 1, (uint32_t)(table >> 32));
    put(VIRTIO_QUEUE_AVAILABLE, (uint32_t)available);
    put(VIRTIO_QUEUE_AVAILABLE + 1, (uint32_t)(available >> 32));
    put(VIRTIO_QUEUE_USED, (uint32_t)used);
    put(VIRTIO_QUEUE_USED + 1, (uint32_t)(used >> 32));
    put(VIRTIO_QUEUE_READY, 1);
}

static void agree(void)
{
    put(VIRTIO_STATUS, 0);
    put(VIRTIO_STATUS, 3);
    put(VIRTIO_DRIVER_FEATURES_SELECT, 1);
    put(VIRTIO_DRIVER_FEATURES, 1);
    put(VIRTIO_STATUS, 11);
    CHECK_EQUAL(get(VIRTIO_STATUS), 11);
}

/* A driver that is ready, with an empty queue. */
static void start(void)
{
    free(memory.bytes);
    memory = (struct virtio_memory){calloc(1, BYTES), BASE, BYTES};
    virtio_init(&device, VIRTIO_ID_BLOCK, DISK_FEATURE_FLUSH, "configuration", 13, &memory);
    agree();
    place(BASE + TABLE, BASE + AVAILABLE, BASE + USED, SIZE);
    CHECK_EQUAL(get(VIRTIO_QUEUE_READY), 1);
    put(VIRTIO_STATUS, 15);
}

static void describe(unsigned index, uint64_t address, uint32_t length, uint16_t flags, uint16_t next)
{
    struct virtio_descriptor *table = at(TABLE);

    table[index] = (struct virtio_descriptor){address, length, flags, next};
}

/* Makes a chain available; returns the head that the device then finds. */
static unsigned offer(uint16_t head)
{
    uint16_t *ring = at(AVAILABLE);

    ring[2 + ring[1] % SIZE] = head;
    ring[1]++;
    return virtio_write(&device, VIRTIO_QUEUE_NOTIFY * 4, 4, 0);
}

static void test_registers(void)
{
    start();
    CHECK_EQUAL(get(VIRTIO_MAGIC), 0x74726976);
    CHECK_EQUAL(get(VIRTIO_VERSION), 2);
    CHECK_EQUAL(get(VIRTIO_DEVICE_ID), 2);
    CHECK_EQUAL(get(VIRTIO_DEVICE_FEATURES), DISK_FEATURE_FLUSH);
    put(VIRTIO_DEVICE_FEATURES_SELECT, 1);
    CHECK_EQUAL(get(VIRTIO_DEVICE_FEATURES), 1);
    put(VIRTIO_DEVICE_FEATURES_SELECT, 2);
    CHECK_EQUAL(get(VIRTIO_DEVICE_FEATURES), 0);
    CHECK_EQUAL(get(VIRTIO_QUEUE_SIZE_MAXIMUM), VIRTIO_QUEUE_ENTRIES);
    put(VIRTIO_QUEUE_SELECT, VIRTIO_QUEUES);
    CHECK_EQUAL(get(VIRTIO_QUEUE_SIZE_MAXIMUM), 0);
    CHECK_EQUAL(get(VIRTIO_QUEUE_READY), 0);
    put(VIRTIO_QUEUE_READY, 1);
    CHECK_EQUAL(virtio_read(&device, 0x100, 1), 'c');
    CHECK_EQUAL(virtio_read(&device, 0x108, 4), 'a' | 't' << 8 | 'i' << 16 | (uint32_t)'o' << 24);
    CHECK_EQUAL(virtio_read(&device, 0x10c, 1), 'n');
    CHECK_EQUAL(virtio_read(&device, 0x10c, 2), 0);
    CHECK_EQUAL(virtio_read(&device, 0x1fc, 4), 0);
    CHECK_EQUAL(virtio_read(&device, 0x101, 8), 0);
    CHECK_EQUAL(virtio_read(&device, 0x001, 4) | virtio_read(&device, 0, 2), 0);
    /* Features that were not offered are refused, and so is the old version of the rules. */
    put(VIRTIO_STATUS, 0);
    put(VIRTIO_STATUS, 3);
    put(VIRTIO_STATUS, 11);
    CHECK_EQUAL(get(VIRTIO_STATUS), 3);
    put(VIRTIO_DRIVER_FEATURES_SELECT, 1);
    put(VIRTIO_DRIVER_FEATURES, 3);
    put(VIRTIO_STATUS, 11);
    CHECK_EQUAL(get(VIRTIO_STATUS), 3);
}

/* The rings must be there, aligned, and of a size that is a power of two. */
static void test_queues(void)
{
    static const struct {
        uint64_t table, available, used;
        uint32_t size;
    } wrong[] = {
        {BASE + TABLE + 8, BASE + AVAILABLE, BASE + USED, SIZE},
        {BASE + TABLE, BASE + AVAILABLE + 1, BASE + USED, SIZE},
        {BASE + TABLE, BASE + AVAILABLE, BASE + USED + 2, SIZE},
        {BASE + TABLE, BASE + AVAILABLE, BASE + USED, 0},
        {BASE + TABLE, BASE + AVAILABLE, BASE + USED, 6},
        {BASE + TABLE, BASE + AVAILABLE, BASE + USED, 256},
        {0, BASE + AVAILABLE, BASE + USED, SIZE},
        {BASE + BYTES - 112, BASE + AVAILABLE, BASE + USED, SIZE},
        {BASE + TABLE, BASE + BYTES - 16, BASE + USED, SIZE},
        {BASE + TABLE, BASE + AVAILABLE, BASE + BYTES - 64, SIZE},
        {BASE + TABLE, UINT64_MAX - 15, BASE + USED, SIZE},
        {BASE + TABLE, BASE + AVAILABLE, UINT64_C(0x140000000) + USED, SIZE},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        start();
        put(VIRTIO_QUEUE_READY, 0);
        place(wrong[i].table, wrong[i].available, wrong[i].used, wrong[i].size);
        CHECK_EQUAL(get(VIRTIO_QUEUE_READY), 0);
        CHECK(offer(0) == 0 && !virtio_take(&device, 0, &chain));
    }
    start();
    place(0, 0, 0, 0); /* one that is ready stays as it is */
    describe(0, BASE + DATA, 4, 0, 0);
    CHECK(offer(0) == 1 && virtio_take(&device, 0, &chain));
}

static void test_request(void)
{
    char text[8] = {0};

    start();
    memcpy(at(DATA), "abcdef", 6);
    describe(3, BASE + DATA, 4, VIRTIO_DESCRIPTOR_NEXT, 5);
    describe(5, BASE + DATA + 4, 2, VIRTIO_DESCRIPTOR_NEXT, 1);
    describe(1, BASE + DATA + 16, 3, VIRTIO_DESCRIPTOR_WRITE | VIRTIO_DESCRIPTOR_NEXT, 0);
    describe(0, BASE + BYTES - 2, 2, VIRTIO_DESCRIPTOR_WRITE, 0);
    CHECK(!virtio_take(&device, 0, &chain));
    CHECK_EQUAL(offer(3), 1);
    CHECK(virtio_take(&device, 0, &chain) && !virtio_take(&device, 0, &chain));
    CHECK(chain.head == 3 && chain.parts == 4 && chain.readable == 2 && chain.to_read == 6 && chain.to_write == 5);
    CHECK(virtio_copy_out(&chain, 0, text, 8) == 6 && memcmp(text, "abcdef", 6) == 0);
    CHECK(virtio_copy_out(&chain, 3, text, 2) == 2 && memcmp(text, "de", 2) == 0);
    CHECK(virtio_copy_out(&chain, 6, text, 1) == 0);
    CHECK(virtio_copy_in(&chain, 1, "vwxyz", 5) == 4);
    CHECK(memcmp(at(DATA + 16), "\0vw", 3) == 0 && memcmp(at(BYTES - 2), "xy", 2) == 0);
    CHECK(!virtio_interrupts(&device));
    virtio_give(&device, 0, chain.head, 5);
    const uint32_t *used = at(USED);

    CHECK(virtio_interrupts(&device) && get(VIRTIO_INTERRUPT_STATUS) == 1);
    CHECK(*(uint16_t *)at(USED + 2) == 1 && used[1] == 3 && used[2] == 5);
    put(VIRTIO_INTERRUPT_ACKNOWLEDGE, 1);
    CHECK(!virtio_interrupts(&device));
    virtio_give(&device, 0, 3, 5); /* nothing is owed */
    CHECK_EQUAL(*(uint16_t *)at(USED + 2), 1);
    *(uint16_t *)at(AVAILABLE) = 1; /* no interrupts, please */
    offer(3);
    CHECK(virtio_take(&device, 0, &chain));
    virtio_give(&device, 0, chain.head, 0);
    CHECK(!virtio_interrupts(&device) && *(uint16_t *)at(USED + 2) == 2);
    /* After a reset nothing is owed, and nothing happens before the driver is ready. */
    offer(3);
    CHECK(virtio_take(&device, 0, &chain));
    put(VIRTIO_STATUS, 0);
    virtio_give(&device, 0, chain.head, 0);
    CHECK_EQUAL(*(uint16_t *)at(USED + 2), 2);
    agree();
    place(BASE + TABLE, BASE + AVAILABLE, BASE + USED, SIZE);
    CHECK(offer(3) == 0 && !virtio_take(&device, 0, &chain));
    put(VIRTIO_STATUS, 15);
    CHECK_EQUAL(virtio_write(&device, VIRTIO_QUEUE_NOTIFY * 4, 4, 1), 0);
    CHECK(virtio_take(&device, 0, &chain));
}

static bool is_refused(void)
{
    const bool refused = !virtio_take(&device, 0, &chain) && (get(VIRTIO_STATUS) & 64) != 0 && virtio_interrupts(&device);
    /* It does nothing until it is reset. */
    const bool dead = offer(1) == 0 && !virtio_take(&device, 0, &chain);

    put(VIRTIO_STATUS, 15);
    return refused && dead && (get(VIRTIO_STATUS) & 64) != 0;
}

/* Each rule of a chain, broken. */
static void test_broken(void)
{
    static const struct virtio_descriptor wrong[] = {
        {BASE - 1, 4, 0, 0},
        {BASE + BYTES - 3, 4, 0, 0},
        {BASE + DATA, UINT32_MAX, 0, 0},
        {UINT64_MAX - 1, 4, 0, 0},
        {0, 0x50000000, 0, 0},
        {BASE + DATA, 4, VIRTIO_DESCRIPTOR_NEXT, 0}, /* a ring */
        {BASE + DATA, 4, VIRTIO_DESCRIPTOR_NEXT, SIZE},
        {BASE + DATA, 4, VIRTIO_DESCRIPTOR_NEXT, UINT16_MAX},
        {BASE + DATA, 16, VIRTIO_DESCRIPTOR_INDIRECT, 0},
        {BASE + DATA, 4, VIRTIO_DESCRIPTOR_WRITE | VIRTIO_DESCRIPTOR_NEXT, 1}, /* to be read behind it */
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        start();
        describe(0, wrong[i].address, wrong[i].length, wrong[i].flags, wrong[i].next);
        describe(1, BASE + DATA, 4, 0, 0);
        offer(0);
        CHECK(is_refused());
    }
    start();
    offer(SIZE);
    CHECK(is_refused());
    start();
    describe(0, BASE + DATA, 4, 0, 0);
    ((uint16_t *)at(AVAILABLE))[1] = SIZE + 1;
    CHECK(is_refused());
    start();
    describe(0, BASE + DATA, 4, 0, 0);
    offer(0);
    CHECK(virtio_take(&device, 0, &chain));
}

/* ---- Disks ------------------------------------------------------------------------- */

#define DISK_BYTES UINT64_C(0x100000)

/* A request with so many bytes of data, to be written by the device or not. */
static struct disk_request ask(uint32_t type, uint64_t sector, uint32_t bytes, bool in, bool read_only)
{
    const struct {
        uint32_t type, reserved;
        uint64_t sector;
    } header = {type, 0, sector};

    start();
    memcpy(at(DATA), &header, sizeof header);
    describe(0, BASE + DATA, sizeof header, VIRTIO_DESCRIPTOR_NEXT, 1);
    describe(1, BASE + DATA + 64, bytes, (uint16_t)((in ? VIRTIO_DESCRIPTOR_WRITE : 0) | VIRTIO_DESCRIPTOR_NEXT), 2);
    describe(2, BASE + DATA + 32, 1, VIRTIO_DESCRIPTOR_WRITE, 0);
    offer(0);
    CHECK(virtio_take(&device, 0, &chain));
    return disk_request(&chain, DISK_BYTES, read_only);
}

static void test_disk(void)
{
    struct disk_request request = ask(0, 16, 4096, true, true);

    CHECK(request.what == DISK_READ && request.at == 8192 && request.bytes == 4096 && request.data_at == 0);
    CHECK(request.has_status && request.status_at == 4096);
    CHECK(disk_done(&chain, &request, DISK_ERROR) == 4097 && *(char *)at(DATA + 32) == DISK_ERROR);
    request = ask(1, 8, 1024, false, false);
    CHECK(request.what == DISK_WRITE && request.at == 4096 && request.bytes == 1024 && request.data_at == 16);
    CHECK(request.status_at == 0 && disk_done(&chain, &request, DISK_OK) == 1);
    request = ask(1, 8, 1024, false, true);
    CHECK(request.what == DISK_NOTHING && request.status == DISK_ERROR);
    CHECK(ask(4, 0, 0, false, false).what == DISK_FLUSH && ask(8, 0, 20, true, false).what == DISK_NAME);
    CHECK(ask(8, 0, 19, true, false).what == DISK_NOTHING);
    request = ask(77, 0, 20, true, false);
    CHECK(request.what == DISK_NOTHING && request.status == DISK_UNSUPPORTED);
    /* Beyond its end, none, or no whole sectors. */
    static const uint64_t sectors[] = {DISK_BYTES / 512, DISK_BYTES / 512 - 1, UINT64_MAX, UINT64_MAX / 512 + 1, UINT64_C(1) << 55};

    for (size_t i = 0; i < sizeof sectors / sizeof *sectors; i++)
        CHECK(ask(0, sectors[i], 1024, true, false).what == DISK_NOTHING);
    CHECK(ask(0, DISK_BYTES / 512 - 2, 1024, true, false).what == DISK_READ);
    CHECK(ask(0, 0, 0, true, false).what == DISK_NOTHING && ask(1, 0, 513, false, false).what == DISK_NOTHING);
    /* No room for a status; less than a header. */
    start();
    describe(0, BASE + DATA, 64, 0, 0);
    offer(0);
    CHECK(virtio_take(&device, 0, &chain));
    request = disk_request(&chain, DISK_BYTES, false);
    CHECK(request.what == DISK_NOTHING && !request.has_status && disk_done(&chain, &request, DISK_ERROR) == 0);
    start();
    describe(0, BASE + DATA, 15, VIRTIO_DESCRIPTOR_NEXT, 1);
    describe(1, BASE + DATA, 1, VIRTIO_DESCRIPTOR_WRITE, 0);
    offer(0);
    CHECK(virtio_take(&device, 0, &chain));
    CHECK_EQUAL(disk_request(&chain, DISK_BYTES, false).what, DISK_NOTHING);
}

/* ---- Anything ------------------------------------------------------------------------ */

static void serve(void)
{
    static char bytes[4096];

    if (!virtio_take(&device, 0, &chain))
        return;
    const struct disk_request request = disk_request(&chain, DISK_BYTES, rand() % 2 == 0);

    CHECK(chain.parts <= VIRTIO_PARTS && request.at + request.bytes <= DISK_BYTES);
    virtio_copy_out(&chain, request.data_at, bytes, sizeof bytes);
    virtio_copy_in(&chain, 0, bytes, sizeof bytes);
    virtio_give(&device, 0, chain.head, disk_done(&chain, &request, DISK_OK));
}

static void test_random(void)
{
    const unsigned long rounds = unit_long() ? 10000000 : 200000;

    srand(11);
    start();
    for (unsigned long round = 0; round < rounds; round++) {
        const uint64_t offset = (uint64_t)(rand() % 0x210);

        switch (rand() % 8) {
        case 0:
            virtio_write(&device, offset & ~UINT64_C(3), 4, (uint32_t)rand() % 17);
            break;
        case 1:
            virtio_write(&device, offset, 1u << rand() % 4, (uint32_t)rand() * 3u);
            break;
        case 2:
            virtio_read(&device, offset, 1u << rand() % 4);
            break;
        case 3: /* a driver that begins as it should */
            if (rand() % 8 == 0) {
                agree();
                place(BASE + TABLE, BASE + AVAILABLE + (unsigned)(rand() % 4), BASE + USED, 1u << rand() % 9);
                put(VIRTIO_STATUS, 15);
            }
            break;
        case 4:
            *(char *)at(TABLE + (unsigned)rand() % 0x3000) = (char)rand();
            break;
        case 5:
            describe((unsigned)rand() % SIZE, BASE + (uint64_t)rand() % (BYTES + 8), (uint32_t)rand() % 0x900, (uint16_t)(rand() % 4),
                     (uint16_t)((unsigned)rand() % (SIZE + 1)));
            break;
        case 6:
            offer((uint16_t)((unsigned)rand() % SIZE));
            break;
        default:
            serve();
        }
    }
    free(memory.bytes);
    memory.bytes = NULL;
}

/* A device goes on where its state was taken; a queue that does not lie in the memory is refused, whatever else is loaded works. */
static void test_state(void)
{
    struct virtio_state state, changed;

    start();
    describe(0, BASE + DATA, 16, 0, 0);
    offer(0);
    virtio_save(&device, &state);
    virtio_init(&device, VIRTIO_ID_BLOCK, DISK_FEATURE_FLUSH, "configuration", 13, &memory);
    CHECK(!virtio_take(&device, 0, &chain));
    CHECK(virtio_load(&device, &state));
    CHECK_EQUAL(get(VIRTIO_STATUS), 15);
    CHECK(virtio_take(&device, 0, &chain) && chain.to_read == 16);
    for (unsigned kind = 0; kind < 4; kind++) {
        changed = state;
        *(kind == 0 ? &changed.queue[0].descriptors : kind == 1 ? &changed.queue[0].available
                                                                : &changed.queue[0].used) = BASE + BYTES - 2;
        if (kind == 3)
            changed.queue[0].size = 3;
        virtio_init(&device, VIRTIO_ID_BLOCK, DISK_FEATURE_FLUSH, "configuration", 13, &memory);
        CHECK(!virtio_load(&device, &changed));
    }
    srand(11);
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t *bytes = (uint8_t *)&changed;

        changed = state;
        for (unsigned i = 0; i < 4; i++)
            bytes[(unsigned)rand() % sizeof changed] = (uint8_t)rand();
        virtio_init(&device, VIRTIO_ID_BLOCK, DISK_FEATURE_FLUSH, "configuration", 13, &memory);
        if (virtio_load(&device, &changed) && virtio_take(&device, 0, &chain))
            virtio_give(&device, 0, chain.head, 0);
    }
    free(memory.bytes);
    memory.bytes = NULL;
}

static const struct unit_test tests[] = {
    {"registers", test_registers},
    {"queues", test_queues},
    {"request", test_request},
    {"broken", test_broken},
    {"disk", test_disk},
    {"random", test_random},
    {"state", test_state},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/vmm.c: lib/vmm as a guest sees it: chosen accesses, and a guest that makes random ones. */
#include <string.h>

#include "lib/vmm/exit.h"
#include "lib/vmm/gic.h"
#include "lib/vmm/instruction.h"
#include "lib/vmm/pl011.h"
#include "lib/vmm/psci.h"
#include "lib/vmm/rtc.h"
#include "lib/vmm/walk.h"

#include "tests/harness/unit.h"

#define SERIAL 33u /* a shared interrupt */
#define TIMER 27u  /* one of each CPU */

/* The hardware's list registers, and how many of them it takes. */
static struct {
    unsigned number[GIC_CPUS][GIC_LISTS];
    unsigned refuses;
} hardware;

static bool inject(void *context, unsigned cpu, unsigned list, unsigned interrupt, uint8_t priority)
{
    (void)context;
    (void)priority;
    if (hardware.refuses != 0)
        return false;
    CHECK(cpu < GIC_CPUS && list < GIC_LISTS);
    CHECK_EQUAL(hardware.number[cpu][list], GIC_INTERRUPTS);
    hardware.number[cpu][list] = interrupt;
    return true;
}

static void clear_hardware(void)
{
    hardware.refuses = 0;
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++)
        for (unsigned list = 0; list < GIC_LISTS; list++)
            hardware.number[cpu][list] = GIC_INTERRUPTS;
}

static unsigned filled(struct gic *gic, unsigned cpu, unsigned list)
{
    gic_fill(gic, cpu, inject, NULL);
    return hardware.number[cpu][list];
}

static unsigned done(struct gic *gic, unsigned cpu, unsigned list)
{
    hardware.number[cpu][list] = GIC_INTERRUPTS;
    return gic_done(gic, cpu, list);
}

static uint32_t get(struct gic *gic, unsigned cpu, uint64_t offset)
{
    uint32_t value;

    CHECK(gic_read(gic, cpu, offset, 4, &value));
    return value;
}

static void put(struct gic *gic, unsigned cpu, uint64_t offset, uint32_t value)
{
    CHECK(gic_write(gic, cpu, offset, 4, value));
}

/* Two CPUs, the distributor enabled, SERIAL and TIMER enabled. */
static void start(struct gic *gic, unsigned cpus)
{
    clear_hardware();
    gic_init(gic, cpus);
    put(gic, 0, 0x000, 1);
    put(gic, 0, 0x104, 1u << (SERIAL - 32));
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        put(gic, cpu, 0x100, 1u << TIMER);
}

static void test_level(void)
{
    struct gic gic;

    start(&gic, 2);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    gic_line(&gic, 0, SERIAL, true);
    CHECK(gic_waits(&gic, 0) && !gic_waits(&gic, 1));
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
    CHECK_EQUAL(filled(&gic, 0, 1), GIC_INTERRUPTS); /* not twice */
    CHECK_EQUAL(get(&gic, 0, 0x304), 1u << (SERIAL - 32));
    /* The line is high still: it comes again. */
    CHECK_EQUAL(done(&gic, 0, 0), SERIAL);
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
    gic_line(&gic, 0, SERIAL, false);
    CHECK_EQUAL(done(&gic, 0, 0), SERIAL);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    CHECK_EQUAL(done(&gic, 0, 0), GIC_INTERRUPTS);
    CHECK(!gic_waits(&gic, 0));
}

static void test_edge(void)
{
    struct gic gic;

    start(&gic, 1);
    put(&gic, 0, 0xc08, 2u << 2 * (SERIAL - 32));
    CHECK_EQUAL(get(&gic, 0, 0xc08), 2u << 2 * (SERIAL - 32));
    gic_line(&gic, 0, SERIAL, true);
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
    /* While the guest has it, a second edge: kept, and told later. */
    gic_line(&gic, 0, SERIAL, false);
    gic_line(&gic, 0, SERIAL, true);
    CHECK_EQUAL(filled(&gic, 0, 1), GIC_INTERRUPTS);
    done(&gic, 0, 0);
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
    gic_line(&gic, 0, SERIAL, true);
    done(&gic, 0, 0);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS); /* high, but no edge */
}

/* An interrupt before it is enabled, and the end of one that was disabled meanwhile. */
static void test_disabled(void)
{
    struct gic gic;

    start(&gic, 1);
    put(&gic, 0, 0x184, 1u << (SERIAL - 32));
    gic_line(&gic, 0, SERIAL, true);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    put(&gic, 0, 0x104, 1u << (SERIAL - 32));
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
    put(&gic, 0, 0x184, 1u << (SERIAL - 32));
    CHECK_EQUAL(get(&gic, 0, 0x104), 0);
    CHECK_EQUAL(done(&gic, 0, 0), SERIAL);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    put(&gic, 0, 0x104, 1u << (SERIAL - 32));
    put(&gic, 0, 0x000, 0);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    put(&gic, 0, 0x000, 1);
    CHECK_EQUAL(filled(&gic, 0, 0), SERIAL);
}

static void test_software(void)
{
    struct gic gic;

    start(&gic, 3);
    for (unsigned number = 0; number < 16; number++) {
        put(&gic, 1, 0xf00, 2u << 24 | number); /* to itself */
        CHECK_EQUAL(filled(&gic, 1, 0), number);
        CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
        done(&gic, 1, 0);
    }
    put(&gic, 1, 0xf00, 1u << 24 | 5); /* to all others */
    CHECK_EQUAL(filled(&gic, 0, 0), 5);
    CHECK_EQUAL(filled(&gic, 1, 0), GIC_INTERRUPTS);
    CHECK_EQUAL(filled(&gic, 2, 0), 5);
    done(&gic, 0, 0);
    put(&gic, 2, 0xf00, 1u << 16 | 7); /* to a list, by two CPUs: twice */
    put(&gic, 1, 0xf00, 0xf9u << 16 | 7);
    CHECK_EQUAL(get(&gic, 0, 0xf24), 0x06000000);
    CHECK_EQUAL(filled(&gic, 0, 0), 7);
    done(&gic, 0, 0);
    CHECK_EQUAL(filled(&gic, 0, 0), 7);
    done(&gic, 0, 0);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    put(&gic, 0, 0xf00, 3u << 24 | 7); /* reserved */
    CHECK(!gic_waits(&gic, 0));
    /* They cannot be disabled, nor made pending but by a sender. */
    put(&gic, 0, 0x180, 0xffff);
    put(&gic, 0, 0x200, 0xffff);
    CHECK_EQUAL(get(&gic, 0, 0x100) & 0xffff, 0xffff);
    CHECK_EQUAL(get(&gic, 0, 0x200) & 0xffff, 0);
    put(&gic, 0, 0xf20, 0x02);
    CHECK_EQUAL(filled(&gic, 0, 0), 0);
}

static void test_priority(void)
{
    struct gic gic;

    start(&gic, 1);
    put(&gic, 0, 0x104, 0xff);
    for (unsigned i = 0; i < 8; i++) {
        CHECK(gic_write(&gic, 0, 0x400 + 32 + i, 1, 0xff - 8 * i));
        gic_line(&gic, 0, 32 + i, true);
    }
    CHECK_EQUAL(get(&gic, 0, 0x420), 0xe0e8f0f8); /* five bits */
    gic_fill(&gic, 0, inject, NULL);
    for (unsigned list = 0; list < GIC_LISTS; list++)
        CHECK_EQUAL(hardware.number[0][list], 39 - list);
    done(&gic, 0, 2);
    CHECK_EQUAL(filled(&gic, 0, 2), 39 - 2);
    hardware.refuses = 1;
    done(&gic, 0, 1);
    CHECK_EQUAL(filled(&gic, 0, 1), GIC_INTERRUPTS);
    hardware.refuses = 0;
    CHECK_EQUAL(filled(&gic, 0, 1), 38);
}

static void test_targets(void)
{
    struct gic gic;

    start(&gic, 4);
    CHECK_EQUAL(get(&gic, 2, 0x800), 0x04040404);
    put(&gic, 2, 0x800, 0);
    CHECK_EQUAL(get(&gic, 2, 0x800), 0x04040404);
    CHECK_EQUAL(get(&gic, 2, 0x820), 0x01010101);
    CHECK(gic_write(&gic, 0, 0x800 + SERIAL, 1, 0xf8)); /* only CPU 3 is there */
    CHECK_EQUAL(get(&gic, 0, 0x820), 0x01010801);
    gic_line(&gic, 0, SERIAL, true);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    CHECK_EQUAL(filled(&gic, 3, 0), SERIAL);
    /* Of each CPU its own. */
    gic_line(&gic, 1, TIMER, true);
    CHECK_EQUAL(filled(&gic, 0, 0), GIC_INTERRUPTS);
    CHECK_EQUAL(filled(&gic, 1, 0), TIMER);
    CHECK_EQUAL(get(&gic, 1, 0x200), 1u << TIMER);
    CHECK_EQUAL(get(&gic, 0, 0x200), 0);
}

static void test_accesses(void)
{
    struct gic gic;
    uint32_t value = 1;

    start(&gic, 2);
    CHECK_EQUAL(get(&gic, 0, 0x004), (GIC_INTERRUPTS / 32 - 1) | 1u << 5);
    CHECK_EQUAL(get(&gic, 0, 0xfe8) >> 4 & 0xf, 2);
    CHECK(gic_read(&gic, 0, 0x104, 2, &value) && value == 1u << (SERIAL - 32));
    CHECK(gic_write(&gic, 0, 0x105, 1, 0x80) && get(&gic, 0, 0x104) == (0x8000 | 1u << (SERIAL - 32)));
    CHECK(!gic_read(&gic, 0, 0x102, 4, &value) && value == 0);
    CHECK(!gic_read(&gic, 0, 0x1000, 4, &value) && !gic_read(&gic, 0, UINT64_MAX - 3, 4, &value));
    CHECK(!gic_write(&gic, 0, 0x100, 8, 0) && !gic_write(&gic, 2, 0x100, 4, 0));
    gic_line(&gic, 7, TIMER, true);
    gic_line(&gic, 0, GIC_INTERRUPTS, true);
    gic_line(&gic, 0, 1, true);
    CHECK(!gic_waits(&gic, 0));
}

/* Whatever a guest does, an interrupt in a list register is marked as such, and each number is in at most one. */
static void test_random(void)
{
    static const uint32_t places[] = {0x0, 0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0x800, 0xc00, 0xf00, 0xf10};
    const unsigned long rounds = unit_long() ? 20000000 : 300000;
    struct gic gic;
    uint32_t value;

    srand(7);
    start(&gic, 4);
    for (unsigned long round = 0; round < rounds; round++) {
        const unsigned cpu = (unsigned)rand() % 5;
        const uint64_t offset = places[(unsigned)rand() % 13] + (unsigned)rand() % 0x90;

        switch (rand() % 6) {
        case 0:
            gic_read(&gic, cpu, offset, 1u << rand() % 4, &value);
            break;
        case 1:
        case 2:
            gic_write(&gic, cpu, offset, 1u << rand() % 3, (uint32_t)rand() * 5u);
            break;
        case 3:
            gic_line(&gic, cpu, (unsigned)rand() % 140, rand() % 2);
            break;
        case 4:
            hardware.refuses = rand() % 8 == 0;
            if (cpu < 4)
                gic_fill(&gic, cpu, inject, NULL);
            break;
        default:
            if (cpu < 4)
                done(&gic, cpu, (unsigned)rand() % GIC_LISTS);
            else
                gic_done(&gic, cpu, GIC_LISTS);
        }
        if (round % 64 != 0)
            continue;
        unsigned listed = 0, there = 0;

        for (unsigned i = 0; i < 4; i++)
            for (unsigned list = 0; list < GIC_LISTS; list++) {
                const unsigned number = gic.cpu[i].lists[list];

                CHECK_EQUAL(number, hardware.number[i][list]);
                if (number != GIC_INTERRUPTS)
                    CHECK_EQUAL(number < 32 ? gic.cpu[i].own[number].list : gic.shared[number - 32].list, list);
                listed += number != GIC_INTERRUPTS;
            }
        for (unsigned i = 0; i < 4 * 32 + GIC_SHARED; i++)
            there += (i < 128 ? gic.cpu[i / 32].own[i % 32].list : gic.shared[i - 128].list) != GIC_NO_LIST;
        CHECK_EQUAL(listed, there);
    }
}

static void test_exits(void)
{
    /* ldrsh x5: 16 bits, sign, into 64. */
    struct exit exit = exit_decode(UINT64_C(0x24) << 26 | 1u << 24 | 1u << 22 | 1u << 21 | 5u << 16 | 1u << 15);

    CHECK(exit.kind == EXIT_ACCESS && !exit.write && exit.bytes == 2 && exit.target == 5);
    CHECK_EQUAL(exit_extend(&exit, 0x18001), UINT64_C(0xffffffffffff8001));
    exit.wide = false;
    CHECK_EQUAL(exit_extend(&exit, 0x18001), 0xffff8001);
    exit.extend = false;
    CHECK_EQUAL(exit_extend(&exit, 0x18001), 0x8001);
    exit = exit_decode(UINT64_C(0x24) << 26 | 1u << 24 | 3u << 22 | 31u << 16 | 1u << 15 | 1u << 6);
    CHECK(exit.kind == EXIT_ACCESS && exit.write && exit.bytes == 8 && exit.target == 31);
    CHECK_EQUAL(exit_extend(&exit, UINT64_MAX), UINT64_MAX);
    CHECK(exit_decode(UINT64_C(0x24) << 26 | 1u << 6).kind == EXIT_BLIND);
    CHECK(exit_decode(UINT64_C(0x20) << 26).kind == EXIT_FETCH);
    exit = exit_decode(UINT64_C(0x01) << 26 | 1);
    CHECK(exit.kind == EXIT_WAIT && exit.event);
    exit = exit_decode(UINT64_C(0x16) << 26 | 0x1234);
    CHECK(exit.kind == EXIT_HVC && exit.number == 0x1234);
    CHECK(exit_decode(UINT64_C(0x17) << 26).kind == EXIT_SMC);
    /* mrs x3, oslsr_el1: 2 0 1 1 4 */
    exit = exit_decode(UINT64_C(0x18) << 26 | EXIT_SYSTEM(2, 0, 1, 1, 4) | 3u << 5 | 1);
    CHECK(exit.kind == EXIT_REGISTER && !exit.write && exit.target == 3 && exit.system == EXIT_SYSTEM(2, 0, 1, 1, 4));
    CHECK(exit_decode(UINT64_C(0x3c) << 26).kind == EXIT_OTHER);
}

/* Encodings as the assembler makes them. */
static void test_instructions(void)
{
    static const struct {
        uint32_t word;
        struct instruction expected;
    } cases[] = {
        {0x28810801,
         {{{.write = true, .bytes = 4, .target = 1}, {.write = true, .bytes = 4, .target = 2}}, 2, true, 0, 8}}, /* stp w1, w2, [x0], #8 */
        {0x29ff0801, {{{.bytes = 4, .target = 1}, {.bytes = 4, .target = 2}}, 2, true, 0, -8}}, /* ldp w1, w2, [x0, #-8]! */
        {0xa9407c03,
         {{{.bytes = 8, .wide = true, .target = 3}, {.bytes = 8, .wide = true, .target = 31}}, 2, false, 0, 0}}, /* ldp x3, xzr, [x0] */
        {0x69410c62,
         {{{.bytes = 4, .extend = true, .wide = true, .target = 2}, {.bytes = 4, .extend = true, .wide = true, .target = 3}},
          2,
          false,
          3,
          8}},                                                                                    /* ldpsw x2, x3, [x3, #8] */
        {0xb8404c01, {{{.bytes = 4, .target = 1}}, 1, true, 0, 4}},                               /* ldr w1, [x0, #4]! */
        {0xf81f8441, {{{.write = true, .bytes = 8, .wide = true, .target = 1}}, 1, true, 2, -8}}, /* str x1, [x2], #-8 */
        {0x38c01c01, {{{.bytes = 1, .extend = true, .target = 1}}, 1, true, 0, 1}},               /* ldrsb w1, [x0, #1]! */
        {0x38801c01, {{{.bytes = 1, .extend = true, .wide = true, .target = 1}}, 1, true, 0, 1}}, /* ldrsb x1, [x0, #1]! */
    };
    struct instruction got;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct instruction *expected = &cases[i].expected;

        CHECK(instruction_decode(cases[i].word, &got));
        CHECK(got.accesses == expected->accesses && got.changes == expected->changes && got.base == expected->base);
        CHECK(!expected->changes || got.change == expected->change);
        for (unsigned j = 0; j < expected->accesses; j++) {
            const struct exit *a = &got.access[j], *b = &expected->access[j];

            CHECK(a->kind == EXIT_ACCESS && a->write == b->write && a->bytes == b->bytes && a->target == b->target);
            CHECK(a->extend == b->extend && a->wide == b->wide);
        }
    }
    /* The stack pointer; vector registers; ldr x1, [x0]; ldxr; nop. */
    static const uint32_t others[] = {0x288107e1, 0xb8404fe1, 0x2c810801, 0x3c404c01, 0xf9400001, 0xc85f7c01, 0xd503201f, 0xe8810801};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK(!instruction_decode(others[i], &got));
}

/* A guest's memory: words from `base` on. */
static struct {
    uint64_t base, words[4 * 512];
    unsigned reads;
} tables;

static bool read_table(void *context, uint64_t address, uint64_t *word)
{
    (void)context;
    tables.reads++;
    CHECK_EQUAL(address % 8, 0);
    if (address - tables.base >= sizeof tables.words)
        return false;
    *word = tables.words[(address - tables.base) / 8];
    return true;
}

static void test_walk(void)
{
    struct walk walk_of = {.sctlr = 1, .tcr = 25 | 25u << 16 | 2u << 30, .ttbr0 = 0x40000000, .ttbr1 = 0x40001000, .read = read_table};
    uint64_t physical = 0;

    memset(&tables, 0, sizeof tables);
    tables.base = 0x40000000;
    tables.words[1] = 0x80000000 | 0x701;                        /* a block of 1 GiB */
    tables.words[512 + 511] = 0x40002000 | 3;                    /* above: a table */
    tables.words[1024 + 3] = 0x40003000 | 3;                     /* in it: a table */
    tables.words[1024 + 4] = 0x45600000 | 0x701;                 /* and a block of 2 MiB */
    tables.words[1536 + 5] = UINT64_C(0x60000123456000) | 0x703; /* a page; upper bits are attributes */
    tables.words[1536 + 6] = 0x1000 | 1;                         /* no page */
    CHECK(walk(&walk_of, 0x40123456, &physical) && physical == 0x80123456);
    CHECK(walk(&walk_of, UINT64_C(0xffffffffc0605678), &physical) && physical == 0x123456678);
    CHECK(walk(&walk_of, UINT64_C(0xffffffffc0812345), &physical) && physical == 0x45612345);
    CHECK(!walk(&walk_of, UINT64_C(0xffffffffc0606000), &physical) && !walk(&walk_of, UINT64_C(0xffffffffc0600000), &physical));
    CHECK(!walk(&walk_of, 0, &physical) && !walk(&walk_of, UINT64_C(0x8000000000), &physical));
    CHECK(!walk(&walk_of, UINT64_C(0xff80000000000000), &physical));
    walk_of.ttbr0 = 0x123450000; /* no memory there */
    CHECK(!walk(&walk_of, 0x40000000, &physical));
    walk_of.sctlr = 0;
    CHECK(walk(&walk_of, 0x1234, &physical) && physical == 0x1234);
    /* Whatever the registers and tables say, it ends. */
    srand(3);
    for (size_t i = 0; i < sizeof tables.words / sizeof *tables.words; i++)
        tables.words[i] = 0x40000000 | (uint64_t)(rand() & 0x3ff8) | 3;
    for (unsigned round = 0; round < 100000; round++) {
        walk_of = (struct walk){.sctlr = 1,
                                .tcr = (uint64_t)rand() << 8 ^ (uint64_t)rand(),
                                .ttbr0 = 0x40000000 + (uint64_t)(rand() & 0xfff),
                                .ttbr1 = 0x40000000 + (uint64_t)(rand() & 0xfff),
                                .read = read_table};
        tables.reads = 0;
        walk(&walk_of, (uint64_t)rand() << 33 ^ (uint64_t)rand(), &physical);
        CHECK(tables.reads <= 4);
    }
}

/* The state of the hardware is unknown: it gets everything once more. */
static void test_again(void)
{
    struct gic gic;

    start(&gic, 2);
    gic_line(&gic, 1, TIMER, true);
    CHECK(gic_has_line(&gic, 1, TIMER) && !gic_has_line(&gic, 0, TIMER) && !gic_has_line(&gic, 0, SERIAL));
    CHECK_EQUAL(filled(&gic, 1, 0), TIMER);
    clear_hardware();
    gic_again(&gic, 0, inject, NULL);
    CHECK_EQUAL(hardware.number[0][0], GIC_INTERRUPTS);
    gic_again(&gic, 1, inject, NULL);
    CHECK_EQUAL(hardware.number[1][0], TIMER);
    CHECK_EQUAL(hardware.number[1][1], GIC_INTERRUPTS);
}

static void test_serial(void)
{
    struct pl011 port;
    char sent = 0;

    pl011_init(&port);
    CHECK_EQUAL(pl011_read(&port, 0x018), 0x90);
    CHECK_EQUAL(pl011_read(&port, 0xfe0) | pl011_read(&port, 0xfe4) << 8, 0x1011);
    CHECK(pl011_write(&port, 0, 'x', &sent) && sent == 'x' && !pl011_interrupts(&port));
    pl011_write(&port, 0x038, 0x30, &sent);
    CHECK(pl011_interrupts(&port) && pl011_read(&port, 0x040) == 0x20);
    pl011_write(&port, 0x044, 0x20, &sent);
    CHECK(!pl011_interrupts(&port));
    for (unsigned i = 0; i < PL011_INPUT; i++)
        CHECK(pl011_receive(&port, (char)('a' + i % 26)));
    CHECK(!pl011_receive(&port, 'z') && pl011_interrupts(&port));
    CHECK_EQUAL(pl011_read(&port, 0x018), 0xc0);
    for (unsigned i = 0; i < PL011_INPUT; i++)
        CHECK_EQUAL(pl011_read(&port, 0), 'a' + i % 26);
    CHECK(!pl011_interrupts(&port) && pl011_read(&port, 0) == 0 && pl011_read(&port, 0x018) == 0x90);
    CHECK_EQUAL(pl011_read(&port, UINT64_MAX), 0);
    CHECK(!pl011_write(&port, UINT64_MAX, 1, &sent));
}

static struct psci call(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, unsigned on)
{
    const uint64_t registers[4] = {x0, x1, x2, x3};

    return psci_call(registers, 4, on);
}

static void test_power(void)
{
    const uint64_t not_supported = (uint64_t)-1, invalid = (uint64_t)-2, already_on = (uint64_t)-4;

    CHECK_EQUAL(call(0x84000000, 0, 0, 0, 1).answer, 0x10001);
    CHECK_EQUAL(call(0x8400000a, 0xc4000003, 0, 0, 1).answer, 0);
    CHECK_EQUAL(call(0x8400000a, 0xc4000000, 0, 0, 1).answer, not_supported);
    CHECK_EQUAL(call(0x80000000, 0, 0, 0, 1).answer, not_supported);
    CHECK_EQUAL(call(0, 0, 0, 0, 1).answer, not_supported);
    struct psci psci = call(0xc4000003, 3, 0x40080000, 9, 1);

    CHECK(psci.what == PSCI_ON && psci.cpu == 3 && psci.entry == 0x40080000 && psci.context == 9 && psci.answer == 0);
    CHECK_EQUAL(call(0xc4000003, 4, 0, 0, 1).answer, invalid);
    CHECK_EQUAL(call(0xc4000003, 0x100, 0, 0, 1).answer, invalid);
    CHECK_EQUAL(call(0xc4000003, 0, 0, 0, 1).answer, already_on);
    CHECK_EQUAL(call(0xc4000004, 0, 0, 0, 1).answer, 0);
    CHECK_EQUAL(call(0xc4000004, 1, 0, 0, 1).answer, 1);
    CHECK_EQUAL(call(0xc4000004, 1, 1, 0, 1).answer, invalid);
    CHECK_EQUAL(call(0x84000006, 0, 0, 0, 1).answer, 2);
    CHECK(call(0xc4000001, 0, 0, 0, 1).what == PSCI_SUSPEND && call(0x84000002, 0, 0, 0, 1).what == PSCI_OFF);
    CHECK(call(0x84000008, 0, 0, 0, 1).what == PSCI_POWER_OFF && call(0x84000009, 0, 0, 0, 1).what == PSCI_RESET);
}

static void test_clock(void)
{
    struct rtc rtc = {0};

    CHECK_EQUAL(rtc_read(&rtc, 0, 1000), 1000);
    rtc_write(&rtc, 0x08, 5000, 1000);
    CHECK_EQUAL(rtc_read(&rtc, 0, 1001), 5001);
    CHECK_EQUAL(rtc_read(&rtc, 0xfe0, 0), 0x31);
    CHECK_EQUAL(rtc_read(&rtc, UINT64_MAX, 0), 0);
}

/* An interrupt that the guest is handling is in the same list register of the copy; one that waits there is pending. */
static void test_state_inside(void)
{
    uint8_t state[GIC_STATE_BYTES];
    struct gic gic, other;

    start(&gic, 2);
    put(&gic, 0, 0x800 + 32, 0x01010201); /* interrupt 33: to the second CPU */
    gic_line(&gic, 1, SERIAL, true);
    gic_line(&gic, 1, TIMER, true);
    put(&gic, 0, 0xf00, 2u << 16 | 4);
    CHECK_EQUAL(filled(&gic, 1, 0), 4);
    CHECK_EQUAL(hardware.number[1][1], TIMER);
    CHECK_EQUAL(hardware.number[1][2], SERIAL);
    hardware.refuses = 1; /* it is at work on all of them */
    gic_again(&gic, 1, inject, NULL);
    gic_save(&gic, state);
    gic_load(&other, 2, state);
    CHECK(other.cpu[1].lists[0] == 4 && other.cpu[1].lists[1] == TIMER && other.cpu[1].lists[2] == SERIAL);
    clear_hardware();
    gic_again(&other, 1, inject, NULL);
    CHECK_EQUAL(filled(&other, 1, 3), GIC_INTERRUPTS);
    CHECK(hardware.number[1][0] == 4 && hardware.number[1][2] == SERIAL);
    gic_line(&other, 1, SERIAL, false);
    gic_line(&other, 1, TIMER, false);
    for (unsigned list = 0; list < 3; list++)
        CHECK_EQUAL(done(&other, 1, list), gic.cpu[1].lists[list]);
    CHECK(!gic_waits(&other, 1));
    clear_hardware();
    gic_again(&gic, 1, inject, NULL); /* it is at work on none, and their lines are low */
    gic_line(&gic, 1, SERIAL, false);
    gic_line(&gic, 1, TIMER, false);
    gic_save(&gic, state);
    gic_load(&other, 2, state);
    CHECK_EQUAL(other.cpu[1].lists[0], GIC_INTERRUPTS);
    clear_hardware();
    CHECK_EQUAL(filled(&other, 1, 0), 4);
    CHECK(hardware.number[1][1] == TIMER && hardware.number[1][2] == SERIAL);
}

/* A controller at rest is the same after its state was bytes; bytes from anywhere make one that works. */
static void test_state(void)
{
    uint8_t state[GIC_STATE_BYTES], again[GIC_STATE_BYTES];
    struct gic gic, other;
    uint32_t value;

    start(&gic, 3);
    gic_line(&gic, 0, SERIAL, true);
    gic_line(&gic, 2, TIMER, true);
    put(&gic, 1, 0xf00, 1u << 16 | 4);
    gic_save(&gic, state);
    gic_load(&other, 3, state);
    CHECK_EQUAL(filled(&other, 0, 0), 4);
    CHECK_EQUAL(hardware.number[0][1], SERIAL);
    CHECK_EQUAL(filled(&other, 2, 0), TIMER);
    CHECK(gic_waits(&other, 0) && gic_waits(&other, 2) && !gic_waits(&other, 1) && get(&other, 0, 0x000) == 1);
    srand(9);
    for (unsigned round = 0; round < 2000; round++) {
        for (unsigned i = 0; i < sizeof state; i++)
            state[i] = (uint8_t)rand();
        clear_hardware();
        gic_load(&gic, 1 + round % GIC_CPUS, state);
        gic_save(&gic, state);
        gic_load(&other, gic.cpus, state);
        gic_save(&other, again);
        CHECK(memcmp(state, again, sizeof state) == 0);
        for (unsigned cpu = 0; cpu < gic.cpus; cpu++) {
            gic_fill(&gic, cpu, inject, NULL);
            for (unsigned offset = 0; offset < GIC_BYTES; offset += 4)
                gic_read(&gic, cpu, offset, 4, &value);
        }
    }
}

static const struct unit_test tests[] = {
    {"level", test_level},
    {"edge", test_edge},
    {"disabled", test_disabled},
    {"software", test_software},
    {"priority", test_priority},
    {"targets", test_targets},
    {"accesses", test_accesses},
    {"random", test_random},
    {"exits", test_exits},
    {"instructions", test_instructions},
    {"walk", test_walk},
    {"again", test_again},
    {"serial", test_serial},
    {"power", test_power},
    {"clock", test_clock},
    {"state", test_state},
    {"state_inside", test_state_inside},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/test_parts.c: parts of the root task that need no kernel: regions,
 * timeouts, tables of ids, options, the device tree, type names.
 */
#include <string.h>

#include "root/loop/clock.h"
#include "root/boot/fdt.h"
#include "root/base/options.h"
#include "root/base/bug.h"
#include "lib/regions/regions.h"
#include "root/loop/timeouts.h"
#include "root/core/types.h"
#include "tests/harness/unit.h"

/* ---- Functions that they need ---------------------------------------- */

void *heap_allocate(size_t size)
{
    return calloc(1, size);
}

void *heap_resize(void *block, size_t old_size, size_t size)
{
    if (size == 0) {
        free(block);
        return NULL;
    }
    char *grown = realloc(block, size);

    if (size > old_size)
        memset(grown + old_size, 0, size - old_size);
    return grown;
}

void heap_free(void *block, size_t size)
{
    (void)size;
    free(block);
}

_Noreturn void root_bug(const char *format, ...)
{
    (void)format;
    abort();
}

static uint64_t now, alarm_time;

uint64_t clock_now(void)
{
    return now;
}

void clock_alarm(uint64_t when)
{
    alarm_time = when;
}

static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

/* ---- Regions --------------------------------------------------------- */

#define SLOTS 64u
#define REGIONS 40u

/* Small addresses, so that everything can be checked against a map of slots. */
static struct region regions[REGIONS];
static int in_tree[REGIONS];

static struct region *naive_at(uint64_t address)
{
    struct region *best = NULL;

    for (unsigned i = 0; i < REGIONS; i++)
        if (in_tree[i] && regions[i].end > address && (best == NULL || regions[i].end < best->end))
            best = &regions[i];
    return best;
}

static int naive_free(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < REGIONS; i++)
        if (in_tree[i] && regions[i].start < end && start < regions[i].end)
            return 0;
    return 1;
}

static uint64_t naive_place(uint64_t low, uint64_t high, uint64_t size)
{
    for (uint64_t start = low; start + size <= high; start++)
        if (naive_free(start, start + size))
            return start;
    return UINT64_MAX;
}

static unsigned check_node(const struct region *node, unsigned *count)
{
    if (node == NULL)
        return 0;
    unsigned left = check_node(node->left, count), right = check_node(node->right, count);

    CHECK(left <= right + 1 && right <= left + 1);
    CHECK_EQUAL(node->height, 1 + (left > right ? left : right));
    ++*count;
    return node->height;
}

static void test_regions(void)
{
    struct region *root = NULL;
    unsigned expected = 0;

    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = random_below(REGIONS), count = 0;

        if (in_tree[i]) {
            region_remove(&root, &regions[i]);
            in_tree[i] = 0;
            expected--;
        } else {
            uint64_t start = random_below(SLOTS), end = start + 1 + random_below(5);
            int is_free = naive_free(start, end);

            regions[i] = (struct region){.start = start, .end = end};
            CHECK_EQUAL(region_insert(&root, &regions[i]), is_free);
            in_tree[i] = is_free;
            expected += (unsigned)is_free;
        }
        check_node(root, &count);
        CHECK_EQUAL(count, expected);
        uint64_t address = random_below(SLOTS + 8), low = random_below(SLOTS), place;
        uint64_t size = 1 + random_below(9), high = low + random_below(SLOTS);
        bool found = region_place(root, low, high, size, &place);

        CHECK(region_at(root, address) == naive_at(address));
        CHECK_EQUAL(found ? place : UINT64_MAX, naive_place(low, high, size));
    }
}

/* ---- Timeouts -------------------------------------------------------- */

static unsigned fired, fired_at_once;
static unsigned last_priority;

/* Those of the highest priority come first, in each step. */
static void fire(struct timeout *timeout)
{
    CHECK(timeout->when <= now && timeout->place == 0);
    CHECK(fired_at_once == 0 || timeout->priority <= last_priority);
    last_priority = timeout->priority;
    fired++;
    fired_at_once++;
}

static void run_due(void)
{
    fired = fired_at_once = 0;
    timeouts_run();
    CHECK(fired_at_once <= 10);
    while (timeouts_waiting() >= 0) {
        CHECK_EQUAL(fired_at_once, 10);
        CHECK(timeouts_waiting() <= (int)last_priority);
        fired_at_once = 0;
        timeouts_run_others();
    }
}

static void test_timeouts(void)
{
    static struct timeout timeouts[500];
    unsigned set = 0;

    for (unsigned round = 0; round < 5000; round++) {
        struct timeout *timeout = &timeouts[random_below(500)];

        if (random_below(4) == 0) {
            set -= timeout->place != 0;
            timeout_cancel(timeout);
        } else {
            set += timeout->place == 0;
            CHECK(timeout_set(timeout, now + 1 + random_below(1000), random_below(5), fire) == CELL_OK);
        }
        if (random_below(50) == 0) {
            now += random_below(300);
            run_due();
            set -= fired;
        }
        CHECK_EQUAL(alarm_time != 0, set != 0);
        unsigned counted = 0;
        uint64_t earliest = UINT64_MAX;

        for (unsigned i = 0; i < 500; i++)
            if (timeouts[i].place != 0) {
                counted++;
                if (timeouts[i].when < earliest)
                    earliest = timeouts[i].when;
            }
        CHECK_EQUAL(counted, set);
        CHECK(set == 0 || alarm_time == earliest);
    }
    for (unsigned i = 0; i < 500; i++)
        timeout_cancel(&timeouts[i]);
    CHECK_EQUAL(alarm_time, 0);
}

/* Many are due; one with a higher priority is not behind them. */
static void test_timeouts_of_the_lowly(void)
{
    static struct timeout lowly[1000], high;

    for (unsigned i = 0; i < 1000; i++)
        CHECK(timeout_set(&lowly[i], now + 10, 1, fire) == CELL_OK);
    now += 10;
    fired = fired_at_once = 0;
    timeouts_run();
    CHECK_EQUAL(fired, 10);
    CHECK_EQUAL(timeouts_waiting(), 1);
    CHECK_EQUAL(alarm_time, 0);
    CHECK(timeout_set(&high, now + 5, 100, fire) == CELL_OK);
    CHECK_EQUAL(alarm_time, now + 5);
    now += 5;
    fired_at_once = 0;
    timeouts_run();
    CHECK_EQUAL(high.place, 0);
    while (timeouts_waiting() >= 0) {
        fired_at_once = 0;
        timeouts_run_others();
        CHECK(fired_at_once <= 10);
    }
    CHECK_EQUAL(fired, 1001);
}

/* ---- Options --------------------------------------------------------- */

static void test_options(void)
{
    static const char text[] = "system=shell  heartbeat=0 empty= system=toy flag n=12x big=4096 minus=-1 "
                               "most=18446744073709551615 wraps=18446744073709551616";
    char value[8];

    options_init(text, sizeof text);
    CHECK(strcmp(option_text("system", value, sizeof value, "x"), "toy") == 0);
    CHECK(strcmp(option_text("none", value, sizeof value, "otherwise"), "otherwi") == 0);
    CHECK(strcmp(option_text("empty", value, sizeof value, "x"), "") == 0);
    CHECK_EQUAL(option_number("heartbeat", 1), 0);
    CHECK_EQUAL(option_number("n", 7), 7);
    CHECK_EQUAL(option_number("flag", 7), 7);
    CHECK_EQUAL(option_number("empty", 7), 7);
    CHECK_EQUAL(option_number("big", 7), 4096);
    CHECK(!option_is_number("n") && !option_is_number("empty") && !option_is_number("minus"));
    CHECK(option_is_number("big") && option_is_number("none") && option_is_number("most"));
    CHECK(!option_is_number("wraps"));
    CHECK_EQUAL(option_number("most", 7), UINT64_MAX);
    options_init(text, 3);
    CHECK_EQUAL(option_number("big", 7), 7);
}

/* ---- The device tree ------------------------------------------------- */

struct tree {
    uint8_t bytes[512];
    uint32_t size;
};

static void put(struct tree *tree, uint32_t word)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        tree->bytes[tree->size++] = (uint8_t)(word >> shift);
}

static void put_text(struct tree *tree, const char *text, uint32_t length)
{
    memcpy(tree->bytes + tree->size, text, length);
    tree->size = (tree->size + length + 3) & ~3u;
}

/* A tree with / { a { size }; chosen { inner { bootargs }; bootargs; size }; }. */
static void build(struct tree *tree)
{
    static const char strings[] = "size\0bootargs";

    memset(tree, 0, sizeof *tree);
    tree->size = 40;
    put(tree, 1), put_text(tree, "", 1);
    put(tree, 1), put_text(tree, "a", 2);
    put(tree, 3), put(tree, 4), put(tree, 0), put(tree, 1);
    put(tree, 2);
    put(tree, 1), put_text(tree, "chosen", 7);
    put(tree, 4);
    put(tree, 1), put_text(tree, "inner", 6);
    put(tree, 3), put(tree, 4), put(tree, 5), put_text(tree, "no!", 4);
    put(tree, 2);
    put(tree, 3), put(tree, 6), put(tree, 5), put_text(tree, "a=b c", 6);
    put(tree, 3), put(tree, 8), put(tree, 0), put(tree, 1), put(tree, 2);
    put(tree, 2), put(tree, 2), put(tree, 9);
    uint32_t at = tree->size;

    put_text(tree, strings, sizeof strings);
    uint32_t size = tree->size;

    tree->size = 0;
    put(tree, 0xd00dfeed), put(tree, size), put(tree, 40), put(tree, at);
    tree->size = size;
}

static void test_fdt(void)
{
    struct tree tree;
    uint32_t length;

    build(&tree);
    const void *value = fdt_property(tree.bytes, tree.size, "chosen", "bootargs", &length);

    CHECK(value != NULL && length == 6 && strcmp(value, "a=b c") == 0);
    value = fdt_property(tree.bytes, tree.size, "chosen", "size", &length);
    CHECK(value != NULL && fdt_number(value, length) == UINT64_C(0x100000002));
    value = fdt_property(tree.bytes, tree.size, "a", "size", &length);
    CHECK(value != NULL && fdt_number(value, length) == 1);
    CHECK(fdt_property(tree.bytes, tree.size, "a", "bootargs", &length) == NULL);
    CHECK(fdt_property(tree.bytes, tree.size, "b", "size", &length) == NULL);
    CHECK(fdt_number(value, 3) == 0);
    /* Cut short, and with any word changed: never beyond its end (the sanitizer
     * watches). */
    for (uint32_t size = 0; size < tree.size; size++) {
        uint8_t *copy = malloc(size + 1);

        memcpy(copy, tree.bytes, size);
        CHECK(fdt_property(copy, size, "chosen", "size", &length) == NULL);
        free(copy);
    }
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t *copy = malloc(tree.size);

        memcpy(copy, tree.bytes, tree.size);
        for (unsigned i = 0; i < 3; i++)
            copy[8 + random_below(tree.size - 8)] = (uint8_t)random_below(256);
        value = fdt_property(copy, tree.size, "chosen", "size", &length);
        CHECK(value == NULL || (const uint8_t *)value + length <= copy + tree.size);
        free(copy);
    }
}

/* ---- Types ----------------------------------------------------------- */

static void test_types(void)
{
    type_t type, again;
    char name[40];

    CHECK_EQUAL(type_find("MO", 2), TYPE_MO);
    CHECK_EQUAL(type_find("MOO", 3), TYPE_NONE);
    CHECK(type_add("VCPU", 4, &type) == CELL_OK && type == TYPE_CPU);
    CHECK(type_add("", 0, &type) == CELL_BAD_ARGUMENT);
    CHECK(type_add("A B", 3, &type) == CELL_BAD_ARGUMENT);
    CHECK(type_add("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF", 32, &type) == CELL_BAD_ARGUMENT);
    for (unsigned i = 0; i < 2000; i++) {
        uint32_t length = (uint32_t)snprintf(name, sizeof name, "T%u", i);

        CHECK(type_add(name, length, &type) == CELL_OK);
        CHECK(type_add(name, length, &again) == CELL_OK && again == type);
        CHECK(strcmp(type_name(type), name) == 0);
    }
    CHECK_EQUAL(type_find("T77", 3), CM_CORE_TYPES + 77);
    CHECK(strcmp(type_name(TYPE_EP), "EP") == 0);
    /* With the last reference a type ends, and its number is another's. */
    type_release(CM_CORE_TYPES + 77);
    CHECK_EQUAL(type_find("T77", 3), CM_CORE_TYPES + 77);
    type_release(CM_CORE_TYPES + 77);
    CHECK_EQUAL(type_find("T77", 3), TYPE_NONE);
    CHECK(type_add("NEW", 3, &type) == CELL_OK);
    CHECK_EQUAL(type, CM_CORE_TYPES + 77);
    type_release(type);
    for (unsigned i = 0; i < 2000; i++)
        if (i != 77) {
            uint32_t length = (uint32_t)snprintf(name, sizeof name, "T%u", i);

            type = type_find(name, length);
            type_release(type);
            type_release(type);
            CHECK_EQUAL(type_find(name, length), TYPE_NONE);
        }
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t length = (uint32_t)snprintf(name, sizeof name, "U%u", i);

        CHECK(type_add(name, length, &type) == CELL_OK);
        type_release(type);
    }
    type_release(TYPE_EP);
    CHECK_EQUAL(type_find("EP", 2), TYPE_EP);
}

static const struct unit_test tests[] = {
    {"root.region-tree", test_regions},
    {"root.timeouts", test_timeouts},
    {"root.timeouts-of-the-lowly", test_timeouts_of_the_lowly},
    {"root.options", test_options},
    {"root.device-tree", test_fdt},
    {"root.types", test_types},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

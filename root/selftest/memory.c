/* SPDX-License-Identifier: BSD-2-Clause */
/* root/selftest/memory.c: tests of frames, objects and the heap. */
#include <sel4/constants.h>
#include <string.h>

#include "root/channel/control.h"
#include "root/memory/heap.h"
#include "root/memory/memory.h"
#include "root/memory/window.h"
#include "root/selftest/selftest.h"

static uint32_t state = 1;

static uint32_t random_below(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)state * limit >> 32);
}

/* ---- Frames ---------------------------------------------------------- */

#define FRAMES 1000u

static void fill(page_t page, uint64_t value, bool expect_zero)
{
    uint64_t *words = window_open(&page, 1, false);

    if (expect_zero)
        for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
            if (words[i] != 0) {
                EXPECT(words[i] == 0);
                break;
            }
    for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
        words[i] = value;
    window_close();
}

static void test_frames(void)
{
    static page_t pages[FRAMES];

    for (int round = 0; round < 3; round++) {
        EXPECT(frames_allocate(FRAMES, pages) == CELL_OK);
        for (unsigned i = 0; i < FRAMES; i++)
            fill(pages[i], ~UINT64_C(0), true);
        /* In single pieces, so that runs become partly free. */
        for (unsigned i = 0; i < FRAMES; i += 2)
            frames_free(1, &pages[i]);
        for (unsigned i = 0; i < FRAMES; i += 2) {
            EXPECT(frames_allocate(1, &pages[i]) == CELL_OK);
            fill(pages[i], ~UINT64_C(0), true);
        }
        frames_free(FRAMES, pages);
    }
}

/* ---- Objects --------------------------------------------------------- */

static const struct {
    unsigned type, bits;
} kinds[] = {
    {seL4_TCBObject, seL4_TCBBits},
    {seL4_EndpointObject, seL4_EndpointBits},
    {seL4_NotificationObject, seL4_NotificationBits},
    {seL4_ARM_PageTableObject, seL4_PageTableBits},
    {seL4_ARM_VSpaceObject, seL4_VSpaceBits},
    {seL4_UntypedObject, 16},
    {seL4_UntypedObject, 7},
};
#define KINDS (sizeof kinds / sizeof *kinds)
#define OBJECTS 700u

static void test_objects(void)
{
    state = 1;
    struct kernel_object *objects = heap_allocate(OBJECTS * sizeof *objects);

    for (unsigned i = 0; i < OBJECTS; i++)
        EXPECT(object_allocate(kinds[i % KINDS].type, kinds[i % KINDS].bits, &objects[i]) == CELL_OK);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned i = random_below(OBJECTS);
        unsigned kind = random_below(KINDS);

        object_free(&objects[i]);
        EXPECT(objects[i].slot == 0);
        EXPECT(object_allocate(kinds[kind].type, kinds[kind].bits, &objects[i]) == CELL_OK);
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        object_free(&objects[i]);
    for (unsigned bits = 1; bits <= 11; bits++) {
        EXPECT(cnode_allocate(bits, &objects[bits]) == CELL_OK);
        EXPECT(object_cnode(&objects[bits]).bits == bits);
    }
    for (unsigned bits = 1; bits <= 11; bits++)
        object_free(&objects[bits]);
    heap_free(objects, OBJECTS * sizeof *objects);
}

static void test_slots(void)
{
    static slot_t slots[3000];

    for (unsigned i = 0; i < 3000; i++) {
        slots[i] = slot_allocate();
        EXPECT(slots[i] != 0);
        EXPECT(kernel_copy(slots[i], SLOT_ENDPOINT) == 0);
    }
    for (unsigned i = 0; i < 3000; i++) {
        EXPECT(kernel_delete(slots[i]) == 0);
        slot_free(slots[i]);
    }
}

/* ---- The heap -------------------------------------------------------- */

#define BLOCKS 300u

static size_t random_size(void)
{
    switch (random_below(10)) {
    case 0:
        return 1 + random_below(100000);
    case 1:
        return 1 + random_below(3u << 20);
    default:
        return 1 + random_below(3000);
    }
}

static void check_block(const uint8_t *block, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i += 1 + i / 16)
        if (block[i] != value) {
            EXPECT(block[i] == value);
            return;
        }
}

static void test_heap(void)
{
    static uint8_t *blocks[BLOCKS];
    static size_t sizes[BLOCKS];

    state = 1;
    for (unsigned i = 0; i < BLOCKS; i++) {
        sizes[i] = random_size();
        blocks[i] = heap_allocate(sizes[i]);
        EXPECT(blocks[i] != NULL);
        check_block(blocks[i], sizes[i], 0);
        memset(blocks[i], (int)i, sizes[i]);
    }
    for (unsigned round = 0; round < 1000; round++) {
        unsigned i = random_below(BLOCKS);
        size_t size = random_size(), kept = size < sizes[i] ? size : sizes[i];

        check_block(blocks[i], sizes[i], (uint8_t)i);
        uint8_t *block = heap_resize(blocks[i], sizes[i], size);

        EXPECT(block != NULL);
        check_block(block, kept, (uint8_t)i);
        check_block(block + kept, size - kept, 0);
        memset(block, (int)i, size);
        blocks[i] = block;
        sizes[i] = size;
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        heap_free(blocks[i], sizes[i]);
}

/* ---- The end of memory ----------------------------------------------- */

/* A list of pages through the pages of the heap, until there are no more. */
static void test_exhaustion(void)
{
    struct link {
        struct link *next;
        uint8_t rest[5000];
    } *first = NULL, *link;
    uint64_t count = 0;
    page_t pages[RUN_PAGES];
    struct kernel_object object;

    while ((link = heap_allocate(sizeof *link)) != NULL) {
        link->next = first;
        first = link;
        count++;
    }
    EXPECT(count > 1000);
    EXPECT(frames_allocate(RUN_PAGES, pages) == CELL_NO_MEMORY);
    /* Whatever is asked for now gets an exact answer. */
    cell_error_t error = object_allocate(seL4_UntypedObject, 16, &object);

    EXPECT(error == CELL_NO_MEMORY || error == CELL_OK);
    object_free(&object);
    EXPECT(heap_allocate(100000) == NULL);
    EXPECT(memory_check(control_log));
    while (first != NULL) {
        link = first;
        first = link->next;
        heap_free(link, sizeof *link);
    }
}

const struct selftest selftests_memory[] = {
    {"frames", test_frames}, {"objects", test_objects},       {"slots", test_slots},
    {"heap", test_heap},     {"exhaustion", test_exhaustion}, {NULL, NULL},
};

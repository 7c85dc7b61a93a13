/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/pool.c: the pool under malloc against a list of what was allocated, with its rules checked as it goes.
 */
#include "lib/runtime/pool.h"
#include "tests/harness/unit.h"

enum { arena_bytes = 1 << 20, held = 64 };

static _Alignas(4096) unsigned char arena[arena_bytes];
static size_t arena_used, arena_limit, gap;
static unsigned arena_calls;

/* Pages, one after the other; `gap` bytes are left out before each. */
static void *more(size_t *bytes)
{
    size_t whole = (*bytes + 4095) & ~(size_t)4095;
    size_t from = arena_used + gap;
    arena_calls++;
    if (from > arena_limit || whole > arena_limit - from)
        return NULL;
    arena_used = from + whole;
    *bytes = whole;
    return arena + from;
}

static struct pool make(size_t limit)
{
    memset(arena, 0xaa, sizeof arena);
    arena_used = gap = 0;
    arena_calls = 0;
    arena_limit = limit;
    return (struct pool){.more = more};
}

static void test_one(void)
{
    struct pool pool = make(4096);
    char *memory = pool_allocate(&pool, 100, 1);

    CHECK(memory != NULL && (uintptr_t)memory % POOL_GRAIN == 0);
    CHECK(pool_usable(memory) >= 100 && pool_usable(memory) < 100 + 2 * POOL_GRAIN);
    memset(memory, 1, pool_usable(memory));
    CHECK(pool_check(&pool));
    CHECK(pool_free(&pool, memory) && pool_check(&pool));
    CHECK(pool_allocate(&pool, 100, 1) == memory && arena_calls == 1);
}

/* Everything that was there comes back: one block of nearly all. */
static void test_all_comes_back(void)
{
    struct pool pool = make(8 * 4096);
    void *blocks[held];

    for (int order = 0; order < 3; order++) {
        for (int i = 0; i < held; i++)
            CHECK((blocks[i] = pool_allocate(&pool, (size_t)i * 13, 1)) != NULL);
        for (int i = 0; i < held; i++) {
            int at = order == 0 ? i : order == 1 ? held - 1 - i : i * 29 % held;
            CHECK(pool_free(&pool, blocks[at]) && pool_check(&pool));
        }
        void *all = pool_allocate(&pool, 8 * 4096 - 24, 1);
        CHECK(all != NULL && pool_check(&pool));
        CHECK(pool_allocate(&pool, 0, 1) == NULL);
        CHECK(pool_free(&pool, all));
    }
}

static void test_out_of_memory(void)
{
    struct pool pool = make(2 * 4096);

    CHECK(pool_allocate(&pool, 3 * 4096, 1) == NULL);
    CHECK(pool_allocate(&pool, SIZE_MAX, 1) == NULL);
    CHECK(pool_allocate(&pool, POOL_SIZE_LIMIT, 1) == NULL);
    CHECK(pool_allocate(&pool, 16, POOL_SIZE_LIMIT) == NULL);
    void *memory = pool_allocate(&pool, 8000, 1);
    CHECK(memory != NULL && pool_allocate(&pool, 8000, 1) == NULL);
    CHECK(!pool_resize(&pool, memory, 9000) && !pool_resize(&pool, memory, SIZE_MAX));
    CHECK(pool_free(&pool, memory));
    /* A block of the same size is found again, though its class has smaller ones too. */
    CHECK(pool_allocate(&pool, 8000, 1) == memory);
}

static void test_freed_twice(void)
{
    struct pool pool = make(4096);
    void *a = pool_allocate(&pool, 50, 1), *b = pool_allocate(&pool, 50, 1), *c = pool_allocate(&pool, 50, 1);

    CHECK(pool_free(&pool, b) && !pool_free(&pool, b));
    CHECK(pool_free(&pool, a) && !pool_free(&pool, a) && !pool_free(&pool, b)); /* joined with a */
    CHECK(pool_free(&pool, c) && !pool_free(&pool, c) && pool_check(&pool));
}

static void test_alignment(void)
{
    struct pool pool = make(arena_bytes);

    for (size_t align = 1; align <= 65536; align *= 2) {
        for (size_t size = 0; size < 200; size += 37) {
            char *memory = pool_allocate(&pool, size, align);
            CHECK(memory != NULL && (uintptr_t)memory % align == 0);
            memset(memory, 5, size);
            CHECK(pool_check(&pool));
            if (size % 2 == 0)
                CHECK(pool_free(&pool, memory));
        }
    }
    CHECK(pool_check(&pool));
}

static void test_resize(void)
{
    struct pool pool = make(4096);
    char *a = pool_allocate(&pool, 100, 1), *b = pool_allocate(&pool, 100, 1);

    CHECK(!pool_resize(&pool, a, 200)); /* b is in the way */
    CHECK(pool_resize(&pool, a, 10) && pool_usable(a) < 40 && pool_check(&pool));
    CHECK(pool_resize(&pool, a, 100) && pool_check(&pool));
    CHECK(pool_free(&pool, b) && pool_resize(&pool, a, 3000) && pool_usable(a) >= 3000 && pool_check(&pool));
    CHECK(!pool_resize(&pool, a, 5000) && pool_usable(a) >= 3000);
    CHECK(pool_free(&pool, a) && pool_check(&pool));
}

/* Memory that does not follow the last. */
static void test_gaps(void)
{
    struct pool pool = make(arena_bytes);

    gap = 64;
    void *a = pool_allocate(&pool, 2000, 1);
    void *b = pool_allocate(&pool, 5900, 1);
    CHECK(a != NULL && b == NULL); /* what is asked for is what is missing behind the last: a page each time */
    gap = 0;
    b = pool_allocate(&pool, 5900, 1);
    CHECK(b != NULL && pool_check(&pool));
    CHECK(pool_free(&pool, a) && pool_free(&pool, b) && pool_check(&pool));
}

/* Allocating, resizing and freeing in any order; no block touches another's contents. */
static void test_random(void)
{
    struct pool pool = make(arena_bytes);
    unsigned char *blocks[held] = {NULL};
    size_t sizes[held];
    uint64_t state = 88172645463325252;
    int rounds = unit_long() ? 3000000 : 60000;

    for (int round = 0; round < rounds; round++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        unsigned at = state % held;
        size_t size = (state >> 8) % (1 << (state >> 40) % 16);
        size_t align = (size_t)1 << (state >> 50) % 9;

        if (blocks[at] == NULL) {
            blocks[at] = pool_allocate(&pool, sizes[at] = size, align);
            if (blocks[at] == NULL)
                continue;
            CHECK((uintptr_t)blocks[at] % align == 0);
            memset(blocks[at], (int)at, size);
        } else {
            size_t kept = sizes[at];
            if (state >> 60 < 8 && pool_resize(&pool, blocks[at], size)) {
                kept = size < sizes[at] ? size : sizes[at];
                sizes[at] = size;
            }
            for (size_t i = 0; i < kept; i++)
                CHECK(blocks[at][i] == at);
            memset(blocks[at], (int)at, sizes[at]);
            if (state >> 60 >= 4) {
                CHECK(pool_free(&pool, blocks[at]));
                blocks[at] = NULL;
            }
        }
        if (round % 64 == 0)
            CHECK(pool_check(&pool));
    }
    for (unsigned at = 0; at < held; at++)
        CHECK(blocks[at] == NULL || pool_free(&pool, blocks[at]));
    CHECK(pool_check(&pool));
    CHECK(pool_allocate(&pool, arena_used - 24, 1) != NULL);
}

static const struct unit_test tests[] = {
    {"one", test_one},
    {"all-comes-back", test_all_comes_back},
    {"out-of-memory", test_out_of_memory},
    {"freed-twice", test_freed_twice},
    {"alignment", test_alignment},
    {"resize", test_resize},
    {"gaps", test_gaps},
    {"random", test_random},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

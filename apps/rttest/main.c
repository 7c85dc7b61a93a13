/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/rttest/main.c: tests of a program's environment: C library,
 * memory, threads, requests. `rttest` runs all, `rttest NAME…` those that are named,
 * and `rttest list` prints the names.
 */
#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/mo.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <errno.h>
#include <lib/client/spawn.h>
#include <lib/runtime/runtime.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static jmp_buf failed;
static char why[128];

#define CHECK(condition) check((condition) != 0, __LINE__, #condition)

static void check(int holds, int line, const char *text)
{
    if (holds)
        return;
    snprintf(why, sizeof why, "line %d: %s", line, text);
    longjmp(failed, 1);
}

static void check_text(const char *got, const char *expected)
{
    if (strcmp(got, expected) == 0)
        return;
    snprintf(why, sizeof why, "'%s', not '%s'", got, expected);
    longjmp(failed, 1);
}

/* ---- The C library ------------------------------------------------------------ */

static void test_float(void)
{
    char text[64];
    volatile double two = 2.0, third = 1.0 / 3.0;

    snprintf(text, sizeof text, "%.3f %g %e %.10f", sqrt(two), third, 12345.678, third);
    check_text(text, "1.414 0.333333 1.234568e+04 0.3333333333");
    CHECK(strtod("2.5e3", NULL) == 2500.0);
    CHECK(fabs(sin(two) - 0.9092974268) < 1e-9);
}

static void test_printf(void)
{
    char text[64];

    snprintf(text, sizeof text, "%d|%-5s|%05d|%#x|%lu|%c|%%|%zu", -3, "ab", 42, 255, ~0ul, 'z',
             sizeof(int));
    check_text(text, "-3|ab   |00042|0xff|18446744073709551615|z|%|4");
    CHECK(snprintf(text, 4, "long") == 4 && strcmp(text, "lon") == 0);
}

static void test_string(void)
{
    char text[64];

    memset(text, 'x', sizeof text);
    memmove(text + 3, memcpy(text, "abcdefgh", 9), 9);
    check_text(text, "abcabcdefgh");
    CHECK(memcmp("abc", "abd", 3) < 0 && strchr(text, 'd') == text + 6 && strlen(text) == 11);
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void test_sort(void)
{
    int numbers[100];

    for (int i = 0; i < 100; i++)
        numbers[i] = i * 37 % 100;
    qsort(numbers, 100, sizeof *numbers, compare);
    for (int i = 0; i < 100; i++)
        CHECK(numbers[i] == i);
}

static void test_malloc(void)
{
    char *pieces[64] = {0};

    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < 64; i++) {
            size_t size = 1 + (i * 977 + round * 131) % 9000;

            free(pieces[i]);
            pieces[i] = malloc(size);
            CHECK(pieces[i] != NULL && (uintptr_t)pieces[i] % 16 == 0);
            memset(pieces[i], (int)i, size);
        }
    }
    for (unsigned i = 0; i < 64; i++) {
        CHECK(pieces[i][0] == (char)i);
        free(pieces[i]);
    }
    char *large = calloc(1, 1 << 20);

    CHECK(large != NULL && large[0] == 0 && large[(1 << 20) - 1] == 0);
    large = realloc(large, 1 << 21);
    CHECK(large != NULL);
    free(large);
}

static void test_malloc_fails(void)
{
    errno = 0;
    CHECK(malloc((size_t)1 << 40) == NULL);
    CHECK(errno == ENOMEM);
}

static void test_errno(void)
{
    char byte;

    errno = 0;
    CHECK(read(7, &byte, 1) == -1 && errno == EBADF);
    errno = 0;
    CHECK(write(0, &byte, 1) == -1 && errno == EBADF);
    CHECK(strlen(strerror(ENOENT)) > 0);
}

static __thread int initialised = 41;
static __thread char zeroed[100];

static void test_tls(void)
{
    initialised++;
    CHECK(initialised == 42);
    for (unsigned i = 0; i < sizeof zeroed; i++)
        CHECK(zeroed[i] == 0);
}

static void test_setjmp(void)
{
    jmp_buf here;
    volatile int times = 0;

    if (setjmp(here) < 3) {
        times++;
        longjmp(here, times);
    }
    CHECK(times == 3);
}

/* ---- The PD ----------------------------------------------------------------------- */

static void test_start_block(void)
{
    const struct start_block *start = runtime_start_block;
    int here;

    CHECK(start->magic == START_MAGIC && start->version == START_VERSION);
    CHECK((uintptr_t)&here >= start->stack_low &&
          (uintptr_t)&here < start->stack_low + start->stack_pages * CELL_PAGE);
    CHECK(cell_pd_id() != 0);
    CHECK(cell_rde("MO") != 0 && cell_rde("NOSUCH") == 0);
}

static void test_memory(void)
{
    struct cell_memory memory;
    uint64_t start, pages, kind, rights;

    CHECK(cell_memory_make(3, &memory) == CELL_OK);
    char *bytes = memory.address;

    CHECK(bytes[0] == 0 && bytes[3 * CELL_PAGE - 1] == 0);
    memset(bytes, 7, 3 * CELL_PAGE);
    CHECK(ads_find(CSPACE_SELF, (uint64_t)bytes + 5000, &start, &pages, &kind, &rights) == CELL_OK);
    CHECK(start == (uint64_t)bytes && pages == 3 && rights == (CELL_READ | CELL_WRITE));
    cell_memory_free(&memory);
    CHECK(ads_remove(CSPACE_SELF, (uint64_t)bytes) == CELL_NOT_FOUND);
}

static void test_errors(void)
{
    cell_cap_t space = cell_rde("MO"), mo;
    uint64_t pages;

    CHECK(mo_allocate(space, 0, 0, &mo) == CELL_BAD_ARGUMENT);
    CHECK(mo_allocate(space, 1, 9, &mo) == CELL_BAD_ARGUMENT);
    CHECK(mo_size(space, &pages) == CELL_WRONG_TYPE);
    CHECK(mo_allocate(CSPACE_SELF, 1, 0, &mo) == CELL_WRONG_TYPE);
    CHECK(ads_attach(CSPACE_SELF, 0xf00fffff, 0, 0, 3, 0, &pages) == CELL_BAD_HANDLE);
    CHECK(mo_allocate(space, 1, 0, &mo) == CELL_OK);
    CHECK(mo_release(mo) == CELL_OK);
    CHECK(mo_size(mo, &pages) != CELL_OK);
}

/* Many handles at once; each denotes its own object. */
static void test_many_handles(void)
{
    static cell_cap_t mos[3000];
    cell_cap_t space = cell_rde("MO");
    uint64_t pages;

    for (unsigned i = 0; i < 3000; i++)
        CHECK(mo_allocate(space, 1 + i % 3, 1, &mos[i]) == CELL_OK);
    for (unsigned i = 0; i < 3000; i++)
        CHECK(mo_size(mos[i], &pages) == CELL_OK && pages == 1 + i % 3);
    for (unsigned i = 0; i < 3000; i++)
        CHECK(mo_release(mos[i]) == CELL_OK);
}

static void test_time(void)
{
    uint64_t before, after, resolution, frequency;

    CHECK(clock_now(&before, &resolution, &frequency) == CELL_OK);
    CHECK(cell_sleep(resolution + 10000000) == CELL_OK);
    CHECK(clock_now(&after, &resolution, &frequency) == CELL_OK);
    CHECK(after >= before + 10000000);
}

/* ---- Threads ------------------------------------------------------------------------- */

static volatile int seen;

static int thread(void *argument)
{
    seen = *(int *)argument;
    initialised += 1;
    errno = 5;
    return initialised + (zeroed[0] == 0 ? 0 : 1000);
}

static void test_thread(void)
{
    struct spawned spawned;
    uint64_t cause, code;
    int argument = 77, mine = initialised;

    errno = 0;
    CHECK(cell_thread_create(thread, &argument, &spawned) == CELL_OK);
    CHECK(pd_wait(spawned.pd, spawned.id, &cause, &code) == CELL_OK);
    CHECK(cause == 0 && code == 42);
    CHECK(seen == 77 && initialised == mine && errno == 0);
    CHECK(handle_drop(spawned.pd) == CELL_OK);
}

static int allocate(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 200; i++)
        free(malloc(16 + i * 64));
    return 0;
}

static void test_threads_share_heap(void)
{
    struct spawned spawned[4];
    uint64_t cause, code;

    for (unsigned i = 0; i < 4; i++)
        CHECK(cell_thread_create(allocate, NULL, &spawned[i]) == CELL_OK);
    allocate(NULL);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(pd_wait(spawned[i].pd, spawned[i].id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
        handle_drop(spawned[i].pd);
    }
}

static void test_spawn(void)
{
    static char *arguments[] = {"from 'rttest'"};
    struct spawn spawn;
    struct spawned spawned;
    uint64_t cause, code;

    spawn_begin(&spawn, "child", "process", "program=hello");
    spawn_edges(&spawn);
    spawn_arguments(&spawn, 1, arguments);
    CHECK(spawn_run(&spawn, &spawned) == CELL_OK);
    CHECK(pd_wait(spawned.pd, spawned.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    CHECK(handle_drop(spawned.pd) == CELL_OK);
    spawn_begin(&spawn, "child", "process", "program=nosuch");
    CHECK(spawn_run(&spawn, &spawned) == CELL_NOT_FOUND);
    spawn_begin(&spawn, "child", "process", "program=hello");
    spawn_line(&spawn, "  nonsense 1");
    CHECK(spawn_run(&spawn, &spawned) == CELL_BAD_CONFIG);
    CHECK(strlen(spawned.fault) > 0);
}

/* ---- The table --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"float", test_float},
    {"printf", test_printf},
    {"string", test_string},
    {"sort", test_sort},
    {"malloc", test_malloc},
    {"malloc-fails", test_malloc_fails},
    {"errno", test_errno},
    {"tls", test_tls},
    {"setjmp", test_setjmp},
    {"start-block", test_start_block},
    {"memory", test_memory},
    {"errors", test_errors},
    {"many-handles", test_many_handles},
    {"time", test_time},
    {"thread", test_thread},
    {"threads-share-heap", test_threads_share_heap},
    {"spawn", test_spawn},
};

#define TESTS (sizeof tests / sizeof *tests)

static int run_one(unsigned i)
{
    if (setjmp(failed) != 0) {
        printf("FAIL %s: %s\n", tests[i].name, why);
        return 1;
    }
    tests[i].run();
    printf("PASS %s\n", tests[i].name);
    return 0;
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc < 2;
}

int main(int argc, char **argv)
{
    unsigned run = 0, failures = 0;

    for (unsigned i = 0; i < TESTS; i++) {
        if (argc == 2 && strcmp(argv[1], "list") == 0) {
            printf("%s\n", tests[i].name);
        } else if (wanted(tests[i].name, argc, argv)) {
            failures += (unsigned)run_one(i);
            run++;
        }
    }
    if (run != 0)
        printf("rttest: %u of %u passed\n", run - failures, run);
    return failures != 0;
}

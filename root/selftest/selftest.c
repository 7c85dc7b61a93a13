/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/selftest/selftest.c: see selftest.h. Each test must leave frames, objects, slots
 * and heap as it found them; it is run a few times before, so that what is kept for
 * good (leaves, chunks of tables) is there.
 */
#include "root/selftest/selftest.h"

#include <string.h>

#include "root/base/bug.h"
#include "root/base/options.h"
#include "root/channel/control.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/memory/heap.h"
#include "root/memory/memory.h"

#define WARM_UP 4

static unsigned failures;

void selftest_failed(const char *file, int line, const char *text)
{
    control_log("selftest: %s:%d: %s", file, line, text);
    failures++;
}

static void compare(const char *name, const char *what, uint64_t before, uint64_t after)
{
    if (before == after)
        return;
    control_log("selftest: %s: %s: %lu before, %lu after", name, what, before, after);
    failures++;
}

static void run(const struct selftest *test)
{
    struct memory_figures before, after;
    unsigned failed = failures;

    for (int i = 0; i < WARM_UP; i++)
        test->run();
    reap_all();
    memory_figures(&before);
    uint64_t heap = heap_used(), handles = handle_count();

    test->run();
    reap_all();
    memory_figures(&after);
    compare(test->name, "frames but for the heap", before.frames - before.heap_pages,
            after.frames - after.heap_pages);
    compare(test->name, "objects", before.objects, after.objects);
    compare(test->name, "bytes of objects", before.object_bytes, after.object_bytes);
    compare(test->name, "slots", before.slots, after.slots);
    compare(test->name, "heap", heap, heap_used());
    compare(test->name, "handles", handles, handle_count());
    EXPECT(memory_check(control_log));
    control_log("selftest: %s %s", test->name, failures == failed ? "ok" : "FAILED");
}

static unsigned run_table(const struct selftest *tests, const char *name)
{
    unsigned count = 0;

    for (; tests->name != NULL; tests++)
        if (strcmp(name, "all") == 0 || strcmp(name, tests->name) == 0) {
            run(tests);
            count++;
        }
    return count;
}

/* Takes a page of stack again and again, until it is in the guard page. */
static void use_stack(void)
{
    volatile char *low = (volatile char *)__builtin_frame_address(0);

    for (;;) {
        low -= 4096;
        *low = 0;
    }
}

void selftest_run(void)
{
    char name[32];

    option_text("selftest", name, sizeof name, "");
    if (name[0] == 0)
        return;
    if (strcmp(name, "bug") == 0)
        root_bug("this was asked for");
    if (strcmp(name, "fault") == 0)
        __asm__ volatile("str xzr, [%0]" : : "r"(8));
    if (strcmp(name, "stack") == 0)
        use_stack();
    while (strcmp(name, "loop") == 0)
        __asm__ volatile("");
    if (strcmp(name, "bench") == 0) {
        selftest_bench();
        control_exit(failures != 0);
    }
    unsigned count = run_table(selftests_memory, name) + run_table(selftests_account, name) +
                     run_table(selftests_space, name) + run_table(selftests_cpu, name);

    if (count == 0)
        control_log("selftest: there is no test '%s'", name);
    control_exit(count == 0 || failures != 0);
}

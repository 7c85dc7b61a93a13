/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/harness/unit.h: a host unit test program is a table of named tests:
 *
 *   static void test_empty(void) { CHECK(archive_count(empty) == 0); }
 *   static const struct unit_test tests[] = {{"empty", test_empty}};
 *   int main(int argc, char **argv) { return UNIT_MAIN(tests, argc, argv); }
 *
 * It prints "PASS name" or "FAIL name: file:line: what" per test; an argument
 * runs the test of that name alone.
 */
#pragma once

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
    const char *name;
    void (*run)(void);
};

/* Where a failed check goes. */
static jmp_buf unit_failed;
static char unit_why[512];

/* Fails the running test unless `condition` holds. */
#define CHECK(condition) unit_check((condition) != 0, __FILE__, __LINE__, #condition)
/* The same for two integers; the message has both. */
#define CHECK_EQUAL(got, expected)                                                                  \
    unit_check_equal((uint64_t)(got), (uint64_t)(expected), __FILE__, __LINE__, #got)

static inline void unit_check(int holds, const char *file, int line, const char *text)
{
    if (holds)
        return;
    snprintf(unit_why, sizeof unit_why, "%s:%d: %s", file, line, text);
    longjmp(unit_failed, 1);
}

static inline void unit_check_equal(uint64_t got, uint64_t expected, const char *file, int line,
                                    const char *text)
{
    if (got == expected)
        return;
    snprintf(unit_why, sizeof unit_why, "%s:%d: %s is %#jx, not %#jx", file, line, text,
             (uintmax_t)got, (uintmax_t)expected);
    longjmp(unit_failed, 1);
}

/* Whether the long version of the tests was asked for. */
static inline int unit_long(void)
{
    const char *text = getenv("CELL_TEST_LONG");

    return text != NULL && strcmp(text, "1") == 0;
}

#define UNIT_MAIN(tests, argc, argv) unit_main(tests, sizeof tests / sizeof *tests, argc, argv)

/* Returns whether the test passed. */
static inline int unit_run(const struct unit_test *test)
{
    if (setjmp(unit_failed) != 0) {
        printf("FAIL %s: %s\n", test->name, unit_why);
        return 0;
    }
    test->run();
    printf("PASS %s\n", test->name);
    return 1;
}

static inline int unit_main(const struct unit_test *tests, size_t count, int argc, char **argv)
{
    int failures = 0;

    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
            continue;
        failures += !unit_run(&tests[i]);
        fflush(stdout);
    }
    return failures == 0 ? 0 : 1;
}

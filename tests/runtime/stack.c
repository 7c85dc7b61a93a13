/* SPDX-License-Identifier: BSD-2-Clause */
/* How much stack the C library needs. It comes without probes and without figures, so what it is assumed to need at most,
 * RUNTIME_LIBC_STACK, is measured here: functions that need the most run on a stack that was painted before. As long as the
 * whole call needs no more than a page, none of its frames can get past a guard page. */
#include "runtime_test.h"
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { room = 32768, paint = 0xa5, numbers = 1000 };

static _Alignas(16) unsigned char stack[room];

/* Calls `function` with the stack pointer at `top`. */
static __attribute__((noinline)) void call_on(void *top, void (*function)(void))
{
    __asm__ volatile("mov x19, sp\n mov sp, %0\n blr %1\n mov sp, x19"
                     :
                     : "r"(top), "r"(function)
                     : "x19", "x30", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                       "x15", "x16", "x17", "x18", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "memory", "cc");
}

static size_t needs(void (*function)(void))
{
    memset(stack, paint, sizeof stack);
    call_on(stack + sizeof stack, function);
    size_t untouched = 0;
    while (untouched < sizeof stack && stack[untouched] == paint) {
        untouched++;
    }
    return sizeof stack - untouched;
}

static char text[2000];
static volatile double number = 1.7976931348623157e308;

static void use_printf(void)
{
    snprintf(text, sizeof text, "%.300f|%.40e|%.30a|%s|%100d|%p|%lc", number, 5e-324, number, "text", -12345, (void *)text, L'x');
}

static void use_printf_stream(void)
{
    printf("%s%.17g%n", "", number, &(int){0});
    printf("\n");
}

static void use_strtod(void)
{
    memset(text, '7', 700);
    strcpy(text + 700, "e-600");
    number = strtod(text, NULL);
    number = strtod("0x1.fffffffffffffffffffffffp-1023", NULL);
}

static void use_scanf(void)
{
    double value;
    sscanf("123456789012345678901234567890e-30 word 0x1.8p4 [set]", "%lf %s %lf [%[a-z]]", &value, text, &value, text + 100);
}

static int sorted[numbers];

static int compare(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

static void use_qsort(void)
{
    for (int i = 0; i < numbers; i++) { /* up, down, and the same: the patterns that make it recurse */
        sorted[i] = i % 3 == 0 ? i : i % 3 == 1 ? numbers - i : 7;
    }
    qsort(sorted, numbers, sizeof *sorted, compare);
}

static const struct {
    const char *name;
    void (*run)(void);
} users[] = {
    {"snprintf", use_printf}, {"printf", use_printf_stream}, {"strtod", use_strtod}, {"sscanf", use_scanf}, {"qsort", use_qsort},
};

static void test_library(void)
{
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        size_t bytes = needs(users[i].run);
        printf("  %s needs %zu bytes of stack\n", users[i].name, bytes);
        EXPECT(bytes > 64 && bytes <= RUNTIME_LIBC_STACK);
    }
    for (int i = 1; i < numbers; i++) {
        EXPECT(sorted[i - 1] <= sorted[i]);
    }
}

const struct runtime_test stack_tests[] = {{"library", test_library}, {NULL, NULL}};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/core.h: the root task's core on the fake kernel, for test programs.
 */
#pragma once

#include <stdint.h>

/* Brings memory up, once. Boot memory for the heap and its tables included. */
void core_start(void);

/* Lets allocation number `count` from now on fail (0: the next); UINT64_MAX: none.
 * Allocations are heap blocks, frames, kernel objects and slots. */
void core_fail_at(uint64_t count);
/* Whether an allocation was made to fail since. */
int core_has_failed(void);

/* How often pages were given back by the heap. */
extern uint64_t core_pages_given;

/* Figures that must be the same before and after: used frames but those of the heap,
 * objects, slots, bytes of the heap, handles. */
struct core_figures {
    uint64_t frames, objects, object_bytes, slots, heap, handles;
};
struct core_figures core_figures(void);
/* Fails the running test if they differ. */
/* From the file with main(), where a failed check goes. */
void core_failed(const char *file, int line, const char *text);
/* Checks of the other files. */
#define CORE_CHECK(condition) ((condition) ? (void)0 : core_failed(__FILE__, __LINE__, #condition))
#define CORE_CHECK_EQUAL(got, expected) CORE_CHECK((uint64_t)(got) == (uint64_t)(expected))
void core_compare(const struct core_figures *before, const char *file, int line);
/* test_ranges.c, test_copies.c, test_large.c, test_follow.c */
void test_ranges(void);
void test_copies(void);
void test_large(void);
void test_follow(void);
#define CHECK_SAME(before) core_compare(before, __FILE__, __LINE__)

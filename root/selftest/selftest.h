/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/selftest/selftest.h: tests of the core on the running kernel, instead of a system:
 * boot option `selftest=all` or `selftest=NAME`.
 */
#pragma once

#include "root/core/ads.h"

/* Runs what the option asks for and ends the machine, with status 0 if all
 * passed; returns if there is no such option. */
void selftest_run(void);

/* For the files with tests: a test fails by calling this (and returning). */
void selftest_failed(const char *file, int line, const char *text);
#define EXPECT(condition)                                                                           \
    ((condition) ? (void)0 : selftest_failed(__FILE__, __LINE__, #condition))

#define READ_WRITE (CM_READ | CM_WRITE)

/* Make what most tests need, paid for by the root task; a test fails if they cannot. */
static inline struct mo *selftest_mo(uint64_t pages, unsigned flags)
{
    struct mo *mo = NULL;

    EXPECT(mo_create(&root_account, pages, flags, &mo) == CELL_OK);
    return mo;
}

static inline struct ads *selftest_ads(void)
{
    struct ads *ads = NULL;

    EXPECT(ads_create(&root_account, &ads) == CELL_OK);
    return ads;
}

struct selftest {
    const char *name;
    void (*run)(void);
};
extern const struct selftest selftests_memory[], selftests_space[], selftests_cpu[],
    selftests_account[];

/* Figures instead of tests: bench.c. */
void selftest_bench(void);

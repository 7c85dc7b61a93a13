/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/check.h: the checked build: what must be true is checked, and a violation is a panic. In
 * the other builds nothing of it is there.
 */
#pragma once

#include "nucleus/panic.h"

#if NUCLEUS_CHECKED
#define check_that(condition, what)                                      \
    do {                                                                 \
        if (!(condition))                                                \
            panic("broken: " what, __LINE__, (uint64_t)(condition), 0);  \
    } while (0)

/* At the end of an entry to the kernel (vectors.S): checks everything, every CHECK_INTERVAL times (check.c). */
#define CHECK_INTERVAL 512
void check_after_entry(void);

/* check_objects.c: all capabilities, and what they keep alive. */
void check_objects(void);

/* For tests of the checker (tests/nucleus/checker.py): breaks one of the things that are checked. False: there is no
 * thing of that number. */
bool check_break(unsigned number);
#else
#define check_that(condition, what) ((void)0)
#endif

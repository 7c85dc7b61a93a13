/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/check.h: the checked build: what must be true is checked, and a violation is a panic. In
 * the other builds nothing of it is there.
 */
#ifndef NUCLEUS_CHECK_H
#define NUCLEUS_CHECK_H

#include "nucleus/panic.h"

#if NUCLEUS_CHECKED
#define check_that(condition, what)                                      \
    do {                                                                 \
        if (!(condition))                                                \
            panic("broken: " what, __LINE__, (uint64_t)(condition), 0);  \
    } while (0)
#else
#define check_that(condition, what) ((void)0)
#endif

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/check.h: what clients that are tests say when something is wrong. The file that includes it defines CHECKER, the
 * program's name, before. */
#pragma once

#include <lib/client/client.h>
#include <stdio.h>

static unsigned faults;

static inline void expect(const char *what, cell_error_t error, cell_error_t right)
{
    if (error == right)
        return;
    printf(CHECKER ": %s: %s and not %s\n", what, cell_error_text(error), cell_error_text(right));
    faults++;
}

static inline void equal(const char *what, uint64_t got, uint64_t right)
{
    if (got == right)
        return;
    printf(CHECKER ": %s: %lu and not %lu\n", what, got, right);
    faults++;
}

/* The last line, and the exit code. */
static inline int checked(const char *what)
{
    printf(CHECKER ": %s: %s\n", what, faults == 0 ? "as it should be" : "wrong");
    return faults != 0;
}

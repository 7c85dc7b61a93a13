/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/check.h: how programs that are tests report what is wrong. A file that includes it first defines CHECKER, the program's
 * name. */
#pragma once

#include <lib/client/client.h>
#include <stdio.h>

/* How many things were wrong: one counter for all files of the program. */
extern unsigned faults;
__attribute__((weak)) unsigned faults;

/* Reports `what` if an error is not the right one. */
static inline void expect(const char *what, cell_error_t error, cell_error_t right)
{
    if (error == right)
        return;
    printf(CHECKER ": %s: %s and not %s\n", what, cell_error_text(error), cell_error_text(right));
    faults++;
}

/* The same for numbers. */
static inline void equal(const char *what, uint64_t got, uint64_t right)
{
    if (got == right)
        return;
    printf(CHECKER ": %s: %lu and not %lu\n", what, got, right);
    faults++;
}

/* Prints the verdict; returns the program's exit code. */
static inline int checked(const char *what)
{
    printf(CHECKER ": %s: %s\n", what, faults == 0 ? "as it should be" : "wrong");
    return faults != 0;
}

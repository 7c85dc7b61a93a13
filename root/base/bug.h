/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/bug.h: what only a bug of the root task can cause ends here: a report
 * on the control channel, and the end of the machine. Running out of something,
 * or anything that a PD did, never comes here.
 */
#pragma once

/* What root_bug() said, for the monitor's report; empty until then. */
extern char root_bug_text[512];

/* Keeps the text and stops the main thread with a fault, which brings the monitor on. */
_Noreturn void root_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Calls root_bug() unless the kernel error is 0. `what`: "area: operation". */
static inline void must(int error, const char *what)
{
    if (error != 0)
        root_bug("%s: kernel error %d", what, error);
}

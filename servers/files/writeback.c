/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/writeback.c: see files.h. There is a wait only while there is something to be written, or can be without a request. */
#include <cell/idl/word.h>
#include <lib/client/signals.h>

#include "servers/files/mapped.h"

#define SECOND UINT64_C(1000000000)

static uint64_t period; /* ns */
static bool waits;
static uint64_t errors = 1; /* how many there were, and one */
static cell_error_t last_error;

void writeback_start(uint64_t seconds)
{
    period = seconds < UINT64_MAX / SECOND ? seconds * SECOND : UINT64_MAX;
}

void writeback_later(void)
{
    uint64_t woken;

    if (period != 0 && !waits)
        waits = word_wait(CSPACE_SELF, 0, 0, period, 1, &woken) == CELL_LATER;
}

/* Writes everything and notes an error; *more: there will be changes without a request. */
static void write_all(bool *more)
{
    cell_error_t error = mapped_collect_all(more), failed = ext4_sync(files_fs);

    if (error == CELL_OK && failed == CELL_OK)
        return;
    last_error = error == CELL_OK ? failed : error;
    errors++;
}

void writeback_notified(uint64_t bits)
{
    bool more;

    if ((bits & SIGNAL_WOKEN) == 0)
        return;
    waits = false;
    write_all(&more);
    if (more)
        writeback_later();
}

cell_error_t writeback_sync(uint64_t *seen)
{
    bool more;

    write_all(&more);
    if (*seen == errors)
        return CELL_OK;
    *seen = errors;
    return last_error;
}

uint64_t writeback_errors(void)
{
    return errors;
}

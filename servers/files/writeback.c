/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/writeback.c: see files.h. The server waits only while there is something to be written, or there can be without a
 * request (in mapped pages). */
#include <cell/idl/word.h>
#include <lib/client/signals.h>

#include "servers/files/mapped.h"

#define SECOND UINT64_C(1000000000)

static uint64_t period; /* ns */
static bool waits;
static uint64_t errors = 1; /* how many there were, plus 1 */
static cell_error_t last_error;
static uint64_t begun, ended; /* numbers of syncs */

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

static void note(cell_error_t error)
{
    if (error == CELL_OK || error == CELL_LATER)
        return;
    last_error = error;
    errors++;
}

/* Begins to write everything. Changes have to wait until that has ended. */
static void begin_sync(void)
{
    bool more;

    if (mapped_first() == NULL && ext4_is_written(files_fs)) {
        ended = ++begun;
        return;
    }
    note(mapped_collect_all(&more));
    if (more)
        writeback_later();
    begun++;
    disk_begin(NULL);
    note(ext4_sync(files_fs));
    disk_awaited();
    if (!ext4_is_syncing(files_fs))
        ended = begun;
}

bool writeback_go_on(void)
{
    disk_begin(NULL);
    note(ext4_go_on(files_fs));
    disk_awaited();
    if (ext4_is_syncing(files_fs))
        return false;
    ended = begun;
    return true;
}

void writeback_notified(uint64_t bits)
{
    if ((bits & SIGNAL_WOKEN) == 0)
        return;
    waits = false;
    if (ext4_is_syncing(files_fs))
        writeback_later();
    else
        begin_sync();
}

/* The request's progress is the number of the sync that it waits for: the next one that begins. */
cell_error_t writeback_sync(const struct server_request *request)
{
    uint64_t wanted = request->source == NULL || request->source->progress == 0 ? begun + 1 : request->source->progress;
    uint64_t *seen = &request->handle->data;

    if (begun < wanted && !ext4_is_syncing(files_fs))
        begin_sync();
    if (ended < wanted)
        return server_later(DISK_SYNCED, wanted);
    if (*seen == errors)
        return CELL_OK;
    *seen = errors;
    return last_error;
}

uint64_t writeback_errors(void)
{
    return errors;
}

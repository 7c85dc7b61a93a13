/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/watch.c: finding servers that hang. Every SECONDS the root task queues an empty item of work for the server,
 * which reports that it is done; whether it was is looked at when the next is due. So a server that is back in its receive loop once in
 * SECONDS
 * never ends, and one that hangs is found after less than twice as long.
 */
#include "root/pd/fault.h"
#include "root/spaces/resspc.h"
#include "root/system/restart.h"

#define SECOND UINT64_C(1000000000)

static void answered(struct work *work, cell_error_t result)
{
    struct described *block = work->context;

    (void)result;
    block->asked = false;
}

static void look(struct timeout *timeout)
{
    struct described *block = CONTAINER(timeout, struct described, tick);
    struct pd *pd = pd_by_id(block->entry.id);

    if (pd == NULL)
        return;
    /* One that has made no space by now hangs, too. */
    if (block->asked || pd->server == NULL) {
        fault_hangs(pd, block->watch / SECOND);
        return;
    }
    struct work *work = work_queue(pd->server, NULL, WORK_ALIVE, 0, 0, 0);

    if (work != NULL) {
        work->done = answered;
        work->context = block;
        block->asked = true;
    }
    (void)timeout_set(timeout, clock_after(block->watch), TIMEOUT_FIRST, look);
}

void watch_begin(struct described *block)
{
    block->asked = false;
    if (block->watch != 0)
        (void)timeout_set(&block->tick, clock_after(block->watch), TIMEOUT_FIRST, look);
}

void watch_end(struct described *block)
{
    timeout_cancel(&block->tick);
}

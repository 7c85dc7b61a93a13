/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/memory.c: memory for what the server keeps for a client, when it has none of its own: by its limits, or because
 * the machine has none but what is reserved. The client lends it then, out of its budget: so a client that fills the server up
 * does so at its own cost.
 */
#include <lib/server/parts.h>

#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <errno.h>
#include <lib/runtime/runtime.h>

/* Pages, objects, slots of one resspc_lend(). */
#define LEND_MOST 4u

uint64_t memory_paid_by;
static cell_error_t refused;

void server_works_for(const struct server_client *client)
{
    memory_payer(client->entry.id);
}

static bool is_short(cell_error_t error)
{
    return memory_paid_by != 0 && (error == CELL_NO_MEMORY || error == CELL_QUOTA);
}

bool memory_lend_objects(cell_error_t why)
{
    return is_short(why) && resspc_lend(memory_paid_by, 0, LEND_MOST, LEND_MOST) == CELL_OK;
}

static bool lend_pages(size_t count)
{
    cell_error_t error = CELL_OK;

    for (size_t part; count != 0 && error == CELL_OK; count -= part) {
        part = count < LEND_MOST ? count : LEND_MOST;
        error = resspc_lend(memory_paid_by, part, 0, 0);
    }
    return error == CELL_OK;
}

/* Pages are the most likely to be missing, then the root task's objects for mapping them. */
static bool find_memory(size_t pages, unsigned tries)
{
    if (!is_short(refused) || tries > 1)
        return false;
    return tries == 0 ? lend_pages(pages) : memory_lend_objects(refused);
}

static int commit(size_t first, size_t count, size_t total)
{
    refused = pd_commit_heap(first, count, total);
    return refused == CELL_OK ? 0 : ENOMEM;
}

void memory_start(void)
{
    runtime_hooks.commit = commit;
    runtime_hooks.find_memory = find_memory;
}

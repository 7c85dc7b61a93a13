/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/graph.c: requests for snapshots (idl/graph.idl). An open snapshot belongs
 * to the PD that asked for it and goes with it. Metrics are for those who read it.
 */
#include <cell/idl/graph_server.h>

#include "root/core/events.h"
#include "root/core/mo.h"
#include "root/graph/graph.h"
#include "root/memory/heap.h"
#include "root/pd/authority.h"
#include "root/serve/pd.h"

/* A snapshot that is open or in the making; the PD that asked pays for it. */
struct open {
    struct id_entry entry; /* by number */
    struct list of_pd;     /* owner->snapshots */
    struct pd *owner;
    struct snapshot *snapshot;
    struct deferred caller;
};

#define OPEN_OBJECTS RECORD_OBJECTS(sizeof(struct open))

static struct id_table open;
static uint64_t numbers;

/* ---- What is open ---------------------------------------------------- */

static void close_open(struct open *which)
{
    struct account *account = which->owner->account;

    if (which->snapshot != NULL)
        snapshot_free(which->snapshot);
    deferred_drop(&which->caller);
    id_table_remove(&open, &which->entry);
    list_remove(&which->of_pd);
    heap_free(which, sizeof *which);
    account_refund(account, ACCOUNT_OBJECTS, OPEN_OBJECTS);
}

/* Units of work (reaper.h) of one. */
#define CLOSE_UNITS 5u

static bool close_all(struct pd *pd, uint32_t *units)
{
    while (!list_empty(&pd->snapshots)) {
        if (reap_take(units, CLOSE_UNITS) == 0)
            return false;
        close_open(CONTAINER(pd->snapshots.next, struct open, of_pd));
    }
    return true;
}

void serve_graph_start(void)
{
    event_listen_gone(close_all);
}

static struct open *find_open(const struct request *request, uint64_t number)
{
    struct id_entry *entry = id_table_find(&open, number);
    struct open *which = entry == NULL ? NULL : CONTAINER(entry, struct open, entry);

    return which != NULL && which->owner == request->caller ? which : NULL;
}

/* A record that belongs to the caller. */
static cell_error_t add_open(struct pd *owner, struct open **made)
{
    cell_error_t error = account_charge(owner->account, ACCOUNT_OBJECTS, OPEN_OBJECTS);

    if (error != CELL_OK)
        return error;
    struct open *which = heap_allocate(sizeof *which);

    if (which == NULL || (which->entry.id = ++numbers, !id_table_add(&open, &which->entry))) {
        heap_free(which, sizeof *which);
        account_refund(owner->account, ACCOUNT_OBJECTS, OPEN_OBJECTS);
        return CELL_NO_MEMORY;
    }
    which->owner = owner;
    list_init(&which->caller.of_pd);
    list_append(&owner->snapshots, &which->of_pd);
    *made = which;
    return CELL_OK;
}

/* Physical addresses are for those who may look at the system as a whole. */
static bool may_see_addresses(const struct pd *caller)
{
    return (authority_over(caller, &pd_root) & CM_READ) != 0;
}

static void ready(struct snapshot *snapshot, cell_error_t error)
{
    struct open *which = snapshot->context;
    uint64_t words[2] = {which->entry.id, snapshot->records.rows};

    deferred_answer(&which->caller, error, words, error == CELL_OK ? 2 : 0);
    if (error != CELL_OK)
        close_open(which);
}

/* Begins a snapshot for the caller, who is answered when it is ready. */
static cell_error_t begin(struct request *request, uint64_t about, uint64_t and_about)
{
    struct open *which;
    cell_error_t error = add_open(request->caller, &which);

    if (error != CELL_OK)
        return error;
    error = snapshot_take(request->caller->account, about, and_about,
                          may_see_addresses(request->caller), ready, which, &which->snapshot);
    if (error == CELL_OK)
        error = request_defer(request, &which->caller);
    if (error != CELL_OK) {
        close_open(which);
        return error;
    }
    list_append(&request->caller->deferred, &which->caller.of_pd);
    return CELL_OK;
}

/* ---- Operations ------------------------------------------------------ */

cell_error_t graph_extract_serve(void *context, const struct graph_extract_in *in,
                                 struct graph_extract_out *out)
{
    struct request *request = context;
    bool whole = in->whole != 0, alone = in->also == in->id;

    (void)out;
    if (whole && (request->other != &pd_root || !alone)) {
        request->answer[0] = alone ? 2 : 3;
        return CELL_BAD_ARGUMENT;
    }
    cell_error_t error = alone ? CELL_OK : serve_other(request, in->also);

    if (error != CELL_OK)
        return error;
    return begin(request, whole ? GRAPH_SYSTEM : in->id, alone ? GRAPH_SYSTEM : in->also);
}

/* Records that are written or skipped for one request. */
#define READ_RECORDS 40u

cell_error_t graph_read_serve(void *context, const struct graph_read_in *in,
                              struct graph_read_out *out)
{
    static char text[2 * PAGE_SIZE];
    struct request *request = context;
    struct open *which = find_open(request, in->snapshot);
    uint32_t records = READ_RECORDS;

    if (which == NULL)
        return CELL_NOT_FOUND;
    struct mo *mo = mo_of(request->named[0]->object);
    uint64_t room = mo->pages * PAGE_SIZE;

    if (room > sizeof text)
        room = sizeof text;
    out->bytes = snapshot_read(which->snapshot, in->offset, text, room, &records);
    /* The snapshot knows how far it came. */
    if (out->bytes == 0 && records == 0)
        return CELL_AGAIN;
    return mo_write(mo, 0, text, out->bytes);
}

cell_error_t graph_close_serve(void *context, const struct graph_close_in *in,
                               struct graph_close_out *out)
{
    struct open *which = find_open(context, in->snapshot);

    (void)out;
    if (which == NULL)
        return CELL_NOT_FOUND;
    close_open(which);
    return CELL_OK;
}

cell_error_t serve_graph(struct request *request)
{
    return serve_request(request, &graph_interface, TYPE_PD);
}

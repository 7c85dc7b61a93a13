/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/graph.c: requests for snapshots (idl/graph.idl). An open snapshot belongs
 * to the PD that asked for it and goes with it. Metrics are for those who read it.
 */
#include <cell/idl/graph_server.h>

#include "root/core/events.h"
#include "root/core/mo.h"
#include "root/graph/graph.h"
#include "root/loop/piece.h"
#include "root/memory/heap.h"
#include "root/pd/authority.h"
#include "root/serve/pd.h"

/* A snapshot that is open or in the making; the PD that asked pays for it. */
struct open {
    struct id_entry entry; /* by number */
    struct list of_pd;     /* owner->snapshots */
    struct pd *owner;
    struct snapshot *snapshot;
    struct making *making; /* NULL: it is ready */
    struct deferred caller;
};

/* The request that makes it. */
struct making {
    struct piece piece;
    struct open *which; /* NULL: it is closed already, as its owner ends */
};

#define OPEN_OBJECTS RECORD_OBJECTS(sizeof(struct open))

static struct id_table open;
static uint64_t numbers;

/* ---- What is open ---------------------------------------------------- */

static void close_open(struct open *which)
{
    struct account *account = which->owner->account;

    if (which->making != NULL)
        which->making->which = NULL;
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

/* One of the caller's that is ready. */
static struct open *find_open(const struct request *request, uint64_t number)
{
    struct id_entry *entry = id_table_find(&open, number);
    struct open *which = entry == NULL ? NULL : CONTAINER(entry, struct open, entry);

    return which != NULL && which->owner == request->caller && which->making == NULL ? which : NULL;
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

    deferred_answer(&which->caller, error, NULL, 0);
    piece_again(&which->making->piece);
}

/* The caller is answered when it goes on. */
static cell_error_t wait(struct request *request, struct open *which)
{
    cell_error_t error = request_defer(request, &which->caller);

    if (error == CELL_OK)
        list_append(&request->caller->deferred, &which->caller.of_pd);
    return error;
}

/* ---- In pieces ------------------------------------------------------- */

static void undo_making(struct piece *piece)
{
    struct making *making = CONTAINER(piece, struct making, piece);

    if (making->which != NULL)
        close_open(making->which);
}

static cell_error_t end_making(struct making *making, cell_error_t error)
{
    if (error != CELL_OK)
        undo_making(&making->piece);
    else
        making->which->making = NULL;
    piece_end(&making->piece);
    return error;
}

static cell_error_t go_on(struct request *request, struct making *making, struct graph_extract_out *out)
{
    struct open *which = making->which;
    cell_error_t error = which == NULL ? CELL_NOT_FOUND : snapshot_go_on(which->snapshot);

    if (error == CELL_AGAIN)
        return piece_again(&making->piece);
    if (error == CELL_LATER) {
        /* It does not wait for the asker. */
        timeout_cancel(&making->piece.patience);
        error = wait(request, which);
        return error == CELL_OK ? CELL_OK : end_making(making, error);
    }
    if (error == CELL_OK) {
        out->snapshot = which->entry.id;
        out->rows = which->snapshot->records.rows;
    }
    return end_making(making, error);
}

static struct making *find_making(const struct request *request)
{
    struct piece *piece = list_empty(&request->caller->pieces) ? NULL : piece_find(request, undo_making);

    return piece == NULL ? NULL : CONTAINER(piece, struct making, piece);
}

/* ---- Beginning ------------------------------------------------------- */

/* Begins a snapshot for the caller, who is answered when it is ready. */
static cell_error_t begin(struct request *request, uint64_t about, uint64_t and_about, struct graph_extract_out *out)
{
    unsigned flags = SNAPSHOT_IN_PIECES | (may_see_addresses(request->caller) ? SNAPSHOT_ADDRESSES : 0);
    struct piece *piece;
    struct open *which;
    cell_error_t error = add_open(request->caller, &which);

    if (error != CELL_OK)
        return error;
    error = snapshot_take(request->caller->account, about, and_about, flags, ready, which, &which->snapshot);
    if (error == CELL_OK)
        error = piece_begin(request, sizeof(struct making), undo_making, &piece);
    if (error != CELL_OK) {
        close_open(which);
        return error;
    }
    which->making = CONTAINER(piece, struct making, piece);
    which->making->which = which;
    return go_on(request, which->making, out);
}

/* ---- Operations ------------------------------------------------------ */

cell_error_t graph_extract_serve(void *context, const struct graph_extract_in *in,
                                 struct graph_extract_out *out)
{
    struct request *request = context;
    bool whole = in->whole != 0, alone = in->also == in->id;
    struct making *making = find_making(request);

    if (making != NULL)
        return go_on(request, making, out);
    if (whole && (request->other != &pd_root || !alone)) {
        request->answer[0] = alone ? 2 : 3;
        return CELL_BAD_ARGUMENT;
    }
    cell_error_t error = alone ? CELL_OK : serve_other(request, in->also);

    if (error != CELL_OK)
        return error;
    return begin(request, whole ? GRAPH_SYSTEM : in->id, alone ? GRAPH_SYSTEM : in->also, out);
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

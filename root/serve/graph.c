/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/graph.c: requests for snapshots and metrics (idl/graph.idl). An
 * open snapshot belongs to the PD that asked for it and goes with it. Metrics are
 * those of a snapshot that is taken for them: all of the system for the fault
 * radius, which follows requests from PD to PD; what two PDs have, for sharing.
 */
#include <cell/idl/graph_server.h>

#include <string.h>

#include "model/core/metric.h"
#include "model/core/radius.h"
#include "model/core/rsi.h"
#include "root/core/events.h"
#include "root/core/mo.h"
#include "root/graph/build.h"
#include "root/graph/graph.h"
#include "root/memory/heap.h"
#include "root/serve/pd.h"

struct text;
typedef cell_error_t (*metric)(struct cm_graph *graph, cm_node a, cm_node b, struct text *text);

/* A snapshot that is open or in the making; who asked pays for it. */
struct open {
    struct id_entry entry; /* by number */
    struct list of_pd;     /* owner->snapshots */
    struct pd *owner;
    struct snapshot *snapshot;
    struct deferred caller;
    metric metric;   /* NULL: it is to be read */
    uint64_t a, b;   /* of these PDs */
    struct mo *mo;   /* gets the metric's text; referred to */
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
    if (which->mo != NULL)
        object_release(&which->mo->object);
    deferred_drop(&which->caller);
    id_table_remove(&open, &which->entry);
    list_remove(&which->of_pd);
    heap_free(which, sizeof *which);
    account_refund(account, ACCOUNT_OBJECTS, OPEN_OBJECTS);
}

static void pd_gone(struct pd *pd)
{
    while (!list_empty(&pd->snapshots))
        close_open(CONTAINER(pd->snapshots.next, struct open, of_pd));
}

void serve_graph_start(void)
{
    event_listen(EVENT_PD_GONE, pd_gone);
}

static struct open *find_open(const struct request *request, uint64_t number)
{
    struct id_entry *entry = id_table_find(&open, number);
    struct open *which = entry == NULL ? NULL : CONTAINER(entry, struct open, entry);

    return which != NULL && which->owner == request->caller && which->metric == NULL ? which : NULL;
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

/* Begins a snapshot for the caller, who is answered when it is ready. */
static cell_error_t begin(struct request *request, uint64_t about, uint64_t and_about,
                          void (*ready)(struct snapshot *, cell_error_t), struct open **begun)
{
    struct open *which;
    cell_error_t error = add_open(request->caller, &which);

    if (error != CELL_OK)
        return error;
    error = snapshot_take(request->caller->account, about, and_about, ready, which,
                          &which->snapshot);
    if (error == CELL_OK)
        error = request_defer(request, &which->caller);
    if (error != CELL_OK) {
        close_open(which);
        return error;
    }
    list_append(&request->caller->deferred, &which->caller.of_pd);
    *begun = which;
    return CELL_OK;
}

/* ---- Snapshots to be read -------------------------------------------- */

static void ready_to_read(struct snapshot *snapshot, cell_error_t error)
{
    struct open *which = snapshot->context;
    uint64_t words[2] = {which->entry.id, snapshot->records.rows};

    deferred_answer(&which->caller, error, words, error == CELL_OK ? 2 : 0);
    if (error != CELL_OK)
        close_open(which);
}

cell_error_t graph_extract_serve(void *context, const struct graph_extract_in *in,
                                 struct graph_extract_out *out)
{
    struct request *request = context;
    struct open *which;

    (void)out;
    if (in->whole != 0 && request->other != &pd_root) {
        request->answer[0] = 2;
        return CELL_BAD_ARGUMENT;
    }
    return begin(request, in->whole != 0 ? GRAPH_SYSTEM : in->id, GRAPH_SYSTEM, ready_to_read, &which);
}

cell_error_t graph_read_serve(void *context, const struct graph_read_in *in,
                              struct graph_read_out *out)
{
    static char text[4 * PAGE_SIZE];
    struct request *request = context;
    struct open *which = find_open(request, in->snapshot);
    cell_error_t error = CELL_OK;

    if (which == NULL)
        return CELL_NOT_FOUND;
    struct mo *mo = mo_of(request->named[0]->object);
    uint64_t room = mo->pages * PAGE_SIZE;

    while (error == CELL_OK && out->bytes < room) {
        size_t size = room - out->bytes < sizeof text ? room - out->bytes : sizeof text;

        size = snapshot_read(which->snapshot, in->offset + out->bytes, text, size);
        if (size == 0)
            break;
        error = mo_write(mo, out->bytes, text, size);
        out->bytes += size;
    }
    return error;
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

/* ---- The text of a metric -------------------------------------------- */

struct text {
    char *bytes;
    size_t size, room;
    bool failed;
};

static void add_line(struct text *text, const char *line)
{
    size_t length = strlen(line);

    if (text->size + length + 2 > text->room) {
        size_t room = (text->size + length + 2) * 2;
        char *bytes = heap_resize(text->bytes, text->room, room);

        if (bytes == NULL) {
            text->failed = true;
            return;
        }
        text->bytes = bytes;
        text->room = room;
    }
    memcpy(text->bytes + text->size, line, length);
    text->size += length;
    text->bytes[text->size++] = '\n';
}

static cell_error_t add_rsi(struct cm_graph *graph, cm_node a, cm_node b, struct text *text)
{
    struct cm_metric_options options = {0};
    struct cm_rsi rsi;
    char line[128];

    if (cm_rsi(graph, a, b, &options, &rsi) != CM_OK)
        return CELL_NO_MEMORY;
    for (uint32_t i = 0; i < rsi.count; i++) {
        cm_rsi_text(graph, &rsi.rows[i], line, sizeof line);
        add_line(text, line);
    }
    cm_rsi_free(graph, &rsi);
    return CELL_OK;
}

static cell_error_t add_fr(struct cm_graph *graph, cm_node a, cm_node b, struct text *text)
{
    struct cm_metric_options options = {0};
    struct cm_fr fr;
    char line[64];

    if (cm_fr(graph, a, b, &options, &fr) != CM_OK)
        return CELL_NO_MEMORY;
    cm_fr_text(&fr, line);
    add_line(text, line);
    return CELL_OK;
}

typedef cell_error_t (*metric)(struct cm_graph *graph, cm_node a, cm_node b, struct text *text);

/* ---- Metrics --------------------------------------------------------- */

/* A PD runs on one CPU in one address space here, so there is nothing to split. */
static cell_error_t measure(const struct open *which, struct text *text)
{
    struct cm_graph *graph;

    if (graph_build(&which->snapshot->records, &graph) != CM_OK)
        return CELL_NO_MEMORY;
    cm_node a = graph_find_pd(graph, which->a), b = graph_find_pd(graph, which->b);
    cell_error_t error = a == CM_NONE || b == CM_NONE ? CELL_NOT_FOUND
                                                      : which->metric(graph, a, b, text);

    cm_graph_destroy(graph);
    return error == CELL_OK && text->failed ? CELL_NO_MEMORY : error;
}

/* Cut to the memory that the caller has for it, and ended by a zero. */
static cell_error_t hand_over(const struct open *which, const struct text *text)
{
    uint64_t room = which->mo->pages * PAGE_SIZE - 1;
    uint64_t size = text->size < room ? text->size : room;
    cell_error_t error = size == 0 ? CELL_OK : mo_write(which->mo, 0, text->bytes, size);

    return error == CELL_OK ? mo_write(which->mo, size, "", 1) : error;
}

static void ready_to_measure(struct snapshot *snapshot, cell_error_t error)
{
    struct open *which = snapshot->context;
    struct text text = {0};

    if (error == CELL_OK)
        error = measure(which, &text);
    if (error == CELL_OK)
        error = hand_over(which, &text);
    heap_free(text.bytes, text.room);
    deferred_answer(&which->caller, error, NULL, 0);
    close_open(which);
}

static cell_error_t begin_metric(struct request *request, uint64_t a, uint64_t b, metric compute,
                                 bool whole)
{
    struct open *which;

    if (request->other != &pd_root) {
        request->answer[0] = 2;
        return CELL_BAD_ARGUMENT;
    }
    if (pd_by_id(a) == NULL || pd_by_id(b) == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = begin(request, whole ? GRAPH_SYSTEM : a, whole ? GRAPH_SYSTEM : b,
                               ready_to_measure, &which);

    if (error != CELL_OK)
        return error;
    which->metric = compute;
    which->a = a;
    which->b = b;
    which->mo = mo_of(request->named[1]->object);
    object_refer(&which->mo->object);
    return CELL_OK;
}

cell_error_t graph_rsi_serve(void *context, const struct graph_rsi_in *in, struct graph_rsi_out *out)
{
    (void)out;
    return begin_metric(context, in->a, in->b, add_rsi, false);
}

cell_error_t graph_fr_serve(void *context, const struct graph_fr_in *in, struct graph_fr_out *out)
{
    (void)out;
    return begin_metric(context, in->a, in->b, add_fr, true);
}

cell_error_t serve_graph(struct request *request)
{
    return serve_request(request, &graph_interface);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve_graph.c: requests for snapshots and metrics (idl/graph.idl). An
 * open snapshot belongs to the PD that asked for it and goes with it.
 */
#include <cell/idl/graph_server.h>

#include <string.h>

#include "model/metric.h"
#include "model/radius.h"
#include "model/rsi.h"
#include "model/split.h"
#include "root/graph.h"
#include "root/graph_rows.h"
#include "root/heap.h"
#include "root/mo.h"
#include "root/serve_pd.h"

/* Snapshots that may be open at once. */
#define SNAPSHOTS 16u

struct open {
    uint64_t number; /* 0: free */
    uint64_t owner;  /* id of the PD */
    struct snapshot *snapshot;
    struct deferred caller;
};

static struct open open[SNAPSHOTS];
static uint64_t numbers;

/* ---- Snapshots ------------------------------------------------------- */

static void close_open(struct open *which)
{
    if (which->snapshot != NULL)
        snapshot_free(which->snapshot);
    *which = (struct open){0};
}

static struct open *find_open(uint64_t number, uint64_t owner)
{
    for (unsigned i = 0; i < SNAPSHOTS; i++)
        if (number != 0 && open[i].number == number && open[i].owner == owner)
            return &open[i];
    return NULL;
}

/* A free place; those of PDs that are gone are free, too. */
static struct open *take_place(void)
{
    for (unsigned i = 0; i < SNAPSHOTS; i++) {
        if (open[i].number != 0 && open[i].caller.slot == 0 && pd_by_id(open[i].owner) == NULL)
            close_open(&open[i]);
        if (open[i].number == 0)
            return &open[i];
    }
    return NULL;
}

static void ready(struct snapshot *snapshot, cell_error_t error)
{
    struct open *which = snapshot->context;
    uint64_t words[2] = {which->number, snapshot->bytes};

    /* The caller may have died meanwhile: then nothing is sent, and its place is
     * taken by the next who asks. */
    deferred_answer(&which->caller, error, words, error == CELL_OK ? 2 : 0);
    if (error != CELL_OK)
        close_open(which);
}

cell_error_t graph_extract_serve(void *context, const struct graph_extract_in *in,
                                 struct graph_extract_out *out)
{
    struct request *request = context;
    struct open *which = take_place();

    (void)out;
    if (which == NULL)
        return CELL_BUSY;
    if (request->caller == NULL)
        return CELL_BAD_HANDLE;
    struct snapshot *snapshot;
    cell_error_t error = snapshot_take(in->pd, ready, &snapshot);

    if (error != CELL_OK)
        return error;
    snapshot->context = which;
    *which = (struct open){++numbers, request->caller->object.id, snapshot, {0}};
    error = request_defer(request, &which->caller);
    if (error != CELL_OK) {
        task_cancel(&snapshot->task);
        close_open(which);
        return error;
    }
    list_append(&request->caller->deferred, &which->caller.of_pd);
    return CELL_OK;
}

cell_error_t graph_read_serve(void *context, const struct graph_read_in *in,
                              struct graph_read_out *out)
{
    struct request *request = context;
    struct open *which =
        request->caller == NULL ? NULL : find_open(in->snapshot, request->caller->object.id);
    struct handle *handle;
    cell_error_t error = serve_argument(request, in->mo, TYPE_MO, HANDLE_WRITE, &handle);

    if (error == CELL_OK && which == NULL)
        error = CELL_NOT_FOUND;
    if (error != CELL_OK)
        return error;
    struct mo *mo = mo_of(handle->object);
    const char *bytes;
    size_t size;

    while (out->bytes < mo->pages * PAGE_SIZE &&
           (size = snapshot_read(which->snapshot, in->offset + out->bytes, &bytes)) != 0) {
        uint64_t room = mo->pages * PAGE_SIZE - out->bytes;

        if (size > room)
            size = room;
        error = mo_write(mo, out->bytes, bytes, size);
        if (error != CELL_OK)
            return error;
        out->bytes += size;
    }
    return CELL_OK;
}

cell_error_t graph_close_serve(void *context, const struct graph_close_in *in,
                               struct graph_close_out *out)
{
    struct request *request = context;
    struct open *which =
        request->caller == NULL ? NULL : find_open(in->snapshot, request->caller->object.id);

    (void)out;
    if (which == NULL)
        return CELL_NOT_FOUND;
    close_open(which);
    return CELL_OK;
}

/* ---- Metrics --------------------------------------------------------- */

/* The live graph, as far as `a` and `b` are concerned: all of it for the fault
 * radius, which follows requests from PD to PD. */
static cell_error_t build_graph(struct selection *selection, struct cm_graph **graph)
{
    struct rows rows = {.selection = selection};

    if (cm_graph_create(heap_model_memory(), &rows.graph) != CM_OK)
        return CELL_NO_MEMORY;
    if (graph_rows(&rows) != CM_OK || selection->failed || cm_graph_finish(rows.graph) != CM_OK) {
        cm_graph_destroy(rows.graph);
        return CELL_NO_MEMORY;
    }
    *graph = rows.graph;
    return CELL_OK;
}

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

static void put_id(char id[24], uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    char reversed[16];
    unsigned count = 0;

    do {
        reversed[count++] = digits[number & 15];
        number >>= 4;
    } while (number != 0);
    memcpy(id, "PD_", 3);
    for (unsigned i = 0; i < count; i++)
        id[3 + i] = reversed[count - 1 - i];
    id[3 + count] = 0;
}

/* A PD runs on one CPU in one address space here, so there is nothing to split. */
static cell_error_t measure(const struct request *request, uint64_t a, uint64_t b, uint64_t mo,
                            metric run, bool whole)
{
    struct pd *first = pd_by_id(a), *second = pd_by_id(b);
    struct selection selection = {.all = whole};
    struct text text = {0};
    struct cm_graph *graph;
    char id_a[24], id_b[24];

    if (first == NULL || second == NULL)
        return CELL_NOT_FOUND;
    if (!whole) {
        select_pd(&selection, first);
        select_pd(&selection, second);
    }
    cell_error_t error = build_graph(&selection, &graph);

    select_free(&selection);
    if (error != CELL_OK)
        return error;
    put_id(id_a, a);
    put_id(id_b, b);
    error = run(graph, cm_graph_find(graph, cm_text_of(id_a)),
                cm_graph_find(graph, cm_text_of(id_b)), &text);
    cm_graph_destroy(graph);
    if (error == CELL_OK)
        error = text.failed ? CELL_NO_MEMORY
                            : serve_text(request, mo, text.bytes == NULL ? "" : text.bytes,
                                         text.size);
    heap_free(text.bytes, text.room);
    return error;
}

cell_error_t graph_rsi_serve(void *context, const struct graph_rsi_in *in, struct graph_rsi_out *out)
{
    (void)out;
    return measure(context, in->a, in->b, in->mo, add_rsi, false);
}

cell_error_t graph_fr_serve(void *context, const struct graph_fr_in *in, struct graph_fr_out *out)
{
    (void)out;
    return measure(context, in->a, in->b, in->mo, add_fr, true);
}

cell_error_t serve_graph(struct request *request)
{
    return serve_request(request, &graph_interface);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/metrics.c: the metrics of the live system. The root task only hands out a
 * snapshot, which the shell reads in pieces into a graph of its own with the model library's
 * reader: a snapshot of the whole system for the fault radius, which follows requests from PD
 * to PD, and one of two PDs for what they share.
 */
#include <cell/idl/graph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"
#include "model/core/csv_read.h"
#include "model/core/radius.h"
#include "model/core/rsi.h"
#include "model/core/split.h"

/* ---- Memory ---------------------------------------------------------------- */

static void *resize(void *context, void *block, size_t bytes)
{
    (void)context;
    if (bytes != 0)
        return realloc(block, bytes);
    free(block);
    return NULL;
}

/* ---- Reading a snapshot ------------------------------------------------------ */

struct reading {
    struct cell_memory *buffer;
    uint64_t snapshot, offset;
    size_t at, filled; /* in the buffer */
    cell_error_t error;
};

static long read_piece(void *context, char *to, size_t size)
{
    struct reading *reading = context;

    if (reading->at == reading->filled) {
        uint64_t count = 0;

        reading->error = graph_read(reading->snapshot, reading->buffer->mo, reading->offset, &count);
        if (reading->error != CELL_OK)
            return -1;
        reading->offset += count;
        reading->filled = count;
        reading->at = 0;
    }
    size_t left = reading->filled - reading->at;

    size = left < size ? left : size;
    memcpy(to, (const char *)reading->buffer->address + reading->at, size);
    reading->at += size;
    return (long)size;
}

/* Prints what is wrong with a row; a row that would be lost ends the reading, as the root task should not write such rows. */
static bool on_problem(void *context, const struct cm_problem *problem)
{
    (void)context;
    printf("the model, line %lu: %s: %s\n", (unsigned long)problem->line, problem->column, problem->text);
    return !problem->lost;
}

static cell_error_t to_error(enum cm_status status)
{
    return status == CM_OK          ? CELL_OK
           : status == CM_NO_MEMORY ? CELL_NO_MEMORY
           : status == CM_TOO_LONG  ? CELL_TOO_LARGE
                                    : CELL_BAD_ARGUMENT;
}

/* Splits PDs with several threads or address spaces into several, as the metrics need it. */
static enum cm_status split(struct cm_graph **graph)
{
    const struct cm_split_options options = {0};
    struct cm_graph *parts;
    enum cm_status status = cm_split(*graph, &options, &parts, NULL);

    if (status == CM_OK && parts != NULL) {
        cm_graph_destroy(*graph);
        *graph = parts;
    }
    return status;
}

static cell_error_t read_snapshot(struct reading *reading, struct cm_graph **graph)
{
    static const struct cm_memory memory = {.resize = resize};
    const struct cm_read_options options = {.buffer = 32 * 1024, .visit = on_problem};
    enum cm_status status = cm_graph_create(&memory, graph);

    if (status != CM_OK)
        return to_error(status);
    status = cm_csv_read((struct cm_source){read_piece, reading}, *graph, &options);
    if (status == CM_OK)
        status = cm_graph_finish(*graph);
    if (status == CM_OK)
        status = split(graph);
    if (status == CM_OK)
        return CELL_OK;
    cm_graph_destroy(*graph);
    return status == CM_SOURCE_FAILED ? reading->error : to_error(status);
}

/* The graph of the whole system, or of two PDs. The caller destroys it. */
static cell_error_t take_graph(uint64_t a, uint64_t b, bool whole, struct cm_graph **graph)
{
    struct reading reading = {0};
    uint64_t rows, first = whole ? 0 : a;
    cell_error_t error = text_buffer(&reading.buffer);

    if (error == CELL_OK)
        error = graph_extract(root_handle(), first, whole, whole ? first : b, &reading.snapshot, &rows);
    if (error != CELL_OK)
        return error;
    error = read_snapshot(&reading, graph);
    graph_close(reading.snapshot);
    return error;
}

/* ---- Metrics ------------------------------------------------------------------- */

typedef enum cm_status (*metric)(struct cm_graph *graph, cm_node a, cm_node b);

static enum cm_status print_rsi(struct cm_graph *graph, cm_node a, cm_node b)
{
    const struct cm_metric_options options = {0};
    struct cm_rsi rsi;
    char line[128];
    enum cm_status status = cm_rsi(graph, a, b, &options, &rsi);

    for (uint32_t i = 0; status == CM_OK && i < rsi.count; i++) {
        cm_rsi_text(graph, &rsi.rows[i], line, sizeof line);
        printf("%s\n", line);
    }
    if (status == CM_OK)
        cm_rsi_free(graph, &rsi);
    return status;
}

static enum cm_status print_fr(struct cm_graph *graph, cm_node a, cm_node b)
{
    const struct cm_metric_options options = {0};
    struct cm_fr fr;
    char line[16];
    enum cm_status status = cm_fr(graph, a, b, &options, &fr);

    if (status == CM_OK) {
        cm_fr_text(&fr, line);
        printf("%s\n", line);
    }
    return status;
}

static cm_node find(const struct cm_graph *graph, uint64_t pd)
{
    char id[24];

    snprintf(id, sizeof id, "PD_%lx", (unsigned long)pd);
    return cm_graph_find(graph, cm_text_of(id));
}

static void run_metric(const struct words *words, bool whole, metric print)
{
    struct cm_graph *graph;
    uint64_t a, b;

    if (!pd_named(words, words->word[1], &a) || !pd_named(words, words->word[2], &b))
        return;
    /* The root task manages and holds nearly everything, so its model is that of the whole system. */
    cell_error_t error = take_graph(a, b, whole || a == 0 || b == 0, &graph);

    if (error == CELL_OK) {
        cm_node first = find(graph, a), second = find(graph, b);

        error = first == CM_NONE || second == CM_NONE ? CELL_NOT_FOUND
                                                      : to_error(print(graph, first, second));
        cm_graph_destroy(graph);
    }
    if (error != CELL_OK)
        complain(words, "%s", cell_error_text(error));
}

void command_rsi(const struct words *words)
{
    run_metric(words, false, print_rsi);
}

void command_fr(const struct words *words)
{
    run_metric(words, true, print_fr);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the rows of a model file mean. Bottom up: reports, node rows, edge rows, batches.
 *
 * Ten million edges name twenty million nodes, in a table larger than any cache. Each batch is gone over three times
 * before it is acted on: its hash slots are fetched when the rows come in, then the entries the slots name, then the ids
 * those entries point to. By the time a row is acted on, all of that is near. The fetches are hints: nothing depends on
 * them being right.
 */
#include "csv_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "internal.h"

const char *const cm_column_names[COLUMNS] = {"NODE_TYPE", "NODE_ID", "DATA", "EDGE_TYPE",
                                              "EDGE_FROM", "EDGE_TO", "EXTRA"};

/* ---------------------------------------------------------------------------------------------------------- reports */

/* Enough for any message; a quoted id that is longer is cut. */
#define MESSAGE_BYTES 512

enum cm_status cm_rows_report(const struct row_sink *sink, uint32_t line, const char *column, int rule, bool lenient,
                              bool lost, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct cm_problem problem = {line, column, rule, lenient, lost, text};
    return sink->options->visit(sink->options->context, &problem) ? CM_OK : CM_STOPPED;
}

/* At most 200 bytes of a text, for "%.*s". */
static int shown(struct cm_text text)
{
    return text.length > 200 ? 200 : (int)text.length;
}

/* A row that is taken anyway. */
static enum cm_status formality(const struct row_sink *sink, const struct row *row, enum column column,
                                const char *words)
{
    return cm_rows_report(sink, row->line, cm_column_names[column], 5, false, false, "%s", words);
}

static enum cm_status loss(const struct row_sink *sink, const struct row *row, enum column column, const char *words)
{
    return cm_rows_report(sink, row->line, cm_column_names[column], 5, false, true, "%s", words);
}

static bool is(struct cm_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

/* A status of the graph that is about this row, not about memory. */
static enum cm_status refused(const struct row_sink *sink, const struct row *row, enum cm_status status)
{
    if (status != CM_DUPLICATE_ID) {
        return status;
    }
    struct cm_text id = row->field[NODE_ID];
    uint32_t earlier = cm_node_line(sink->graph, cm_graph_find(sink->graph, id));
    return cm_rows_report(sink, row->line, "NODE_ID", 1, false, true, "the id %.*s stands at line %u already", shown(id),
                          id.at, earlier);
}

static enum cm_status check_bytes(const struct row_sink *sink, const struct row *row)
{
    enum cm_status status = CM_OK;
    for (int c = 0; c < COLUMNS && status == CM_OK; c++) {
        if (!cm_is_utf8(row->field[c])) {
            status = cm_rows_report(sink, row->line, cm_column_names[c], 5, false, sink->options->lose_text, "is not UTF-8");
        }
    }
    return status;
}

/* -------------------------------------------------------------------------------------------------------- node rows */

static enum cm_kind kind_of(struct cm_text word)
{
    return is(word, "RESOURCE") ? CM_RESOURCE : is(word, "PD") ? CM_PD : is(word, "RESOURCE_SPACE") ? CM_SPACE
                                                                                                 : CM_MISSING;
}

static enum cm_status take_node(struct row_sink *sink, const struct row *row)
{
    const struct cm_text *field = row->field;
    enum cm_kind kind = kind_of(field[NODE_TYPE]);
    if (field[EDGE_TYPE].length > 0) {
        return loss(sink, row, EDGE_TYPE, "a row is either a node or an edge, this one is both");
    }
    if (field[NODE_TYPE].length == 0) {
        return loss(sink, row, NODE_TYPE, "a node needs a type");
    }
    if (kind == CM_MISSING) {
        return cm_rows_report(sink, row->line, "NODE_TYPE", 1, false, true, "unknown node type %.*s",
                              shown(field[NODE_TYPE]), field[NODE_TYPE].at);
    }
    if (field[NODE_ID].length == 0) {
        return loss(sink, row, NODE_ID, "a node needs an id");
    }
    enum cm_status status = CM_OK;
    if (field[EDGE_FROM].length > 0 || field[EDGE_TO].length > 0) {
        enum column column = field[EDGE_FROM].length > 0 ? EDGE_FROM : EDGE_TO;
        status = formality(sink, row, column, "a node row leaves this empty");
    }
    if (status == CM_OK) {
        status = cm_graph_add_hashed(sink->graph, kind, field[NODE_ID], row->hash[0], field[DATA], field[EXTRA], NULL);
    }
    return status == CM_OK ? CM_OK : refused(sink, row, status);
}

/* -------------------------------------------------------------------------------------------------------- edge rows */

static enum cm_edge_type edge_type(struct cm_text word)
{
    for (int t = 0; t < CM_EDGE_TYPES; t++) {
        if (is(word, cm_edge_type_text((enum cm_edge_type)t))) {
            return (enum cm_edge_type)t;
        }
    }
    return CM_EDGE_TYPES;
}

static enum cm_status take_request(struct row_sink *sink, const struct row *row, cm_node from, cm_node to)
{
    struct cm_text type = row->field[DATA], named = row->field[EXTRA];
    const char *fault = cm_type_fault(type);
    enum cm_status status = CM_OK;
    if (type.length == 0) {
        return loss(sink, row, DATA, "a REQUEST needs a type");
    }
    if (fault != NULL) {
        status = cm_rows_report(sink, row->line, "DATA", 5, false, false, "the type %.*s %s", shown(type), type.at,
                                fault);
    }
    cm_node space = CM_NONE;
    if (status == CM_OK && named.length > 0) {
        status = cm_graph_refer_hashed(sink->graph, named, cm_hash(named.at, named.length), &space);
    }
    return status == CM_OK ? cm_graph_add_request(sink->graph, from, to, type, space) : status;
}

static enum cm_status take_plain_edge(struct row_sink *sink, const struct row *row, enum cm_edge_type type,
                                      cm_node from, cm_node to)
{
    unsigned rights = 0;
    struct cm_text extra = row->field[EXTRA], data = row->field[DATA];
    bool may = type == CM_HOLD || type == CM_MAP;
    if (may && extra.length > 0 && (!cm_field_rights(extra, &rights) || (type == CM_MAP && (rights & CM_GRANT) != 0))) {
        return cm_rows_report(sink, row->line, "EXTRA", 5, false, true, "the rights %.*s are not letters of %s, each at most once",
                              shown(extra), extra.at, type == CM_HOLD ? "rwxg" : "rwx");
    }
    enum cm_status status = CM_OK;
    if (!is(data, "NONE")) {
        status = cm_rows_report(sink, row->line, "DATA", 5, false, false, "%s has the data %.*s, not NONE",
                                cm_edge_type_text(type), shown(data), data.at);
    }
    return status == CM_OK ? cm_graph_add_edge(sink->graph, type, from, to, rights) : status;
}

static enum cm_status take_edge(struct row_sink *sink, const struct row *row)
{
    const struct cm_text *field = row->field;
    cm_node from = sink->last_from, to;
    sink->last_from = CM_NONE;
    if (field[EDGE_TYPE].length == 0) {
        return loss(sink, row, NODE_TYPE, "a row is either a node or an edge, this one is neither");
    }
    enum cm_edge_type type = edge_type(field[EDGE_TYPE]);
    if (type == CM_EDGE_TYPES) {
        return cm_rows_report(sink, row->line, "EDGE_TYPE", 1, true, false, "unknown edge type %.*s",
                              shown(field[EDGE_TYPE]), field[EDGE_TYPE].at);
    }
    if (field[EDGE_FROM].length == 0 || field[EDGE_TO].length == 0) {
        return loss(sink, row, field[EDGE_FROM].length == 0 ? EDGE_FROM : EDGE_TO, "an edge needs both ends");
    }
    enum cm_status status = CM_OK;
    if (field[NODE_ID].length > 0) {
        status = formality(sink, row, NODE_ID, "an edge row leaves this empty");
    }
    if (status == CM_OK && (!row->same_from || from == CM_NONE)) {
        status = cm_graph_refer_hashed(sink->graph, field[EDGE_FROM], row->hash[0], &from);
    }
    if (status == CM_OK) {
        status = cm_graph_refer_hashed(sink->graph, field[EDGE_TO], row->hash[1], &to);
    }
    if (status != CM_OK) {
        return status;
    }
    sink->last_from = from;
    return type == CM_REQUEST ? take_request(sink, row, from, to) : take_plain_edge(sink, row, type, from, to);
}

/* ---------------------------------------------------------------------------------------------------------- batches */

static void fetch_slot(const struct cm_graph *graph, uint32_t hash)
{
    if (graph->ids.slots != NULL) {
        __builtin_prefetch(&graph->ids.slots[hash & graph->ids.mask]);
    }
}

/* The node that a slot most likely leads to, or CM_NONE. */
static cm_node likely(const struct cm_graph *graph, uint32_t hash)
{
    uint32_t slot = hash & graph->ids.mask;
    for (int step = 0; step < 8 && graph->ids.slots[slot] != 0; step++) {
        if ((uint32_t)(graph->ids.slots[slot] >> 32) == hash) {
            return (uint32_t)graph->ids.slots[slot] - 1;
        }
        slot = (slot + 1) & graph->ids.mask;
    }
    return CM_NONE;
}

static void fetch_batch(const struct row_sink *sink)
{
    const struct cm_graph *graph = sink->graph;
    cm_node nodes[2 * BATCH_ROWS];
    unsigned used = 0;
    if (graph->ids.slots == NULL) {
        return;
    }
    for (unsigned i = 0; i < sink->count; i++) {
        const struct row *row = &sink->rows[i];
        for (int end = row->same_from; end < 1 + !row->is_node; end++) {
            cm_node node = likely(graph, row->hash[end]);
            if (node != CM_NONE) {
                __builtin_prefetch(&graph->node_text[node]);
                nodes[used++] = node;
            }
        }
    }
    for (unsigned i = 0; i < used; i++) {
        __builtin_prefetch(graph->pool.bytes + graph->node_text[nodes[i]]);
    }
}

static bool same_text(struct cm_text one, struct cm_text other)
{
    return one.length == other.length && memcmp(one.at, other.at, one.length) == 0;
}

enum cm_status cm_rows_push(struct row_sink *sink)
{
    struct row *row = &sink->rows[sink->count];
    const struct row *before = sink->count > 0 ? row - 1 : NULL;
    struct cm_text from = row->field[EDGE_FROM], to = row->field[EDGE_TO], id = row->field[NODE_ID];
    row->same_from = !row->is_node && before != NULL && !before->is_node && same_text(before->field[EDGE_FROM], from);
    if (row->is_node) {
        row->hash[0] = cm_hash(id.at, id.length);
        fetch_slot(sink->graph, row->hash[0]);
    } else {
        row->hash[0] = row->same_from ? before->hash[0] : cm_hash(from.at, from.length);
        row->hash[1] = cm_hash(to.at, to.length);
        fetch_slot(sink->graph, row->hash[0]);
        fetch_slot(sink->graph, row->hash[1]);
    }
    return ++sink->count == BATCH_ROWS ? cm_rows_flush(sink) : CM_OK;
}

enum cm_status cm_rows_flush(struct row_sink *sink)
{
    enum cm_status status = CM_OK;
    fetch_batch(sink);
    sink->last_from = CM_NONE;
    for (unsigned i = 0; i < sink->count && status == CM_OK; i++) {
        const struct row *row = &sink->rows[i];
        cm_graph_at_line(sink->graph, row->line);
        if (sink->options->strict_text) {
            status = check_bytes(sink, row);
        }
        if (status == CM_OK) {
            status = row->is_node ? take_node(sink, row) : take_edge(sink, row);
        }
    }
    sink->count = 0;
    return status;
}

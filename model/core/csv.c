/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a model as CSV: see csv.h. Bottom up: bytes, fields, rows, graph. */
#include "csv.h"

#include <string.h>

#include "fields.h"
#include "lib/words/words.h"

/* ------------------------------------------------------------------------------------------------------------ bytes */

void cm_writer_start(struct cm_writer *writer, struct cm_sink sink, char *buffer, size_t size)
{
    *writer = (struct cm_writer){.sink = sink, .buffer = buffer, .size = size};
}

static void flush(struct cm_writer *writer)
{
    if (writer->status == CM_OK && writer->used > 0 &&
        !writer->sink.write(writer->sink.context, writer->buffer, writer->used)) {
        writer->status = CM_SINK_FAILED;
    }
    writer->used = 0;
}

enum cm_status cm_writer_end(struct cm_writer *writer)
{
    flush(writer);
    return writer->status;
}

void cm_writer_put(struct cm_writer *writer, const char *bytes, size_t length)
{
    while (length > writer->size - writer->used) {
        size_t part = writer->size - writer->used;
        memcpy(writer->buffer + writer->used, bytes, part);
        writer->used += part;
        bytes += part;
        length -= part;
        flush(writer);
    }
    memcpy(writer->buffer + writer->used, bytes, length);
    writer->used += length;
}

void cm_writer_string(struct cm_writer *writer, const char *string)
{
    cm_writer_put(writer, string, strlen(string));
}

void cm_writer_number(struct cm_writer *writer, uint64_t number)
{
    char digits[21];
    cm_writer_put(writer, digits, cm_decimal(number, digits));
}

/* ----------------------------------------------------------------------------------------------------------- fields */

void cm_csv_field(struct cm_writer *writer, const char *text)
{
    size_t length = strcspn(text, ",\"\r\n");
    if (text[length] == '\0') {
        cm_writer_put(writer, text, length);
        return;
    }
    cm_writer_put(writer, "\"", 1);
    for (;;) {
        length = strcspn(text, "\"");
        cm_writer_put(writer, text, length);
        text += length;
        if (*text == '\0') {
            break;
        }
        cm_writer_put(writer, "\"\"", 2);
        text++;
    }
    cm_writer_put(writer, "\"", 1);
}

/* ------------------------------------------------------------------------------------------------------------- rows */

void cm_csv_header(struct cm_writer *writer)
{
    cm_writer_string(writer, CM_CSV_HEADER "\n");
}

static void node_row(struct cm_writer *writer, enum cm_kind kind, const char *id, const char *data, const char *extra)
{
    cm_writer_string(writer, cm_kind_text(kind));
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, id);
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, data);
    cm_writer_put(writer, ",,,,", 4);
    cm_csv_field(writer, extra);
    cm_writer_put(writer, "\n", 1);
}

void cm_csv_pd(struct cm_writer *writer, const char *id, const char *name, const char *extra)
{
    node_row(writer, CM_PD, id, name, extra);
}

void cm_csv_space(struct cm_writer *writer, const char *id, const char *type, const char *manager_id)
{
    node_row(writer, CM_SPACE, id, type, manager_id);
}

void cm_csv_resource(struct cm_writer *writer, const char *id, const char *type, const char *extra)
{
    node_row(writer, CM_RESOURCE, id, type, extra);
}

static void edge_row(struct cm_writer *writer, const char *data, enum cm_edge_type type, const char *from,
                     const char *to, const char *extra)
{
    cm_writer_put(writer, ",,", 2);
    cm_csv_field(writer, data);
    cm_writer_put(writer, ",", 1);
    cm_writer_string(writer, cm_edge_type_text(type));
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, from);
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, to);
    cm_writer_put(writer, ",", 1);
    cm_csv_field(writer, extra);
    cm_writer_put(writer, "\n", 1);
}

void cm_csv_edge(struct cm_writer *writer, enum cm_edge_type edge_type, const char *from, const char *to,
                 unsigned rights)
{
    char letters[5];
    cell_rights_text(rights, letters);
    edge_row(writer, "NONE", edge_type, from, to, letters);
}

void cm_csv_request(struct cm_writer *writer, const char *type, const char *from, const char *to, const char *space_id)
{
    edge_row(writer, type, CM_REQUEST, from, to, space_id);
}

/* ------------------------------------------------------------------------------------------------------------ graph */

static void write_nodes(struct cm_writer *writer, const struct cm_graph *graph)
{
    uint32_t nodes = cm_graph_nodes(graph);
    for (cm_node n = 0; n < nodes && writer->status == CM_OK; n++) {
        enum cm_kind kind = cm_node_kind(graph, n);
        if (kind != CM_MISSING) {
            node_row(writer, kind, cm_node_id(graph, n), cm_node_data(graph, n), cm_node_extra(graph, n));
        }
    }
}

static void write_edges(struct cm_writer *writer, const struct cm_graph *graph, bool holds)
{
    uint32_t edges = cm_graph_edges(graph);
    for (uint32_t e = 0; e < edges && writer->status == CM_OK; e++) {
        struct cm_edge edge;
        if (!cm_graph_edge(graph, e, &edge) || (edge.edge_type == CM_HOLD && !holds)) {
            continue;
        }
        const char *from = cm_node_id(graph, edge.from), *to = cm_node_id(graph, edge.to);
        if (edge.edge_type == CM_REQUEST) {
            const char *space = edge.space == CM_NONE ? "" : cm_node_id(graph, edge.space);
            cm_csv_request(writer, cm_type_name(graph, edge.type), from, to, space);
        } else {
            cm_csv_edge(writer, edge.edge_type, from, to, edge.rights);
        }
    }
}

struct expansion {
    struct cm_writer *writer;
    const struct cm_graph *graph;
    const char *pd_id;
};

static enum cm_status write_hold(void *context, cm_node target, unsigned rights, bool derived)
{
    struct expansion *expansion = context;
    (void)derived;
    cm_csv_edge(expansion->writer, CM_HOLD, expansion->pd_id, cm_node_id(expansion->graph, target), rights);
    return expansion->writer->status;
}

enum cm_status cm_csv_graph(struct cm_writer *writer, struct cm_graph *graph, bool expand)
{
    cm_csv_header(writer);
    write_nodes(writer, graph);
    write_edges(writer, graph, !expand);
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    for (uint32_t i = 0; expand && i < count && writer->status == CM_OK; i++) {
        struct expansion expansion = {writer, graph, cm_node_id(graph, pds[i])};
        enum cm_status status = cm_pd_holds(graph, pds[i], true, true, write_hold, &expansion);
        if (status != CM_OK && writer->status == CM_OK) {
            writer->status = status;
        }
    }
    return cm_writer_end(writer);
}

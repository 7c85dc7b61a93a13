/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a model as CSV (docs/model-format.md), a row at a time, into whatever the caller supplies.
 *
 * The row functions need no graph: extraction calls them as it walks its own tables, nodes first. cm_csv_graph() writes
 * a whole graph. Output is collected in the caller's buffer and handed to the sink when that is full, so memory does
 * not grow with the model; errors stick, so only the last call needs to be looked at.
 *
 *      cm_writer_start -> cm_csv_header -> cm_csv_pd, ... -> cm_csv_edge, ... -> cm_writer_end
 */
#pragma once

#include "graph.h"

/* Takes bytes; returns false if it cannot, which ends the writing with CM_SINK_FAILED. */
struct cm_sink {
    bool (*write)(void *context, const char *bytes, size_t length);
    void *context;
};

struct cm_writer {
    struct cm_sink sink;
    char *buffer;
    size_t size, used;
    enum cm_status status;
};

/* `buffer` of `size` bytes (at least 1) stays the caller's and must outlive the writer. */
void cm_writer_start(struct cm_writer *writer, struct cm_sink sink, char *buffer, size_t size);

/* Hands what is left to the sink. Returns the first error, or CM_OK. */
enum cm_status cm_writer_end(struct cm_writer *writer);

void cm_writer_put(struct cm_writer *writer, const char *bytes, size_t length);
void cm_writer_string(struct cm_writer *writer, const char *string);
void cm_writer_number(struct cm_writer *writer, uint64_t number); /* decimal */

/* A field, quoted as in RFC 4180 if it needs to be. */
void cm_csv_field(struct cm_writer *writer, const char *text);

void cm_csv_header(struct cm_writer *writer);
void cm_csv_pd(struct cm_writer *writer, const char *id, const char *name, const char *extra);
void cm_csv_space(struct cm_writer *writer, const char *id, const char *type, const char *manager_id);
void cm_csv_resource(struct cm_writer *writer, const char *id, const char *type, const char *extra);
void cm_csv_edge(struct cm_writer *writer, enum cm_edge_type edge_type, const char *from, const char *to,
                 unsigned rights);
void cm_csv_request(struct cm_writer *writer, const char *type, const char *from, const char *to,
                    const char *space_id); /* "" for any space */

/* The whole graph; with `expand` also the HOLDs that follow from others, all HOLDs then last
 * and with all their rights. Edges that were set aside are left out. */
enum cm_status cm_csv_graph(struct cm_writer *writer, struct cm_graph *graph, bool expand);

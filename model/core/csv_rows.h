/* SPDX-License-Identifier: BSD-2-Clause */
/* A row of a model file, taken apart, and what becomes of it. Between csv_read.c (text) and csv_rows.c (meaning). */
#pragma once

#include "csv_read.h"

/* The seven columns, in the order of our own files. */
enum column { NODE_TYPE, NODE_ID, DATA, EDGE_TYPE, EDGE_FROM, EDGE_TO, EXTRA, COLUMNS };
extern const char *const cm_column_names[COLUMNS];

struct row {
    struct cm_text field[COLUMNS];
    uint32_t line;
    uint32_t hash[2];  /* of NODE_ID; or of EDGE_FROM and EDGE_TO */
    bool is_node;
    bool same_from;    /* EDGE_FROM is that of the row before in the batch */
};

/* Rows are taken apart first and acted on in batches, so that their nodes can be fetched from memory in between. */
#define BATCH_ROWS 64

struct row_sink {
    struct cm_graph *graph;
    const struct cm_read_options *options;
    struct row rows[BATCH_ROWS];
    unsigned count;
    cm_node last_from; /* of the row before, or CM_NONE */
};

/* A further row, whose fields, line and is_node are set, at rows[count]; the batch is acted on when it is full. */
enum cm_status cm_rows_push(struct row_sink *sink);

/* Adds the rows that wait. Their texts are not needed afterwards. */
enum cm_status cm_rows_flush(struct row_sink *sink);

/* Reports a problem; CM_STOPPED if the caller wants no further ones. */
enum cm_status cm_rows_report(const struct row_sink *sink, uint32_t line, const char *column, int rule, bool lenient,
                              bool lost, const char *format, ...) __attribute__((format(printf, 7, 8)));

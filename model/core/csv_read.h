/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a model from CSV (docs/model-format.md), streaming: memory does not grow with the file beyond the graph itself, and
 * all of it is of the graph's allocator.
 *
 * Every faulty row is reported with line, column and rule. Accepted: CRLF, a missing EXTRA,
 * edges before their nodes, further columns, columns in another order.
 */
#pragma once

#include "graph.h"

/* No row is longer, in bytes; a longer one is mostly a quote that is never closed. */
#define CM_MAX_ROW ((size_t)16 << 20)
/* No file has more columns. */
#define CM_MAX_COLUMNS 255

/* Where the text comes from: fills the buffer with up to `size` bytes; 0 at the end, negative if it fails. */
struct cm_source {
    long (*read)(void *context, char *buffer, size_t size);
    void *context;
};

/* A faulty row. */
struct cm_problem {
    uint32_t line;      /* from 1; of the start of the row */
    const char *column; /* the column's name */
    int rule;           /* of docs/model-format.md */
    bool lenient;       /* files of other tools do this */
    bool lost;          /* the row was not taken; otherwise it was, despite the problem */
    const char *text;   /* in words; valid during the call */
};

/* Returns false to stop the reading, which then ends with CM_STOPPED. */
typedef bool (*cm_problem_visit)(void *context, const struct cm_problem *problem);

struct cm_mechanism;

struct cm_read_options {
    bool strict_text; /* also look at every byte for UTF-8 */
    bool lose_text;   /* and a row that is not UTF-8 is lost; else it is taken anyway */
    size_t buffer;    /* bytes of text read at once, and of the longest row; 0: 1 MiB, and CM_MAX_ROW for a row */
    cm_problem_visit visit;
    void *context;
    const char *path;           /* of the current file; NULL: none. For texts that name another file (mechanism.h) */
    struct cm_mechanism *about; /* receives what such a text says about itself; may be NULL */
};

/*
 * Adds what the source holds to a graph, which is not finished by this. Errors: those of the graph, CM_SOURCE_FAILED,
 * CM_STOPPED. Where nothing more can be read (no header, a row that never ends), a lost row is reported and the reading
 * ends with CM_STOPPED.
 */
enum cm_status cm_csv_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows put together from what a parser calls back with: what the readers of JSON and GraphML share. The words of a row
 * are kept in one buffer until it is complete; then it is acted on as a row of a CSV file would be.
 */
#pragma once

#include "../core/csv_rows.h"

struct cm_text_in {
    struct row_sink rows;
    enum cm_status status; /* the first error; not overwritten */
    const char *format;    /* the format's name, for messages */

    char *words; /* of the current row */
    size_t words_used, words_size;
    struct {
        bool set;
        size_t start, length;
    } field[COLUMNS];
    uint32_t row_line;
};

/*
 * Hands the parser a piece of the text; `last`: the text has ended and the piece is empty. The parser may change the piece. It puts
 * errors into the
 * status, which ends the reading.
 */
typedef void (*cm_in_parse)(void *parser, char *piece, size_t length, bool last);

/* Starts without a row. `format` is kept. */
void cm_in_start(struct cm_text_in *in, const char *format, struct cm_graph *graph,
                 const struct cm_read_options *options);

/* Reads the source to its end through the parser, and frees the words. Returns the first error, or CM_OK. */
enum cm_status cm_in_read(struct cm_text_in *in, struct cm_source source, cm_in_parse parse, void *parser);

/* Ends the reading: the text is wrong at this line. The row that it belongs to is lost. */
void cm_in_fail(struct cm_text_in *in, uint32_t line, const char *words);

/* Starts a row, at this line. */
void cm_in_row(struct cm_text_in *in, uint32_t line);

/* Adds bytes to the words of the row. */
void cm_in_add(struct cm_text_in *in, const char *bytes, size_t length);

/* Makes a field of the words from `start` (an earlier words_used) on. A second one of a column ends the reading. */
void cm_in_field(struct cm_text_in *in, enum column column, size_t start);

/* Ends the row and acts on it. */
void cm_in_push(struct cm_text_in *in, bool is_node);

/* The two formats; as cm_csv_read(). */
enum cm_status cm_json_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);
enum cm_status cm_graphml_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);

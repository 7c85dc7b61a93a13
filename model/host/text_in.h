/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that is read a byte at a time, and rows put together from it: what the readers of JSON and GraphML share. A row's
 * words are kept in one buffer until it is complete; then it is acted on as a row of a CSV file would be.
 */
#ifndef CELLULOS_MODEL_TEXT_IN_H
#define CELLULOS_MODEL_TEXT_IN_H

#include "../core/csv_rows.h"

#define CM_END (-1) /* instead of a byte: the text has ended, or failed */

struct cm_text_in {
    struct cm_source source;
    struct row_sink rows;
    char *buffer;
    size_t at, used;
    bool at_end;
    uint32_t line;
    enum cm_status status; /* the first error; sticks */

    char *words;           /* of the row at hand */
    size_t words_used, words_size;
    struct {
        bool set;
        size_t start, length;
    } field[COLUMNS];
    uint32_t row_line;
};

/* The status is CM_NO_MEMORY if there is none for the buffers. */
void cm_in_start(struct cm_text_in *in, struct cm_source source, struct cm_graph *graph,
                 const struct cm_read_options *options);

/* Frees the buffers; returns the first error, or CM_OK. */
enum cm_status cm_in_end(struct cm_text_in *in);

int cm_in_peek(struct cm_text_in *in); /* the next byte, or CM_END */
int cm_in_next(struct cm_text_in *in); /* the same, and goes past it */

/* Ends the reading with a lost row at this line: `format` (the name of the format) is not as it should be. */
void cm_in_fail(struct cm_text_in *in, const char *format, const char *words);

/* A new row starts at this line. */
void cm_in_row(struct cm_text_in *in);

/* Marks of the words buffer: a word is started, gets bytes, and becomes a field (the last one of a column counts). */
size_t cm_in_word(const struct cm_text_in *in);
void cm_in_add(struct cm_text_in *in, int byte);
void cm_in_add_character(struct cm_text_in *in, uint32_t code); /* as UTF-8 */
void cm_in_field(struct cm_text_in *in, enum column column, size_t word);

/* The row is complete. */
void cm_in_push(struct cm_text_in *in, bool is_node);

/* The two formats; as cm_csv_read(). */
enum cm_status cm_json_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);
enum cm_status cm_graphml_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options);

#endif

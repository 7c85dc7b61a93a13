/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows from a parser's callbacks: see text_in.h. */
#include "text_in.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)1 << 16)

void cm_in_start(struct cm_text_in *in, const char *format, struct cm_graph *graph,
                 const struct cm_read_options *options)
{
    memset(in, 0, sizeof *in);
    in->format = format;
    in->rows.graph = graph;
    in->rows.options = options;
    in->rows.last_from = CM_NONE;
}

enum cm_status cm_in_read(struct cm_text_in *in, struct cm_source source, cm_in_parse parse, void *parser)
{
    char *piece = malloc(PIECE_BYTES);
    long got = 1;
    in->status = piece == NULL ? CM_NO_MEMORY : CM_OK;
    while (in->status == CM_OK && got > 0) {
        got = source.read(source.context, piece, PIECE_BYTES);
        if (got < 0) {
            in->status = CM_SOURCE_FAILED;
        } else {
            parse(parser, piece, (size_t)got, got == 0);
        }
    }
    free(piece);
    free(in->words);
    return in->status;
}

void cm_in_fail(struct cm_text_in *in, uint32_t line, const char *words)
{
    if (in->status == CM_OK) {
        enum cm_status status = cm_rows_report(&in->rows, line, in->format, 5, false, true, "%s", words);
        in->status = status == CM_OK ? CM_STOPPED : status;
    }
}

void cm_in_row(struct cm_text_in *in, uint32_t line)
{
    in->row_line = line;
    in->words_used = 0;
    memset(in->field, 0, sizeof in->field);
}

void cm_in_add(struct cm_text_in *in, const char *bytes, size_t length)
{
    if (length > CM_MAX_ROW - in->words_used) {
        cm_in_fail(in, in->row_line, "a node or edge is longer than 16 MiB (CM_MAX_ROW)");
        return;
    }
    if (in->words_size - in->words_used < length) {
        size_t size = 2 * (in->words_used + length) + 256;
        char *words = realloc(in->words, size);
        if (words == NULL) {
            in->status = CM_NO_MEMORY;
            return;
        }
        in->words = words;
        in->words_size = size;
    }
    if (length > 0) {
        memcpy(in->words + in->words_used, bytes, length);
        in->words_used += length;
    }
}

void cm_in_field(struct cm_text_in *in, enum column column, size_t start)
{
    if (in->field[column].set) {
        cm_in_fail(in, in->row_line, "a node or edge has an attribute twice");
    }
    in->field[column].set = true;
    in->field[column].start = start;
    in->field[column].length = in->words_used - start;
}

void cm_in_push(struct cm_text_in *in, bool is_node)
{
    if (in->status != CM_OK) {
        return;
    }
    if (in->words_used > 0 && memchr(in->words, '\0', in->words_used) != NULL) {
        cm_in_fail(in, in->row_line, "a text contains a NUL character");
        return;
    }
    struct row *row = &in->rows.rows[in->rows.count];
    for (int c = 0; c < COLUMNS; c++) {
        row->field[c] = in->field[c].set && in->field[c].length > 0
                            ? (struct cm_text){in->words + in->field[c].start, in->field[c].length}
                            : (struct cm_text){"", 0};
    }
    row->line = in->row_line;
    row->is_node = is_node;
    in->status = cm_rows_push(&in->rows);
    if (in->status == CM_OK) {
        in->status = cm_rows_flush(&in->rows);
    }
}

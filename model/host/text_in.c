/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in, rows out: see text_in.h. */
#include "text_in.h"

#include <stdlib.h>
#include <string.h>

#include "../core/names.h"

#define BUFFER_BYTES ((size_t)1 << 18)

void cm_in_start(struct cm_text_in *in, struct cm_source source, struct cm_graph *graph,
                 const struct cm_read_options *options)
{
    memset(in, 0, sizeof *in);
    in->source = source;
    in->rows.graph = graph;
    in->rows.options = options;
    in->rows.last_from = CM_NONE;
    in->line = 1;
    in->buffer = malloc(BUFFER_BYTES);
    in->status = in->buffer == NULL ? CM_NO_MEMORY : CM_OK;
}

enum cm_status cm_in_end(struct cm_text_in *in)
{
    free(in->buffer);
    free(in->words);
    return in->status;
}

/* ------------------------------------------------------------------------------------------------------------ bytes */

static bool refill(struct cm_text_in *in)
{
    if (in->at_end || in->status != CM_OK) {
        return false;
    }
    long got = in->source.read(in->source.context, in->buffer, BUFFER_BYTES);
    if (got < 0) {
        in->status = CM_SOURCE_FAILED;
    }
    in->at_end = got <= 0;
    in->at = 0;
    in->used = got <= 0 ? 0 : (size_t)got;
    return !in->at_end;
}

int cm_in_peek(struct cm_text_in *in)
{
    if (in->status != CM_OK || (in->at == in->used && !refill(in))) {
        return CM_END;
    }
    return (unsigned char)in->buffer[in->at];
}

int cm_in_next(struct cm_text_in *in)
{
    int byte = cm_in_peek(in);
    if (byte != CM_END) {
        in->at++;
        in->line += byte == '\n';
    }
    return byte;
}

void cm_in_fail(struct cm_text_in *in, const char *format, const char *words)
{
    if (in->status == CM_OK) {
        enum cm_status status = cm_rows_report(&in->rows, in->line, format, 5, false, true, "%s", words);
        in->status = status == CM_OK ? CM_STOPPED : status;
    }
}

/* ------------------------------------------------------------------------------------------------------------- rows */

void cm_in_row(struct cm_text_in *in)
{
    in->row_line = in->line;
    in->words_used = 0;
    memset(in->field, 0, sizeof in->field);
}

size_t cm_in_word(const struct cm_text_in *in)
{
    return in->words_used;
}

void cm_in_add(struct cm_text_in *in, int byte)
{
    if (in->words_used == in->words_size) {
        if (in->words_size >= CM_MAX_ROW) {
            cm_in_fail(in, "row", "a node or edge is longer than 16 MiB (CM_MAX_ROW)");
            return;
        }
        char *words = realloc(in->words, in->words_size * 2 + 256);
        if (words == NULL) {
            in->status = CM_NO_MEMORY;
            return;
        }
        in->words = words;
        in->words_size = in->words_size * 2 + 256;
    }
    in->words[in->words_used++] = (char)byte;
}

void cm_in_add_character(struct cm_text_in *in, uint32_t code)
{
    if (code < 0x80) {
        cm_in_add(in, (int)code);
        return;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    cm_in_add(in, (int)(lead[more] | code >> (6 * more)));
    while (more-- > 0) {
        cm_in_add(in, (int)(0x80 | (code >> (6 * more) & 0x3f)));
    }
}

void cm_in_field(struct cm_text_in *in, enum column column, size_t word)
{
    in->field[column].set = true;
    in->field[column].start = word;
    in->field[column].length = in->words_used - word;
}

void cm_in_push(struct cm_text_in *in, bool is_node)
{
    if (in->status != CM_OK) {
        return;
    }
    if (in->words_used > 0 && memchr(in->words, '\0', in->words_used) != NULL) {
        cm_in_fail(in, "row", "a text contains a NUL character");
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

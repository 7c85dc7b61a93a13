/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking CSV text apart: see csv_read.h. Bottom up:
 *
 *   header     which column is where
 *   row end    a row's fields are complete: counted, handed on
 *   careful    a row that has a quote in it, byte by byte (RFC 4180)
 *   quick      all other rows, by the positions of commas and line ends, 64 bytes at a time
 *   refill     the buffer: what is left of a row moves to the front
 *
 * A row's fields point into the buffer, so rows that wait are acted on before it is refilled.
 */
#include "csv_rows.h"
#include "fields.h"
#include "internal.h"
#include "scan.h"

#define FIRST_BUFFER ((size_t)1 << 20)

struct reader {
    struct cm_source source;
    struct row_sink sink;
    char *buffer; /* size + SCAN_BLOCK bytes */
    size_t size, used;
    bool at_end;

    uint32_t line; /* of the current row */
    bool has_header;
    unsigned columns;
    uint8_t slot[CM_MAX_COLUMNS]; /* column of the file -> enum column, COLUMNS: ignored */
    bool extra_last;              /* EXTRA is the last column, so it may be missing */
};

static const struct cm_text empty = {"", 0};

/* ----------------------------------------------------------------------------------------------------------- header */

static enum cm_status bad_header(struct reader *r, const char *words)
{
    enum cm_status status = cm_rows_report(&r->sink, r->line, "header", 5, false, true, "%s", words);
    return status == CM_OK ? CM_STOPPED : status;
}

/* One name of the header, which may stand in quotes. */
static void take_column(struct reader *r, struct cm_text name)
{
    if (name.length >= 2 && name.at[0] == '"' && name.at[name.length - 1] == '"') {
        name = (struct cm_text){name.at + 1, name.length - 2};
    }
    uint8_t slot = COLUMNS;
    for (uint8_t c = 0; c < COLUMNS; c++) {
        if (name.length == strlen(cm_column_names[c]) && memcmp(name.at, cm_column_names[c], name.length) == 0) {
            slot = c;
        }
    }
    r->slot[r->columns++] = slot;
}

static enum cm_status take_header(struct reader *r, const char *at, const char *end)
{
    r->columns = 0;
    if (memchr(at, '\r', (size_t)(end - at)) != NULL) {
        return bad_header(r, "lines end in CR alone; LF or CR LF is read");
    }
    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma == NULL ? end : comma;
        if (r->columns == CM_MAX_COLUMNS) {
            return bad_header(r, "more than 255 columns (CM_MAX_COLUMNS)");
        }
        take_column(r, (struct cm_text){at, (size_t)(stop - at)});
        at = stop + 1;
    }
    unsigned found[COLUMNS + 1] = {0};
    for (unsigned c = 0; c < r->columns; c++) {
        found[r->slot[c]]++;
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (found[c] > 1 || (found[c] == 0 && c != EXTRA)) {
            return bad_header(r, "the first line must be " CM_CSV_HEADER);
        }
    }
    r->extra_last = r->slot[r->columns - 1] == EXTRA;
    r->has_header = true;
    return CM_OK;
}

/* ---------------------------------------------------------------------------------------------------------- row end */

static struct row *row_at_hand(struct reader *r)
{
    return &r->sink.rows[r->sink.count];
}

static void clear_row(struct reader *r)
{
    for (int c = 0; c < COLUMNS; c++) {
        row_at_hand(r)->field[c] = empty;
    }
}

static void set_field(struct reader *r, unsigned column, const char *start, const char *end)
{
    if (column < r->columns && r->slot[column] < COLUMNS) {
        row_at_hand(r)->field[r->slot[column]] = (struct cm_text){start, (size_t)(end - start)};
    }
}

/* The current row is complete, with this many fields; it stood on this many lines. `cut`: the file ends without a line end. */
static enum cm_status end_row(struct reader *r, unsigned fields, uint32_t lines, bool cut)
{
    struct row *row = row_at_hand(r);
    enum cm_status status = CM_OK;
    row->line = r->line;
    bool blank = fields == 1 && row->field[r->slot[0] < COLUMNS ? r->slot[0] : NODE_TYPE].length == 0;
    if (fields > r->columns) {
        status = cm_rows_report(&r->sink, r->line, "EXTRA", 5, false, true, "the row has %u fields, the header %u",
                                fields, r->columns);
    } else if (fields < r->columns && !blank && (cut || !r->extra_last || fields + 1 < r->columns)) {
        const char *column = r->slot[fields] < COLUMNS ? cm_column_names[r->slot[fields]] : "further columns";
        status = cm_rows_report(&r->sink, r->line, column, 5, false, true,
                                cut ? "the file ends within the row: %u fields, the header has %u"
                                    : "the row has %u fields, the header %u",
                                fields, r->columns);
    } else if (!blank) {
        row->is_node = row->field[NODE_TYPE].length > 0;
        status = cm_rows_push(&r->sink);
    }
    r->line += lines;
    clear_row(r);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- careful */

/* What became of a row with quotes. */
enum careful { ROW_TAKEN, ROW_INCOMPLETE, ROW_BAD };

/* Where the quoted field at `at` ends, behind its closing quote. NULL: that does not come before `end`. */
static char *closing_quote(char *at, char *end)
{
    for (at++; at < end; at++) {
        if (*at != '"') {
            continue;
        }
        if (at + 1 == end || at[1] != '"') {
            return at + 1;
        }
        at++;
    }
    return NULL;
}

/* Where the field at `at` ends: a comma, a line end (CR before LF included), or `end`. */
static char *field_end(char *at, char *end, bool *incomplete, bool *bad)
{
    *incomplete = *bad = false;
    if (at == end || *at != '"') {
        while (at < end && *at != ',' && *at != '\n') {
            *bad = *bad || *at == '"';
            at++;
        }
        return at;
    }
    char *closed = closing_quote(at, end);
    if (closed == NULL) {
        *incomplete = true;
        return end;
    }
    if (closed < end && *closed == '\r') {
        *incomplete = closed + 1 == end;
        *bad = !*incomplete && closed[1] != '\n';
    } else {
        *bad = closed < end && *closed != ',' && *closed != '\n';
    }
    return closed;
}

/* Takes the quotes off a field, in place. */
static struct cm_text unquoted(char *at, char *end)
{
    if (at == end || *at != '"') {
        return (struct cm_text){at, (size_t)(end - at)};
    }
    char *to = at, *from = at + 1;
    while (from < end - 1) {
        from += *from == '"';
        *to++ = *from++;
    }
    return (struct cm_text){at, (size_t)(to - at)};
}

/* The end of the row at `at`, its line end not counted; *fields and *lines counted. Changes nothing. */
static enum careful row_extent(const struct reader *r, char *at, char *end, char **row_end, uint32_t *lines)
{
    *lines = 1;
    for (;;) {
        bool incomplete, bad;
        char *stop = field_end(at, end, &incomplete, &bad);
        if (bad || (incomplete && r->at_end)) {
            *row_end = bad ? stop : end;
            return ROW_BAD;
        }
        if (incomplete || (stop == end && !r->at_end)) {
            return ROW_INCOMPLETE;
        }
        for (char *c = at; c < stop; c++) {
            *lines += *c == '\n';
        }
        if (stop == end || *stop != ',') {
            *row_end = stop;
            return ROW_TAKEN;
        }
        at = stop + 1;
    }
}

/* Past a row that cannot be read: the next line end. */
static enum cm_status skip_row(struct reader *r, char **at, char *stop, char *end)
{
    bool open = stop == end;
    enum cm_status status =
        cm_rows_report(&r->sink, r->line, "quotes", 5, false, true, "%s",
                       open ? "a quoted field is not closed before the file ends"
                            : "a quote within a field that is not quoted, or text after a closing quote");
    for (char *c = *at; c < stop; c++) {
        r->line += *c == '\n';
    }
    char *next = memchr(stop, '\n', (size_t)(end - stop));
    *at = next == NULL ? end : next + 1;
    r->line++;
    clear_row(r);
    return status;
}

/* A row with a quote in it, starting at *at, which moves past it. */
static enum cm_status careful_row(struct reader *r, char **at, char *end, bool *incomplete)
{
    char *row_end;
    uint32_t lines;
    enum careful outcome = row_extent(r, *at, end, &row_end, &lines);
    *incomplete = outcome == ROW_INCOMPLETE;
    if (outcome == ROW_INCOMPLETE) {
        return CM_OK;
    }
    if (outcome == ROW_BAD) {
        return skip_row(r, at, row_end, end);
    }
    unsigned fields = 0;
    clear_row(r);
    for (char *field = *at;;) {
        bool unused, bad;
        char *stop = field_end(field, end, &unused, &bad);
        char *text_end = stop > field && stop < end && *stop == '\n' && stop[-1] == '\r' ? stop - 1 : stop;
        bool last = stop == end || *stop != ',';
        struct cm_text text = unquoted(field, text_end);
        set_field(r, fields++, text.at, text.at + text.length);
        if (last) {
            break;
        }
        field = stop + 1;
    }
    bool cut = row_end == end;
    *at = row_end;
    if (row_end < end && *row_end == '\r') {
        (*at)++;
    }
    *at += *at < end;
    return end_row(r, fields, lines, cut);
}

/* ------------------------------------------------------------------------------------------------------------ quick */

/* The marks of the block at `block`, none at or after `end`. */
static uint64_t marks_before(const char *block, const char *end)
{
    uint64_t marks = scan_marks(block);
    size_t left = (size_t)(end - block);
    return left >= SCAN_BLOCK ? marks : marks & (((uint64_t)1 << left) - 1);
}

static const char *without_cr(const char *start, const char *end)
{
    return end > start && end[-1] == '\r' ? end - 1 : end;
}

/* Takes rows from *at on, until the last complete one; *at moves along. */
static enum cm_status quick_rows(struct reader *r, char **at, char *end)
{
    char *field = *at, *block = *at;
    unsigned fields = 0;
    enum cm_status status = CM_OK;
    clear_row(r);
    while (block < end) {
        uint64_t marks = marks_before(block, end);
        char *next = block + SCAN_BLOCK;
        for (; marks != 0; marks &= marks - 1) {
            char *mark = block + __builtin_ctzll(marks);
            if (*mark == ',') {
                set_field(r, fields++, field, mark);
                field = mark + 1;
            } else if (*mark == '\n') {
                set_field(r, fields++, field, without_cr(field, mark));
                status = end_row(r, fields, 1, false);
                fields = 0;
                field = *at = mark + 1;
            } else {
                bool incomplete;
                status = careful_row(r, at, end, &incomplete);
                if (incomplete) {
                    return status;
                }
                fields = 0;
                field = next = *at;
                marks = 1; /* nothing more of this block */
            }
            if (status != CM_OK) {
                return status;
            }
        }
        block = next;
    }
    if (r->at_end && *at < end) { /* the last row, without a line end */
        set_field(r, fields++, field, without_cr(field, end));
        *at = end;
        status = end_row(r, fields, 1, true);
    }
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- refill */

/* Moves what is left from `at` to the front, makes room if a row fills the buffer, and reads on. */
static enum cm_status refill(struct reader *r, size_t at)
{
    memmove(r->buffer, r->buffer + at, r->used - at);
    r->used -= at;
    if (r->used == r->size) {
        size_t longest = r->sink.options->buffer != 0 ? r->sink.options->buffer : CM_MAX_ROW;
        if (r->size >= longest) {
            enum cm_status status = cm_rows_report(
                &r->sink, r->line, "row", 5, false, true, "the row is longer than %lu %s: a quote not closed?",
                (unsigned long)(longest == CM_MAX_ROW ? longest >> 20 : longest), longest == CM_MAX_ROW ? "MiB (CM_MAX_ROW)" : "bytes");
            return status == CM_OK ? CM_STOPPED : status;
        }
        char *larger = cm_heap_resize(&r->sink.graph->heap, r->buffer, 1, 2 * r->size + SCAN_BLOCK);
        if (larger == NULL) {
            return CM_NO_MEMORY;
        }
        r->buffer = larger;
        r->size *= 2;
    }
    long got = r->source.read(r->source.context, r->buffer + r->used, r->size - r->used);
    if (got < 0) {
        return CM_SOURCE_FAILED;
    }
    const char *nul = got == 0 ? NULL : memchr(r->buffer + r->used, '\0', (size_t)got);
    if (nul != NULL) {
        uint32_t line = r->line;
        for (const char *c = r->buffer; c < nul; c++) {
            line += *c == '\n';
        }
        enum cm_status status = cm_rows_report(&r->sink, line, "row", 5, false, true, "the file contains a NUL byte");
        return status == CM_OK ? CM_STOPPED : status;
    }
    r->at_end = got == 0;
    r->used += (size_t)got;
    return CM_OK;
}

/* The first line, once it is there. */
static enum cm_status find_header(struct reader *r, char **at, char *end)
{
    char *stop = memchr(*at, '\n', (size_t)(end - *at));
    if (stop == NULL && !r->at_end) {
        return CM_OK;
    }
    stop = stop == NULL ? end : stop;
    enum cm_status status = take_header(r, *at, without_cr(*at, stop));
    *at = stop + (stop < end);
    r->line++;
    return status;
}

static enum cm_status read_all(struct reader *r)
{
    size_t at = 0;
    enum cm_status status = CM_OK;
    while (status == CM_OK && !(r->at_end && at == r->used && r->has_header)) {
        status = refill(r, at);
        char *start = r->buffer, *end = r->buffer + r->used;
        if (status == CM_OK && !r->has_header) {
            status = find_header(r, &start, end);
        }
        if (status == CM_OK && r->has_header) {
            status = quick_rows(r, &start, end);
        }
        if (status == CM_OK) {
            status = cm_rows_flush(&r->sink);
        }
        at = (size_t)(start - r->buffer);
    }
    return status;
}

enum cm_status cm_csv_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct cm_heap *heap = &graph->heap;
    struct reader *r = cm_heap_make(heap, sizeof *r, 1);
    if (r == NULL) {
        return CM_NO_MEMORY;
    }
    memset(r, 0, sizeof *r);
    r->source = source;
    r->sink.graph = graph;
    r->sink.options = options;
    r->sink.last_from = CM_NONE;
    r->line = 1;
    r->size = options->buffer != 0 ? options->buffer : FIRST_BUFFER;
    r->buffer = cm_heap_make(heap, 1, r->size + SCAN_BLOCK);
    enum cm_status status = r->buffer == NULL ? CM_NO_MEMORY : CM_OK;
    if (status == CM_OK) {
        memset(r->buffer, 0, r->size + SCAN_BLOCK);
        status = read_all(r);
    }
    cm_heap_free(heap, r->buffer);
    cm_heap_free(heap, r);
    return status;
}

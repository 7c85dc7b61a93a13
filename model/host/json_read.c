/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading networkx's node-link JSON with the yajl library: an object with arrays "nodes" and "edges" (or "links", as
 * networkx called them before 3.6). Attributes are those that we write: type, data, extra. Other members are passed over.
 * NaN, which is no JSON but what Python writes for an empty cell of a table, is read as an empty text.
 */
#include <string.h>
#include <yajl/yajl_parse.h>

#include "text_in.h"

struct member {
    const char *name;
    enum column column;
};

static const struct member node_members[] = {
    {"id", NODE_ID}, {"type", NODE_TYPE}, {"data", DATA}, {"extra", EXTRA}, {NULL, COLUMNS}};
static const struct member edge_members[] = {{"source", EDGE_FROM}, {"target", EDGE_TO}, {"type", EDGE_TYPE},
                                             {"data", DATA},        {"extra", EXTRA},    {NULL, COLUMNS}};

/* How many brackets are open around a value. */
enum { OUTSIDE,
       TOP,
       IN_ARRAY,
       IN_ELEMENT };

struct reader {
    struct cm_text_in in;
    yajl_handle yajl;
    unsigned depth;
    bool of_direction;            /* the current member says whether edges have one */
    bool nodes_seen, edges_seen;  /* their arrays */
    const struct member *members; /* of the array of nodes or edges that the parser is in; NULL: of neither */
    enum column column;           /* of the member of a node or edge; COLUMNS: another member */

    const char *piece;
    size_t length;  /* of the piece */
    size_t counted; /* bytes of the piece whose line ends are in `line` */
    uint32_t line;

    bool in_string, escaped; /* where blank_nan() is */
    unsigned nan_bytes;      /* of a NaN, seen */
};

static uint32_t line_at_hand(struct reader *r)
{
    size_t consumed = yajl_get_bytes_consumed(r->yajl);
    for (; r->counted < consumed && r->counted < r->length; r->counted++) {
        r->line += r->piece[r->counted] == '\n';
    }
    return r->line;
}

static int fail(struct reader *r, const char *words)
{
    cm_in_fail(&r->in, line_at_hand(r), words);
    return 0;
}

/* ---------------------------------------------------------------------------------------------- what values mean */

/* What a value must be at the parser's place. NULL: any value will do, or this one does. */
static const char *misplaced(const struct reader *r, char kind)
{
    if (r->depth == OUTSIDE || (r->members != NULL && r->depth == IN_ARRAY)) {
        return kind == '{' ? NULL : "an object is expected";
    }
    return r->members != NULL && r->depth == TOP && kind != '[' ? "an array is expected" : NULL;
}

static int take_text(void *context, const char *text, size_t length)
{
    struct reader *r = context;
    const char *words = misplaced(r, '"');
    if (words != NULL) {
        return fail(r, words);
    }
    if (r->members != NULL && r->depth == IN_ELEMENT && r->column != COLUMNS) {
        size_t start = r->in.words_used;
        cm_in_add(&r->in, text, length);
        cm_in_field(&r->in, r->column, start);
    }
    return r->in.status == CM_OK;
}

static int take_string(void *context, const unsigned char *text, size_t length)
{
    return take_text(context, (const char *)text, length);
}

static int take_null(void *context)
{
    return take_text(context, "", 0);
}

static int take_boolean(void *context, int value)
{
    struct reader *r = context;
    if (r->depth == TOP && r->of_direction && !value) {
        return fail(r, "edges of a model have a direction, these have none");
    }
    return value ? take_text(context, "true", 4) : take_text(context, "false", 5);
}

static int open_bracket(struct reader *r, char kind)
{
    const char *words = misplaced(r, kind);
    if (words != NULL) {
        return fail(r, words);
    }
    if (r->members != NULL && r->depth == IN_ARRAY) {
        cm_in_row(&r->in, line_at_hand(r));
    }
    r->depth++;
    return 1;
}

static int open_object(void *context)
{
    return open_bracket(context, '{');
}

static int open_array(void *context)
{
    return open_bracket(context, '[');
}

static int close_bracket(void *context)
{
    struct reader *r = context;
    r->depth--;
    if (r->members != NULL && r->depth == IN_ARRAY) {
        cm_in_push(&r->in, r->members == node_members);
    }
    return r->in.status == CM_OK;
}

static bool equal(const char *name, const unsigned char *key, size_t length)
{
    return strlen(name) == length && memcmp(name, key, length) == 0;
}

static int take_key(void *context, const unsigned char *key, size_t length)
{
    struct reader *r = context;
    if (r->depth == TOP) {
        r->of_direction = equal("directed", key, length);
        bool edges = equal("edges", key, length) || equal("links", key, length);
        bool nodes = equal("nodes", key, length);
        if ((nodes && r->nodes_seen) || (edges && r->edges_seen)) {
            return fail(r, "there are two arrays of nodes, or of edges");
        }
        r->nodes_seen = r->nodes_seen || nodes;
        r->edges_seen = r->edges_seen || edges;
        r->members = nodes ? node_members : edges ? edge_members
                                                  : NULL;
    } else if (r->members != NULL && r->depth == IN_ELEMENT) {
        const struct member *member = r->members;
        while (member->name != NULL && !equal(member->name, key, length)) {
            member++;
        }
        r->column = member->column;
    }
    return 1;
}

/* ------------------------------------------------------------------------------------------------------- the text */

/* Outside of strings, makes an empty string and a blank of each NaN. */
static void blank_nan(struct reader *r, char *piece, size_t length)
{
    for (char *at = piece; at < piece + length; at++) {
        if (r->in_string) {
            r->in_string = *at != '"' || r->escaped;
            r->escaped = *at == '\\' && !r->escaped;
        } else if (*at == "NaN"[r->nan_bytes]) {
            *at = "\"\" "[r->nan_bytes];
            r->nan_bytes = (r->nan_bytes + 1) % 3;
        } else {
            r->in_string = *at == '"';
        }
    }
}

static void parse(void *context, char *piece, size_t length, bool last)
{
    struct reader *r = context;
    blank_nan(r, piece, length);
    r->piece = piece;
    r->length = length;
    r->counted = 0;
    yajl_status status =
        last ? yajl_complete_parse(r->yajl) : yajl_parse(r->yajl, (const unsigned char *)piece, length);
    if (status == yajl_status_error) {
        unsigned char *words = yajl_get_error(r->yajl, 0, NULL, 0);
        if (words == NULL) {
            r->in.status = CM_NO_MEMORY;
            return;
        }
        words[strcspn((char *)words, "\n")] = '\0';
        fail(r, (char *)words);
        yajl_free_error(r->yajl, words);
    } else if (status == yajl_status_ok && !last) {
        line_at_hand(r);
    }
}

enum cm_status cm_json_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    static const yajl_callbacks callbacks = {.yajl_null = take_null,
                                             .yajl_boolean = take_boolean,
                                             .yajl_number = take_text,
                                             .yajl_string = take_string,
                                             .yajl_start_map = open_object,
                                             .yajl_map_key = take_key,
                                             .yajl_end_map = close_bracket,
                                             .yajl_start_array = open_array,
                                             .yajl_end_array = close_bracket};
    struct reader r = {.line = 1};
    cm_in_start(&r.in, "JSON", graph, options);
    r.yajl = yajl_alloc(&callbacks, NULL, &r);
    if (r.yajl == NULL) {
        return CM_NO_MEMORY;
    }
    yajl_config(r.yajl, yajl_dont_validate_strings, 1); /* the graph's rules are the same for all formats */
    enum cm_status status = cm_in_read(&r.in, source, parse, &r);
    yajl_free(r.yajl);
    return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading networkx's node-link JSON (RFC 8259): an object with arrays "nodes" and "edges" (or "links", as networkx called
 * them before 3.6). Attributes are those that we write: type, data, extra. Other members are passed over. NaN, which
 * Python writes for an empty cell of a table, counts as nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "text_in.h"

#define FORMAT "JSON"

/* Deeper values are not passed over but refused. */
#define MAX_DEPTH 200

static void blanks(struct cm_text_in *in)
{
    int byte = cm_in_peek(in);
    while (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
        cm_in_next(in);
        byte = cm_in_peek(in);
    }
}

/* Goes past blanks and the byte, which must be there. */
static bool expect(struct cm_text_in *in, char wanted, const char *words)
{
    blanks(in);
    if (cm_in_peek(in) == wanted) {
        cm_in_next(in);
        return true;
    }
    cm_in_fail(in, FORMAT, words);
    return false;
}

/* Goes past blanks and the byte, if it is there. */
static bool accept(struct cm_text_in *in, char wanted)
{
    blanks(in);
    if (cm_in_peek(in) != wanted) {
        return false;
    }
    cm_in_next(in);
    return true;
}

/* ---------------------------------------------------------------------------------------------------------- strings */

static uint32_t hex4(struct cm_text_in *in)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        int byte = cm_in_next(in);
        int letter = byte | 32;
        int digit = byte >= '0' && byte <= '9' ? byte - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
        if (digit < 0) {
            cm_in_fail(in, FORMAT, "\\u needs four hexadecimal digits");
            return 0;
        }
        code = code << 4 | (uint32_t)digit;
    }
    return code;
}

/* Behind \u: a character outside of the basic plane is two of them; half of one alone becomes U+FFFD. */
static uint32_t unicode_escape(struct cm_text_in *in)
{
    uint32_t code = hex4(in);
    if (code >= 0xd800 && code < 0xdc00 && cm_in_peek(in) == '\\') {
        cm_in_next(in);
        if (cm_in_next(in) != 'u') {
            cm_in_fail(in, FORMAT, "half of a surrogate pair");
            return 0xfffd;
        }
        uint32_t low = hex4(in);
        return low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
    }
    return code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
}

static void escape(struct cm_text_in *in)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    int byte = cm_in_next(in);
    if (byte == 'u') {
        cm_in_add_character(in, unicode_escape(in));
        return;
    }
    const char *letter = byte <= 0 ? NULL : strchr(letters, byte);
    if (letter == NULL) {
        cm_in_fail(in, FORMAT, "unknown escape in a string");
        return;
    }
    cm_in_add(in, values[letter - letters]);
}

/* The rest of a string, its opening quote being past, onto the words. */
static void string(struct cm_text_in *in)
{
    for (;;) {
        int byte = cm_in_next(in);
        if (byte == '"') {
            return;
        }
        if (byte == '\\') {
            escape(in);
        } else if (byte == CM_END) {
            cm_in_fail(in, FORMAT, "the text ends within a string");
            return;
        } else if (byte < 0x20) {
            cm_in_fail(in, FORMAT, "a control character within a string");
            return;
        } else {
            cm_in_add(in, byte);
        }
        if (in->status != CM_OK) {
            return;
        }
    }
}

/* ----------------------------------------------------------------------------------------------------------- values */

static bool is_bare(int byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '-' || byte == '+' || byte == '.';
}

/* A number or a word, onto the words; null and NaN leave nothing. */
static void bare(struct cm_text_in *in)
{
    size_t word = cm_in_word(in);
    while (is_bare(cm_in_peek(in)) && in->status == CM_OK) {
        cm_in_add(in, cm_in_next(in));
    }
    size_t length = cm_in_word(in) - word;
    if (length == 0) {
        cm_in_fail(in, FORMAT, cm_in_peek(in) == CM_END ? "the text ends too soon" : "a value is expected");
    } else if ((length == 4 && memcmp(in->words + word, "null", 4) == 0) ||
               (length == 3 && memcmp(in->words + word, "NaN", 3) == 0)) {
        in->words_used = word;
    }
}

/* Any value. Strings and bare ones go onto the words; arrays and objects leave nothing. */
static void value(struct cm_text_in *in)
{
    char closing[MAX_DEPTH];
    int depth = 0;
    size_t word = cm_in_word(in);
    do {
        blanks(in);
        int byte = cm_in_peek(in);
        if (depth > 0) {
            in->words_used = word;
        }
        if (byte == '{' || byte == '[') {
            if (depth == MAX_DEPTH) {
                cm_in_fail(in, FORMAT, "nested too deeply");
                return;
            }
            closing[depth++] = byte == '{' ? '}' : ']';
            cm_in_next(in);
        } else if (depth > 0 && byte == closing[depth - 1]) {
            cm_in_next(in);
            depth--;
        } else if (depth > 0 && (byte == ',' || byte == ':')) {
            cm_in_next(in);
        } else if (byte == '"') {
            cm_in_next(in);
            string(in);
        } else {
            bare(in);
        }
    } while (depth > 0 && in->status == CM_OK);
}

/* --------------------------------------------------------------------------------------------------- nodes and edges */

struct member {
    const char *name;
    enum column column;
};

static const struct member node_members[] = {
    {"id", NODE_ID}, {"type", NODE_TYPE}, {"data", DATA}, {"extra", EXTRA}, {NULL, COLUMNS}};
static const struct member edge_members[] = {{"source", EDGE_FROM}, {"target", EDGE_TO}, {"type", EDGE_TYPE},
                                             {"data", DATA},        {"extra", EXTRA},    {NULL, COLUMNS}};

static enum column find_member(const struct cm_text_in *in, const struct member *members, size_t word)
{
    size_t length = cm_in_word(in) - word;
    while (members->name != NULL &&
           (strlen(members->name) != length || memcmp(members->name, in->words + word, length) != 0)) {
        members++;
    }
    return members->column;
}

/* An object of an array, its opening brace being past. */
static void element(struct cm_text_in *in, const struct member *members)
{
    cm_in_row(in);
    if (!accept(in, '}')) {
        do {
            size_t word = cm_in_word(in);
            if (!expect(in, '"', "a member's name is expected")) {
                return;
            }
            string(in);
            enum column column = find_member(in, members, word);
            in->words_used = word;
            if (in->status != CM_OK || !expect(in, ':', "a colon is expected")) {
                return;
            }
            value(in);
            if (column == COLUMNS) {
                in->words_used = word;
            } else {
                cm_in_field(in, column, word);
            }
        } while (in->status == CM_OK && accept(in, ','));
        if (in->status == CM_OK) {
            expect(in, '}', "a comma or a closing brace is expected");
        }
    }
    cm_in_push(in, members == node_members);
}

static void elements(struct cm_text_in *in, const struct member *members)
{
    if (!expect(in, '[', "an array is expected") || accept(in, ']')) {
        return;
    }
    do {
        if (expect(in, '{', "an object is expected")) {
            element(in, members);
        }
    } while (in->status == CM_OK && accept(in, ','));
    if (in->status == CM_OK) {
        expect(in, ']', "a comma or a closing bracket is expected");
    }
}

static void top_member(struct cm_text_in *in)
{
    cm_in_row(in);
    if (!expect(in, '"', "a member's name is expected")) {
        return;
    }
    string(in);
    cm_in_add(in, '\0');
    bool nodes = in->status == CM_OK && strcmp(in->words, "nodes") == 0;
    bool edges = in->status == CM_OK && (strcmp(in->words, "edges") == 0 || strcmp(in->words, "links") == 0);
    if (in->status != CM_OK || !expect(in, ':', "a colon is expected")) {
        return;
    }
    if (nodes || edges) {
        elements(in, nodes ? node_members : edge_members);
    } else {
        cm_in_row(in);
        value(in);
    }
}

enum cm_status cm_json_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct cm_text_in *in = malloc(sizeof *in);
    if (in == NULL) {
        return CM_NO_MEMORY;
    }
    cm_in_start(in, source, graph, options);
    if (expect(in, '{', "an object is expected") && !accept(in, '}')) {
        do {
            top_member(in);
        } while (in->status == CM_OK && accept(in, ','));
        if (in->status == CM_OK) {
            expect(in, '}', "a comma or a closing brace is expected");
        }
    }
    blanks(in);
    if (in->status == CM_OK && cm_in_peek(in) != CM_END) {
        cm_in_fail(in, FORMAT, "something follows the end of the object");
    }
    enum cm_status status = cm_in_end(in);
    free(in);
    return status;
}

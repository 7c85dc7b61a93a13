/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading GraphML: nodes, edges and their data, by the names of the keys (type, data, extra). The part of XML 1.0 that
 * GraphML writers use: elements, attributes, character data, CDATA, comments, processing instructions, the predefined
 * entities and character references. A document type with declarations of its own is refused: entities are the classic
 * way to make a small file large.
 *
 * Bottom up: names and texts, references, tags, what the elements mean.
 */
#include <stdlib.h>
#include <string.h>

#include "text_in.h"

#define FORMAT "GraphML"
#define NAME_BYTES 64      /* of an element or attribute that means something to us; longer ones do not */
#define VALUE_BYTES 256    /* of an attribute that is not an id: keys and their names */
#define MAX_KEYS 256       /* keys of attributes in a file */

/* What a key stands for. */
struct key {
    char id[VALUE_BYTES];
    enum column column; /* COLUMNS: something else */
    bool for_edge, for_node;
};

struct xml {
    struct cm_text_in *in;
    struct key *keys;
    unsigned key_count;

    /* the tag at hand */
    char element[NAME_BYTES];
    bool closing, empty;
    char key_id[VALUE_BYTES], key_for[VALUE_BYTES], key_name[VALUE_BYTES]; /* <key>; key_id also <data key=> */

    bool in_node, in_edge, in_data;
    size_t data_word;
    enum column data_column;
};

static void fail(struct xml *x, const char *words)
{
    cm_in_fail(x->in, FORMAT, words);
}

static bool is_blank(int byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static void blanks(struct xml *x)
{
    while (is_blank(cm_in_peek(x->in))) {
        cm_in_next(x->in);
    }
}

/* A name, without a prefix that ends in a colon; cut at NAME_BYTES. */
static void read_name(struct xml *x, char *name)
{
    size_t length = 0;
    for (;;) {
        int byte = cm_in_peek(x->in);
        if (byte == CM_END || is_blank(byte) || byte == '>' || byte == '/' || byte == '=' || byte == '<') {
            break;
        }
        cm_in_next(x->in);
        if (byte == ':') {
            length = 0;
        } else if (length < NAME_BYTES - 1) {
            name[length++] = (char)byte;
        }
    }
    name[length] = '\0';
    if (length == 0) {
        fail(x, "a name is expected");
    }
}

/* ------------------------------------------------------------------------------------------------------- references */

static void add_reference(struct xml *x, const char *name)
{
    static const struct {
        const char *name;
        char value;
    } predefined[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof predefined / sizeof *predefined; i++) {
        if (strcmp(name, predefined[i].name) == 0) {
            cm_in_add(x->in, predefined[i].value);
            return;
        }
    }
    char *end = NULL;
    unsigned long code = 0;
    if (name[0] == '#' && (name[1] == 'x' || (name[1] >= '0' && name[1] <= '9'))) {
        code = name[1] == 'x' ? strtoul(name + 2, &end, 16) : strtoul(name + 1, &end, 10);
    }
    bool good = end != NULL && *end == '\0' && code > 0 && code < 0x110000 && (code < 0xd800 || code >= 0xe000);
    if (good) {
        cm_in_add_character(x->in, (uint32_t)code);
    } else {
        fail(x, "unknown reference");
    }
}

/* Behind an ampersand. */
static void reference(struct xml *x)
{
    char name[16];
    size_t length = 0;
    int byte;
    while ((byte = cm_in_next(x->in)) != ';') {
        if (byte == CM_END || length == sizeof name - 1) {
            fail(x, "a reference is not ended by a semicolon");
            return;
        }
        name[length++] = (char)byte;
    }
    name[length] = '\0';
    add_reference(x, name);
}

/* -------------------------------------------------------------------------------------------------------------- tags */

/* Goes past everything up to and including `end`; with `keep`, onto the words. */
static void until(struct xml *x, const char *end, bool keep)
{
    size_t length = strlen(end);
    char last[4] = {0};
    for (;;) {
        int byte = cm_in_next(x->in);
        if (byte == CM_END) {
            fail(x, "the text ends within a comment, instruction or CDATA");
            return;
        }
        memmove(last, last + 1, length - 1);
        last[length - 1] = (char)byte;
        if (keep) {
            cm_in_add(x->in, byte);
        }
        if (x->in->status != CM_OK) {
            return;
        }
        if (memcmp(last, end, length) == 0) {
            x->in->words_used -= keep ? length : 0;
            return;
        }
    }
}

/* The value of an attribute onto the words; line ends and tabs are blanks (XML 1.0 section 3.3.3). */
static void attribute_value(struct xml *x)
{
    blanks(x);
    if (cm_in_next(x->in) != '=') {
        fail(x, "an attribute needs a value");
        return;
    }
    blanks(x);
    int quote = cm_in_next(x->in);
    if (quote != '"' && quote != '\'') {
        fail(x, "the value of an attribute stands in quotes");
        return;
    }
    int byte;
    while ((byte = cm_in_next(x->in)) != quote && x->in->status == CM_OK) {
        if (byte == CM_END || byte == '<') {
            fail(x, "the value of an attribute does not end");
        } else if (byte == '&') {
            reference(x);
        } else {
            cm_in_add(x->in, is_blank(byte) ? ' ' : byte);
        }
    }
}

/* The words since `word` as a short string; cut. */
static void take_short(const struct xml *x, size_t word, char *out)
{
    size_t length = cm_in_word(x->in) - word;
    length = length < VALUE_BYTES ? length : VALUE_BYTES - 1;
    if (length > 0) {
        memcpy(out, x->in->words + word, length);
    }
    out[length] = '\0';
}

static void take_attribute(struct xml *x, const char *name, size_t word)
{
    static const struct {
        const char *element, *name;
        enum column column;
    } ids[] = {{"node", "id", NODE_ID}, {"edge", "source", EDGE_FROM}, {"edge", "target", EDGE_TO}};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strcmp(x->element, ids[i].element) == 0 && strcmp(name, ids[i].name) == 0) {
            cm_in_field(x->in, ids[i].column, word);
            return;
        }
    }
    bool key = strcmp(x->element, "key") == 0, data = strcmp(x->element, "data") == 0;
    if ((key && strcmp(name, "id") == 0) || (data && strcmp(name, "key") == 0)) {
        take_short(x, word, x->key_id);
    } else if (key && strcmp(name, "for") == 0) {
        take_short(x, word, x->key_for);
    } else if (key && strcmp(name, "attr.name") == 0) {
        take_short(x, word, x->key_name);
    }
    x->in->words_used = word;
}

/* A tag, its opening bracket and, if it closes, its slash being past. */
static void read_tag(struct xml *x)
{
    x->empty = false;
    x->key_id[0] = x->key_for[0] = x->key_name[0] = '\0';
    read_name(x, x->element);
    if (!x->closing && (strcmp(x->element, "node") == 0 || strcmp(x->element, "edge") == 0)) {
        if (x->in_node || x->in_edge) {
            fail(x, "a node or edge within another");
            return;
        }
        cm_in_row(x->in);
    }
    while (x->in->status == CM_OK) {
        blanks(x);
        int byte = cm_in_peek(x->in);
        if (byte == '>') {
            cm_in_next(x->in);
            return;
        }
        if (byte == '/') {
            cm_in_next(x->in);
            x->empty = true;
            if (cm_in_next(x->in) != '>') {
                fail(x, "a slash stands before the closing bracket only");
            }
            return;
        }
        if (byte == CM_END) {
            fail(x, "the text ends within a tag");
            return;
        }
        char name[NAME_BYTES];
        read_name(x, name);
        if (x->in->status == CM_OK) {
            size_t word = cm_in_word(x->in);
            attribute_value(x);
            take_attribute(x, name, word);
        }
    }
}

/* --------------------------------------------------------------------------------------------------- what they mean */

static void define_key(struct xml *x)
{
    static const struct {
        const char *name;
        enum column column;
    } names[] = {{"type", NODE_TYPE}, {"data", DATA}, {"extra", EXTRA}};
    if (x->key_count == MAX_KEYS) {
        fail(x, "more than 256 keys (MAX_KEYS)");
        return;
    }
    struct key *key = &x->keys[x->key_count++];
    memcpy(key->id, x->key_id, sizeof key->id);
    key->column = COLUMNS;
    key->for_node = strcmp(x->key_for, "edge") != 0;
    key->for_edge = strcmp(x->key_for, "node") != 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(x->key_name, names[i].name) == 0) {
            key->column = names[i].column;
        }
    }
}

static enum column column_of_key(const struct xml *x)
{
    for (unsigned i = 0; i < x->key_count; i++) {
        const struct key *key = &x->keys[i];
        if (strcmp(key->id, x->key_id) == 0 && (x->in_node ? key->for_node : key->for_edge)) {
            return key->column == NODE_TYPE && x->in_edge ? EDGE_TYPE : key->column;
        }
    }
    return COLUMNS;
}

static void end_data(struct xml *x)
{
    if (x->data_column == COLUMNS) {
        x->in->words_used = x->data_word;
    } else {
        cm_in_field(x->in, x->data_column, x->data_word);
    }
    x->in_data = false;
}

static void act_on_tag(struct xml *x)
{
    bool opens = !x->closing, closes = x->closing || x->empty;
    if (strcmp(x->element, "key") == 0 && opens) {
        define_key(x);
    } else if (strcmp(x->element, "node") == 0 || strcmp(x->element, "edge") == 0) {
        bool node = x->element[0] == 'n';
        bool *inside = node ? &x->in_node : &x->in_edge;
        *inside = *inside || opens;
        if (closes && *inside) {
            *inside = false;
            cm_in_push(x->in, node);
        }
    } else if (strcmp(x->element, "data") == 0 && (x->in_node || x->in_edge)) {
        if (opens) {
            x->in_data = true;
            x->data_word = cm_in_word(x->in);
            x->data_column = column_of_key(x);
        }
        if (closes && x->in_data) {
            end_data(x);
        }
    } else if (strcmp(x->element, "hyperedge") == 0 && opens) {
        fail(x, "hyperedges are not for models");
    }
}

/* <!-- -->, <![CDATA[ ]]>, <!DOCTYPE >; the exclamation mark is past. */
static void declaration(struct xml *x)
{
    if (cm_in_peek(x->in) == '-') {
        cm_in_next(x->in);
        if (cm_in_next(x->in) != '-') {
            fail(x, "a comment starts with <!--");
            return;
        }
        until(x, "-->", false);
    } else if (cm_in_peek(x->in) == '[') {
        for (const char *at = "[CDATA["; *at != '\0'; at++) {
            if (cm_in_next(x->in) != *at) {
                fail(x, "character data starts with <![CDATA[");
                return;
            }
        }
        until(x, "]]>", x->in_data);
    } else {
        int byte;
        while ((byte = cm_in_next(x->in)) != '>') {
            if (byte == CM_END || byte == '[') {
                fail(x, "a document type with declarations of its own is refused");
                return;
            }
        }
    }
}

static void markup(struct xml *x)
{
    int byte = cm_in_peek(x->in);
    if (byte == '?') {
        until(x, "?>", false);
    } else if (byte == '!') {
        cm_in_next(x->in);
        declaration(x);
    } else {
        x->closing = byte == '/';
        if (x->closing) {
            cm_in_next(x->in);
        }
        read_tag(x);
        if (x->in->status == CM_OK) {
            act_on_tag(x);
        }
    }
}

static void document(struct xml *x)
{
    int byte;
    bool seen = false, ended = false;
    while ((byte = cm_in_next(x->in)) != CM_END && x->in->status == CM_OK) {
        if (byte == '<') {
            markup(x);
            bool top = strcmp(x->element, "graphml") == 0;
            seen = seen || top;
            ended = ended || (top && (x->closing || x->empty));
        } else if (byte == '&' && x->in_data) {
            reference(x);
        } else if (x->in_data) {
            cm_in_add(x->in, byte);
        }
    }
    if (!seen || !ended) {
        fail(x, seen ? "the text ends before </graphml>" : "there is no element graphml");
    }
}

enum cm_status cm_graphml_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct cm_text_in *in = malloc(sizeof *in);
    struct xml x = {.in = in, .keys = malloc(MAX_KEYS * sizeof *x.keys)};
    enum cm_status status = CM_NO_MEMORY;
    if (in != NULL && x.keys != NULL) {
        cm_in_start(in, source, graph, options);
        cm_in_row(in);
        document(&x);
        status = cm_in_end(in);
    }
    free(x.keys);
    free(in);
    return status;
}

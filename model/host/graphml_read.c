/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading GraphML with the expat library: nodes, edges and their data, by the names of the keys (type, data, extra). A
 * document type with declarations of its own is refused: entities are the classic way to make a small file large.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "text_in.h"

/* The meaning of a key. */
struct key {
    char *id;
    enum column column; /* COLUMNS: something else */
    bool for_edge, for_node;
};

struct reader {
    struct cm_text_in in;
    XML_Parser xml;
    struct key *keys;
    size_t key_count;

    bool seen; /* the element graphml */
    bool in_node, in_edge;
    bool in_data;
    size_t data_start; /* in the words of the row */
    enum column data_column;
};

static void stop_on_error(struct reader *r)
{
    if (r->in.status != CM_OK) {
        XML_StopParser(r->xml, XML_FALSE);
    }
}

static uint32_t line_at_hand(const struct reader *r)
{
    return (uint32_t)XML_GetCurrentLineNumber(r->xml);
}

static void fail(struct reader *r, const char *words)
{
    cm_in_fail(&r->in, line_at_hand(r), words);
}

/* The name without the prefix of its namespace. */
static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

/* The attribute's value; an empty text where it is not there. */
static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2) {
        if (strcmp(local(*attributes), name) == 0) {
            return attributes[1];
        }
    }
    return "";
}

static enum column column_of_name(const char *name)
{
    return strcmp(name, "type") == 0    ? NODE_TYPE
           : strcmp(name, "data") == 0  ? DATA
           : strcmp(name, "extra") == 0 ? EXTRA
                                        : COLUMNS;
}

static void define_key(struct reader *r, const char **attributes)
{
    const char *of = attribute(attributes, "for");
    if (strcmp(of, "node") == 0 && strcmp(attribute(attributes, "attr.name"), "id") == 0) {
        fail(r, "the nodes were renamed, and a key named id has what they were called (igraph writes so)");
        return;
    }
    struct key key = {.id = strdup(attribute(attributes, "id")),
                      .column = column_of_name(attribute(attributes, "attr.name")),
                      .for_node = strcmp(of, "edge") != 0,
                      .for_edge = strcmp(of, "node") != 0};
    struct key *keys = realloc(r->keys, (r->key_count + 1) * sizeof *keys);
    r->keys = keys == NULL ? r->keys : keys;
    if (keys == NULL || key.id == NULL) {
        free(key.id);
        r->in.status = CM_NO_MEMORY;
        return;
    }
    keys[r->key_count++] = key;
}

static enum column column_of_key(const struct reader *r, const char *id)
{
    for (size_t i = 0; i < r->key_count; i++) {
        const struct key *key = &r->keys[i];
        if (strcmp(key->id, id) == 0 && (r->in_node ? key->for_node : key->for_edge)) {
            return key->column == NODE_TYPE && r->in_edge ? EDGE_TYPE : key->column;
        }
    }
    return COLUMNS;
}

static void take_id(struct reader *r, const char **attributes, const char *name, enum column column)
{
    const char *id = attribute(attributes, name);
    size_t start = r->in.words_used;
    cm_in_add(&r->in, id, strlen(id));
    cm_in_field(&r->in, column, start);
}

static void open_row(struct reader *r, const char **attributes, bool is_node)
{
    if (r->in_node || r->in_edge) {
        fail(r, "a node or edge within another");
        return;
    }
    cm_in_row(&r->in, line_at_hand(r));
    if (is_node) {
        r->in_node = true;
        take_id(r, attributes, "id", NODE_ID);
    } else {
        r->in_edge = true;
        take_id(r, attributes, "source", EDGE_FROM);
        take_id(r, attributes, "target", EDGE_TO);
    }
}

static void open_element(void *context, const char *full_name, const char **attributes)
{
    struct reader *r = context;
    const char *name = local(full_name);
    if (strcmp(name, "graphml") == 0) {
        r->seen = true;
    } else if ((strcmp(name, "graph") == 0 && strcmp(attribute(attributes, "edgedefault"), "undirected") == 0) ||
               (strcmp(name, "edge") == 0 && strcmp(attribute(attributes, "directed"), "false") == 0)) {
        fail(r, "edges of a model have a direction, these have none");
    } else if (strcmp(name, "key") == 0) {
        define_key(r, attributes);
    } else if (strcmp(name, "node") == 0 || strcmp(name, "edge") == 0) {
        open_row(r, attributes, name[0] == 'n');
    } else if (strcmp(name, "data") == 0 && (r->in_node || r->in_edge)) {
        r->in_data = true;
        r->data_start = r->in.words_used;
        r->data_column = column_of_key(r, attribute(attributes, "key"));
    } else if (strcmp(name, "hyperedge") == 0) {
        fail(r, "hyperedges are not for models");
    }
    stop_on_error(r);
}

static void close_element(void *context, const char *full_name)
{
    struct reader *r = context;
    const char *name = local(full_name);
    if (strcmp(name, "node") == 0 || strcmp(name, "edge") == 0) {
        r->in_node = r->in_edge = false;
        cm_in_push(&r->in, name[0] == 'n');
    } else if (strcmp(name, "data") == 0 && r->in_data) {
        r->in_data = false;
        if (r->data_column != COLUMNS) {
            cm_in_field(&r->in, r->data_column, r->data_start);
        }
    }
    stop_on_error(r);
}

static void take_text(void *context, const char *text, int length)
{
    struct reader *r = context;
    if (r->in_data && r->data_column != COLUMNS) {
        cm_in_add(&r->in, text, (size_t)length);
        stop_on_error(r);
    }
}

static void take_document_type(void *context, const char *name, const char *system, const char *public, int has_declarations)
{
    struct reader *r = context;
    (void)name, (void)system, (void)public;
    if (has_declarations) {
        fail(r, "a document type with declarations of its own is refused");
        stop_on_error(r);
    }
}

static void parse(void *context, char *piece, size_t length, bool last)
{
    struct reader *r = context;
    if (XML_Parse(r->xml, piece, (int)length, last) != XML_STATUS_OK && r->in.status == CM_OK) {
        fail(r, XML_ErrorString(XML_GetErrorCode(r->xml)));
    } else if (last && !r->seen) {
        fail(r, "there is no element graphml");
    }
}

enum cm_status cm_graphml_read(struct cm_source source, struct cm_graph *graph, const struct cm_read_options *options)
{
    struct reader r = {.xml = XML_ParserCreate(NULL)};
    if (r.xml == NULL) {
        return CM_NO_MEMORY;
    }
    cm_in_start(&r.in, "GraphML", graph, options);
    XML_SetUserData(r.xml, &r);
    XML_SetElementHandler(r.xml, open_element, close_element);
    XML_SetCharacterDataHandler(r.xml, take_text);
    XML_SetStartDoctypeDeclHandler(r.xml, take_document_type);
    enum cm_status status = cm_in_read(&r.in, source, parse, &r);
    XML_ParserFree(r.xml);
    for (size_t i = 0; i < r.key_count; i++) {
        free(r.keys[i].id);
    }
    free(r.keys);
    return status;
}

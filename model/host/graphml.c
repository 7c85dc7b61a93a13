/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing GraphML. Node attributes are keys n0 to n2, edge attributes e0 to e2; an edge's id is its number, which networkx
 * takes as the key that keeps parallel edges apart.
 */
#include <string.h>

#include "../core/fields.h"
#include "rows_out.h"

/* XML 1.0 section 2.2: of the control characters below 0x20 only tab, line feed and carriage return. */
static bool fits_xml(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r') {
            return false;
        }
    }
    return cm_is_utf8(cm_text_of(text));
}

static void put_escaped(struct cm_writer *writer, const char *text)
{
    static const struct {
        char letter;
        const char *escape;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"},  {'>', "&gt;"},  {'"', "&quot;"},
                   {'\t', "&#9;"}, {'\n', "&#10;"}, {'\r', "&#13;"}};
    while (*text != '\0') {
        size_t plain = strcspn(text, "&<>\"\t\n\r");
        cm_writer_put(writer, text, plain);
        text += plain;
        for (size_t i = 0; *text != '\0' && i < sizeof escapes / sizeof *escapes; i++) {
            if (*text == escapes[i].letter) {
                cm_writer_string(writer, escapes[i].escape);
                text++;
                break;
            }
        }
    }
}

static void put_attribute(struct cm_writer *writer, const char *name, const char *value)
{
    cm_writer_put(writer, " ", 1);
    cm_writer_string(writer, name);
    cm_writer_put(writer, "=\"", 2);
    put_escaped(writer, value);
    cm_writer_put(writer, "\"", 1);
}

static void put_data(struct cm_writer *writer, const char *key, const char *value)
{
    if (value[0] == '\0') {
        return;
    }
    cm_writer_string(writer, "<data");
    put_attribute(writer, "key", key);
    cm_writer_put(writer, ">", 1);
    put_escaped(writer, value);
    cm_writer_string(writer, "</data>");
}

static enum cm_status write_node(void *context, const char *kind, const char *id, const char *data, const char *extra)
{
    struct cm_writer *writer = context;
    if (!fits_xml(id) || !fits_xml(data) || !fits_xml(extra)) {
        return CM_BAD_TEXT;
    }
    cm_writer_string(writer, "<node");
    put_attribute(writer, "id", id);
    cm_writer_put(writer, ">", 1);
    put_data(writer, "n0", kind);
    put_data(writer, "n1", data);
    put_data(writer, "n2", extra);
    cm_writer_string(writer, "</node>\n");
    return writer->status;
}

static enum cm_status write_edge(void *context, uint32_t number, const char *type, const char *from, const char *to,
                                 const char *data, const char *extra)
{
    struct cm_writer *writer = context;
    if (!fits_xml(data)) {
        return CM_BAD_TEXT;
    }
    cm_writer_string(writer, "<edge id=\"");
    cm_writer_number(writer, number);
    cm_writer_put(writer, "\"", 1);
    put_attribute(writer, "source", from);
    put_attribute(writer, "target", to);
    cm_writer_put(writer, ">", 1);
    put_data(writer, "e0", type);
    put_data(writer, "e1", data);
    put_data(writer, "e2", extra);
    cm_writer_string(writer, "</edge>\n");
    return writer->status;
}

static void write_keys(struct cm_writer *writer)
{
    static const char *const names[] = {"type", "data", "extra"};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < 3; i++) {
            char id[3] = {side == 0 ? 'n' : 'e', (char)('0' + i), '\0'};
            cm_writer_string(writer, "<key");
            put_attribute(writer, "id", id);
            put_attribute(writer, "for", side == 0 ? "node" : "edge");
            put_attribute(writer, "attr.name", names[i]);
            put_attribute(writer, "attr.type", "string");
            cm_writer_string(writer, "/>\n");
        }
    }
}

enum cm_status cm_write_graphml(struct cm_writer *writer, struct cm_graph *graph, bool expand)
{
    struct cm_rows_visitor visitor = {write_node, write_edge, writer};
    cm_writer_string(writer, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                             "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n");
    write_keys(writer);
    cm_writer_string(writer, "<graph edgedefault=\"directed\">\n");
    enum cm_status status = cm_rows_nodes(graph, &visitor);
    if (status == CM_OK) {
        status = cm_rows_edges(graph, expand, &visitor);
    }
    cm_writer_string(writer, "</graph>\n</graphml>\n");
    return status;
}

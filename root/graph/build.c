/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/build.c: see graph_build.h. The graph is built from the snapshot's
 * CSV, line by line, so that a metric of the live graph and one of the extracted
 * file are of the same nodes and edges. Bottom-up: fields, rows, all of it.
 *
 * This reads what graph_text.c writes and nothing else.
 */
#include "root/graph/build.h"

#include <stdio.h>
#include <string.h>

#include "lib/words/words.h"
#include "root/graph/text.h"
#include "root/memory/heap.h"

/* ---- Fields ---------------------------------------------------------- */

enum field { NODE_TYPE, NODE_ID, DATA, EDGE_TYPE, EDGE_FROM, EDGE_TO, EXTRA, FIELDS };

/* A field in quotes is unquoted where it stands. Returns where its end was. */
static char *unquote(char *at, struct cm_text *field)
{
    char *to = at;

    field->at = at;
    for (char *from = at + 1;; *to++ = *from++) {
        if (*from == '"' && *++from != '"') {
            field->length = (size_t)(to - at);
            return from;
        }
    }
}

/* Takes a line apart; returns the start of the next. */
static char *split(char *at, struct cm_text fields[FIELDS])
{
    for (unsigned i = 0; i < FIELDS; i++) {
        if (*at == '"') {
            at = unquote(at, &fields[i]) + 1;
            continue;
        }
        size_t length = strcspn(at, ",\n");

        fields[i] = (struct cm_text){at, length};
        at += length + 1;
    }
    return at;
}

static bool is(struct cm_text text, const char *word)
{
    return strlen(word) == text.length && memcmp(text.at, word, text.length) == 0;
}

/* ---- Rows ------------------------------------------------------------ */

static enum cm_status add_node(struct cm_graph *graph, const struct cm_text row[FIELDS])
{
    if (is(row[NODE_TYPE], cm_kind_text(CM_PD)))
        return cm_graph_add_pd(graph, row[NODE_ID], row[DATA], row[EXTRA], NULL);
    if (is(row[NODE_TYPE], cm_kind_text(CM_SPACE)))
        return cm_graph_add_space(graph, row[NODE_ID], row[DATA], row[EXTRA], NULL);
    return cm_graph_add_resource(graph, row[NODE_ID], row[DATA], row[EXTRA], NULL);
}

static unsigned rights_of(struct cm_text letters)
{
    unsigned rights = 0;

    for (size_t i = 0; i < letters.length; i++)
        rights |= cell_right_of(letters.at[i]);
    return rights;
}

static enum cm_status add_edge(struct cm_graph *graph, const struct cm_text row[FIELDS])
{
    enum cm_edge_type type = CM_HOLD;
    cm_node from, to, space = CM_NONE;

    while (!is(row[EDGE_TYPE], cm_edge_type_text(type)))
        type++;
    enum cm_status status = cm_graph_refer(graph, row[EDGE_FROM], &from);

    if (status == CM_OK)
        status = cm_graph_refer(graph, row[EDGE_TO], &to);
    if (status == CM_OK && type == CM_REQUEST && row[EXTRA].length != 0)
        status = cm_graph_refer(graph, row[EXTRA], &space);
    if (status != CM_OK)
        return status;
    if (type == CM_REQUEST)
        return cm_graph_add_request(graph, from, to, row[DATA], space);
    return cm_graph_add_edge(graph, type, from, to, rights_of(row[EXTRA]));
}

/* ---- All of it ------------------------------------------------------- */

static enum cm_status add_lines(struct cm_graph *graph, char *at, const char *end)
{
    struct cm_text row[FIELDS];
    enum cm_status status = CM_OK;

    while (at != end && status == CM_OK) {
        at = split(at, row);
        if (is(row[NODE_TYPE], "NODE_TYPE"))
            continue;
        status = row[NODE_TYPE].length != 0 ? add_node(graph, row) : add_edge(graph, row);
    }
    return status;
}

static enum cm_status add_all(struct cm_graph *graph, const struct records *records)
{
    static char text[4096];
    struct csv_reader reader = {.records = records};
    enum cm_status status = CM_OK;
    size_t size;

    while (status == CM_OK && (size = csv_read_records(&reader, text, sizeof text)) != 0)
        status = add_lines(graph, text, text + size);
    return status;
}

enum cm_status graph_build(const struct records *records, struct cm_graph **graph)
{
    enum cm_status status = cm_graph_create(heap_model_memory(), graph);

    if (status != CM_OK)
        return status;
    status = add_all(*graph, records);
    if (status == CM_OK)
        status = cm_graph_finish(*graph);
    if (status != CM_OK)
        cm_graph_destroy(*graph);
    return status;
}

cm_node graph_find_pd(const struct cm_graph *graph, uint64_t id)
{
    char text[24];

    snprintf(text, sizeof text, "PD_%lx", (unsigned long)id);
    return cm_graph_find(graph, cm_text_of(text));
}

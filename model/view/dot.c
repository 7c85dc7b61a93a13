/* SPDX-License-Identifier: BSD-2-Clause */
/* Graphviz source. A PD is a cluster with a dark node that its edges come from; what a box shows by containing is not
 * drawn again: HOLDs of a PD on what stands in its box. SUBSET is not drawn, as in the viewer at first. */
#include "dot.h"

#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dot {
    struct cm_writer *writer;
    struct cm_graph *graph;
    struct view_picture picture;
};

/* An edge between what is drawn. `from`, `to`: a node's number, or the number of nodes plus a group's. */
struct line {
    uint32_t type, from, to;
};

static const char *const line_styles[CM_EDGE_TYPES] = {
    [CM_HOLD] = "color=\"#8a939b\"",
    [CM_MAP] = "color=\"#2e7d32\"",
    [CM_REQUEST] = "color=\"#1a5fd0\" penwidth=1.5",
    [CM_FAULT] = "color=\"#c62828\" style=dashed",
    [CM_LINK] = "color=\"#c62828\" style=dotted",
    [CM_META] = "color=\"#7b3fa0\" style=dotted",
    [CM_PARENT] = "color=\"#b0a08a\" style=dashed",
};

static void put(struct dot *dot, const char *text)
{
    cm_writer_string(dot->writer, text);
}

/* Text in quotes: a quote and a backslash get a backslash, so that nothing is read as one of dot's escapes. */
static void put_escaped(struct dot *dot, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            put(dot, "\\");
        }
        cm_writer_put(dot->writer, text, 1);
    }
}

static uint32_t stand_in(const struct dot *dot, cm_node node)
{
    uint32_t group = dot->picture.places[node].group;
    return group == CM_NONE ? node : cm_graph_nodes(dot->graph) + group;
}

static void put_name(struct dot *dot, uint32_t stand_in)
{
    uint32_t nodes = cm_graph_nodes(dot->graph);
    char name[16];
    snprintf(name, sizeof name, stand_in < nodes ? "n%u" : "g%u", stand_in < nodes ? stand_in : stand_in - nodes);
    put(dot, name);
}

/* ------------------------------------------------------------------------------------------------------------- nodes */

static void write_node(struct dot *dot, cm_node node)
{
    char colour[8], text[64];
    view_colour(dot->graph, cm_node_type(dot->graph, node), colour);
    put(dot, "    ");
    put_name(dot, node);
    put(dot, cm_node_kind(dot->graph, node) == CM_SPACE ? " [shape=hexagon label=\"" : " [label=\"");
    const char *label = view_label(dot->graph, node, text, sizeof text);
    put_escaped(dot, label);
    if (strcmp(label, cm_node_id(dot->graph, node)) != 0) {
        put(dot, "\\n");
        put_escaped(dot, cm_node_id(dot->graph, node));
    }
    put(dot, "\" fillcolor=\"");
    put(dot, colour);
    put(dot, "\"]\n");
}

static void write_group(struct dot *dot, uint32_t number)
{
    const struct view_group *group = &dot->picture.groups[number];
    char colour[8];
    view_colour(dot->graph, group->type, colour);
    put(dot, "    ");
    put_name(dot, cm_graph_nodes(dot->graph) + number);
    put(dot, " [shape=box3d label=\"");
    put_escaped(dot, cm_type_name(dot->graph, group->type));
    put(dot, " × ");
    cm_writer_number(dot->writer, group->count);
    put(dot, "\\n");
    put_escaped(dot, group->space == CM_NONE ? "no space" : cm_node_id(dot->graph, group->space));
    put(dot, "\" fillcolor=\"");
    put(dot, colour);
    put(dot, "\"]\n");
}

static void write_pd(struct dot *dot, cm_node pd)
{
    put(dot, "    ");
    put_name(dot, pd);
    put(dot, " [shape=box style=\"filled,rounded\" fillcolor=\"#222222\" label=\"");
    put_escaped(dot, cm_node_data(dot->graph, pd));
    put(dot, "\\n");
    put_escaped(dot, cm_node_id(dot->graph, pd));
    put(dot, "\"]\n");
}

/* A cluster with the items from `item` on that are at home there; returns the next one. */
static uint32_t write_cluster(struct dot *dot, cm_node home, const char *name, uint32_t item)
{
    const struct view_picture *picture = &dot->picture;
    bool pd = home != VIEW_SHARED && home != VIEW_UNHELD;
    if (!pd && (item == picture->item_count || picture->items[item].home != home)) {
        return item;
    }
    put(dot, "  subgraph \"cluster_");
    put_escaped(dot, pd ? cm_node_id(dot->graph, home) : name);
    put(dot, "\" {\n    style=\"rounded,filled\" color=\"#9aa4ad\" fillcolor=\"#f3f5f7\" label=\"");
    put(dot, name);
    put(dot, "\"\n");
    if (pd) {
        write_pd(dot, home);
    }
    while (item < picture->item_count && picture->items[item].home == home) {
        const struct view_item *at = &picture->items[item++];
        if (at->group == CM_NONE) {
            write_node(dot, at->node);
        } else {
            write_group(dot, at->group);
        }
    }
    put(dot, "  }\n");
    return item;
}

static void write_clusters(struct dot *dot)
{
    uint32_t count;
    const cm_node *pds = cm_graph_pds(dot->graph, &count);
    uint32_t item = write_cluster(dot, VIEW_SHARED, "shared", 0);
    for (uint32_t i = 0; i < count; i++) {
        item = write_cluster(dot, pds[i], "", item);
    }
    write_cluster(dot, VIEW_UNHELD, "of no PD", item);
}

/* ------------------------------------------------------------------------------------------------------------- edges */

static int by_ends(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;
    const uint32_t keys[][2] = {{a->from, b->from}, {a->to, b->to}, {a->type, b->type}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static bool drawn(const struct dot *dot, const struct cm_edge *edge)
{
    bool contained = edge->edge_type == CM_HOLD && dot->picture.places[edge->to].home == edge->from;
    return edge->edge_type != CM_SUBSET && !contained && stand_in(dot, edge->from) != stand_in(dot, edge->to);
}

static enum cm_status write_lines(struct dot *dot)
{
    uint32_t edges = cm_graph_edges(dot->graph);
    uint32_t count = 0;
    struct line *lines = calloc((size_t)edges + 1, sizeof *lines);
    if (lines == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t i = 0; i < edges; i++) {
        struct cm_edge edge;
        if (cm_graph_edge(dot->graph, i, &edge) && drawn(dot, &edge)) {
            lines[count++] = (struct line){edge.edge_type, stand_in(dot, edge.from), stand_in(dot, edge.to)};
        }
    }
    qsort(lines, count, sizeof *lines, by_ends);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && by_ends(&lines[i - 1], &lines[i]) == 0) {
            continue;
        }
        put(dot, "  ");
        put_name(dot, lines[i].from);
        put(dot, " -> ");
        put_name(dot, lines[i].to);
        put(dot, " [");
        put(dot, line_styles[lines[i].type]);
        put(dot, " tooltip=\"");
        put(dot, cm_edge_type_text(lines[i].type));
        put(dot, "\"]\n");
    }
    free(lines);
    return CM_OK;
}

enum cm_status view_write_dot(struct cm_writer *writer, struct cm_graph *graph, const char *title, bool all)
{
    struct dot dot = {.writer = writer, .graph = graph};
    enum cm_status status = view_picture_make(graph, !all, &dot.picture);
    if (status == CM_OK) {
        put(&dot, "digraph \"");
        put_escaped(&dot, title);
        put(&dot, "\" {\n"
                  "  graph [fontname=\"sans-serif\" fontsize=11 rankdir=LR ranksep=0.8 nodesep=0.12]\n"
                  "  node [fontname=\"sans-serif\" fontsize=9 shape=ellipse style=filled fontcolor=white height=0.3]\n"
                  "  edge [arrowsize=0.6]\n");
        write_clusters(&dot);
        status = write_lines(&dot);
        put(&dot, "}\n");
    }
    view_picture_free(&dot.picture);
    return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Graphviz source, with the positions of the viewer's picture (engine nop, which keeps them). A PD is a cluster with a dark
 * node that its edges come from; HOLDs of a PD on what is in its box are not drawn, since the box shows them.
 * SUBSET is not drawn, as in the viewer at first. */
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

/* Room for a PD's node above the contents of its box, in points, as all positions. */
enum { title_room = 40 };

/* Longer names are cut, and stand whole in the tooltip. */
enum { most_letters = 22 };

/* An edge between what is drawn. `from`, `to`: a node's number, or the number of nodes plus a group's. */
struct line {
    uint32_t type, from, to;
};

static const char *const line_styles[CM_EDGE_TYPES] = {
    [CM_HOLD] = "color=\"#8a939b90\"",
    [CM_MAP] = "color=\"#2e7d3290\"",
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

/* At most most_letters of a name, which does not end within a letter of UTF-8. */
static void put_cut(struct dot *dot, const char *text)
{
    char cut[most_letters * 4 + 1];
    size_t letters = 0, length = 0;
    for (; text[length] != '\0' && letters <= most_letters; length++) {
        letters += ((unsigned char)text[length] & 0xc0) != 0x80;
    }
    if (text[length] == '\0' || length > sizeof cut) {
        put_escaped(dot, text);
        return;
    }
    while (letters > most_letters - 1) {
        length--;
        letters -= ((unsigned char)text[length] & 0xc0) != 0x80;
    }
    memcpy(cut, text, length);
    cut[length] = '\0';
    put_escaped(dot, cut);
    put(dot, "…");
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

static void put_format(struct dot *dot, const char *format, int a, int b, int c, int d)
{
    char text[96];
    snprintf(text, sizeof text, format, a, b, c, d);
    put(dot, text);
}

/* Graphviz counts upward. */
static void put_place(struct dot *dot, struct view_point at)
{
    put_format(dot, " pos=\"%d,%d\"", at.x, -at.y, 0, 0);
}

/* ------------------------------------------------------------------------------------------------------------- nodes */

static void write_node(struct dot *dot, cm_node node)
{
    char colour[8], text[64];
    view_colour(dot->graph, cm_node_type(dot->graph, node), colour);
    put(dot, "    ");
    put_name(dot, node);
    put(dot, cm_node_kind(dot->graph, node) == CM_SPACE ? " [shape=octagon label=\"" : " [label=\"");
    const char *label = view_label(dot->graph, node, text, sizeof text);
    put_cut(dot, label);
    if (strcmp(label, cm_node_id(dot->graph, node)) != 0) {
        put(dot, "\\n");
        put_cut(dot, cm_node_id(dot->graph, node));
    }
    put(dot, "\" tooltip=\"");
    put_escaped(dot, cm_node_id(dot->graph, node));
    put(dot, " ");
    put_escaped(dot, cm_node_extra(dot->graph, node));
    put(dot, "\" fillcolor=\"");
    put(dot, colour);
    put(dot, "\"");
    put_place(dot, dot->picture.places[node].at);
    put(dot, "]\n");
}

static void write_group(struct dot *dot, uint32_t number)
{
    const struct view_group *group = &dot->picture.groups[number];
    char colour[8];
    view_colour(dot->graph, group->type, colour);
    put(dot, "    ");
    put_name(dot, cm_graph_nodes(dot->graph) + number);
    put(dot, " [shape=box3d label=\"");
    put_escaped(dot, view_group_type(dot->graph, group));
    put(dot, " × ");
    cm_writer_number(dot->writer, group->count);
    put(dot, "\\n");
    put_cut(dot, group->space == CM_NONE ? "own spaces" : cm_node_id(dot->graph, group->space));
    put(dot, "\" fillcolor=\"");
    put(dot, colour);
    put(dot, "\"");
    put_place(dot, group->at);
    put(dot, "]\n");
}

static void write_pd(struct dot *dot, cm_node pd, const struct view_box *box)
{
    put(dot, "    ");
    put_name(dot, pd);
    put(dot, " [shape=box style=\"filled,rounded\" fixedsize=false fillcolor=\"#222222\" fontsize=9 label=\"");
    put_escaped(dot, cm_node_data(dot->graph, pd));
    put(dot, "\\n");
    put_escaped(dot, cm_node_id(dot->graph, pd));
    put(dot, "\"");
    put_place(dot, (struct view_point){box->at.x + box->at_size.x / 2, box->at.y - title_room / 2});
    put(dot, "]\n");
}

/* A cluster with the items from `item` on, which are at home there; returns the next one. */
static uint32_t write_cluster(struct dot *dot, const struct view_box *box, uint32_t item)
{
    const struct view_picture *picture = &dot->picture;
    bool pd = box->home < VIEW_EVERYONE;
    const char *name = box->home == VIEW_SHARED ? "shared" : box->home == VIEW_EVERYONE ? "shared by all"
                                                                                        : "of no PD";
    put(dot, "  subgraph \"cluster_");
    put_escaped(dot, pd ? cm_node_id(dot->graph, box->home) : name);
    put(dot, "\" {\n    style=\"rounded,filled\" color=\"#9aa4ad\" fillcolor=\"#f3f5f7\" label=\"");
    put(dot, pd ? "" : name);
    put_format(dot, "\" bb=\"%d,%d,%d,%d\"", box->at.x, -box->at.y - box->at_size.y, box->at.x + box->at_size.x,
               -box->at.y + title_room);
    put_format(dot, " lp=\"%d,%d\"\n", box->at.x + box->at_size.x / 2, -box->at.y + title_room / 2, 0, 0);
    if (pd) {
        write_pd(dot, box->home, box);
    }
    while (item < picture->item_count && picture->items[item].home == box->home) {
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
    const struct view_place *from = &dot->picture.places[edge->from], *to = &dot->picture.places[edge->to];
    bool contained = edge->edge_type == CM_HOLD && to->home == from->home;
    contained = contained || (to->home == VIEW_EVERYONE && from->home != VIEW_EVERYONE);
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
        status = view_layout(&dot.picture, true);
    }
    if (status == CM_OK) {
        uint32_t item = 0;
        put(&dot, "digraph \"");
        put_escaped(&dot, title);
        put(&dot, "\" {\n"
                  "  graph [fontname=\"sans-serif\" fontsize=11 layout=nop splines=line pad=0.2]\n"
                  "  node [fontname=\"sans-serif\" fontsize=7 shape=ellipse style=filled fontcolor=white fixedsize=true margin=0 "
                  "width=1.45 height=0.45]\n"
                  "  edge [arrowsize=0.6]\n");
        for (uint32_t i = 0; i < dot.picture.box_count; i++) {
            item = write_cluster(&dot, &dot.picture.boxes[i], item);
        }
        status = write_lines(&dot);
        put(&dot, "}\n");
    }
    view_picture_free(&dot.picture);
    return status;
}

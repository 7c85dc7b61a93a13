/* SPDX-License-Identifier: BSD-2-Clause */
/* Boxes and groups of a picture; see picture.h. Bottom-up: who reaches what alone, groups, order. */
#include "picture.h"

#include "../core/fields.h"
#include "../core/rsi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------------ boxes */

/* A box PD and one whose box it is: the PD that runs first in its address space. */
struct member {
    cm_node box, pd;
};

static int by_box(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    return a->box != b->box ? (a->box > b->box) - (a->box < b->box) : (a->pd > b->pd) - (a->pd < b->pd);
}

/* The address space that a PD runs in first, or CM_NONE. The root task, which looks after others', has a box of its own. */
static cm_node runs_in(const struct cm_graph *graph, cm_node pd)
{
    uint32_t count;
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    for (uint32_t i = 0; i < count && pd != cm_graph_root(graph); i++) {
        struct cm_edge hold;
        if (cm_graph_edge(graph, edges[i], &hold) && hold.edge_type == CM_HOLD &&
            cm_node_kind(graph, hold.to) == CM_SPACE && cm_hold_runs(graph, &hold)) {
            return hold.to;
        }
    }
    return CM_NONE;
}

/* All PDs by their boxes, in memory to be freed; how many boxes there are but the root task's. NULL: no memory. */
static struct member *list_members(struct view_picture *picture, uint32_t *boxes)
{
    struct cm_graph *graph = picture->graph;
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    struct member *members = calloc((size_t)count + 1, sizeof *members);
    for (uint32_t i = 0; members != NULL && i < count; i++) {
        cm_node space = runs_in(graph, pds[i]);
        cm_node *first = space == CM_NONE ? NULL : &picture->places[space].home; /* not claimed yet */
        if (first != NULL && *first == VIEW_UNHELD) {
            *first = pds[i];
        }
        members[i] = (struct member){first != NULL ? *first : pds[i], pds[i]};
        picture->places[pds[i]].home = members[i].box;
        *boxes += members[i].box == pds[i] && pds[i] != cm_graph_root(graph);
    }
    for (uint32_t i = 0; members != NULL && i < count; i++) {
        cm_node space = runs_in(graph, pds[i]);
        if (space != CM_NONE) {
            picture->places[space].home = VIEW_UNHELD;
        }
    }
    if (members != NULL && count > 0) {
        qsort(members, count, sizeof *members, by_box);
    }
    return members;
}

/* The PDs of a box reach a node: they are the first, or one of several, or the last of all. */
static void claim(struct view_picture *picture, cm_node node, cm_node box)
{
    struct view_place *place = &picture->places[node];
    if (place->home == VIEW_UNHELD) {
        place->home = box;
        place->claims = 1;
    } else if (place->claimed_by != box) {
        place->home = VIEW_SHARED;
        place->claims++;
    }
    place->claimed_by = box;
}

static enum cm_status claim_reached(struct view_picture *picture, const struct member *member, bool only_unheld)
{
    struct cm_metric_options options = {0};
    struct cm_reach reach;
    enum cm_status status = cm_reach(picture->graph, member->pd, &options, &reach);
    for (uint32_t i = 0; status == CM_OK && i < reach.count; i++) {
        if (!only_unheld || picture->places[reach.nodes[i]].home == VIEW_UNHELD) {
            claim(picture, reach.nodes[i], member->box);
        }
    }
    if (status == CM_OK) {
        cm_reach_free(picture->graph, &reach);
    }
    return status;
}

/* Spaces: who holds one alone, else the manager; the root task is asked last in both. */
static void claim_spaces(struct view_picture *picture, cm_node root)
{
    struct cm_graph *graph = picture->graph;
    struct cm_edge edge;
    for (uint32_t i = 0; i < cm_graph_edges(graph); i++) {
        if (cm_graph_edge(graph, i, &edge) && edge.edge_type == CM_HOLD && edge.from != root &&
            cm_node_kind(graph, edge.to) == CM_SPACE) {
            claim(picture, edge.to, picture->places[edge.from].home);
        }
    }
    uint32_t spaces;
    const cm_node *list = cm_graph_spaces(graph, &spaces);
    for (uint32_t i = 0; i < spaces; i++) {
        uint32_t managers;
        const cm_node *manager = cm_space_managers(graph, list[i], &managers);
        cm_node *home = &picture->places[list[i]].home;
        if (managers > 0 && (*home == VIEW_UNHELD || *home == VIEW_SHARED || manager[0] != root)) {
            *home = picture->places[manager[0]].home;
        }
    }
    uint32_t held = 0;
    const uint32_t *holds = root != CM_NONE ? cm_node_out(graph, root, &held) : NULL;
    for (uint32_t i = 0; i < held; i++) {
        if (cm_graph_edge(graph, holds[i], &edge) && edge.edge_type == CM_HOLD &&
            picture->places[edge.to].home == VIEW_UNHELD) {
            picture->places[edge.to].home = root;
        }
    }
}

static enum cm_status make_boxes(struct view_picture *picture)
{
    struct cm_graph *graph = picture->graph;
    cm_node root = cm_graph_root(graph);
    uint32_t count, boxes = 0;
    cm_graph_pds(graph, &count);
    for (cm_node node = 0; node < cm_graph_nodes(graph); node++) {
        picture->places[node] = (struct view_place){.home = VIEW_UNHELD, .group = CM_NONE};
    }
    struct member *members = list_members(picture, &boxes);
    enum cm_status status = members != NULL ? CM_OK : CM_NO_MEMORY;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (members[i].pd != root) {
            status = claim_reached(picture, &members[i], false);
        }
    }
    for (cm_node node = 0; node < cm_graph_nodes(graph) && boxes >= VIEW_LEAST_EVERYONE; node++) {
        if (picture->places[node].claims == boxes) {
            picture->places[node].home = VIEW_EVERYONE;
        }
    }
    if (status == CM_OK && root != CM_NONE) {
        status = claim_reached(picture, &(struct member){root, root}, true);
    }
    claim_spaces(picture, root);
    free(members);
    return status;
}

/* ----------------------------------------------------------------------------------------------------------- groups */

/* Boxes in the order of view_picture.items. */
static uint32_t box_rank(cm_node home)
{
    return home + 1; /* VIEW_SHARED becomes 0, VIEW_EVERYONE and VIEW_UNHELD the last */
}

/* By box, kind (spaces first), type, space, node. */
static int by_place(const void *left, const void *right, void *context)
{
    const struct cm_graph *graph = context;
    const struct view_item *a = left;
    const struct view_item *b = right;
    bool space_a = cm_node_kind(graph, a->node) == CM_SPACE;
    bool space_b = cm_node_kind(graph, b->node) == CM_SPACE;
    const uint32_t keys[][2] = {
        {box_rank(a->home), box_rank(b->home)},
        {!space_a, !space_b},
        {cm_node_type(graph, a->node), cm_node_type(graph, b->node)},
        {space_a ? 0 : cm_resource_space(graph, a->node), space_b ? 0 : cm_resource_space(graph, b->node)},
        {a->node, b->node}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i][0] != keys[i][1]) {
            return keys[i][0] < keys[i][1] ? -1 : 1;
        }
    }
    return 0;
}

static bool same_type(const struct cm_graph *graph, const struct view_item *a, const struct view_item *b)
{
    enum cm_kind kind = cm_node_kind(graph, a->node);
    return a->home == b->home && kind != CM_SPACE && cm_node_kind(graph, b->node) == kind &&
           cm_node_type(graph, a->node) == cm_node_type(graph, b->node);
}

static bool same_group(const struct cm_graph *graph, const struct view_item *a, const struct view_item *b)
{
    return same_type(graph, a, b) && cm_resource_space(graph, a->node) == cm_resource_space(graph, b->node);
}

/* Moves items that are alone of their type and space behind the others of a run of one type; returns how many they are. */
static uint32_t lone_last(const struct cm_graph *graph, struct view_item *items, uint32_t count, struct view_item *lone)
{
    uint32_t kept = 0, found = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool alone = (i == 0 || !same_group(graph, &items[i - 1], &items[i])) &&
                     (i + 1 == count || !same_group(graph, &items[i], &items[i + 1]));
        if (alone) {
            lone[found++] = items[i];
        } else {
            items[kept++] = items[i];
        }
    }
    memcpy(&items[kept], lone, found * sizeof *lone);
    return found;
}

/* Makes one item of some that are next to each other: a group, or the only one itself. */
static void put_group(struct view_picture *picture, const struct view_item *items, uint32_t count, cm_node space)
{
    struct view_item kept = items[0];
    if (count >= VIEW_LEAST_GROUP) {
        kept.group = picture->group_count++;
        picture->groups[kept.group] = (struct view_group){.home = kept.home,
                                                          .space = space,
                                                          .type = cm_node_type(picture->graph, kept.node),
                                                          .count = count};
        for (uint32_t i = 0; i < count; i++) {
            picture->places[items[i].node].group = kept.group;
        }
    }
    picture->items[picture->item_count++] = kept; /* at or before items[0] */
}

/* Turns each run of like items into one item for the group. Of one box and type, those that are alone in their spaces
 * form a group, too, if there are several: control groups, say, each of which is a space. */
static enum cm_status make_groups(struct view_picture *picture)
{
    struct cm_graph *graph = picture->graph;
    struct view_item *items = picture->items;
    uint32_t count = picture->item_count;
    struct view_item *lone = calloc((size_t)count + 1, sizeof *lone);
    if (lone == NULL) {
        return CM_NO_MEMORY;
    }
    picture->item_count = 0;
    for (uint32_t from = 0, end; from < count; from = end) {
        for (end = from + 1; end < count && same_type(graph, &items[from], &items[end]);) {
            end++;
        }
        uint32_t alone = lone_last(graph, &items[from], end - from, lone);
        alone = alone < VIEW_LEAST_LONE ? 0 : alone;
        while (from < end - alone) {
            uint32_t to = from + 1;
            while (to < end - alone && same_group(graph, &items[from], &items[to])) {
                to++;
            }
            put_group(picture, &items[from], to - from, cm_resource_space(graph, items[from].node));
            from = to;
        }
        if (alone > 0) {
            put_group(picture, &items[from], alone, CM_NONE);
        }
    }
    free(lone);
    return CM_OK;
}

enum cm_status view_picture_make(struct cm_graph *graph, bool grouped, struct view_picture *picture)
{
    size_t nodes = cm_graph_nodes(graph);
    *picture = (struct view_picture){.graph = graph,
                                     .places = calloc(nodes + 1, sizeof *picture->places),
                                     .groups = calloc(nodes + 1, sizeof *picture->groups),
                                     .items = calloc(nodes + 1, sizeof *picture->items)};
    if (picture->places == NULL || picture->groups == NULL || picture->items == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = make_boxes(picture);
    for (cm_node node = 0; node < nodes; node++) {
        enum cm_kind kind = cm_node_kind(graph, node);
        if (kind != CM_MISSING && picture->places[node].home != node) {
            picture->items[picture->item_count++] = (struct view_item){picture->places[node].home, node, CM_NONE};
        }
    }
    qsort_r(picture->items, picture->item_count, sizeof *picture->items, by_place, graph);
    return grouped && status == CM_OK ? make_groups(picture) : status;
}

void view_picture_free(struct view_picture *picture)
{
    free(picture->places);
    free(picture->groups);
    free(picture->items);
    free(picture->boxes);
    *picture = (struct view_picture){0};
}

/* ------------------------------------------------------------------------------------------------- labels and colours */

const char *view_label(const struct cm_graph *graph, cm_node node, char *text, size_t size)
{
    const char *extra = cm_node_extra(graph, node);
    struct cm_extent extent;
    if (cm_node_kind(graph, node) == CM_PD) {
        return cm_node_data(graph, node);
    }
    if (cm_node_kind(graph, node) == CM_RESOURCE && cm_node_type(graph, node) == CM_TYPE_VMR &&
        cm_field_vmr(cm_text_of(extra), &extent) == CM_FIELD_OK && extent.kind.length > 0) {
        snprintf(text, size, "%.*s", (int)extent.kind.length, extent.kind.at);
        return text;
    }
    if (cm_node_kind(graph, node) == CM_RESOURCE && cm_node_type(graph, node) == CM_TYPE_FILE && extra[0] != '\0') {
        const char *slash = strrchr(extra, '/');
        return slash != NULL && slash[1] != '\0' ? slash + 1 : extra;
    }
    const char *id = cm_node_id(graph, node);
    if (strlen(id) > VIEW_LONGEST_ID) { /* made of a hash: what stands before it */
        bool space = cm_node_kind(graph, node) == CM_SPACE;
        snprintf(text, size, "%s%s", cm_type_name(graph, cm_node_type(graph, node)), space ? " space" : "");
        return text;
    }
    return id;
}

const char *view_group_type(const struct cm_graph *graph, const struct view_group *group)
{
    return group->type == CM_NONE ? "threads" : cm_type_name(graph, group->type);
}

/* Core types by index (enum cm_core_type); the colours are distinct, and dark enough to be seen on white. */
static const char core_colours[][8] = {"#1f6f8b", "#c2571a", "#8a5a9e", "#b8860b", "#3f7f3f", "#c0392b",
                                       "#34495e", "#7f8c8d", "#d17a00", "#2e7bd6", "#b03a78", "#5d6d3a",
                                       "#8d6e63", "#6a1b9a", "#455a64", "#9e9d24", "#00838f", "#ad1457"};

void view_colour(const struct cm_graph *graph, uint32_t type, char *text)
{
    if (type == CM_NONE) {
        snprintf(text, 8, "#222222");
        return;
    }
    if (type < sizeof core_colours / sizeof core_colours[0]) {
        memcpy(text, core_colours[type], sizeof core_colours[0]);
        return;
    }
    /* Others take a dark colour by their name. */
    const char *name = cm_type_name(graph, type);
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    snprintf(text, 8, "#%02x%02x%02x", 0x30 + (hash >> 24) % 0x90, 0x30 + (hash >> 16) % 0x90,
             0x30 + (hash >> 8) % 0x90);
}

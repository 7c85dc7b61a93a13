/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

/* Sizes in the picture's units. A group of fewer members than this is not worth closing. */
enum { cell_width = 90, cell_height = 50, member_step = 34, box_gap = 60, least_group = 2, page_width = 1600 };

/* Something in a box: a node that stands for itself, or a group. */
struct item {
    cm_node home;
    uint32_t node, group;
};

static int by_key(const void *left, const void *right, void *context)
{
    const struct cm_graph *graph = context;
    const struct item *a = left;
    const struct item *b = right;
    if (a->home != b->home) {
        return a->home < b->home ? -1 : 1;
    }
    uint32_t type_a = cm_node_type(graph, a->node);
    uint32_t type_b = cm_node_type(graph, b->node);
    if (type_a != type_b) {
        return type_a < type_b ? -1 : 1;
    }
    cm_node space_a = cm_resource_space(graph, a->node);
    cm_node space_b = cm_resource_space(graph, b->node);
    if (space_a != space_b) {
        return space_a < space_b ? -1 : 1;
    }
    return (a->node > b->node) - (a->node < b->node);
}

static bool same_group(const struct cm_graph *graph, const struct item *a, const struct item *b)
{
    return a->home == b->home && cm_node_type(graph, a->node) == cm_node_type(graph, b->node) &&
           cm_resource_space(graph, a->node) == cm_resource_space(graph, b->node);
}

/* Sorts resources into groups; returns how many items the boxes have. */
static uint32_t make_groups(const struct cm_graph *graph, struct item *items, uint32_t count, struct view_layout *layout)
{
    uint32_t kept = 0;
    qsort_r(items, count, sizeof *items, by_key, (void *)(uintptr_t)graph);
    for (uint32_t from = 0; from < count;) {
        uint32_t to = from + 1;
        while (to < count && same_group(graph, &items[from], &items[to])) {
            to++;
        }
        if (to - from < least_group) {
            items[kept++] = items[from];
        } else {
            struct view_group *group = &layout->groups[layout->group_count];
            *group = (struct view_group){.home = items[from].home,
                                         .space = cm_resource_space(graph, items[from].node),
                                         .type = cm_node_type(graph, items[from].node),
                                         .count = to - from};
            for (uint32_t i = from; i < to; i++) {
                layout->places[items[i].node].group = layout->group_count;
            }
            items[kept] = items[from];
            items[kept++].group = layout->group_count++;
        }
        from = to;
    }
    return kept;
}

static uint32_t root_of(uint32_t count)
{
    uint32_t root = 1;
    while (root * root < count) {
        root++;
    }
    return root;
}

static int box_order(const void *left, const void *right)
{
    const struct item *a = left;
    const struct item *b = right;
    /* The shared box first, it is in the middle of everything; PDs stand before the rest of their box. */
    uint32_t home_a = a->home + 1;
    uint32_t home_b = b->home + 1;
    if (home_a != home_b) {
        return home_a < home_b ? -1 : 1;
    }
    bool pd_a = a->node == a->home;
    bool pd_b = b->node == b->home;
    return pd_a != pd_b ? (pd_a ? -1 : 1) : (a->node > b->node) - (a->node < b->node);
}

/* One of the two placings. */
struct placing {
    struct view_layout *layout;
    bool wide;
    int shelf_x, shelf_y, shelf_height;
};

static void item_size(const struct placing *placing, const struct item *item, int *width, int *height)
{
    *width = cell_width;
    *height = cell_height;
    if (placing->wide && item->group != CM_NONE) {
        uint32_t columns = root_of(placing->layout->groups[item->group].count);
        *width = (int)columns * member_step + member_step;
        *height = *width;
    }
}

static void put(const struct placing *placing, const struct item *item, int x, int y)
{
    int width, height;
    item_size(placing, item, &width, &height);
    struct view_point centre = {x + width / 2, y + height / 2};
    if (item->group == CM_NONE) {
        struct view_place *place = &placing->layout->places[item->node];
        *(placing->wide ? &place->wide : &place->at) = centre;
    } else {
        struct view_group *group = &placing->layout->groups[item->group];
        *(placing->wide ? &group->wide : &group->at) = centre;
    }
}

/* A box: its items in rows, about as wide as high. `measure` only tells the size. */
static void fill_box(const struct placing *placing, const struct item *items, uint32_t count, int x, int y,
                     bool measure, int *box_width, int *box_height)
{
    long area = 0;
    for (uint32_t i = 0; i < count; i++) {
        int width, height;
        item_size(placing, &items[i], &width, &height);
        area += (long)width * height;
    }
    int row_width = cell_width;
    while ((long)row_width * row_width < area * 3 / 2) {
        row_width += cell_width;
    }
    int at_x = 0, at_y = 0, row_height = 0, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        int width, height;
        item_size(placing, &items[i], &width, &height);
        if (at_x > 0 && at_x + width > row_width) {
            at_x = 0;
            at_y += row_height;
            row_height = 0;
        }
        if (!measure) {
            put(placing, &items[i], x + at_x, y + at_y);
        }
        at_x += width;
        most = at_x > most ? at_x : most;
        row_height = height > row_height ? height : row_height;
    }
    *box_width = most;
    *box_height = at_y + row_height;
}

static void place_boxes(struct placing *placing, const struct item *items, uint32_t count, int page)
{
    for (uint32_t from = 0; from < count;) {
        uint32_t to = from;
        while (to < count && items[to].home == items[from].home) {
            to++;
        }
        int width, height;
        fill_box(placing, &items[from], to - from, 0, 0, true, &width, &height);
        if (placing->shelf_x > 0 && placing->shelf_x + width > page) {
            placing->shelf_x = 0;
            placing->shelf_y += placing->shelf_height + box_gap;
            placing->shelf_height = 0;
        }
        fill_box(placing, &items[from], to - from, placing->shelf_x, placing->shelf_y, false, &width, &height);
        placing->shelf_x += width + box_gap;
        placing->shelf_height = height > placing->shelf_height ? height : placing->shelf_height;
        from = to;
    }
}

/* Members of groups: a square in the group's place. */
static void place_members(const struct cm_graph *graph, struct view_layout *layout, uint32_t *filled)
{
    for (cm_node node = 0; node < cm_graph_nodes(graph); node++) {
        struct view_place *place = &layout->places[node];
        if (place->group == CM_NONE) {
            continue;
        }
        const struct view_group *group = &layout->groups[place->group];
        int columns = (int)root_of(group->count);
        int index = (int)filled[place->group]++;
        int corner = (columns - 1) * member_step / 2;
        place->wide = (struct view_point){group->wide.x - corner + index % columns * member_step,
                                          group->wide.y - corner + index / columns * member_step};
        place->at = place->wide;
    }
}

bool view_layout_make(const struct cm_graph *graph, const cm_node *homes, struct view_layout *layout)
{
    uint32_t nodes = cm_graph_nodes(graph);
    *layout = (struct view_layout){.places = calloc(nodes + 1, sizeof *layout->places),
                                   .groups = calloc(nodes + 1, sizeof *layout->groups)};
    struct item *items = calloc(nodes + 1, sizeof *items);
    uint32_t *filled = calloc(nodes + 1, sizeof *filled);
    if (layout->places == NULL || layout->groups == NULL || items == NULL || filled == NULL) {
        free(items);
        free(filled);
        view_layout_free(layout);
        return false;
    }
    uint32_t resources = 0;
    for (cm_node node = 0; node < nodes; node++) {
        layout->places[node] = (struct view_place){.home = homes[node], .group = CM_NONE};
        if (cm_node_kind(graph, node) == CM_RESOURCE) {
            items[resources++] = (struct item){homes[node], node, CM_NONE};
        }
    }
    uint32_t count = make_groups(graph, items, resources, layout);
    for (cm_node node = 0; node < nodes; node++) {
        if (cm_node_kind(graph, node) == CM_PD || cm_node_kind(graph, node) == CM_SPACE) {
            items[count++] = (struct item){homes[node], node, CM_NONE};
        }
    }
    qsort(items, count, sizeof *items, box_order);
    struct placing closed = {.layout = layout};
    struct placing wide = {.layout = layout, .wide = true};
    place_boxes(&closed, items, count, page_width);
    int page = page_width;
    while ((long)page * page < (long)nodes * member_step * member_step * 4) {
        page += page_width;
    }
    place_boxes(&wide, items, count, page);
    place_members(graph, layout, filled);
    free(items);
    free(filled);
    return true;
}

void view_layout_free(struct view_layout *layout)
{
    free(layout->places);
    free(layout->groups);
    *layout = (struct view_layout){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The positions of everything in the picture, computed when it is written.
 *
 * There are two placings: with all groups closed (`at`), and with room for the members of all (`wide`). In both, the
 * shared box lies across the middle, as all edges lead there, and the PDs' boxes in rows above and below it. A box's items
 * fill rows in it. Boxes are measured, then put into rows, then filled: a pass over all items each.
 */
#include "picture.h"

#include <stdlib.h>

/* In the picture's units, about a pixel at full size. A cell takes a node and its label. */
enum {
    cell_width = 108,
    cell_height = 62,
    member_width = 66, /* members of an open group stand closer */
    member_height = 42,
    frame_gap = 4,   /* between a box's cells and its frame */
    box_margin = 40, /* between a box's cells and the next box's */
    title_height = 48,
    least_page = 700
};

/* Pages are that much wider than high, in percent. */
enum { page_shape = 130,
       box_shape = 130 };

struct box {
    cm_node home;
    const struct view_item *items;
    uint32_t count;
    bool closed;
    int width, height, x, y;
};

struct placing {
    struct view_picture *picture;
    bool wide;
    struct box *boxes;
    uint32_t count; /* of boxes */
};

/* The largest number whose square is at most `area`. */
static int side_of(long area)
{
    long side = 0;
    for (long step = 1l << 30; step > 0; step >>= 1) {
        if ((side + step) * (side + step) <= area) {
            side += step;
        }
    }
    return (int)side;
}

static int columns_of(uint32_t members)
{
    int columns = side_of(members);
    return (uint64_t)columns * (uint64_t)columns < members ? columns + 1 : columns;
}

/* ------------------------------------------------------------------------------------------------------------- boxes */

static struct view_point item_size(const struct placing *placing, const struct view_item *item)
{
    if (!placing->wide || item->group == CM_NONE) {
        return (struct view_point){cell_width, cell_height};
    }
    const struct view_group *group = &placing->picture->groups[item->group];
    return (struct view_point){group->size.x + cell_width - member_width, group->size.y + cell_height - member_height};
}

static void put(const struct placing *placing, const struct view_item *item, struct view_point centre)
{
    if (item->group == CM_NONE) {
        struct view_place *place = &placing->picture->places[item->node];
        *(placing->wide ? &place->wide : &place->at) = centre;
    } else {
        struct view_group *group = &placing->picture->groups[item->group];
        *(placing->wide ? &group->wide : &group->at) = centre;
    }
}

/* Fills a box in rows of at most `row_width`; sets its size, and (unless it only measures) where its items stand. */
static void fill_box(const struct placing *placing, struct box *box, int row_width, bool measure)
{
    int x = 0, y = 0, row_height = 0, most = cell_width;
    for (uint32_t i = 0; i < box->count; i++) {
        struct view_point size = item_size(placing, &box->items[i]);
        if (x > 0 && x + size.x > row_width) {
            x = 0;
            y += row_height;
            row_height = 0;
        }
        if (!measure) {
            put(placing, &box->items[i], (struct view_point){box->x + x + size.x / 2, box->y + y + size.y / 2});
        }
        x += size.x;
        most = x > most ? x : most;
        row_height = size.y > row_height ? size.y : row_height;
    }
    if (box->closed && !placing->wide) {
        box->width = box->height = cell_width;
        return;
    }
    box->width = most;
    box->height = y + (row_height > 0 ? row_height : cell_height);
}

static int row_width_of(const struct placing *placing, const struct box *box, int page)
{
    long area = 0;
    int widest = cell_width;
    for (uint32_t i = 0; i < box->count; i++) {
        struct view_point size = item_size(placing, &box->items[i]);
        area += (long)size.x * size.y;
        widest = size.x > widest ? size.x : widest;
    }
    int width = box->home == VIEW_SHARED ? page : side_of(area * box_shape / 100);
    /* Whole cells, and an odd one more rather than a short last row. */
    width = (width + cell_width - 1) / cell_width * cell_width;
    return width > widest ? width : widest;
}

/* -------------------------------------------------------------------------------------------------------------- page */

/* Puts boxes into rows from `y` on, each row centred; returns where the next row would start. */
static int place_rows(struct placing *placing, uint32_t from, uint32_t to, int page, int y)
{
    while (from < to) {
        uint32_t end = from;
        int width = 0, height = 0;
        while (end < to && (end == from || width + placing->boxes[end].width <= page)) {
            width += placing->boxes[end].width + box_margin;
            height = placing->boxes[end].height > height ? placing->boxes[end].height : height;
            end++;
        }
        int x = (page - (width - box_margin)) / 2;
        for (; from < end; from++) {
            placing->boxes[from].x = x;
            placing->boxes[from].y = y;
            x += placing->boxes[from].width + box_margin;
        }
        y += height + box_margin + title_height;
    }
    return y;
}

static void place_boxes(struct placing *placing)
{
    long area = 0;
    int page = least_page;
    for (uint32_t i = 0; i < placing->count; i++) {
        struct box *box = &placing->boxes[i];
        fill_box(placing, box, row_width_of(placing, box, page), true);
        area += (long)(box->width + box_margin) * (box->height + box_margin + title_height);
        page = box->home != VIEW_SHARED && box->width > page ? box->width : page;
    }
    int shape = side_of(area * page_shape / 100);
    page = shape > page ? shape : page;
    /* The shared box, if there is one, is the first; half of the others go above it. */
    uint32_t shared = placing->count > 0 && placing->boxes[0].home == VIEW_SHARED;
    uint32_t half = shared;
    long seen = 0, others = 0;
    for (uint32_t i = shared; i < placing->count; i++) {
        others += (long)placing->boxes[i].width * placing->boxes[i].height;
    }
    while (half < placing->count && seen * 2 < others) {
        seen += (long)placing->boxes[half].width * placing->boxes[half].height;
        half++;
    }
    int y = place_rows(placing, shared, half, page, 0);
    if (shared) {
        fill_box(placing, &placing->boxes[0], row_width_of(placing, &placing->boxes[0], page), true);
        y = place_rows(placing, 0, 1, page, y);
    }
    place_rows(placing, half, placing->count, page, y);
    for (uint32_t i = 0; i < placing->count; i++) {
        struct box *box = &placing->boxes[i];
        fill_box(placing, box, row_width_of(placing, box, page), false);
        struct view_box *frame = &placing->picture->boxes[i];
        frame->home = box->home;
        frame->closed = box->closed;
        *(placing->wide ? &frame->wide : &frame->at) = (struct view_point){box->x - frame_gap, box->y - frame_gap};
        *(placing->wide ? &frame->wide_size : &frame->at_size) =
            (struct view_point){box->width + 2 * frame_gap, box->height + 2 * frame_gap};
    }
}

/* A box per box PD, and the others unless they are empty, in the order of the items. */
static uint32_t make_boxes(const struct view_picture *picture, bool all_open, struct box *boxes)
{
    uint32_t pd_count, count = 0, item = 0;
    const cm_node *pds = cm_graph_pds(picture->graph, &pd_count);
    for (uint32_t i = 0; i < pd_count + 3; i++) {
        cm_node home = i == 0 ? VIEW_SHARED : i <= pd_count   ? pds[i - 1]
                                          : i == pd_count + 1 ? VIEW_EVERYONE
                                                              : VIEW_UNHELD;
        struct box *box = &boxes[count];
        *box = (struct box){.home = home, .items = &picture->items[item]};
        while (item < picture->item_count && picture->items[item].home == home) {
            box->count++;
            item++;
        }
        bool full = home == cm_graph_root(picture->graph) && pd_count > VIEW_ROOT_CLOSED;
        box->closed = !all_open && (home == VIEW_EVERYONE || full);
        count += box->count > 0 || (i > 0 && i <= pd_count && picture->places[home].home == home);
    }
    return count;
}

/* Members of groups: in rows and columns around the group's place. */
static void place_members(struct view_picture *picture, uint32_t *filled)
{
    for (cm_node node = 0; node < cm_graph_nodes(picture->graph); node++) {
        struct view_place *place = &picture->places[node];
        if (place->group == CM_NONE) {
            continue;
        }
        const struct view_group *group = &picture->groups[place->group];
        int columns = columns_of(group->count);
        int index = (int)filled[place->group]++;
        place->wide.x = group->wide.x - (group->size.x - member_width) / 2 + index % columns * member_width;
        place->wide.y = group->wide.y - (group->size.y - member_height) / 2 + index / columns * member_height;
        place->at = place->wide;
    }
}

enum cm_status view_layout(struct view_picture *picture, bool all_open)
{
    uint32_t pds;
    cm_graph_pds(picture->graph, &pds);
    struct box *boxes = calloc((size_t)pds + 3, sizeof *boxes);
    uint32_t *filled = calloc((size_t)picture->group_count + 1, sizeof *filled);
    picture->boxes = calloc((size_t)pds + 3, sizeof *picture->boxes);
    if (boxes == NULL || filled == NULL || picture->boxes == NULL) {
        free(boxes);
        free(filled);
        return CM_NO_MEMORY;
    }
    for (uint32_t i = 0; i < picture->group_count; i++) {
        struct view_group *group = &picture->groups[i];
        int columns = columns_of(group->count);
        group->size = (struct view_point){columns * member_width,
                                          (int)((group->count + (uint32_t)columns - 1) / (uint32_t)columns) * member_height};
    }
    picture->box_count = make_boxes(picture, all_open, boxes);
    for (int wide = 0; wide < 2; wide++) {
        struct placing placing = {picture, wide != 0, boxes, picture->box_count};
        place_boxes(&placing);
    }
    place_members(picture, filled);
    free(boxes);
    free(filled);
    return CM_OK;
}

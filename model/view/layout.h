/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything stands in the picture, computed when the page is written.
 *
 * A resource belongs to the PD that alone reaches it (its home), else to the shared box; a space to its manager. Resources
 * of one home, type and space form a group, which is one node until it is opened. There are two placings: with all
 * groups closed, and with all open (`wide`). In both, boxes are filled in rows and packed in shelves: linear time. */
#ifndef CELLULOS_MODEL_VIEW_LAYOUT_H
#define CELLULOS_MODEL_VIEW_LAYOUT_H

#include "../graph.h"

struct view_point {
    int x, y;
};

struct view_group {
    cm_node home;  /* CM_NONE: shared */
    cm_node space;
    uint32_t type;
    uint32_t count;
    struct view_point at, wide;
};

struct view_place {
    cm_node home;   /* CM_NONE: shared */
    uint32_t group; /* CM_NONE: stands for itself */
    struct view_point at, wide;
};

struct view_layout {
    struct view_place *places; /* one per node */
    struct view_group *groups;
    uint32_t group_count;
};

/* `homes`: per node the PD that alone reaches it, or CM_NONE. False: no memory. */
bool view_layout_make(const struct cm_graph *graph, const cm_node *homes, struct view_layout *layout);
void view_layout_free(struct view_layout *layout);

#endif

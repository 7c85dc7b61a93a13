/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the pictures of a model have in common, the viewer's page (page.h) and Graphviz source (dot.h): which box
 * each thing is in, what is grouped, its label, the colour of its type, and its position.
 *
 * A PD is a box. PDs that run in one address space, threads, share the box of the first of them, which contains the others.
 * A resource is in the box of the PD that alone reaches it (the root task, which reaches nearly everything, not
 * counted), else in the shared box, in that of what all reach, or in that of what nobody reaches. A space is with the PD
 * that alone holds it, else with its manager. Resources of one box, type and space form a group, which is one node until it
 * is opened; so do threads, and resources of one type that each have a space of their own.
 */
#pragma once

#include "../core/graph.h"

/* Boxes that are no PD's. */
#define VIEW_SHARED CM_NONE
#define VIEW_UNHELD (CM_NONE - 1)
#define VIEW_EVERYONE (CM_NONE - 2)

/* What this many PDs all reach stands apart from what some share, in a box that is closed at first. */
#define VIEW_LEAST_EVERYONE 8

/* Of more PDs than this the root task's box, full of spaces, is closed at first. */
#define VIEW_ROOT_CLOSED 12

/* Resources of a box, type and space become a group from this many on. */
#define VIEW_LEAST_GROUP 2

/* Resources of a box and type that are alone in their spaces do from this many on. */
#define VIEW_LEAST_LONE 3

/* Ids of more letters are not written at nodes, but the type is. */
#define VIEW_LONGEST_ID 15

struct view_point {
    int x, y;
};

struct view_group {
    cm_node home;
    cm_node space; /* CM_NONE: none, or several */
    uint32_t type; /* CM_NONE: threads */
    uint32_t count;
    struct view_point at, wide; /* its centre while all groups are closed, and while some are open */
    struct view_point size;     /* what its members take up when it is open */
};

struct view_place {
    cm_node home;               /* of a PD that is a box, itself */
    uint32_t group;             /* CM_NONE: in no group */
    struct view_point at, wide; /* its centre and size; a box has none */
    cm_node claimed_by;         /* the last box, and how many, whose PDs reach it */
    uint32_t claims;
};

/* Something in a box: a single node, or a group (then `node` is its first member). */
struct view_item {
    cm_node home;
    cm_node node;
    uint32_t group; /* CM_NONE: the node itself */
};

/* The frame of a box in the two placings: its corner, and its size. */
struct view_box {
    cm_node home;
    bool closed; /* at first, and with all groups closed as small as a label */
    struct view_point at, at_size, wide, wide_size;
};

struct view_picture {
    struct cm_graph *graph;
    struct view_place *places; /* one per node */
    struct view_group *groups;
    uint32_t group_count;
    struct view_item *items; /* by box: the shared one, PDs as in the graph, what all or nobody reach; by type in a box */
    uint32_t item_count;
    struct view_box *boxes; /* made by view_layout(): one per box PD, and the others if anything is in them */
    uint32_t box_count;
};

/* Boxes and, unless each node is to be separate, groups; positions are view_layout()'s. Errors: CM_NO_MEMORY.
 * `picture` is to be freed in any case. */
enum cm_status view_picture_make(struct cm_graph *graph, bool grouped, struct view_picture *picture);
void view_picture_free(struct view_picture *picture);

/* Sets all positions. `all_open`: no box is closed at first. Linear in the number of nodes, but for a search of the page's
 * width. Errors: CM_NO_MEMORY. */
enum cm_status view_layout(struct view_picture *picture, bool all_open);

/* The label of a node: the name of a PD, the kind of a VMR, the last part of a file's name, else the id, or the type if that is too
 * long. The result
 * is in `text` or in the graph. */
const char *view_label(const struct cm_graph *graph, cm_node node, char *text, size_t size);

/* The type of a group's members, or what threads are called. */
const char *view_group_type(const struct cm_graph *graph, const struct view_group *group);

/* The colour of a type (CM_NONE: threads), `#rrggbb`, the same in every model; `text` takes 8 bytes. */
void view_colour(const struct cm_graph *graph, uint32_t type, char *text);

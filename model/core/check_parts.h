/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that the files of the check share. */
#pragma once

#include "check.h"
#include "internal.h"

/* A REQUEST of one PD. */
struct cm_requested {
    uint32_t to, type, space, edge;
};

struct cm_checking {
    struct cm_graph *graph;
    cm_offence_visit visit;
    void *context;
    uint8_t *bits; /* per node, for one step at a time */
    bool *served;  /* per type, likewise */
    struct cm_requested *list; /* likewise */
    uint32_t list_capacity;
};

enum cm_status cm_report(struct cm_checking *c, struct cm_offence offence);
struct cm_offence cm_about_edge(const struct cm_checking *c, enum cm_fault fault, uint32_t edge);

enum cm_status cm_check_ends(struct cm_checking *c);
enum cm_status cm_check_twice(struct cm_checking *c);
enum cm_status cm_check_cycles(struct cm_checking *c);
enum cm_status cm_check_overlaps(struct cm_checking *c);

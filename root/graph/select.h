/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/select.h: which objects an extraction is about: all, or those of one
 * PD or two. What is chosen is also kept by class, so that extracting a part costs
 * what is in it, however large the system is.
 */
#pragma once

#include "root/core/object.h"
#include "root/core/reaper.h"
#include "lib/idtable/idtable.h"

struct ads;
struct pd;

#define SELECT_PDS 2u
/* What is looked at for somebody who may not look at the system: handles, regions, resources, what they lead to. */
#define SELECT_MOST 300u
#define SELECT_CLASSES 9u

struct selection {
    bool all;
    bool addresses;                         /* MOs with their physical ones */
    cell_error_t failed;                    /* some are missing: CELL_NO_MEMORY, CELL_TOO_LARGE */
    uint32_t left;                          /* things that may be looked at yet; pages of copies, 16 for one */
    struct pd *about[SELECT_PDS];           /* whose own edges are wanted */
    struct id_table chosen;                 /* by address */
    struct list of_class[SELECT_CLASSES];
};

/* Selects everything; or nothing, to begin with. */
void select_all(struct selection *selection);
void select_none(struct selection *selection);
/* Adds what a PD holds and may request, and what those map to, as far as selection->left goes. */
void select_pd(struct selection *selection, struct pd *pd);
/* As much as *units of work (reaper.h) allow; true: all. One that is all zero is free. */
bool select_free(struct selection *selection, uint32_t *units);

static inline bool is_selected(const struct selection *selection, const struct object *object)
{
    return selection->all || id_table_find(&selection->chosen, (uintptr_t)object) != NULL;
}

/* Are this PD's edges wanted? Of the PDs around it, only that they are there. */
static inline bool is_about(const struct selection *selection, const struct pd *pd)
{
    return selection->all || pd == selection->about[0] || pd == selection->about[1];
}

/* Has it gone? Records stay while somebody refers to them. A PD that ended is there
 * while it has a handle, or the record of one that it made is kept. */
bool object_is_gone(const struct object *object);

/* Calls `visit` for every selected object of a class that is there. */
void select_each(const struct selection *selection, const struct object_class *class,
                 void (*visit)(void *context, struct object *object), void *context);

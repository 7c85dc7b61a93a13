/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph_select.h: which objects an extraction is about.
 */
#pragma once

#include "root/idtable.h"
#include "root/object.h"

struct pd;

struct selection {
    bool all;
    bool failed;            /* no memory */
    struct id_table chosen; /* by address */
};

/* What a PD holds and may request, and what those map to. Free it. */
void select_pd(struct selection *selection, struct pd *pd);
void select_free(struct selection *selection);

static inline bool is_selected(const struct selection *selection, const void *object)
{
    return selection->all || id_table_find(&selection->chosen, (uintptr_t)object) != NULL;
}

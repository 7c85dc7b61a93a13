/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/execute.h: making PDs: from a configuration's text to a PD that runs.
 */
#pragma once

#include "lib/plan/plan.h"
#include "root/core/pd.h"
#include "root/pd/build.h"

/* A PD that is being made, in pieces (root/loop/piece.h). */
struct making {
    struct plan_view view;
    struct plan plan;
    struct build build;
};

/* CELL_AGAIN: nothing is begun, the same once more. Plans a configuration as `creator` and begins to carry the plan out. `budget`: what
 * the PD is made
 * in, whatever limits the configuration names; NULL: as the configuration says. */
cell_error_t making_begin(struct making *making, struct pd *creator, const struct config *config,
                          struct budget *budget, struct plan_error *error);
/* What was made: a PD, or a context of that PD. */
struct made {
    struct pd *pd;
    struct context *context; /* NULL: a PD */
};

/* Goes on. CELL_AGAIN: there is more to do. CELL_OK: a PD that was made runs and refers to itself. Another
 * error: nothing is left of it. */
cell_error_t making_go_on(struct making *making, struct made *made, struct plan_error *error);
/* Gives back what was made so far. */
void making_undo(struct making *making);
/* It goes on at another place, and with a copy of its configuration. */
void making_move(struct making *to, const struct making *from, const struct config *config);

/* Reads a configuration into memory of *size bytes, the caller's. `creator`: whose limits of its
 * length hold. */
cell_error_t config_read(struct pd *creator, const char *text, size_t length, uint32_t line,
                         struct config **read, size_t *size, struct plan_error *error);

/* Reads one block, plans it as `creator` (the root task: with the system's
 * authority) and carries it out, however long that takes. `budget`: as making_begin(). */
cell_error_t pd_make(struct pd *creator, const char *text, size_t length, uint32_t line,
                     struct budget *budget, struct pd **made, struct plan_error *error);

/* What a creator sees of the system (view.c). */
struct plan_view view_of(struct pd *creator);
/* The edge that an entry of a private table is, and the space that it leads to; NULL: none, or to nowhere. */
struct handle *view_edge(uint32_t entry, struct space **space);

/* The MO of pages of the boot archive; shared by all who map it. */
cell_error_t segment_mo(const struct archive_file *file, uint64_t offset, uint64_t pages,
                        struct mo **mo);

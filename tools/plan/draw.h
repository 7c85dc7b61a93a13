/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/plan/draw.h: drawing the graph of a prediction: the nodes and edges that a plan's operations, and programs, add. A failure is
 * noted in
 * predict->failed. */
#pragma once

#include "tools/plan/paper.h"
#include "tools/plan/predict.h"

/* Types of the root task, in the order of their spaces. */
enum core { MO_SPACE,
            VCPU_SPACE,
            PCPU_SPACE,
            EP_SPACE,
            PD_SPACE,
            RESSPC_SPACE,
            ADS_TYPE,
            NTFN_SPACE,
            IRQ_SPACE,
            IMAGE_SPACE,
            CORE };

/* Notes that a call of the graph failed. */
void draw_note(struct predict *predict, enum cm_status status);

/* The ids of a PD and of resource `number` of a type of the root task. */
void draw_pd_id(char id[ID_SIZE], uint64_t pd);
void draw_core_id(char id[ID_SIZE], enum core core, uint64_t number);

/* Adds nodes and edges. draw_mo(): the number of the MO. */
void draw_resource(struct predict *predict, const char *id, const char *type, const char *extra, const char *space);
void draw_core(struct predict *predict, enum core core, uint64_t number, const char *extra);
void draw_edge(struct predict *predict, enum cm_edge_type type, const char *from, const char *to, unsigned rights);
uint64_t draw_mo(struct predict *predict, uint64_t pages, unsigned order);

/* Adds a space; NULL: no memory. And those of the root task. */
struct paper_space *draw_space(struct predict *predict, const char *type, size_t length, uint64_t manager);
void draw_core_spaces(struct predict *predict);

/* Adds a region over an MO; address 0: the first gap. */
void draw_region(struct predict *predict, uint64_t ads, uint64_t mo, const struct plan_mapping *what);

/* Notes a handle in the table of a PD; several on one thing are one edge. */
void draw_handle(struct predict *predict, uint64_t pd, const char *id, unsigned rights);
void draw_handle_named(struct predict *predict, uint64_t pd, const char *id, const char *name, unsigned rights);
/* The resource of a name that is in a PD's table (PLAN_NONE: in any), of a space if that is not NULL; NULL: none. */
const struct paper_held *draw_find_handle(const struct predict *predict, uint64_t pd, const struct paper_space *space,
                                          const char *name);
/* Adds the edges of all tables: each PD that has a table holds what is in it, and its own notifications. */
void draw_handles(struct predict *predict);

/* Carries out the plan of predict->pd. */
void draw_operation(struct predict *predict, const struct plan_operation *operation);
/* Adds what a `serves` or `uses` line says; other lines add nothing. CELL_NOT_FOUND: it names something that is not there. */
cell_error_t draw_use(struct predict *predict, const struct config_item *item, struct plan_error *error);

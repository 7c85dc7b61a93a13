/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/planner.h: what the planner's files share; for lib/plan only.
 */
#pragma once

#include "lib/plan/plan.h"
#include "lib/plan/presets.h"

struct planner {
    const struct plan_view *view;
    const struct config *config;
    const struct preset *preset;
    struct plan *plan;
    struct plan_error *error;
    uint64_t relative;  /* PD */
    unsigned authority; /* the creator's, over it */
    struct elf elf;     /* of the program that runs */
    uint64_t function;  /* behind the entry code; 0: main */
    unsigned priority, ceiling; /* of its CPU */
    uint32_t first;             /* operation of the address space */
    uint64_t cursor;    /* where the next region goes; 0: anywhere */
};

#define planner_fail(planner, line, ...)                                                           \
    plan_fail((planner)->error, CELL_BAD_CONFIG, line, __VA_ARGS__)

/* Appends an operation; NULL: no memory (*error is set). */
struct plan_operation *planner_add(struct planner *planner, enum plan_kind kind, uint32_t line);

/* Is it the name of the root task? */
bool planner_is_root(const struct planner *planner, struct config_text name);

/* The rights of the creator over a PD: all over itself. 0 also if there is no such PD. */
unsigned planner_authority(const struct planner *planner, uint64_t pd);

/* CELL_DENIED unless the creator has these rights over a PD; `field` and `name` (length 0:
 * the creator) are for the message. */
cell_error_t planner_need(struct planner *planner, const char *field, uint32_t line,
                          struct config_text name, uint64_t pd, unsigned rights);

/* A PD by name that the creator has these rights over; CELL_NOT_FOUND, CELL_EXISTS (ambiguous),
 * CELL_DENIED. */
cell_error_t planner_pd(struct planner *planner, const char *field, uint32_t line,
                        struct config_text name, unsigned rights, uint64_t *pd);

/* A server by name, among those that the creator may ask for a type (length 0: any). */
cell_error_t planner_server(struct planner *planner, const char *field, uint32_t line,
                            struct config_text type, struct config_text name, uint64_t *server);

/* Plans the lines that are no regions (items.c). */
cell_error_t planner_items(struct planner *planner);

/* Plans all regions of the address space (regions.c). */
cell_error_t planner_regions(struct planner *planner);

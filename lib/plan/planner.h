/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/planner.h: what plan.c and regions.c share; for lib/plan only.
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
    struct elf elf;     /* of the program that runs */
    uint64_t function;  /* behind the entry code; 0: main */
    unsigned priority, ceiling; /* of its CPU */
    uint64_t cursor;    /* where the next region goes; 0: anywhere */
};

#define planner_fail(planner, line, ...)                                                           \
    plan_fail((planner)->error, CELL_BAD_CONFIG, line, __VA_ARGS__)

/* Appends an operation; NULL: no memory (*error is set). */
struct plan_operation *planner_add(struct planner *planner, enum plan_kind kind, uint32_t line);

/* A PD by name; `field` is for the message. */
cell_error_t planner_pd(struct planner *planner, const char *field, uint32_t line,
                        struct config_text name, uint64_t *pd);

/* Plans all regions of the address space (regions.c). */
cell_error_t planner_regions(struct planner *planner);

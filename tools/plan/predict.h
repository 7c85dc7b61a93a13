/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/predict.h: the model that a system description would have, without
 * booting it: the same plans, applied to tables in place of the root task's.
 */
#pragma once

#include "lib/plan/plan.h"
#include "model/core/graph.h"

struct predict;

/* Where programs come from: CELL_NOT_FOUND; the bytes must stay. */
struct predict_programs {
    void *context;
    cell_error_t (*open)(void *context, const char *name, size_t length, const void **bytes,
                         size_t *size);
};

/* Blocks that a PD of the system may hand in: each is planned with what that PD has when all
 * have started, and nothing is made. */
struct predict_trial {
    const char *creator; /* its name */
    const char *text;
    size_t length;
    /* Receives the result of each block; NULL: it can be made. The line counts from the block's start. */
    void (*told)(void *context, const struct plan_error *error);
    void *context;
};

/*
 * Predicts the graph of a system description; `trial`: NULL, or what is tried then. *graph is the caller's, unfinished,
 * with MOs at address 0. Errors as plan_make(); *error has the line in the
 * description.
 */
cell_error_t predict_system(const char *text, size_t length,
                            const struct predict_programs *programs,
                            const struct cm_memory *memory, const struct predict_trial *trial,
                            struct cm_graph **graph, struct plan_error *error);

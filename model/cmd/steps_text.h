/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths of steps for people and programs. */
#pragma once

#include "../host/json.h"
#include "../query/steps.h"

/* `PD_1 -HOLD-> FILE_1_1 <-HOLD- PD_2`, without a line end. `(HOLD)`: it follows from others. */
void cm_steps_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count);

/* An array of {"edge", "from", "to", "forward", "derived", "rights" or "type"}. */
void cm_steps_json(struct json *json, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count);

/* Each step as a line in words: `  PD_1 (shell) holds FILE_1 (a.txt) with rw`. */
void cm_steps_why(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count);

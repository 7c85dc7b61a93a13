/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a whole model to standard output in one of the formats that are read. */
#pragma once

#include "../host/rows_out.h"
#include "command.h"

/* `format`: "csv", "json" (node-link), "graphml". Messages go to standard error. */
enum cm_exit cm_write_model(const struct cm_command *command, struct cm_graph *graph, const char *format, bool expand);

/* SPDX-License-Identifier: BSD-2-Clause */
/* A model as most commands want it: read, split, its PDs found by id or name. */
#pragma once

#include "../core/metric.h"
#include "command.h"

/* The command line's options about a model and its metrics. */
struct cm_model_options {
    bool compat, not_direct, json, csv, expand, writable, all;
    uint32_t depth;
    const char *type, *format;
    struct cm_strings keep, without;
    struct cm_mechanism *about; /* receives a mechanism text's statements about itself; may be NULL */
};

struct cm_model {
    struct cm_graph *graph; /* split, unless it was asked for as it is */
    struct cm_metric_options metric;
    cm_node *without;
};

/* Reads a file, splits it (--keep, --compat), finds --without. Messages go to standard error. */
enum cm_exit cm_model_open(struct cm_model *model, const char *path, const struct cm_model_options *options);

/* The same of a text in memory; `name` is what messages call it. */
enum cm_exit cm_model_open_bytes(struct cm_model *model, const char *name, const char *bytes, size_t size,
                                 const struct cm_model_options *options);

/* Frees the model, and the options' lists. */
void cm_model_close(struct cm_model *model, struct cm_model_options *options);

/* A command's work on its model; `arguments`: the file, and what follows it. */
typedef enum cm_exit cm_model_action(struct cm_model *model, char **arguments, const struct cm_model_options *options);

/* Runs a command with this many arguments, the first of which is a model's file: reads them and the model, has `action` done. */
enum cm_exit cm_model_run(const struct cm_command *command, int count, char **arguments, const struct cm_option *table,
                          int members, struct cm_model_options *options, cm_model_action *action);

/*
 * The PD of an id, or else of a name that one PD only has. CM_NONE after a message; that of a PD that was split lists its
 * parts.
 */
cm_node cm_model_pd(const struct cm_graph *graph, const char *name);

/* The node of an id, or the PD of a name. CM_NONE after a message. */
cm_node cm_model_node(const struct cm_graph *graph, const char *name);

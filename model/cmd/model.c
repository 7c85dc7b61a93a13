/* SPDX-License-Identifier: BSD-2-Clause */
/* A model for commands: see model.h. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/split.h"

/* ------------------------------------------------------------------------------------------------------------ nodes */

static void print_part(void *context, cm_node part)
{
    fprintf(stderr, " %s", cm_node_id(context, part));
}

static void ignore_part(void *context, cm_node part)
{
    (void)context;
    (void)part;
}

/* The PD of a name, the count of such PDs. */
static cm_node named(const struct cm_graph *graph, const char *name, uint32_t *found)
{
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    cm_node node = CM_NONE;
    *found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(cm_node_data(graph, pds[i]), name) == 0) {
            node = pds[i];
            ++*found;
        }
    }
    return node;
}

static void say_ambiguous(const struct cm_graph *graph, const char *name)
{
    uint32_t count;
    const cm_node *pds = cm_graph_pds(graph, &count);
    fprintf(stderr, "cellmodel: several PDs have the name %s:", name);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(cm_node_data(graph, pds[i]), name) == 0) {
            print_part((void *)(uintptr_t)graph, pds[i]);
        }
    }
    fputc('\n', stderr);
}

cm_node cm_model_pd(const struct cm_graph *graph, const char *name)
{
    cm_node node = cm_graph_find(graph, cm_text_of(name));
    uint32_t found = 0;
    if (node != CM_NONE && cm_node_kind(graph, node) == CM_PD) {
        return node;
    }
    if (node != CM_NONE) {
        fprintf(stderr, "cellmodel: %s is a %s, not a PD\n", name, cm_kind_text(cm_node_kind(graph, node)));
        return CM_NONE;
    }
    if (cm_split_parts(graph, cm_text_of(name), ignore_part, NULL) > 0) {
        fprintf(stderr, "cellmodel: %s was split; its parts are", name);
        cm_split_parts(graph, cm_text_of(name), print_part, (void *)(uintptr_t)graph);
        fputc('\n', stderr);
        return CM_NONE;
    }
    node = named(graph, name, &found);
    if (found == 0) {
        fprintf(stderr, "cellmodel: no PD has the id or name %s\n", name);
    } else if (found > 1) {
        say_ambiguous(graph, name);
    }
    return found == 1 ? node : CM_NONE;
}

cm_node cm_model_node(const struct cm_graph *graph, const char *name)
{
    cm_node node = cm_graph_find(graph, cm_text_of(name));
    return node != CM_NONE ? node : cm_model_pd(graph, name);
}

/* ------------------------------------------------------------------------------------------------------- open, close */

static enum cm_exit find_all(const struct cm_graph *graph, const struct cm_strings *names, cm_node **nodes)
{
    *nodes = calloc(names->count + 1, sizeof **nodes);
    if (*nodes == NULL) {
        return cm_fail("options", CM_NO_MEMORY);
    }
    for (uint32_t i = 0; i < names->count; i++) {
        (*nodes)[i] = cm_model_pd(graph, names->items[i]);
        if ((*nodes)[i] == CM_NONE) {
            return CM_EXIT_USAGE;
        }
    }
    return CM_EXIT_OK;
}

static enum cm_exit split(struct cm_model *model, const char *path, const struct cm_model_options *options)
{
    cm_node *keep = NULL;
    enum cm_exit outcome = find_all(model->graph, &options->keep, &keep);
    if (outcome == CM_EXIT_OK) {
        struct cm_split_options split_options = {options->compat, keep, options->keep.count};
        struct cm_graph *parts;
        const char *taken;
        enum cm_status status = cm_split(model->graph, &split_options, &parts, &taken);
        if (status == CM_DUPLICATE_ID) {
            fprintf(stderr, "cellmodel: %s: %s is the id of a node and of a part of a split PD\n", path, taken);
            outcome = CM_EXIT_MODEL;
        } else if (status != CM_OK) {
            outcome = cm_fail(path, status);
        } else if (parts != NULL) {
            cm_graph_destroy(model->graph);
            model->graph = parts;
        }
    }
    free(keep);
    return outcome;
}

/* Of a graph that was loaded, unless that failed. */
static enum cm_exit open_loaded(struct cm_model *model, enum cm_exit outcome, const char *path,
                                const struct cm_model_options *options)
{
    if (outcome == CM_EXIT_OK) {
        outcome = split(model, path, options);
    }
    if (outcome == CM_EXIT_OK) {
        outcome = find_all(model->graph, &options->without, &model->without);
    }
    model->metric = (struct cm_metric_options){options->compat, options->depth, options->not_direct, model->without,
                                               options->without.count};
    return outcome;
}

enum cm_exit cm_model_open(struct cm_model *model, const char *path, const struct cm_model_options *options)
{
    *model = (struct cm_model){0};
    return open_loaded(model, cm_load_about(path, &model->graph, options->about), path, options);
}

enum cm_exit cm_model_open_bytes(struct cm_model *model, const char *name, const char *bytes, size_t size,
                                 const struct cm_model_options *options)
{
    *model = (struct cm_model){0};
    return open_loaded(model, cm_load_bytes(name, bytes, size, &model->graph), name, options);
}

void cm_model_close(struct cm_model *model, struct cm_model_options *options)
{
    cm_graph_destroy(model->graph);
    free(model->without);
    cm_arguments_free(&options->keep);
    cm_arguments_free(&options->without);
}

enum cm_exit cm_model_run(const struct cm_command *command, int count, char **arguments, const struct cm_option *table,
                          int members, struct cm_model_options *options, cm_model_action *action)
{
    if (cm_arguments(command, count, arguments, table, members, members) < 0) {
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], options);
    if (outcome == CM_EXIT_OK) {
        outcome = action(&model, arguments, options);
    }
    cm_model_close(&model, options);
    return outcome;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What cellmodel compare measures of a file: see compare.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../query/dependence.h"
#include "../query/trace.h"
#include "compare.h"

struct pair {
    struct cm_model *model;
    cm_node pd[2];
    cm_node root; /* the kernel; CM_NONE: the model has none */
    struct cm_compared *row;
};

/* -------------------------------------------------------------------------------------------------------------- RSI */

static enum cm_status measure_rsi(struct pair *p)
{
    struct cm_rsi rsi;
    enum cm_status status = cm_rsi(p->model->graph, p->pd[0], p->pd[1], &p->model->metric, &rsi);
    if (status != CM_OK) {
        return status;
    }
    p->row->rsi = calloc((size_t)rsi.count + 1, sizeof *p->row->rsi);
    for (uint32_t i = 0; p->row->rsi != NULL && i < rsi.count; i++) {
        char *type = strdup(cm_type_name(p->model->graph, rsi.rows[i].type));
        if (type == NULL) {
            status = CM_NO_MEMORY;
            break;
        }
        p->row->rsi[p->row->rsi_count++] = (struct cm_compared_rsi){type, rsi.rows[i].shared, rsi.rows[i].all};
    }
    cm_rsi_free(p->model->graph, &rsi);
    return p->row->rsi == NULL ? CM_NO_MEMORY : status;
}

/* ------------------------------------------------------------------------------------- FR, trusted base and surface */

static enum cm_status count_trusted(struct pair *p, struct cm_radius *radius, bool without)
{
    uint32_t pds;
    cm_graph_pds(p->model->graph, &pds);
    struct cm_trusted *trusted = malloc(((size_t)pds + 1) * sizeof *trusted);
    enum cm_status status = trusted == NULL ? CM_NO_MEMORY : CM_OK;
    for (int i = 0; i < 2 && status == CM_OK; i++) {
        uint32_t count = 0;
        uint64_t steps = CM_MOST_STEPS;
        status = cm_trusted_base(radius, p->model->graph, p->pd[i], trusted, &count, &steps);
        p->row->trusted[without][i] = count;
    }
    free(trusted);
    return status;
}

/* Requests of one PD, those of one type counted once. */
struct counting {
    const struct pair *p;
    bool *seen; /* per type and PD of the graph that asks: [from's place in turn]; reset for each `from` */
    cm_node from;
    uint32_t types, count;
    bool pair_only;
};

static enum cm_status count_ask(void *context, cm_node from, const struct cm_ask *ask)
{
    struct counting *c = context;
    if (c->pair_only && from != c->p->pd[0] && from != c->p->pd[1]) {
        return CM_OK;
    }
    if (from != c->from) { /* the requests of a PD come together */
        memset(c->seen, 0, c->types * sizeof *c->seen);
        c->from = from;
    }
    c->count += !c->seen[ask->type];
    c->seen[ask->type] = true;
    return CM_OK;
}

static enum cm_status count_surface(const struct pair *p, struct cm_radius *radius, cm_node pd, bool pair_only,
                                    uint32_t *count)
{
    struct counting c = {.p = p, .from = CM_NONE, .types = cm_graph_types(p->model->graph), .pair_only = pair_only};
    c.seen = calloc((size_t)c.types + 1, sizeof *c.seen);
    enum cm_status status = c.seen == NULL ? CM_NO_MEMORY
                                           : cm_surface(radius, p->model->graph, pd, count_ask, &c);
    free(c.seen);
    *count = c.count;
    return status;
}

static enum cm_status measure_requests(struct pair *p, bool without)
{
    struct cm_metric_options options = p->model->metric;
    if (without && p->root != CM_NONE) {
        options.without = &p->root;
        options.without_count = 1;
    }
    struct cm_radius *radius = NULL;
    enum cm_status status = cm_radius_create(p->model->graph, &options, &radius);
    if (status == CM_OK) {
        status = cm_radius_pair(radius, p->pd[0], p->pd[1], &p->row->fr[without]);
    }
    if (status == CM_OK) {
        status = count_trusted(p, radius, without);
    }
    for (int i = 0; i < 2 && !without && status == CM_OK; i++) {
        status = count_surface(p, radius, p->pd[i], false, &p->row->surface[i]);
    }
    if (!without && p->root != CM_NONE && status == CM_OK) {
        status = count_surface(p, radius, p->root, true, &p->row->kernel);
    }
    cm_radius_destroy(radius);
    return status;
}

/* --------------------------------------------------------------------------------------------------- writable pages */

static enum cm_status measure_writable(struct pair *p)
{
    struct cm_graph *graph = p->model->graph;
    struct cm_trace of[2] = {{0}, {0}};
    enum cm_status status = cm_trace(graph, p->pd[0], 0, true, &of[0]);
    if (status == CM_OK) {
        status = cm_trace(graph, p->pd[1], 0, true, &of[1]);
    }
    for (uint32_t i = 0; status == CM_OK && i < of[0].count; i++) {
        cm_node node = of[0].items[i].step.to;
        bool sized;
        if (cm_node_type(graph, node) == CM_TYPE_MO && of[1].place[node] != CM_NONE) {
            p->row->writable += cm_weight(graph, node, false, &sized);
        }
    }
    cm_trace_free(&of[0]);
    cm_trace_free(&of[1]);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_exit measure(struct pair *p, const char *path)
{
    const char *const *names = (const char *const[]){p->row->about.pair[0], p->row->about.pair[1]};
    for (int i = 0; i < 2; i++) {
        p->pd[i] = cm_model_pd(p->model->graph, names[i]);
        if (p->pd[i] == CM_NONE) {
            fprintf(stderr, "cellmodel: %s: the pair names it\n", path);
            return CM_EXIT_MODEL;
        }
    }
    p->root = cm_graph_root(p->model->graph);
    if (p->pd[0] == p->root || p->pd[1] == p->root) {
        fprintf(stderr, "cellmodel: %s: the pair is of two PDs beside the kernel, %s\n", path, CM_ROOT_ID);
        return CM_EXIT_MODEL;
    }
    enum cm_status status = measure_rsi(p);
    status = status == CM_OK ? measure_requests(p, false) : status;
    status = status == CM_OK ? measure_requests(p, true) : status;
    status = status == CM_OK ? measure_writable(p) : status;
    return status == CM_OK ? CM_EXIT_OK : cm_fail(path, status);
}

enum cm_exit cm_compare_measure(const char *path, struct cm_compared *row)
{
    struct cm_model_options options = {.about = &row->about};
    struct cm_model model;
    *row = (struct cm_compared){.file = strdup(path)};
    if (row->file == NULL) {
        return cm_fail(path, CM_NO_MEMORY);
    }
    enum cm_exit outcome = cm_model_open(&model, path, &options);
    if (outcome == CM_EXIT_OK && (row->about.title[0] == '\0' || row->about.pair[0][0] == '\0')) {
        fprintf(stderr, "cellmodel: %s: no title or no pair is given; a text with `title`, `pair` and `read FILE` tells them"
                        " of a model\n", path);
        outcome = CM_EXIT_MODEL;
    }
    if (outcome == CM_EXIT_OK) {
        outcome = measure(&(struct pair){.model = &model, .row = row}, path);
    }
    cm_model_close(&model, &options);
    return outcome;
}

void cm_compare_free(struct cm_compared *row)
{
    for (uint32_t i = 0; i < row->rsi_count; i++) {
        free(row->rsi[i].type);
    }
    free(row->rsi);
    free(row->file);
    *row = (struct cm_compared){0};
}

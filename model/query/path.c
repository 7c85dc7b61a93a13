/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths: see path.h. Bottom up: the search's arrays, distances from a node by breadth, the shortest path, all paths.
 *
 * All paths of at most n steps are found by going forward from `a`, never to a node from which `b` is further away than
 * the steps that are left; those distances are found first, by going backward from `b`.
 */
#include "path.h"

#include <stdlib.h>
#include <string.h>

struct search {
    struct cm_graph *graph;
    struct cm_stepping stepping;
    const struct cm_path_options *options;
    cm_node a, b;
    uint32_t *distance; /* per node; CM_NONE: not reached */
    bool *barred;       /* per node: excluded, or on the current path */
    cm_path_visit visit;
    void *context;
    uint64_t steps; /* listed or tried while going for all paths */
};

static enum cm_status step_on(struct search *s, cm_node node, bool backward, struct cm_steps *steps)
{
    unsigned types = s->options->types;
    unsigned against = s->options->forward ? 0 : types & CM_STEPS_BOTH_WAYS;
    s->stepping.writable = s->options->writable && !backward; /* going back only bounds the steps left */
    return cm_steps_from(&s->stepping, node, backward ? against : types, backward ? types : against, steps);
}

/* --------------------------------------------------------------------------------------------------------- distances */

/* Breadth first from `start` up to `limit` steps; *came (may be NULL) gets the step by which each node was first met. */
static enum cm_status measure(struct search *s, cm_node start, bool backward, uint32_t limit, struct cm_step *came)
{
    uint32_t nodes = cm_graph_nodes(s->graph);
    memset(s->distance, 0xff, nodes * sizeof *s->distance);
    cm_node *queue = malloc((size_t)nodes * sizeof *queue);
    if (queue == NULL) {
        return CM_NO_MEMORY;
    }
    uint32_t used = 0;
    struct cm_steps steps = {0};
    enum cm_status status = CM_OK;
    s->distance[start] = 0;
    queue[used++] = start;
    for (uint32_t i = 0; i < used && status == CM_OK && s->distance[queue[i]] < limit; i++) {
        steps.count = 0;
        status = step_on(s, queue[i], backward, &steps);
        for (uint32_t k = 0; k < steps.count && status == CM_OK; k++) {
            cm_node to = steps.items[k].to;
            bool end = to == s->a || to == s->b;
            if (s->distance[to] != CM_NONE || (s->barred[to] && !end)) {
                continue;
            }
            s->distance[to] = s->distance[queue[i]] + 1;
            queue[used++] = to;
            if (came != NULL) {
                came[to] = steps.items[k];
            }
        }
        if (came != NULL && s->distance[s->b] != CM_NONE) {
            break;
        }
    }
    cm_steps_free(&steps);
    free(queue);
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- shortest */

static enum cm_status shortest(struct search *s)
{
    struct cm_step *came = malloc((size_t)cm_graph_nodes(s->graph) * sizeof *came);
    enum cm_status status = came == NULL ? CM_NO_MEMORY : measure(s, s->a, false, CM_NONE, came);
    if (status == CM_OK && s->distance[s->b] != CM_NONE) {
        uint32_t hops = s->distance[s->b];
        struct cm_step *path = malloc((size_t)hops * sizeof *path);
        status = path == NULL ? CM_NO_MEMORY : CM_OK;
        cm_node at = s->b;
        for (uint32_t i = hops; status == CM_OK && i-- > 0;) {
            path[i] = came[at];
            at = came[at].from;
        }
        if (status == CM_OK) {
            status = s->visit(s->context, path, hops);
        }
        free(path);
    }
    free(came);
    return status;
}

/* --------------------------------------------------------------------------------------------------------------- all */

/* What is left to try at a node of the path: steps next..end of the list; the list is cut back to `start` after. */
struct frame {
    uint32_t start, next, end;
};

struct deepening {
    struct search *search;
    struct cm_steps steps;  /* of all frames */
    struct frame *frames;
    struct cm_step *path;
    uint32_t depth, found;
};

static enum cm_status open_frame(struct deepening *d, cm_node node)
{
    struct frame *frame = &d->frames[d->depth];
    frame->start = frame->next = d->steps.count;
    enum cm_status status = step_on(d->search, node, false, &d->steps);
    frame->end = d->steps.count;
    d->search->steps += frame->end - frame->start;
    d->search->barred[node] = true;
    return status;
}

static void close_frame(struct deepening *d, cm_node node)
{
    d->search->barred[node] = false;
    d->steps.count = d->frames[d->depth].start;
}

static enum cm_status descend(struct deepening *d)
{
    struct search *s = d->search;
    uint32_t most = s->options->all_hops;
    enum cm_status status = open_frame(d, s->a);
    for (;;) {
        struct frame *frame = &d->frames[d->depth];
        cm_node here = d->depth == 0 ? s->a : d->path[d->depth - 1].to;
        if (status == CM_OK && ++s->steps > CM_MOST_STEPS) {
            status = CM_TOO_LONG;
        }
        if (status != CM_OK || frame->next == frame->end || d->found == CM_MAX_PATHS) {
            close_frame(d, here);
            if (d->depth-- == 0 || status != CM_OK) {
                return status;
            }
            continue;
        }
        struct cm_step step = d->steps.items[frame->next++];
        uint32_t left = most - d->depth - 1;
        if (s->barred[step.to] || s->distance[step.to] > left) {
            continue;
        }
        d->path[d->depth] = step;
        if (step.to == s->b) {
            d->found++;
            status = s->visit(s->context, d->path, d->depth + 1);
        } else {
            d->depth++;
            status = open_frame(d, step.to);
        }
    }
}

static enum cm_status all(struct search *s, bool *complete)
{
    uint32_t nodes = cm_graph_nodes(s->graph);
    enum cm_status status = measure(s, s->b, true, s->options->all_hops, NULL);
    if (status != CM_OK || s->distance[s->a] == CM_NONE) {
        return status;
    }
    uint32_t deepest = s->options->all_hops < nodes ? s->options->all_hops : nodes;
    struct deepening d = {.search = s};
    d.frames = calloc((size_t)deepest + 1, sizeof *d.frames);
    d.path = calloc((size_t)deepest + 1, sizeof *d.path);
    status = d.frames == NULL || d.path == NULL ? CM_NO_MEMORY : descend(&d);
    *complete = d.found < CM_MAX_PATHS;
    cm_steps_free(&d.steps);
    free(d.frames);
    free(d.path);
    return status;
}

enum cm_status cm_paths(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_path_options *options,
                        cm_path_visit visit, void *context, bool *complete)
{
    *complete = true;
    if (a == b) {
        return CM_OK;
    }
    uint32_t nodes = cm_graph_nodes(graph);
    struct search s = {.graph = graph, .options = options, .a = a, .b = b, .visit = visit, .context = context};
    s.distance = malloc((size_t)nodes * sizeof *s.distance);
    s.barred = calloc(nodes, sizeof *s.barred);
    enum cm_status status = s.distance == NULL || s.barred == NULL ? CM_NO_MEMORY : CM_OK;
    status = status != CM_OK ? status : cm_stepping_make(graph, options->writable, &s.stepping);
    for (uint32_t i = 0; i < options->exclude_count && status == CM_OK; i++) {
        cm_node node = options->exclude[i];
        s.barred[node] = node != a && node != b;
    }
    if (status == CM_OK) {
        status = options->all_hops == 0 ? shortest(&s) : all(&s, complete);
    }
    cm_stepping_free(&s.stepping);
    free(s.distance);
    free(s.barred);
    return status;
}

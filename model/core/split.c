/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Splitting PDs: see split.h. The graph is copied row by row; where a row concerns a PD with parts, it is copied once
 * for each part that keeps it. Bottom up: what each PD runs on, copying nodes, copying edges.
 */
#include "split.h"

#include <string.h>

#include "fields.h"
#include "internal.h"

struct split {
    struct cm_graph *from, *to;
    const struct cm_split_options *options;
    struct cm_lists cpus;  /* per PD: the VCPUs it runs on, in file order; as nodes of `from` */
    struct cm_lists spaces; /* likewise its address spaces */
    cm_node *node_of;      /* per node of `from`: its node in `to`, of a split PD the first part's */
    uint32_t *turn;        /* per node of `from`: place among the cpus or spaces of the current PD, if marked */
    uint64_t rows;         /* nodes and edges of parts so far */
    const char *taken;
};

/* ----------------------------------------------------------------------------------------------- what a PD runs on */

static bool is_kept(const struct split *s, cm_node pd)
{
    if (pd == s->from->root) {
        return true;
    }
    if (s->options->compat && strcmp(cm_node_id(s->from, pd), "PD_1") == 0) {
        return true;
    }
    for (uint32_t i = 0; i < s->options->keep_count; i++) {
        if (s->options->keep[i] == pd) {
            return true;
        }
    }
    return false;
}

/* One pass over the HOLDs on which PDs run; a second row on the same place (illegal) counts once. */
static enum cm_status pass_runs(struct split *s, bool place)
{
    struct cm_graph *graph = s->from;
    for (uint32_t p = 0; p < graph->pd_count; p++) {
        if (is_kept(s, graph->pds[p])) {
            continue;
        }
        enum cm_status status = cm_graph_unmark(graph);
        if (status != CM_OK) {
            return status;
        }
        uint32_t count;
        const uint32_t *edges = cm_node_out(graph, graph->pds[p], &count);
        for (uint32_t i = 0; i < count; i++) {
            struct cm_edge hold;
            uint8_t form = graph->edge_form[edges[i]];
            if (edge_type_of(form) != CM_HOLD || (graph->has_rights && (edge_rights_of(form) & CM_EXECUTE) == 0)) {
                continue;
            }
            cm_graph_edge(graph, edges[i], &hold);
            if (!cm_hold_runs(graph, &hold) || graph->mark[hold.to] == graph->epoch) {
                continue;
            }
            graph->mark[hold.to] = graph->epoch;
            struct cm_lists *lists = form_kind(graph->node_form[hold.to]) == CM_SPACE ? &s->spaces : &s->cpus;
            if (place) {
                cm_lists_put(lists, p, hold.to);
            } else {
                lists->start[p + 1]++;
            }
        }
    }
    return CM_OK;
}

static enum cm_status list_runs(struct split *s)
{
    struct cm_heap *heap = &s->from->heap;
    enum cm_status status = cm_lists_make(heap, &s->cpus, s->from->pd_count);
    if (status == CM_OK) {
        status = cm_lists_make(heap, &s->spaces, s->from->pd_count);
    }
    if (status == CM_OK) {
        status = pass_runs(s, false);
    }
    if (status == CM_OK) {
        status = cm_lists_room(heap, &s->cpus);
    }
    if (status == CM_OK) {
        status = cm_lists_room(heap, &s->spaces);
    }
    if (status == CM_OK) {
        status = pass_runs(s, true);
    }
    if (status == CM_OK) {
        cm_lists_settle(&s->cpus);
        cm_lists_settle(&s->spaces);
    }
    return status;
}

/* How many cpus and address spaces a PD's parts are numbered by; at least 1 each. */
static void grid(const struct split *s, cm_node pd, uint32_t *cpus, uint32_t *spaces)
{
    uint32_t place = s->from->node_aux[pd];
    cm_lists_get(&s->cpus, place, cpus);
    cm_lists_get(&s->spaces, place, spaces);
    *cpus += *cpus == 0;
    *spaces += *spaces == 0;
}

static bool is_split(const struct split *s, cm_node node)
{
    if (form_kind(s->from->node_form[node]) != CM_PD) {
        return false;
    }
    uint32_t cpus, spaces;
    grid(s, node, &cpus, &spaces);
    return cpus > 1 || spaces > 1;
}

/* ------------------------------------------------------------------------------------------------------------ nodes */

/* `<id>.<cpu>.<ads>` in memory of the heap, of `size` bytes. */
static char *part_id(struct cm_heap *heap, const char *id, size_t size)
{
    char *part = cm_heap_make(heap, 1, size);
    if (part != NULL) {
        strcpy(part, id);
    }
    return part;
}

static enum cm_status copy_parts(struct split *s, cm_node pd)
{
    struct cm_graph *from = s->from;
    const char *id = cm_node_id(from, pd);
    size_t length = strlen(id), size = length + 2 * 22;
    char *part = part_id(&from->heap, id, size);
    if (part == NULL) {
        return CM_NO_MEMORY;
    }
    uint32_t cpus, spaces;
    grid(s, pd, &cpus, &spaces);
    enum cm_status status = CM_OK;
    for (uint32_t cpu = 0; cpu < cpus && status == CM_OK; cpu++) {
        for (uint32_t ads = 0; ads < spaces && status == CM_OK; ads++) {
            size_t at = length;
            part[at++] = '.';
            at += cm_decimal(cpu, part + at);
            part[at++] = '.';
            cm_decimal(ads, part + at);
            cm_node taken = cm_graph_find(from, cm_text_of(part));
            if (taken != CM_NONE) {
                s->taken = cm_node_id(from, taken);
                status = CM_DUPLICATE_ID;
                break;
            }
            cm_node node;
            if (++s->rows > CM_SPLIT_ROWS) {
                status = CM_TOO_MANY_PARTS;
                break;
            }
            status = cm_graph_add_pd(s->to, cm_text_of(part), cm_text_of(cm_node_data(from, pd)),
                                     cm_text_of(cm_node_extra(from, pd)), &node);
            if (status == CM_OK && cpu == 0 && ads == 0) {
                s->node_of[pd] = node;
            }
        }
    }
    cm_heap_free(&from->heap, part);
    return status;
}

static enum cm_status copy_node(struct split *s, cm_node node)
{
    struct cm_graph *from = s->from;
    struct cm_text id = cm_text_of(cm_node_id(from, node));
    struct cm_text data = cm_text_of(cm_node_data(from, node)), extra = cm_text_of(cm_node_extra(from, node));
    cm_graph_at_line(s->to, from->node_line[node]);
    switch (form_kind(from->node_form[node])) {
    case CM_PD:
        return is_split(s, node) ? copy_parts(s, node) : cm_graph_add_pd(s->to, id, data, extra, &s->node_of[node]);
    case CM_RESOURCE:
        return cm_graph_add_resource(s->to, id, data, extra, &s->node_of[node]);
    case CM_SPACE:
        return cm_graph_add_space(s->to, id, data, extra, &s->node_of[node]);
    default:
        return CM_OK; /* a missing node: the edges that name it were set aside */
    }
}

/* ------------------------------------------------------------------------------------------------------------ edges */

/* The parts to which a HOLD of a split PD goes: those of one cpu, or of one address space. */
struct keepers {
    uint32_t cpu, ads; /* CM_NONE: all */
};

/* The places of the CPUs that the PD runs on; valid until the next PD's. */
static enum cm_status number_turns(struct split *s, cm_node pd)
{
    enum cm_status status = cm_graph_unmark(s->from);
    struct cm_lists *lists[] = {&s->cpus, &s->spaces};
    for (int l = 0; l < 2 && status == CM_OK; l++) {
        uint32_t count;
        const uint32_t *items = cm_lists_get(lists[l], s->from->node_aux[pd], &count);
        for (uint32_t i = 0; i < count; i++) {
            s->from->mark[items[i]] = s->from->epoch;
            s->turn[items[i]] = i;
        }
    }
    return status;
}

static struct keepers keepers_of(const struct split *s, const struct cm_edge *edge)
{
    const struct cm_graph *from = s->from;
    struct keepers all = {CM_NONE, CM_NONE};
    if (edge->edge_type != CM_HOLD) {
        return all;
    }
    bool listed = from->mark[edge->to] == from->epoch;
    if (listed && cm_hold_runs(from, edge)) {
        bool ads = form_kind(from->node_form[edge->to]) == CM_SPACE;
        return ads ? (struct keepers){CM_NONE, s->turn[edge->to]} : (struct keepers){s->turn[edge->to], CM_NONE};
    }
    cm_node space = cm_resource_space(from, edge->to);
    bool vmr = (from->node_form[edge->to] & FORM_TYPE_MASK) == CM_TYPE_VMR;
    if (vmr && space != CM_NONE && from->mark[space] == from->epoch) {
        return (struct keepers){CM_NONE, s->turn[space]};
    }
    return all;
}

static enum cm_status copy_one(struct split *s, const struct cm_edge *edge, cm_node from, cm_node to)
{
    if (edge->edge_type != CM_REQUEST) {
        return cm_graph_add_edge(s->to, edge->edge_type, from, to, edge->rights);
    }
    cm_node space = edge->space == CM_NONE ? CM_NONE : s->node_of[edge->space];
    return cm_graph_add_request(s->to, from, to, cm_text_of(cm_type_name(s->from, edge->type)), space);
}

/* To every part of the end, if it has parts. */
static enum cm_status copy_to_parts(struct split *s, const struct cm_edge *edge, cm_node from)
{
    uint32_t cpus = 1, spaces = 1;
    if (form_kind(s->from->node_form[edge->to]) == CM_PD) {
        grid(s, edge->to, &cpus, &spaces);
    }
    s->rows += (uint64_t)cpus * spaces - 1;
    enum cm_status status = s->rows > CM_SPLIT_ROWS ? CM_TOO_MANY_PARTS : CM_OK;
    for (uint64_t i = 0; i < (uint64_t)cpus * spaces && status == CM_OK; i++) {
        status = copy_one(s, edge, from, s->node_of[edge->to] + (cm_node)i);
    }
    return status;
}

static enum cm_status copy_edge(struct split *s, uint32_t index, bool from_split)
{
    struct cm_edge edge;
    cm_graph_edge(s->from, index, &edge);
    cm_graph_at_line(s->to, edge.line);
    if (!from_split) {
        return copy_to_parts(s, &edge, s->node_of[edge.from]);
    }
    struct keepers keep = keepers_of(s, &edge);
    uint32_t cpus, spaces;
    grid(s, edge.from, &cpus, &spaces);
    enum cm_status status = CM_OK;
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        for (uint32_t ads = 0; ads < spaces && status == CM_OK; ads++) {
            if ((keep.cpu == CM_NONE || keep.cpu == cpu) && (keep.ads == CM_NONE || keep.ads == ads)) {
                s->rows++;
                status = copy_to_parts(s, &edge, s->node_of[edge.from] + cpu * spaces + ads);
            }
        }
    }
    return status;
}

/* In the order of the file; consecutive rows of a PD share its numbering. */
static enum cm_status copy_edges(struct split *s)
{
    struct cm_graph *from = s->from;
    cm_node numbered = CM_NONE;
    enum cm_status status = CM_OK;
    for (uint32_t e = 0; e < from->edge_count && status == CM_OK; e++) {
        if ((from->edge_form[e] & EDGE_DROPPED) != 0) {
            continue;
        }
        cm_node start = from->edge_from[e];
        bool split = is_split(s, start);
        if (split && start != numbered && edge_type_of(from->edge_form[e]) == CM_HOLD) {
            status = number_turns(s, start);
            numbered = start;
        }
        if (status == CM_OK) {
            status = copy_edge(s, e, split);
        }
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_status copy_graph(struct split *s)
{
    enum cm_status status = CM_OK;
    for (cm_node n = 0; n < s->from->node_count && status == CM_OK; n++) {
        status = copy_node(s, n);
    }
    if (status == CM_OK) {
        status = copy_edges(s);
    }
    return status == CM_OK ? cm_graph_finish(s->to) : status;
}

static bool any_split(const struct split *s)
{
    for (uint32_t p = 0; p < s->from->pd_count; p++) {
        if (is_split(s, s->from->pds[p])) {
            return true;
        }
    }
    return false;
}

enum cm_status cm_split(struct cm_graph *graph, const struct cm_split_options *options, struct cm_graph **parts,
                        const char **taken)
{
    *parts = NULL;
    if (!graph->finished) {
        return CM_BAD_PHASE;
    }
    struct split s = {.from = graph, .options = options};
    struct cm_heap *heap = &graph->heap;
    size_t nodes = graph->node_count;
    enum cm_status status = list_runs(&s);
    if (status == CM_OK && any_split(&s)) {
        s.node_of = cm_heap_make(heap, sizeof *s.node_of, nodes);
        s.turn = cm_heap_make(heap, sizeof *s.turn, nodes);
        status = s.node_of == NULL || s.turn == NULL ? CM_NO_MEMORY : cm_graph_create(&heap->memory, &s.to);
        if (status == CM_OK) {
            status = copy_graph(&s);
        }
        if (status != CM_OK) {
            cm_graph_destroy(s.to);
            s.to = NULL;
        }
    }
    *parts = s.to;
    if (taken != NULL) {
        *taken = s.taken;
    }
    cm_lists_free(heap, &s.cpus);
    cm_lists_free(heap, &s.spaces);
    cm_heap_free(heap, s.node_of);
    cm_heap_free(heap, s.turn);
    return status;
}

uint32_t cm_split_parts(const struct cm_graph *graph, struct cm_text id, void (*visit)(void *context, cm_node part),
                        void *context)
{
    uint32_t found = 0;
    for (uint32_t p = 0; id.length > 0 && p < graph->pd_count; p++) {
        const char *part = cm_node_id(graph, graph->pds[p]);
        if (cm_part_base(part) == id.length && memcmp(part, id.at, id.length) == 0) {
            visit(context, graph->pds[p]);
            found++;
        }
    }
    return found;
}

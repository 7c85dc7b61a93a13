/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault radius: see radius.h. Bottom up: the walk, breadth first over (PD, type set); the nearest PD that two walks
 * reach; all pairs. What a PD may ask is worked out in radius_asks.c.
 */
#include <string.h>

#include "fields.h"
#include "radius_parts.h"

/* ------------------------------------------------------------------------------------------------------------- walk */

static word *types_of_state(struct cm_radius *r, uint32_t state)
{
    return r->state_types + state * r->words;
}

/* A state is new unless its set is within one seen at the same PD, which was at no more hops. */
static enum cm_status enter(struct cm_radius *r, uint32_t pd, uint32_t hops, const word *set)
{
    bool first = r->walk_of[pd] != r->walk;
    uint32_t earlier = first ? CM_NONE : r->latest[pd];
    for (uint32_t s = earlier; s != CM_NONE; s = r->states[s].earlier) {
        if (++r->steps > CM_MOST_STEPS) {
            return CM_TOO_LONG;
        }
        if (set_within(r, set, types_of_state(r, s))) {
            return CM_OK;
        }
    }
    struct state *states = cm_heap_grow(r->heap, r->states, sizeof *states, &r->state_capacity, r->state_count + 1ull);
    if (states == NULL) {
        return CM_NO_MEMORY;
    }
    r->states = states;
    word *types = cm_heap_grow(r->heap, r->state_types, sizeof *types, &r->state_words_capacity,
                               (r->state_count + 1ull) * r->words);
    if (types == NULL) {
        return CM_NO_MEMORY;
    }
    r->state_types = types;
    if (first) {
        struct met *met = cm_heap_grow(r->heap, r->met, sizeof *met, &r->met_capacity, r->met_count + 1ull);
        if (met == NULL) {
            return CM_NO_MEMORY;
        }
        r->met = met;
        met[r->met_count++] = (struct met){pd, hops};
        r->walk_of[pd] = r->walk;
    }
    states[r->state_count] = (struct state){pd, hops, earlier};
    memcpy(types_of_state(r, r->state_count), set, r->words * sizeof *set);
    r->latest[pd] = r->state_count++;
    return CM_OK;
}

/* The set that a request leads to, in r->scratch terms: the state's set and what the request adds. */
static const word *adds_of(const struct cm_radius *r, const struct cm_ask *ask)
{
    if (ask->space == CM_NONE || r->options.compat) {
        return r->type_adds + ask->type * r->words;
    }
    return r->space_adds + r->graph->node_aux[ask->space] * r->words;
}

static enum cm_status follow_all(struct cm_radius *r, uint32_t state, word *set, uint32_t barred_from,
                                 uint32_t barred_to)
{
    uint32_t pd = r->states[state].pd;
    enum cm_status status = cm_radius_describe_pd(r, pd);
    for (uint32_t i = 0; i < r->ask_count[pd] && status == CM_OK; i++) {
        const struct cm_ask *ask = &r->asks[r->ask_start[pd] + i];
        uint32_t to = r->graph->node_aux[ask->to];
        if (++r->steps > CM_MOST_STEPS) {
            return CM_TOO_LONG;
        }
        bool barred = (pd == barred_from && to == barred_to) || (pd == barred_to && to == barred_from);
        if (barred || r->ignored[to] || !set_has(types_of_state(r, state), ask->type)) {
            continue;
        }
        memcpy(set, types_of_state(r, state), r->words * sizeof *set);
        set_join(r, set, adds_of(r, ask));
        status = enter(r, to, r->states[state].hops + 1, set);
    }
    return status;
}

/* From a PD (its place); requests between the barred two are ignored (CM_NONE: none are). Fills r->met. */
static enum cm_status walk_from(struct cm_radius *r, uint32_t start, uint32_t barred_from, uint32_t barred_to)
{
    r->walk++; /* one walk per PD and pair: there are never 2^32 */
    r->state_count = r->met_count = r->steps = 0;
    enum cm_status status = cm_radius_describe_pd(r, start);
    if (status == CM_OK) {
        status = enter(r, start, 0, r->start_types + start * r->words);
    }
    word few[4];
    word *set = r->words <= sizeof few / sizeof *few ? few : cm_heap_make(r->heap, sizeof *set, r->words);
    if (set == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t s = 0; s < r->state_count && status == CM_OK; s++) {
        status = follow_all(r, s, set, barred_from, barred_to);
    }
    if (set != few) {
        cm_heap_free(r->heap, set);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- pair */

/* Keeps the hops of the walk just made for comparing with the next. Returns its stamp. */
static uint32_t keep_hops(struct cm_radius *r)
{
    for (uint32_t i = 0; i < r->met_count; i++) {
        r->hops_of[r->met[i].pd] = r->met[i].hops;
        r->hops_walk[r->met[i].pd] = r->walk;
    }
    return r->walk;
}

static void consider(const struct cm_radius *r, struct cm_fr *fr, uint32_t pd, uint32_t one, uint32_t other)
{
    uint32_t hops = one < other ? one : other;
    cm_node node = r->graph->pds[pd];
    if (!fr->found || hops < fr->hops || (hops == fr->hops && node < fr->at)) {
        *fr = (struct cm_fr){true, hops, node};
    }
}

static enum cm_status check_pd(const struct cm_radius *r, cm_node pd)
{
    const struct cm_graph *graph = r->graph;
    bool good = pd < graph->node_count && form_kind(graph->node_form[pd]) == CM_PD && !r->ignored[graph->node_aux[pd]];
    return good ? CM_OK : CM_BAD_NODE;
}

bool cm_radius_ignores(const struct cm_radius *radius, cm_node pd)
{
    return radius->ignored[radius->graph->node_aux[pd]];
}

enum cm_status cm_radius_pair(struct cm_radius *radius, cm_node a, cm_node b, struct cm_fr *fr)
{
    struct cm_radius *r = radius;
    *fr = (struct cm_fr){.at = CM_NONE};
    if (check_pd(r, a) != CM_OK || check_pd(r, b) != CM_OK) {
        return CM_BAD_NODE;
    }
    uint32_t place_a = r->graph->node_aux[a], place_b = r->graph->node_aux[b];
    uint32_t barred_from = r->options.not_direct ? place_a : CM_NONE;
    uint32_t barred_to = r->options.not_direct ? place_b : CM_NONE;
    enum cm_status status = walk_from(r, place_a, barred_from, barred_to);
    if (status != CM_OK) {
        return status;
    }
    uint32_t stamp = keep_hops(r);
    status = walk_from(r, place_b, barred_from, barred_to);
    for (uint32_t i = 0; i < r->met_count && status == CM_OK; i++) {
        uint32_t pd = r->met[i].pd;
        if (r->hops_walk[pd] == stamp) {
            consider(r, fr, pd, r->hops_of[pd], r->met[i].hops);
        }
    }
    return status;
}

enum cm_status cm_radius_walk(struct cm_radius *radius, cm_node pd, cm_met_visit visit, void *context)
{
    enum cm_status status = check_pd(radius, pd);
    if (status == CM_OK) {
        status = walk_from(radius, radius->graph->node_aux[pd], CM_NONE, CM_NONE);
    }
    for (uint32_t i = 0; i < radius->met_count && status == CM_OK; i++) {
        status = visit(context, radius->graph->pds[radius->met[i].pd], radius->met[i].hops);
    }
    return status;
}

enum cm_status cm_fr(struct cm_graph *graph, cm_node a, cm_node b, const struct cm_metric_options *options,
                     struct cm_fr *fr)
{
    struct cm_radius *radius;
    enum cm_status status = cm_radius_create(graph, options, &radius);
    if (status == CM_OK) {
        status = cm_radius_pair(radius, a, b, fr);
        cm_radius_destroy(radius);
    }
    return status;
}

void cm_fr_text(const struct cm_fr *fr, char *out)
{
    char digits[21];
    cm_decimal(fr->hops, digits);
    strcpy(out, "FR ");
    strcat(out, fr->found ? digits : "inf");
}

/* ----------------------------------------------------------------------------------------------------------- matrix */

/* The walks of all PDs of a matrix, side by side. */
struct walks {
    struct cm_lists met; /* per PD of the matrix: places in `hops`' order */
    struct met *all;
    uint32_t used, capacity;
    uint32_t *start; /* count + 1 */
};

static enum cm_status take_walks(struct cm_radius *r, const cm_node *pds, uint32_t count, struct walks *walks)
{
    uint64_t steps = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum cm_status status = check_pd(r, pds[i]);
        if (status == CM_OK) {
            status = walk_from(r, r->graph->node_aux[pds[i]], CM_NONE, CM_NONE);
        }
        steps += r->steps;
        if (steps > CM_MATRIX_STEPS) {
            status = CM_TOO_LONG;
        }
        if (status != CM_OK) {
            return status;
        }
        struct met *all = cm_heap_grow(r->heap, walks->all, sizeof *all, &walks->capacity,
                                       (uint64_t)walks->used + r->met_count);
        if (all == NULL) {
            return CM_NO_MEMORY;
        }
        walks->all = all;
        walks->start[i] = walks->used;
        memcpy(all + walks->used, r->met, r->met_count * sizeof *all);
        walks->used += r->met_count;
    }
    walks->start[count] = walks->used;
    return CM_OK;
}

/* Whether one may ask the other; else ignoring such requests changes nothing. */
static bool ask_each_other(const struct cm_radius *r, cm_node one, cm_node other)
{
    for (int turn = 0; turn < 2; turn++) {
        uint32_t place = r->graph->node_aux[turn == 0 ? one : other];
        cm_node wanted = turn == 0 ? other : one;
        for (uint32_t i = 0; i < r->ask_count[place]; i++) {
            if (r->asks[r->ask_start[place] + i].to == wanted) {
                return true;
            }
        }
    }
    return false;
}

static enum cm_status compare_walks(struct cm_radius *r, const cm_node *pds, uint32_t count, const struct walks *walks,
                                    cm_fr_pair visit, void *context)
{
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint32_t stamp = ++r->walk;
        for (uint32_t k = walks->start[i]; k < walks->start[i + 1]; k++) {
            r->hops_of[walks->all[k].pd] = walks->all[k].hops;
            r->hops_walk[walks->all[k].pd] = stamp;
        }
        for (uint32_t j = i + 1; j < count && status == CM_OK; j++) {
            struct cm_fr fr = {.at = CM_NONE};
            if (r->options.not_direct && ask_each_other(r, pds[i], pds[j])) {
                status = cm_radius_pair(r, pds[i], pds[j], &fr);
                for (uint32_t k = walks->start[i]; k < walks->start[i + 1]; k++) {
                    r->hops_of[walks->all[k].pd] = walks->all[k].hops;
                    r->hops_walk[walks->all[k].pd] = stamp;
                }
            } else {
                for (uint32_t k = walks->start[j]; k < walks->start[j + 1]; k++) {
                    const struct met *met = &walks->all[k];
                    if (r->hops_walk[met->pd] == stamp) {
                        consider(r, &fr, met->pd, r->hops_of[met->pd], met->hops);
                    }
                }
            }
            if (status == CM_OK) {
                status = visit(context, i, j, &fr);
            }
        }
    }
    return status;
}

enum cm_status cm_radius_matrix(struct cm_radius *radius, const cm_node *pds, uint32_t count, cm_fr_pair visit,
                                void *context)
{
    struct cm_radius *r = radius;
    struct walks walks = {0};
    walks.start = cm_heap_make(r->heap, sizeof *walks.start, (size_t)count + 1);
    if (walks.start == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = take_walks(r, pds, count, &walks);
    if (status == CM_OK) {
        status = compare_walks(r, pds, count, &walks, visit, context);
    }
    cm_heap_free(r->heap, walks.start);
    cm_heap_free(r->heap, walks.all);
    return status;
}

/* ------------------------------------------------------------------------------------------------------------- life */

/* The arrays of fixed size, allocated and freed alike. */
static bool size_arrays(struct cm_radius *r, bool make)
{
    size_t pds = (size_t)r->pds + 1, spaces = (size_t)r->spaces + 1;
    struct {
        void *place;
        size_t element, count;
    } arrays[] = {
        {&r->ignored, sizeof *r->ignored, pds},
        {&r->member_types, sizeof(word), spaces * r->words},
        {&r->space_adds, sizeof(word), spaces * r->words},
        {&r->type_adds, sizeof(word), r->types * r->words},
        {&r->start_types, sizeof(word), pds * r->words},
        {&r->ask_start, sizeof(uint32_t), pds},
        {&r->ask_count, sizeof(uint32_t), pds},
        {&r->asked_type, sizeof(uint32_t), spaces},
        {&r->latest, sizeof(uint32_t), pds},
        {&r->walk_of, sizeof(uint32_t), pds},
        {&r->hops_of, sizeof(uint32_t), pds},
        {&r->hops_walk, sizeof(uint32_t), pds},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        void *array;
        memcpy(&array, arrays[i].place, sizeof array);
        if (make) {
            array = cm_heap_make(r->heap, arrays[i].element, arrays[i].count);
            good = good && array != NULL;
            if (array != NULL) {
                memset(array, 0, arrays[i].element * arrays[i].count);
            }
            memcpy(arrays[i].place, &array, sizeof array);
        } else if (array != NULL) {
            cm_heap_free(r->heap, array);
        }
    }
    return good;
}

void cm_radius_destroy(struct cm_radius *radius)
{
    struct cm_radius *r = radius;
    if (r == NULL) {
        return;
    }
    size_arrays(r, false);
    cm_lists_free(r->heap, &r->holders);
    cm_heap_free(r->heap, r->asks);
    cm_heap_free(r->heap, r->states);
    cm_heap_free(r->heap, r->state_types);
    cm_heap_free(r->heap, r->met);
    cm_heap_free(r->heap, r);
}

static enum cm_status ignore_pds(struct cm_radius *r)
{
    const struct cm_graph *graph = r->graph;
    for (uint32_t i = 0; i < r->options.without_count; i++) {
        cm_node pd = r->options.without[i];
        if (pd >= graph->node_count || form_kind(graph->node_form[pd]) != CM_PD) {
            return CM_BAD_NODE;
        }
        r->ignored[graph->node_aux[pd]] = true;
    }
    return CM_OK;
}

enum cm_status cm_radius_create(struct cm_graph *graph, const struct cm_metric_options *options,
                                struct cm_radius **radius)
{
    if (!graph->finished) {
        return CM_BAD_PHASE;
    }
    struct cm_radius *r = cm_heap_make(&graph->heap, sizeof *r, 1);
    if (r == NULL) {
        return CM_NO_MEMORY;
    }
    *r = (struct cm_radius){.graph = graph, .heap = &graph->heap, .options = *options};
    r->pds = graph->pd_count;
    r->spaces = graph->space_count;
    r->types = graph->type_count;
    r->words = (r->types + WORD_BITS - 1) / WORD_BITS;
    enum cm_status status = size_arrays(r, true) ? ignore_pds(r) : CM_NO_MEMORY;
    if (status == CM_OK) {
        memset(r->ask_start, 0xff, (size_t)r->pds * sizeof *r->ask_start);
        status = cm_radius_describe_spaces(r);
    }
    if (status != CM_OK) {
        cm_radius_destroy(r);
        return status;
    }
    *radius = r;
    return CM_OK;
}

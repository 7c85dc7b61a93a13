/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault radius: see radius.h. Bottom up:
 *
 *   type sets     bit vectors of `words` words, one bit per type
 *   spaces        the types of a space's members; what a request into it adds to the set
 *   asks          a PD's first type set and its requests, written and implied
 *   walk          breadth first over (PD, type set)
 *   pair, matrix  the nearest PD that both walks reach
 *
 * For the original tool (`compat`) types are the spaces' own, one space stands for all of its type, and implied
 * requests are never followed, so none are made.
 */
#include "radius.h"

#include <string.h>

#include "fields.h"
#include "internal.h"

typedef uint64_t word;
#define WORD_BITS 64u

/* A state of a walk: a PD, met after `hops` requests with a type set (states' sets stand side by side). */
struct state {
    uint32_t pd; /* its place */
    uint32_t hops;
    uint32_t earlier; /* the state before it at the same PD, or CM_NONE */
};

/* Where a walk first met a PD. */
struct met {
    uint32_t pd, hops;
};

struct cm_radius {
    struct cm_graph *graph;
    struct cm_heap *heap;
    struct cm_metric_options options;
    uint32_t pds, spaces, types;
    size_t words;
    bool *ignored; /* per PD */

    word *member_types; /* per space */
    word *space_adds;   /* per space: what a request that names it adds */
    word *type_adds;    /* per type: what a request that names no space adds */
    struct cm_lists holders; /* per space without a manager: the PDs that hold it */

    word *start_types; /* per PD, once worked out */
    uint32_t *ask_start, *ask_count; /* per PD; start CM_NONE: not worked out yet */
    struct cm_ask *asks;
    uint32_t asks_used, asks_capacity;
    uint32_t *asked_type; /* per space: the type asked for last, while marked */

    struct state *states;
    word *state_types;
    uint32_t state_count, state_capacity, state_words_capacity;
    uint32_t *latest;       /* per PD: its latest state in this walk, if walk_of says so */
    uint32_t *walk_of;      /* per PD: the walk that last met it */
    uint32_t walk;
    struct met *met;
    uint32_t met_count, met_capacity;

    uint32_t *hops_of;      /* per PD: hops of the first of two walks, if hops_walk says so */
    uint32_t *hops_walk;
};

/* -------------------------------------------------------------------------------------------------------- type sets */

static void set_add(word *set, uint32_t type)
{
    set[type / WORD_BITS] |= (word)1 << type % WORD_BITS;
}

static bool set_has(const word *set, uint32_t type)
{
    return (set[type / WORD_BITS] >> type % WORD_BITS & 1) != 0;
}

static void set_join(const struct cm_radius *r, word *set, const word *other)
{
    for (size_t i = 0; i < r->words; i++) {
        set[i] |= other[i];
    }
}

static bool set_within(const struct cm_radius *r, const word *set, const word *larger)
{
    for (size_t i = 0; i < r->words; i++) {
        if ((set[i] & ~larger[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* ----------------------------------------------------------------------------------------------------------- spaces */

static uint32_t type_of(const struct cm_radius *r, cm_node node)
{
    return r->graph->node_form[node] & FORM_TYPE_MASK;
}

static uint32_t served(const struct cm_radius *r, cm_node space)
{
    return r->options.compat ? type_of(r, space) : cm_type_served(type_of(r, space));
}

static void describe_space(struct cm_radius *r, uint32_t place)
{
    const struct cm_graph *graph = r->graph;
    cm_node space = graph->spaces[place];
    uint32_t count;
    const cm_node *members = cm_space_members(graph, space, &count);
    uint32_t last = CM_NONE;
    for (uint32_t i = 0; i < count; i++) {
        if (type_of(r, members[i]) != last) {
            last = type_of(r, members[i]);
            set_add(r->member_types + place * r->words, last);
        }
    }
    const uint32_t *edges = cm_node_out(graph, space, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) == CM_MAP) {
            set_add(r->space_adds + place * r->words, served(r, graph->edge_to[edges[i]]));
        }
    }
}

/* Later in the file; spaces whose line is unknown are in order anyway. */
static bool stands_later(const struct cm_graph *graph, cm_node one, cm_node other)
{
    uint32_t a = graph->node_line[one], b = graph->node_line[other];
    return a == CM_NONE || b == CM_NONE || a > b;
}

/* The original tool keeps the last space of a type, and knows only spaces that have resources. */
static enum cm_status describe_types_compat(struct cm_radius *r)
{
    cm_node *last = cm_heap_resize(r->heap, NULL, sizeof *last, 0, r->types);
    if (last == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t t = 0; t < r->types; t++) {
        last[t] = CM_NONE;
    }
    for (uint32_t s = 0; s < r->spaces; s++) {
        cm_node space = r->graph->spaces[s];
        uint32_t members, type = type_of(r, space);
        cm_space_members(r->graph, space, &members);
        if (members > 0 && (last[type] == CM_NONE || stands_later(r->graph, space, last[type]))) {
            last[type] = space;
            memcpy(r->type_adds + type * r->words, r->space_adds + s * r->words, r->words * sizeof(word));
        }
    }
    cm_heap_resize(r->heap, last, sizeof *last, r->types, 0);
    return CM_OK;
}

static enum cm_status describe_spaces(struct cm_radius *r)
{
    for (uint32_t s = 0; s < r->spaces; s++) {
        describe_space(r, s);
    }
    if (r->options.compat) {
        return describe_types_compat(r);
    }
    for (uint32_t s = 0; s < r->spaces; s++) {
        set_join(r, r->type_adds + served(r, r->graph->spaces[s]) * r->words, r->space_adds + s * r->words);
    }
    return CM_OK;
}

static bool is_unmanaged(const struct cm_graph *graph, cm_node node)
{
    uint32_t managers = 1;
    if (form_kind(graph->node_form[node]) == CM_SPACE) {
        cm_space_managers(graph, node, &managers);
    }
    return managers == 0;
}

/* Who holds a space that names no manager. Looks at all PDs' edges, once, and only if there is such a space. */
static enum cm_status list_holders(struct cm_radius *r)
{
    const struct cm_graph *graph = r->graph;
    enum cm_status status = cm_lists_make(r->heap, &r->holders, r->spaces);
    if (status != CM_OK) {
        return status;
    }
    bool any = false;
    for (uint32_t s = 0; s < r->spaces; s++) {
        any = any || is_unmanaged(graph, graph->spaces[s]);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t p = 0; any && p < r->pds; p++) {
            uint32_t count;
            const uint32_t *edges = cm_node_out(graph, graph->pds[p], &count);
            for (uint32_t i = 0; i < count; i++) {
                cm_node to = graph->edge_to[edges[i]];
                if (edge_type_of(graph->edge_form[edges[i]]) != CM_HOLD || !is_unmanaged(graph, to)) {
                    continue;
                }
                if (pass == 0) {
                    r->holders.start[graph->node_aux[to] + 1]++;
                } else {
                    cm_lists_put(&r->holders, graph->node_aux[to], graph->pds[p]);
                }
            }
        }
        if (pass == 0) {
            status = cm_lists_room(r->heap, &r->holders);
            if (status != CM_OK) {
                return status;
            }
        }
    }
    cm_lists_settle(&r->holders);
    return CM_OK;
}

/* ------------------------------------------------------------------------------------------------------------- asks */

static enum cm_status add_ask(struct cm_radius *r, cm_node to, uint32_t type, cm_node space, bool implied)
{
    struct cm_ask *asks = cm_heap_grow(r->heap, r->asks, sizeof *asks, &r->asks_capacity, r->asks_used + 1ull);
    if (asks == NULL) {
        return CM_NO_MEMORY;
    }
    r->asks = asks;
    asks[r->asks_used++] = (struct cm_ask){to, type, space, implied};
    return CM_OK;
}

static bool is_in(const cm_node *list, uint32_t count, cm_node node)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == node) {
            return true;
        }
    }
    return false;
}

/* Who holds a resource of a type in a space that it does not manage may ask the manager, or else the space's holders. */
static enum cm_status imply(struct cm_radius *r, cm_node pd, uint32_t type, cm_node space)
{
    const struct cm_graph *graph = r->graph;
    uint32_t place = graph->node_aux[space];
    if (graph->mark[space] == graph->epoch && r->asked_type[place] == type) {
        return CM_OK;
    }
    r->graph->mark[space] = graph->epoch;
    r->asked_type[place] = type;
    uint32_t count;
    const cm_node *targets = cm_space_managers(graph, space, &count);
    if (count == 0) {
        targets = cm_lists_get(&r->holders, place, &count);
    }
    enum cm_status status = CM_OK;
    if (!is_in(targets, count, pd)) {
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            status = add_ask(r, targets[i], type, space, true);
        }
    }
    return status;
}

/* All VMRs of an address space that the PD runs in are held, as one HOLD per type does for the set and the asks. */
static enum cm_status take_members(struct cm_radius *r, cm_node pd, cm_node space, word *set, bool running)
{
    bool root = pd == r->graph->root;
    const word *types = r->member_types + r->graph->node_aux[space] * r->words;
    enum cm_status status = CM_OK;
    for (uint32_t type = 0; type < r->types && status == CM_OK; type++) {
        bool held = running ? type == CM_TYPE_VMR : !root || (type != CM_TYPE_VMR && type != CM_TYPE_VCPU);
        if (held && set_has(types, type)) {
            set_add(set, type);
            status = running ? imply(r, pd, type, space) : CM_OK;
        }
    }
    return status;
}

static enum cm_status take_hold(struct cm_radius *r, cm_node pd, uint32_t edge, word *set)
{
    const struct cm_graph *graph = r->graph;
    struct cm_edge hold;
    cm_graph_edge(graph, edge, &hold);
    if (form_kind(graph->node_form[hold.to]) == CM_RESOURCE) {
        set_add(set, type_of(r, hold.to));
        cm_node space = graph->node_aux[hold.to];
        return r->options.compat || space == CM_NONE ? CM_OK : imply(r, pd, type_of(r, hold.to), space);
    }
    set_add(set, served(r, hold.to));
    bool lives = !r->options.compat && graph->has_rights && cm_hold_runs(graph, &hold);
    return lives ? take_members(r, pd, hold.to, set, true) : CM_OK;
}

static enum cm_status take_managed(struct cm_radius *r, cm_node pd, word *set)
{
    uint32_t count;
    const cm_node *managed = cm_pd_managed(r->graph, pd, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        set_add(set, served(r, managed[i]));
        if (r->graph->has_rights) {
            status = take_members(r, pd, managed[i], set, false);
        }
    }
    return status;
}

/* Works out the first set and the requests of a PD, if that was not done before. */
static enum cm_status describe_pd(struct cm_radius *r, uint32_t place)
{
    if (r->ask_start[place] != CM_NONE) {
        return CM_OK;
    }
    struct cm_graph *graph = r->graph;
    cm_node pd = graph->pds[place];
    word *set = r->start_types + place * r->words;
    uint32_t first = r->asks_used, count;
    enum cm_status status = cm_graph_unmark(graph);
    const uint32_t *edges = cm_node_out(graph, pd, &count);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        switch (edge_type_of(graph->edge_form[edges[i]])) {
        case CM_HOLD:
            status = take_hold(r, pd, edges[i], set);
            break;
        case CM_REQUEST: {
            struct cm_edge request;
            cm_graph_edge(graph, edges[i], &request);
            status = add_ask(r, request.to, request.type, request.space, false);
            break;
        }
        default:
            break;
        }
    }
    if (status == CM_OK && !r->options.compat) {
        status = take_managed(r, pd, set);
    }
    if (status == CM_OK) {
        r->ask_start[place] = first;
        r->ask_count[place] = r->asks_used - first;
    }
    return status;
}

enum cm_status cm_radius_asks(struct cm_radius *radius, cm_node pd, const struct cm_ask **asks, uint32_t *count)
{
    uint32_t place = radius->graph->node_aux[pd];
    enum cm_status status = describe_pd(radius, place);
    if (status == CM_OK) {
        *asks = radius->asks + radius->ask_start[place];
        *count = radius->ask_count[place];
    }
    return status;
}

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
    enum cm_status status = describe_pd(r, pd);
    for (uint32_t i = 0; i < r->ask_count[pd] && status == CM_OK; i++) {
        const struct cm_ask *ask = &r->asks[r->ask_start[pd] + i];
        uint32_t to = r->graph->node_aux[ask->to];
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
    r->walk++; /* one walk per PD and pair: 2^32 of them are not reached */
    r->state_count = r->met_count = 0;
    enum cm_status status = describe_pd(r, start);
    if (status == CM_OK) {
        status = enter(r, start, 0, r->start_types + start * r->words);
    }
    word few[4];
    word *set = r->words <= sizeof few / sizeof *few ? few : cm_heap_resize(r->heap, NULL, sizeof *set, 0, r->words);
    if (set == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t s = 0; s < r->state_count && status == CM_OK; s++) {
        status = follow_all(r, s, set, barred_from, barred_to);
    }
    if (set != few) {
        cm_heap_resize(r->heap, set, sizeof *set, r->words, 0);
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
    for (uint32_t i = 0; i < count; i++) {
        enum cm_status status = check_pd(r, pds[i]);
        if (status == CM_OK) {
            status = walk_from(r, r->graph->node_aux[pds[i]], CM_NONE, CM_NONE);
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

/* Whether one may ask the other, so that ignoring that makes a difference. */
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
    walks.start = cm_heap_resize(r->heap, NULL, sizeof *walks.start, 0, (size_t)count + 1);
    if (walks.start == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = take_walks(r, pds, count, &walks);
    if (status == CM_OK) {
        status = compare_walks(r, pds, count, &walks, visit, context);
    }
    cm_heap_resize(r->heap, walks.start, sizeof *walks.start, (size_t)count + 1, 0);
    cm_heap_resize(r->heap, walks.all, sizeof *walks.all, walks.capacity, 0);
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
            array = cm_heap_resize(r->heap, NULL, arrays[i].element, 0, arrays[i].count);
            good = good && array != NULL;
            if (array != NULL) {
                memset(array, 0, arrays[i].element * arrays[i].count);
            }
            memcpy(arrays[i].place, &array, sizeof array);
        } else if (array != NULL) {
            cm_heap_resize(r->heap, array, arrays[i].element, arrays[i].count, 0);
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
    cm_heap_resize(r->heap, r->asks, sizeof *r->asks, r->asks_capacity, 0);
    cm_heap_resize(r->heap, r->states, sizeof *r->states, r->state_capacity, 0);
    cm_heap_resize(r->heap, r->state_types, sizeof *r->state_types, r->state_words_capacity, 0);
    cm_heap_resize(r->heap, r->met, sizeof *r->met, r->met_capacity, 0);
    cm_heap_resize(r->heap, r, sizeof *r, 1, 0);
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
    struct cm_radius *r = cm_heap_resize(&graph->heap, NULL, sizeof *r, 0, 1);
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
        status = describe_spaces(r);
    }
    if (status == CM_OK && !r->options.compat) {
        status = list_holders(r);
    }
    if (status != CM_OK) {
        cm_radius_destroy(r);
        return status;
    }
    *radius = r;
    return CM_OK;
}

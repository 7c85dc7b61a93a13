/* SPDX-License-Identifier: BSD-2-Clause */
/* What a radius is made of, and type sets: bit vectors of `words` words, one bit per type. */
#pragma once

#include <string.h>

#include "internal.h"
#include "radius.h"

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
    word *space_adds;   /* per space: the types that a request naming it adds */
    word *type_adds;    /* per type: the types that a request naming no space adds */
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
    uint32_t steps;         /* of this walk */
    struct met *met;
    uint32_t met_count, met_capacity;

    uint32_t *hops_of;      /* per PD: hops of the first of two walks, if hops_walk says so */
    uint32_t *hops_walk;
};

/* -------------------------------------------------------------------------------------------------------- type sets */

static inline void set_add(word *set, uint32_t type)
{
    set[type / WORD_BITS] |= (word)1 << type % WORD_BITS;
}

static inline bool set_has(const word *set, uint32_t type)
{
    return (set[type / WORD_BITS] >> type % WORD_BITS & 1) != 0;
}

static inline void set_join(const struct cm_radius *r, word *set, const word *other)
{
    for (size_t i = 0; i < r->words; i++) {
        set[i] |= other[i];
    }
}

static inline bool set_within(const struct cm_radius *r, const word *set, const word *larger)
{
    for (size_t i = 0; i < r->words; i++) {
        if ((set[i] & ~larger[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------- radius_asks.c */

/* Works out what requests into each space, and for each type, add to a type set; and who holds spaces without manager. */
enum cm_status cm_radius_describe_spaces(struct cm_radius *r);

/* Works out the first type set and the requests of a PD (its place), if that was not done before. */
enum cm_status cm_radius_describe_pd(struct cm_radius *r, uint32_t place);

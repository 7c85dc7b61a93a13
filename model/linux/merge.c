/* SPDX-License-Identifier: BSD-2-Clause */
/* Merging pieces: what matters of a page for all metrics is who reaches it, and by which rights. */
#include "pages.h"

#include <stdlib.h>

/* Every bit of the result depends on every bit of the value (the finalizer of splitmix64). */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* A sum does not depend on the order in which processes were read. */
static void add_users(struct lx_runs *runs, const uint64_t *owners)
{
    for (size_t i = 0; i < runs->count; i++) {
        const struct lx_run *run = &runs->runs[i];
        for (size_t p = run->piece; p < run->piece + run->piece_count; p++) {
            runs->pieces[p].users += mix(owners[run->owner] + run->rights);
        }
    }
}

static int by_users(const void *left, const void *right)
{
    const struct lx_piece *a = *(struct lx_piece *const *)left;
    const struct lx_piece *b = *(struct lx_piece *const *)right;
    return a->users != b->users ? (a->users > b->users) - (a->users < b->users) : (a->whole > b->whole) - (a->whole < b->whole);
}

bool lx_merge(struct lx_runs *runs, const uint64_t *owners)
{
    struct lx_piece **sorted = malloc((runs->piece_count + 1) * sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    add_users(runs, owners);
    size_t count = 0;
    for (size_t i = 0; i < runs->piece_count; i++) {
        if (runs->pieces[i].home == LX_FRAME) {
            sorted[count++] = &runs->pieces[i];
        }
    }
    qsort(sorted, count, sizeof(*sorted), by_users);
    for (size_t from = 0, to; from < count; from = to) {
        struct lx_piece *whole = sorted[from];
        bool together = true;
        for (to = from + 1; to < count && sorted[to]->users == whole->users; to++) {
            together = together && sorted[to]->first == whole->first + whole->count;
            whole->count += sorted[to]->count;
            sorted[to]->whole = whole->whole;
        }
        whole->first = together ? whole->first : 0;
    }
    free(sorted);
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting runs into pieces: home by home, at every end of a run. */
#include "pages.h"

#include <stdlib.h>

static int by_home(const struct lx_run *a, const struct lx_run *b)
{
    if (a->home != b->home) {
        return a->home < b->home ? -1 : 1;
    }
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    return (a->b > b->b) - (a->b < b->b);
}

/* An end of a run: pieces lie between consecutive ones. */
struct edge {
    uint64_t page;
    int change; /* +1 a run begins, -1 one ends */
};

static int by_place(const void *left, const void *right)
{
    const struct lx_run *a = left;
    const struct lx_run *b = right;
    int order = by_home(a, b);
    return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

static int by_page(const void *left, const void *right)
{
    const struct edge *a = left;
    const struct edge *b = right;
    return (a->page > b->page) - (a->page < b->page);
}

/* Pieces of the runs [from, to), all of one home. */
static void cut_home(struct lx_runs *runs, size_t from, size_t to, struct edge *edges)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        const struct lx_run *run = &runs->runs[i];
        edges[count++] = (struct edge){run->first, 1};
        edges[count++] = (struct edge){run->first + run->count, -1};
    }
    qsort(edges, count, sizeof *edges, by_page);
    size_t first_piece = runs->piece_count;
    int depth = 0;
    for (size_t i = 0; i < count; i++) {
        if (depth > 0 && edges[i].page > edges[i - 1].page) {
            const struct lx_run *run = &runs->runs[from];
            runs->pieces[runs->piece_count] = (struct lx_piece){run->home, run->a, run->b, edges[i - 1].page,
                                                                edges[i].page - edges[i - 1].page, runs->piece_count, 0};
            runs->piece_count++;
        }
        depth += edges[i].change;
    }
    size_t piece = first_piece;
    for (size_t i = from; i < to; i++) {
        struct lx_run *run = &runs->runs[i];
        while (runs->pieces[piece].first < run->first) {
            piece++;
        }
        run->piece = piece;
        size_t end = piece;
        while (end < runs->piece_count && runs->pieces[end].first < run->first + run->count) {
            end++;
        }
        run->piece_count = end - piece;
    }
}

bool lx_cut(struct lx_runs *runs)
{
    struct edge *edges = malloc((2 * runs->count + 1) * sizeof *edges);
    runs->pieces = malloc((2 * runs->count + 1) * sizeof *runs->pieces);
    if (edges == NULL || runs->pieces == NULL) {
        free(edges);
        return false;
    }
    if (runs->count > 0) {
        qsort(runs->runs, runs->count, sizeof *runs->runs, by_place);
    }
    for (size_t from = 0; from < runs->count;) {
        size_t to = from + 1;
        while (to < runs->count && by_home(&runs->runs[from], &runs->runs[to]) == 0) {
            to++;
        }
        cut_home(runs, from, to, edges);
        from = to;
    }
    free(edges);
    return true;
}

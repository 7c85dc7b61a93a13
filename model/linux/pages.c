/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading page maps and cutting runs into pieces. An entry of pagemap is 64 bits: bit 63 present, bit 62 swapped,
 * bit 61 a page of a file or of shared memory, bits 0 to 54 the frame (0 when the reader may not know it). */
#include "pages.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { page_bits = 12, chunk_entries = 1 << 16 };

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_FILE (UINT64_C(1) << 61)
#define ENTRY_FRAME ((UINT64_C(1) << 55) - 1)

/* Adds a page: it prolongs the last run where it can. */
static bool add_page(struct lx_runs *runs, enum lx_home home, uint64_t a, uint64_t b, uint64_t page, size_t owner,
                     bool follows)
{
    if (follows && runs->count > 0) {
        struct lx_run *last = &runs->runs[runs->count - 1];
        if (last->owner == owner && last->home == home && last->a == a && last->b == b &&
            last->first + last->count == page) {
            last->count++;
            return true;
        }
    }
    if (runs->count == 0 || (runs->count & (runs->count - 1)) == 0) {
        size_t room = runs->count == 0 ? 64 : runs->count * 2;
        if (runs->count == 0 || runs->count >= 64) {
            struct lx_run *larger = realloc(runs->runs, room * sizeof *larger);
            if (larger == NULL) {
                return false;
            }
            runs->runs = larger;
        }
    }
    runs->runs[runs->count++] =
        (struct lx_run){.home = home, .a = a, .b = b, .first = page, .count = 1, .owner = owner};
    return true;
}

/* Where a present page of the mapping lives. */
static bool add_entry(struct lx_runs *runs, const struct lx_process *process, const struct lx_mapping *mapping,
                      uint64_t index, uint64_t entry, size_t owner, bool follows)
{
    uint64_t frame = entry & ENTRY_FRAME;
    if (frame != 0) {
        runs->frames = true;
        return add_page(runs, LX_FRAME, 0, 0, frame, owner, follows);
    }
    runs->hidden = true;
    bool of_file = mapping->inode != 0 && (mapping->shared || (entry & ENTRY_FILE) != 0);
    if (of_file) {
        return add_page(runs, LX_FILE_PAGE, mapping->device, mapping->inode, (mapping->offset >> page_bits) + index,
                        owner, follows);
    }
    return add_page(runs, LX_PRIVATE_PAGE, (uint64_t)process->id, mapping->start, index, owner, follows);
}

bool lx_runs_add(struct lx_runs *runs, const struct lx_process *process, const struct lx_mapping *mapping, size_t owner)
{
    if (mapping->resident == 0) {
        return true;
    }
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%d/pagemap", lx_proc, (int)process->id);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t *entries = malloc(chunk_entries * sizeof *entries);
    uint64_t pages = (mapping->end - mapping->start) >> page_bits;
    uint64_t seen = 0;
    uint64_t previous = UINT64_MAX - 1;
    bool fine = entries != NULL;
    /* A reserved terabyte is not read to its end: the resident size says when all present pages were met. */
    for (uint64_t at = 0; fine && file >= 0 && at < pages && seen < mapping->resident;) {
        uint64_t want = pages - at < chunk_entries ? pages - at : chunk_entries;
        off_t place = (off_t)(((mapping->start >> page_bits) + at) * sizeof *entries);
        ssize_t got = pread(file, entries, want * sizeof *entries, place);
        if (got < (ssize_t)sizeof *entries) {
            break;
        }
        uint64_t count = (uint64_t)got / sizeof *entries;
        for (uint64_t i = 0; fine && i < count; i++) {
            if ((entries[i] & ENTRY_PRESENT) != 0) {
                fine = add_entry(runs, process, mapping, at + i, entries[i], owner, previous + 1 == at + i);
                previous = at + i;
                seen++;
            }
        }
        at += count;
    }
    if (file >= 0) {
        close(file);
    } else if (fine) {
        /* No page map: the whole mapping stands for its pages, present or not. */
        runs->hidden = true;
        for (uint64_t i = 0; fine && i < pages && mapping->resident != UINT64_MAX; i++) {
            fine = add_entry(runs, process, mapping, i, ENTRY_FILE, owner, i > 0);
        }
    }
    free(entries);
    return fine;
}

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
            runs->pieces[runs->piece_count++] = (struct lx_piece){run->home, run->a, run->b, edges[i - 1].page,
                                                                  edges[i].page - edges[i - 1].page};
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

void lx_runs_free(struct lx_runs *runs)
{
    free(runs->runs);
    free(runs->pieces);
    *runs = (struct lx_runs){0};
}

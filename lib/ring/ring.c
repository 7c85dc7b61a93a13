/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ring/ring.c: see ring.h. Bottom-up: the ends, putting, taking. */
#include "lib/ring/ring.h"

_Static_assert(sizeof(struct ring_shared) == 4 * RING_LINE, "a line for each count");
_Static_assert(sizeof(struct ring_entry) == 2 * RING_LINE, "entries fill lines");

/* ---- The ends ---------------------------------------------------------- */

uint64_t ring_room(size_t bytes)
{
    if (bytes < sizeof(struct ring_shared))
        return 0;
    return (bytes - sizeof(struct ring_shared)) / (2 * sizeof(struct ring_entry));
}

static bool make(struct ring_end *requests, struct ring_end *answers, struct ring_shared *shared, size_t bytes)
{
    uint64_t room = ring_room(bytes);

    *requests = (struct ring_end){.entries = shared->entries, .room = room};
    *answers = (struct ring_end){.entries = shared->entries + room, .room = room};
    return room != 0;
}

bool ring_client(struct ring *ring, void *memory, size_t bytes)
{
    struct ring_shared *shared = memory;
    bool fits = make(&ring->out, &ring->in, shared, bytes);

    ring->out.own = &shared->requests_put.count;
    ring->out.other = &shared->requests_taken.count;
    ring->in.own = &shared->answers_taken.count;
    ring->in.other = &shared->answers_put.count;
    return fits;
}

bool ring_server(struct ring *ring, void *memory, size_t bytes)
{
    struct ring_shared *shared = memory;
    bool fits = make(&ring->in, &ring->out, shared, bytes);

    ring->in.own = &shared->requests_taken.count;
    ring->in.other = &shared->requests_put.count;
    ring->out.own = &shared->answers_put.count;
    ring->out.other = &shared->answers_taken.count;
    return fits;
}

/* Words that the other side may be writing: each is read, or written, once. */
static void copy(struct ring_entry *to, const struct ring_entry *from)
{
    uint64_t *words = (uint64_t *)to;
    const uint64_t *source = (const uint64_t *)from;

    for (unsigned i = 0; i < sizeof *to / sizeof *words; i++)
        __atomic_store_n(&words[i], __atomic_load_n(&source[i], __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

/* ---- Putting ------------------------------------------------------------ */

enum ring_result ring_put(struct ring_end *end, const struct ring_entry *entry, bool *signal)
{
    uint64_t used = end->count - __atomic_load_n(end->other, __ATOMIC_ACQUIRE);

    *signal = false;
    if (used > end->room)
        return RING_BROKEN;
    if (used == end->room)
        return RING_NONE;
    copy(&end->entries[end->count % end->room], entry);
    __atomic_store_n(end->own, end->count + 1, __ATOMIC_RELEASE);
    /* Either the other side's count is seen here, or the new entry there (ring_may_wait()). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *signal = __atomic_load_n(end->other, __ATOMIC_RELAXED) == end->count;
    end->count++;
    return RING_OK;
}

/* ---- Taking -------------------------------------------------------------- */

enum ring_result ring_take(struct ring_end *end, struct ring_entry *entry)
{
    uint64_t there = __atomic_load_n(end->other, __ATOMIC_ACQUIRE) - end->count;

    if (there > end->room)
        return RING_BROKEN;
    if (there == 0)
        return RING_NONE;
    copy(entry, &end->entries[end->count % end->room]);
    end->count++;
    __atomic_store_n(end->own, end->count, __ATOMIC_RELEASE);
    return RING_OK;
}

bool ring_may_wait(const struct ring_end *end)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(end->other, __ATOMIC_RELAXED) == end->count;
}

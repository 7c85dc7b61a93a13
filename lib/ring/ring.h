/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/ring/ring.h: two queues in memory that two PDs share: requests one way, answers the other.
 *
 *   0    requests put    (client)     each count on a cache line of its own
 *   64   requests taken  (server)
 *   128  answers put     (server)
 *   192  answers taken   (client)
 *   256  entries of requests, then as many of answers
 *
 * An entry is a request's or an answer's words and a tag that says which request it belongs to.
 * Counts have 64 bits and never wrap; an entry's place is its number modulo the room.
 *
 * Neither side trusts the other: each keeps its own counts for itself, copies an entry once before
 * it looks at it, and finds out when the other's counts are impossible. All that a peer can do is to
 * send wrong entries, or none.
 *
 * A side that puts an entry into an empty queue signals the other side. One that is about to wait for a
 * signal asks ring_may_wait(), which sees what was put meanwhile: so no signal is missed. This is
 * the shared memory only; whom to signal, and how, is up to the caller.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_LINE 64u
#define RING_WORDS 13u

struct ring_entry {
    uint64_t tag;    /* the client's; an answer has its request's */
    uint64_t label;  /* of a request: interface << 16 | operation; of an answer: cell_error_t */
    uint64_t length; /* of `words` */
    uint64_t words[RING_WORDS];
};

struct ring_shared {
    struct {
        _Alignas(RING_LINE) uint64_t count;
    } requests_put, requests_taken, answers_put, answers_taken;
    struct ring_entry entries[];
};

/* One side's end of one queue; private memory. */
struct ring_end {
    struct ring_entry *entries;
    uint64_t *own, *other; /* counts: that this side writes, and the other */
    uint64_t count;        /* what *own says, in memory that the other cannot write */
    uint64_t room;
};

struct ring {
    struct ring_end out, in;
};

enum ring_result {
    RING_OK,
    RING_NONE,   /* full, or empty */
    RING_BROKEN, /* the other side's count is impossible: do not use the ring any more */
};

/* Entries of each queue in this much memory; 0: it is too small. */
uint64_t ring_room(size_t bytes);

/* Makes one end of the ring in `memory`, which is aligned to RING_LINE and stays while the ring is used.
 * The client's memory is all zero when it begins. False: it is too small. */
bool ring_client(struct ring *ring, void *memory, size_t bytes);
bool ring_server(struct ring *ring, void *memory, size_t bytes);

/* Puts an entry. *signal: the queue was empty, so the other side is to be signalled. */
enum ring_result ring_put(struct ring_end *end, const struct ring_entry *entry, bool *signal);
/* Takes the oldest entry: a copy that the other side cannot change. */
enum ring_result ring_take(struct ring_end *end, struct ring_entry *entry);
/* Is there nothing to take, and will the other side signal when it puts something? */
bool ring_may_wait(const struct ring_end *end);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/ring.h: asking a server without waiting. A request goes through a ring (lib/ring) instead of a call, with the
 * same label and words, and is checked and charged as a call is; answers are taken when a signal says that there are some, in
 * whatever order they come.
 */
#pragma once

#include <lib/client/client.h>
#include <lib/ring/ring.h>

struct cell_ring {
    struct ring ring;
    cell_cap_t handle, doorbell;
    cell_cap_t own, bell, end; /* the caller's notification, and what signals its bits */
    uint64_t under_way; /* requests whose answers were not taken */
};

/*
 * Makes a ring for requests through `handle`, a handle of a resource of the server that `edge` leads to. It lies in `bytes` of
 * `memory`, from `at` on, which are all zeros; `there` is that memory's address at the server. Answers are signalled as bit
 * `bit` of the notification that is bound to the caller's own CPU, and the end of the ring, after which no answer comes, as the
 * next bit. Errors as server_ring(), handle_give_to_server() and ntfn_bring().
 */
cell_error_t cell_ring_make(struct cell_ring *ring, cell_cap_t edge, cell_cap_t handle, const struct cell_memory *memory,
                            cell_cap_t there, uint64_t at, uint64_t bytes, unsigned bit);

/* Gives up a ring's objects besides its memory; the ring itself ends with its handle. May signal its bits. A ring that is all
 * zeros is passed over. */
void cell_ring_free(struct cell_ring *ring);

/* Asks: `tag` comes back with the answer. CELL_BUSY: as many as there is room for are under way; CELL_GONE: the ring has ended. */
cell_error_t cell_ring_ask(struct cell_ring *ring, uint64_t tag, uint64_t label, const uint64_t *words, unsigned count);

/* Takes an answer, whose `label` is its error. CELL_NOT_FOUND: there is none, and a signal comes with the next; CELL_GONE: the
 * server breaks the rules. */
cell_error_t cell_ring_answer(struct cell_ring *ring, struct ring_entry *answer);

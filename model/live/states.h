/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of a system that is followed, as texts of models. The oldest go when there are too many. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most this many states, of at most this much text together, are kept. */
#define LIVE_STATES 200u
#define LIVE_BYTES ((size_t)256 << 20)

struct live_state {
    uint64_t number;  /* from 1; goes on when the oldest are dropped */
    int64_t from, to; /* when it was seen first and last: milliseconds since 1970 */
    char *text;       /* owned */
    size_t size;
    uint32_t nodes, pds;
};

struct live_states {
    struct live_state kept[LIVE_STATES]; /* oldest first */
    uint32_t count;
    uint64_t next; /* number of the next, less 1 */
    size_t bytes;  /* of all texts */
};

/* Whether a text equals the last state's; that state then lasts until `at`. */
bool live_states_same(struct live_states *states, const char *text, size_t size, int64_t at);

/* Takes over a state's text, and numbers it. */
void live_states_add(struct live_states *states, struct live_state state);

/* The state of a number, or NULL. */
const struct live_state *live_states_find(const struct live_states *states, uint64_t number);

void live_states_free(struct live_states *states);

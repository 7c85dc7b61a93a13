/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/random.h: random numbers for tests, the same each time (xorshift64). */
#pragma once

#include <stdint.h>

/* Not 0; another value gives another sequence. */
static uint64_t random_state = 88172645463325252u;

static inline uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

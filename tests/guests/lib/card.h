/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/guests/lib/card.h: the machine's network card, for guests: frames are sent one at a time, and looked at as they come. */
#pragma once

#include "tests/guests/lib/virtio.h"

#define CARD UINT64_C(0x0a000600)
#define CARD_ADDRESS 6u /* bytes of an address */

/* The card's address. */
extern uint8_t card_own[CARD_ADDRESS];

/* Starts it, and offers buffers for what comes. */
void card_start(void);
/* Sends `length` bytes of card_frame; it is gone when this returns. */
void card_send(unsigned length);
extern uint8_t *const card_frame;
/* Calls `came` for each frame that has arrived; a length of 0: the device's description of it is wrong. */
void card_take(void (*came)(const uint8_t *frame, unsigned length));

static inline void copy(uint8_t *to, const uint8_t *from, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        to[i] = from[i];
}

static inline bool same(const uint8_t *one, const uint8_t *other, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (one[i] != other[i])
            return false;
    return true;
}

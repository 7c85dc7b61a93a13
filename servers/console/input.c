/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/console/input.c: see input.h. A ring buffer whose counters only grow. */
#include "servers/console/input.h"

static char ring[INPUT_BYTES];
static size_t put, taken;

bool input_full(void)
{
    return put - taken == INPUT_BYTES;
}

void input_put(char byte)
{
    if (byte == INPUT_END && put != taken && ring[(put - 1) % INPUT_BYTES] == INPUT_END)
        return;
    ring[put++ % INPUT_BYTES] = byte;
}

bool input_take(char *byte)
{
    if (put == taken)
        return false;
    *byte = ring[taken++ % INPUT_BYTES];
    return true;
}

size_t input_count(bool *line)
{
    *line = false;
    for (size_t at = taken; at != put && !*line; at++) {
        char byte = ring[at % INPUT_BYTES];

        *line = byte == '\n' || byte == '\r' || byte == INPUT_END;
    }
    return put - taken;
}

bool input_take_interrupt(void)
{
    for (size_t at = put; at != taken; at--) {
        if (ring[(at - 1) % INPUT_BYTES] == INPUT_INTERRUPT) {
            taken = at;
            return true;
        }
    }
    return false;
}

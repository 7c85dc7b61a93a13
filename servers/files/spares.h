/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/spares.h: records of one size; some free ones are kept, so that not each one has to allocate memory. */
#pragma once

#include <stdlib.h>
#include <string.h>

#define SPARES_MOST 16u

struct spares {
    struct spare {
        struct spare *next;
    } * first;
    unsigned count;
};

/* A record of zeros; NULL: no memory. */
static inline void *spares_take(struct spares *spares, size_t bytes)
{
    struct spare *spare = spares->first;

    if (spare == NULL)
        return calloc(1, bytes);
    spares->first = spare->next;
    spares->count--;
    return memset(spare, 0, bytes);
}

static inline void spares_give(struct spares *spares, void *record)
{
    struct spare *spare = record;

    if (spares->count == SPARES_MOST) {
        free(record);
        return;
    }
    spare->next = spares->first;
    spares->first = spare;
    spares->count++;
}

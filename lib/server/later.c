/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/later.c: requests whose handlers could not go on (CELL_LATER) and have changed nothing. They are kept as they came,
 * and run again from the beginning when what they wait for has happened: so a handler has no state of its own to keep
 * between two events.
 */
#include <lib/server/parts.h>

#include <stdlib.h>
#include <string.h>

struct later {
    struct later *next;
    struct server_reply reply;
    uint64_t badge, label, events, progress;
    unsigned calls;
    uint32_t length;
    uint64_t words[];
};

static struct later *first, **last = &first;
static uint64_t next_events, next_progress; /* of the request that is kept next */

cell_error_t server_later(uint64_t events, uint64_t progress)
{
    next_events = events;
    next_progress = progress;
    return CELL_LATER;
}

static void append(struct later *later)
{
    later->next = NULL;
    *last = later;
    last = &later->next;
}

cell_error_t later_keep(struct server_request *request, uint64_t label, uint32_t length, const uint64_t *words)
{
    struct later *later = malloc(sizeof *later + length * sizeof *words);

    if (later == NULL)
        return CELL_NO_MEMORY;
    later->badge = request->handle->entry.id;
    later->label = label;
    later->events = next_events;
    later->progress = next_progress;
    later->calls = request->source == NULL ? 1 : request->source->calls + 1;
    later->length = length;
    memcpy(later->words, words, length * sizeof *words);
    cell_error_t error = server_defer(request, &later->reply);

    if (error == CELL_OK)
        append(later);
    else
        free(later);
    return error;
}

/* Its handle may be gone by now, or its caller. */
static void run(struct later *later)
{
    static uint64_t out[IDL_WORDS];
    const struct server_source source = {.ring = later->reply.ring,
                                         .tag = later->reply.tag,
                                         .kept = &later->reply,
                                         .calls = later->calls,
                                         .progress = later->progress};
    struct server_request request = {.source = &source};
    uint32_t out_words = 0;
    cell_error_t error = handles_find(later->badge, &request.handle);

    if (error == CELL_OK)
        error = request_run(&request, later->label, later->length, later->words, out, &out_words);
    if (!request.deferred)
        server_answer(&later->reply, error, out, out_words * sizeof *out);
    free(later);
}

bool server_again(uint64_t events, unsigned most)
{
    struct later *list = first;
    bool any = false;

    /* what is kept, now or once more, keeps its order */
    first = NULL;
    last = &first;
    while (list != NULL) {
        struct later *later = list;

        list = list->next;
        if (most == 0 || (later->events & events) == 0) {
            append(later);
            continue;
        }
        run(later);
        most--;
        any = true;
    }
    return any;
}

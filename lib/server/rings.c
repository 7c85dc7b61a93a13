/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/rings.c: requests that come through rings (server.ring of idl/server.idl). A ring is a client's, made through a
 * handle, and its requests go through that handle. The client signals one of the bits for rings, so the rings of that bit are looked at;
 * those
 * with requests are in a queue, and each turn serves a few of the first one, between two messages: so neither a full ring
 * nor a stream of calls keeps others waiting.
 *
 * All that the other side writes is hostile (lib/ring/ring.h). A client that has more requests under way than there is room for
 * answers loses its ring, with the first answer that has none.
 */
#include <lib/server/parts.h>

#include <cell/idl/handle.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/server_server.h>
#include <lib/client/signals.h>
#include <lib/ring/ring.h>
#include <sel4/sel4.h>
#include <stdlib.h>

/* Requests of one turn. */
#define TURN 8u

struct server_ring {
    struct server_handle *handle; /* NULL: it has ended */
    struct server_bulk *memory;
    struct ring ring;
    cell_cap_t bell, end;
    unsigned uses; /* answers that it is owed; and one while it is in the queue, or has its turn */
    bool ready;    /* it is in the queue */
    struct server_ring *next_ready;
    struct server_ring *next_of_bit, **link_of_bit;
};

static struct server_ring *of_bit[SIGNAL_RINGS];
static unsigned made;
struct server_ring *rings_ready;
static struct server_ring **last_ready = &rings_ready;

/* ---- Beginning and end -------------------------------------------------------- */

static void join_bit(struct server_ring *ring, struct server_ring **first)
{
    ring->next_of_bit = *first;
    ring->link_of_bit = first;
    if (*first != NULL)
        (*first)->link_of_bit = &ring->next_of_bit;
    *first = ring;
}

static void leave(struct server_ring *ring)
{
    if (--ring->uses == 0 && ring->handle == NULL)
        free(ring);
}

/* The client's memory is no longer used; the signal that comes as `end` is given up tells it. */
static void end(struct server_ring *ring)
{
    ring->uses++;
    server_discharge(ring->handle->client);
    ring->handle->ring = NULL;
    ring->handle = NULL;
    *ring->link_of_bit = ring->next_of_bit;
    if (ring->next_of_bit != NULL)
        ring->next_of_bit->link_of_bit = ring->link_of_bit;
    server_bulk_release(ring->memory);
    handle_drop(ring->bell);
    handle_drop(ring->end);
    leave(ring);
}

void ring_handle_gone(struct server_handle *handle)
{
    end(handle->ring);
}

/* Gives the client a handle by which it signals a bit. */
static cell_error_t give_doorbell(const struct server_client *client, unsigned bit, cell_cap_t *there)
{
    cell_cap_t own = 0, doorbell = 0;
    cell_error_t error = ntfn_bound(&own);

    if (error == CELL_OK)
        error = ntfn_bring(own, SIGNAL_RING_FIRST + bit, &doorbell);
    if (error == CELL_OK)
        error = handle_give_to_client(client->entry.id, doorbell, CELL_WRITE, there);
    if (doorbell != 0)
        handle_drop(doorbell);
    if (own != 0)
        handle_drop(own);
    return error;
}

cell_error_t server_ring_serve(void *context, const struct server_ring_in *in, struct server_ring_out *out)
{
    const struct server_request *request = context;
    struct server_handle *handle = request->handle;
    struct server_ring *ring;
    unsigned bit = made % SIGNAL_RINGS;
    void *memory;

    if (handle->ring != NULL)
        return CELL_EXISTS;
    if (in->at % CELL_PAGE != 0)
        return CELL_BAD_ARGUMENT;
    cell_error_t error = server_bulk(request, in->memory, in->at, in->bytes, CELL_READ | CELL_WRITE, &memory);

    if (error == CELL_OK)
        error = server_charge(handle->client);
    if (error != CELL_OK)
        return error;
    ring = calloc(1, sizeof *ring);
    error = ring == NULL ? CELL_NO_MEMORY : give_doorbell(handle->client, bit, &out->doorbell);
    if (error != CELL_OK) {
        free(ring);
        server_discharge(handle->client);
        return error;
    }
    ring_server(&ring->ring, memory, in->bytes);
    ring->bell = in->bell;
    ring->end = in->end;
    ring->memory = server_bulk_keep(in->memory);
    ring->handle = handle;
    handle->ring = ring;
    join_bit(ring, &of_bit[bit]);
    made++;
    return CELL_OK;
}

/* ---- Answers ---------------------------------------------------------------------- */

void ring_owe(struct server_ring *ring)
{
    ring->uses++;
}

static void put_answer(struct server_ring *ring, uint64_t tag, cell_error_t error, const uint64_t *words, uint32_t count)
{
    struct ring_entry entry = {.tag = tag, .label = error, .length = count};
    bool signal;

    for (uint32_t i = 0; i < count; i++)
        entry.words[i] = words[i];
    if (ring_put(&ring->ring.out, &entry, &signal) != RING_OK)
        end(ring);
    else if (signal)
        seL4_Signal(ring->bell);
}

void ring_answer(struct server_ring *ring, uint64_t tag, cell_error_t error, const uint64_t *words, uint32_t count)
{
    if (ring->handle != NULL)
        put_answer(ring, tag, error, words, count);
    leave(ring);
}

/* ---- Requests --------------------------------------------------------------------- */

/* Can the operation's answer be an entry? */
static bool fits(uint64_t label)
{
    const struct idl_operation *operation = request_operation(label);

    return operation != NULL && operation->out_words <= RING_WORDS && operation->out_bytes == 0;
}

static void serve(struct server_ring *ring, const struct ring_entry *entry)
{
    static uint64_t out[IDL_WORDS];
    const struct server_source source = {.ring = ring, .tag = entry->tag};
    struct server_request request = {.handle = ring->handle, .source = &source};
    uint32_t out_words = 0;
    cell_error_t error = CELL_BAD_REQUEST;

    if (entry->length <= RING_WORDS && fits(entry->label))
        error = request_run(&request, entry->label, (uint32_t)entry->length, entry->words, out, &out_words);
    /* the handler may have been the end of the ring */
    if (!request.deferred && ring->handle != NULL)
        put_answer(ring, entry->tag, error, out, error == CELL_OK ? out_words : 0);
}

/* Takes the next request; false: there is none, or the client has broken the rules. */
static bool take(struct server_ring *ring, struct ring_entry *entry)
{
    enum ring_result result = ring_take(&ring->ring.in, entry);

    if (result == RING_BROKEN)
        end(ring);
    return result == RING_OK;
}

/* ---- Turns -------------------------------------------------------------------------- */

static void make_ready(struct server_ring *ring)
{
    if (ring->ready || ring_may_wait(&ring->ring.in))
        return;
    ring->ready = true;
    ring->uses++;
    ring->next_ready = NULL;
    *last_ready = ring;
    last_ready = &ring->next_ready;
}

void rings_rung(uint64_t bits)
{
    for (bits >>= SIGNAL_RING_FIRST; bits != 0; bits &= bits - 1)
        for (struct server_ring *ring = of_bit[__builtin_ctzll(bits)]; ring != NULL; ring = ring->next_of_bit)
            make_ready(ring);
}

void rings_turn(void)
{
    struct server_ring *ring = rings_ready;
    struct ring_entry entry;

    rings_ready = ring->next_ready;
    if (rings_ready == NULL)
        last_ready = &rings_ready;
    ring->ready = false;
    for (unsigned i = 0; i < TURN && ring->handle != NULL && take(ring, &entry); i++)
        serve(ring, &entry);
    if (ring->handle != NULL)
        make_ready(ring);
    leave(ring);
}

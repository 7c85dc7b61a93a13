/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/ring.c: see ring.h. */
#include <lib/client/ring.h>

#include <cell/idl/handle.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/server.h>
#include <sel4/sel4.h>

/* Gives the server a handle by which it signals a bit. The caller keeps one, too, as giving it up would be a signal. */
static cell_error_t give_bell(cell_cap_t edge, cell_cap_t own, unsigned bit, cell_cap_t *bell, cell_cap_t *there)
{
    cell_error_t error = ntfn_bring(own, bit, bell);

    return error == CELL_OK ? handle_give_to_server(edge, *bell, CELL_WRITE, there) : error;
}

cell_error_t cell_ring_make(struct cell_ring *ring, cell_cap_t edge, cell_cap_t handle, const struct cell_memory *memory,
                            cell_cap_t there, uint64_t at, uint64_t bytes, unsigned bit)
{
    cell_cap_t bell, end;

    *ring = (struct cell_ring){.handle = handle};
    cell_error_t error = ntfn_bound(&ring->own);

    if (error == CELL_OK)
        error = give_bell(edge, ring->own, bit, &ring->bell, &bell);
    if (error == CELL_OK)
        error = give_bell(edge, ring->own, bit + 1, &ring->end, &end);
    if (error == CELL_OK)
        error = server_ring(handle, there, at, bytes, bell, end, &ring->doorbell);
    if (error == CELL_OK)
        ring_client(&ring->ring, (char *)memory->address + at, bytes);
    return error;
}

void cell_ring_free(struct cell_ring *ring)
{
    const cell_cap_t handles[] = {ring->doorbell, ring->end, ring->bell, ring->own};

    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        if (handles[i] != 0)
            handle_drop(handles[i]);
    *ring = (struct cell_ring){0};
}

cell_error_t cell_ring_ask(struct cell_ring *ring, uint64_t tag, uint64_t label, const uint64_t *words, unsigned count)
{
    struct ring_entry entry = {.tag = tag, .label = label, .length = count};
    bool signal;

    if (ring->under_way == ring->ring.out.room)
        return CELL_BUSY;
    for (unsigned i = 0; i < count; i++)
        entry.words[i] = words[i];
    if (ring_put(&ring->ring.out, &entry, &signal) != RING_OK)
        return CELL_GONE;
    ring->under_way++;
    if (signal)
        seL4_Signal(ring->doorbell);
    return CELL_OK;
}

cell_error_t cell_ring_answer(struct cell_ring *ring, struct ring_entry *answer)
{
    enum ring_result result = ring_take(&ring->ring.in, answer);

    if (result == RING_OK && ring->under_way > 0) {
        ring->under_way--;
        return CELL_OK;
    }
    return result == RING_NONE ? CELL_NOT_FOUND : CELL_GONE;
}

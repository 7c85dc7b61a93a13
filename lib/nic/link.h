/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/nic/link.h: a client's end of a network card (idl/nic.idl). Frames go through a ring, so that nothing waits: several requests to
 * receive are always under way, and several frames can be on their way out.
 *
 * The server may say anything: an impossible length counts as no frame.
 */
#pragma once

#include <lib/client/ring.h>
#include <lib/nic/frame.h>

struct nic_link {
    cell_cap_t edge, card;
    uint64_t address;
    struct cell_memory memory;
    cell_cap_t there; /* as the server knows it */
    struct cell_ring ring;
    uint32_t free; /* places for frames that go out: a bit each */
};

/* Takes a card on a network, with an address (0: any). Frames that come are signalled as bit `bit` of the caller's notification, and
 * that its server is gone as the next one. All or nothing; errors as nic_take(), cell_memory_make() and cell_ring_make(). */
cell_error_t nic_link_open(struct nic_link *link, cell_cap_t edge, const char *network, uint64_t address, unsigned bit);
/* Gives it up; one that is all zeros is passed over. */
void nic_link_close(struct nic_link *link);

/* How long (ns) to wait before another attempt to open one whose server is gone, and may be started again; `last`: the wait before, 0:
 * none. */
uint64_t nic_link_pause(uint64_t last);

/* Sends a frame, which is copied. CELL_BUSY: as many as there is room for are under way, and it is lost; CELL_GONE: there is no server. */
cell_error_t nic_link_send(struct nic_link *link, const uint8_t *frame, size_t length);
/* Takes a frame that has come. False: there is none, and a signal comes with the next. */
bool nic_link_take(struct nic_link *link, uint8_t frame[FRAME_MOST], size_t *length);
/* There may be more to take: the signal comes once more. */
void nic_link_again(const struct nic_link *link);

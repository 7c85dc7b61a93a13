/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/net.c: see net.h. Bottom-up: which machines are on a network, frames, frames from a server. */
#include "servers/vmm/net.h"

#include <cell/idl/nic.h>
#include <stdio.h>
#include <string.h>

#include "servers/vmm/machine.h"

#define RECEIVE 0u  /* a queue of the card */
#define HEADER 12u  /* in front of a frame; all zero but for the last number */
#define BUFFERS 10u /* the offset of that number, how many buffers a frame takes: 1 */
#define ADDRESSES UINT64_C(0x525400000000)
#define AT_ONCE 16u /* how many frames from a server a machine takes at a time */

/* ---- Which machines are on a network ------------------------------------------------- */

static struct machine *connected;

static bool are_together(const struct machine *one, const struct machine *other)
{
    return one != other && strcmp(one->card.network, other->card.network) == 0;
}

static bool has_address(const struct machine *machine, const uint8_t *address)
{
    return memcmp(machine->card.configuration.address, address, NET_ADDRESS) == 0;
}

static void set_card(struct net_card *card, uint64_t address)
{
    card->present = true;
    for (unsigned i = 0; i < NET_ADDRESS; i++)
        card->configuration.address[i] = (uint8_t)(address >> 8 * (NET_ADDRESS - 1 - i));
}

/* Takes a card of the server; a machine that has a card already keeps its address. */
static cell_error_t join_server(struct net_card *card, const char *network)
{
    const uint64_t address = card->present ? frame_address(card->configuration.address) : 0;
    cell_error_t error = nic_link_open(&card->link, cell_rde("NIC"), network, address, NET_SIGNAL);

    if (error == CELL_OK)
        set_card(card, card->link.address);
    return error;
}

static cell_error_t join_here(struct machine *machine, const char *network)
{
    struct net_card *card = &machine->card;

    if (!card->present)
        set_card(card, ADDRESSES + (machine->entry.id & UINT32_MAX));
    for (const struct machine *other = connected; other != NULL; other = other->card.next)
        if (strcmp(other->card.network, network) == 0 && has_address(other, card->configuration.address))
            return CELL_OVERLAP;
    return CELL_OK;
}

cell_error_t net_connect(struct machine *machine, const char *network)
{
    struct net_card *card = &machine->card;

    if (network[0] == 0)
        return CELL_OK;
    cell_error_t error = cell_rde("NIC") != 0 ? join_server(card, network) : join_here(machine, network);

    if (error != CELL_OK)
        return error;
    snprintf(card->network, sizeof card->network, "%s", network);
    card->configuration.is_connected = 1;
    card->next = connected;
    connected = machine;
    return CELL_OK;
}

void net_disconnect(struct machine *machine)
{
    for (struct machine **at = &connected; *at != NULL; at = &(*at)->card.next)
        if (*at == machine) {
            *at = machine->card.next;
            break;
        }
    nic_link_close(&machine->card.link);
}

/* ---- Frames -------------------------------------------------------------------------- */

/* Gives a frame to a machine; it is lost if the machine has no buffer for it. */
static void deliver(struct machine *machine, const uint8_t *frame, size_t length)
{
    struct virtio *device = &machine->virtio[MACHINE_NET];
    const size_t count = HEADER + length;
    static uint8_t bytes[HEADER + FRAME_MOST] = {[BUFFERS] = 1};
    struct virtio_chain chain;

    if (machine->state != MACHINE_RUNS || !virtio_take(device, RECEIVE, &chain))
        return;
    memcpy(bytes + HEADER, frame, length);
    virtio_give(device, RECEIVE, chain.head, chain.to_write < count ? 0 : virtio_copy_in(&chain, 0, bytes, count));
    machine_update(machine);
}

void net_send(struct machine *machine, const struct virtio_chain *chain)
{
    static uint8_t bytes[HEADER + FRAME_MOST];
    const uint8_t *frame = bytes + HEADER, *to = frame + FRAME_TO;
    const size_t count = virtio_copy_out(chain, 0, bytes, sizeof bytes), length = count - HEADER;
    bool to_one = false;

    if (count < HEADER + FRAME_LEAST || chain->to_read > sizeof bytes || !has_address(machine, frame + FRAME_FROM))
        return;
    if (machine->card.link.card != 0 || machine->card.again != 0) {
        if (machine->card.again == 0)
            nic_link_send(&machine->card.link, frame, length);
        return;
    }
    for (const struct machine *other = connected; other != NULL; other = other->card.next)
        to_one = to_one || (are_together(machine, other) && has_address(other, to));
    for (struct machine *other = connected; other != NULL; other = other->card.next)
        if (are_together(machine, other) && (!to_one || has_address(other, to)))
            deliver(other, frame, length);
}

/* ---- Frames from a server ---------------------------------------------------------------- */

static void take_frames(struct machine *machine)
{
    static uint8_t frame[FRAME_MOST];
    unsigned count = 0;
    size_t length;

    for (; count < AT_ONCE && nic_link_take(&machine->card.link, frame, &length); count++)
        deliver(machine, frame, length);
    if (count == AT_ONCE)
        nic_link_again(&machine->card.link);
}

/* The guest sees whether its card is connected. */
static void set_connected(struct machine *machine, bool is_connected)
{
    machine->card.configuration.is_connected = is_connected;
    machine->virtio[MACHINE_NET].interrupt |= VIRTIO_CONFIGURATION_CHANGED;
    machine_update(machine);
}

static void try_later(struct net_card *card, uint64_t now)
{
    card->pause = nic_link_pause(card->pause);
    card->again = now + card->pause;
}

/* If the server is gone, the card is not connected until there is one again. */
static void look(struct machine *machine)
{
    uint64_t address, sent, received, lost;

    if (nic_about(machine->card.link.card, &address, &sent, &received, &lost) == CELL_OK)
        return;
    nic_link_close(&machine->card.link);
    try_later(&machine->card, cpu_clock());
    machine_set_timer();
    set_connected(machine, false);
}

void net_go_on(struct machine *machine, uint64_t now)
{
    struct net_card *card = &machine->card;

    if (card->again == 0 || now < card->again)
        return;
    if (join_server(card, card->network) != CELL_OK) {
        try_later(card, now);
        return;
    }
    card->again = card->pause = 0;
    set_connected(machine, true);
}

void net_notified(uint64_t bits)
{
    for (struct machine *machine = connected, *next; machine != NULL; machine = next) {
        next = machine->card.next;
        if (machine->card.link.card == 0)
            continue;
        take_frames(machine);
        if ((bits >> NET_SIGNAL & 2) != 0)
            look(machine);
    }
}

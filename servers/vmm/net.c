/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/net.c: see net.h. Bottom-up: who is on a network, frames. */
#include "servers/vmm/net.h"

#include <stdio.h>
#include <string.h>

#include "servers/vmm/machine.h"

#define RECEIVE 0u  /* a queue of the card */
#define HEADER 12u  /* in front of a frame; all zero but for the last number */
#define BUFFERS 10u /* where the header has the number of buffers of a frame: 1 */
#define LEAST 14u   /* of a frame: two addresses and a type */
#define MOST 1518u  /* with a tag of a virtual network */

/* ---- Who is on a network ------------------------------------------------------------ */

static struct machine *connected;

static bool are_together(const struct machine *one, const struct machine *other)
{
    return one != other && strcmp(one->card.network, other->card.network) == 0;
}

static bool has_address(const struct machine *machine, const uint8_t *address)
{
    return memcmp(machine->card.configuration.address, address, NET_ADDRESS) == 0;
}

cell_error_t net_connect(struct machine *machine, const char *network)
{
    struct net_card *card = &machine->card;

    if (network[0] == 0)
        return CELL_OK;
    if (!card->present) {
        const uint64_t number = machine->entry.id;
        const uint8_t address[NET_ADDRESS] = {0x52, 0x54, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

        card->present = true;
        memcpy(card->configuration.address, address, NET_ADDRESS);
    }
    snprintf(card->network, sizeof card->network, "%s", network);
    for (const struct machine *other = connected; other != NULL; other = other->card.next)
        if (are_together(machine, other) && has_address(other, card->configuration.address)) {
            card->network[0] = 0;
            return CELL_OVERLAP;
        }
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
            return;
        }
}

/* ---- Frames -------------------------------------------------------------------------- */

/* A machine that has no room for it does not get it. */
static void deliver(struct machine *machine, const uint8_t *bytes, size_t count)
{
    struct virtio *device = &machine->virtio[MACHINE_NET];
    struct virtio_chain chain;

    if (machine->state != MACHINE_RUNS || !virtio_take(device, RECEIVE, &chain))
        return;
    virtio_give(device, RECEIVE, chain.head, chain.to_write < count ? 0 : virtio_copy_in(&chain, 0, bytes, count));
    machine_update(machine);
}

void net_send(const struct machine *machine, const struct virtio_chain *chain)
{
    static uint8_t bytes[HEADER + MOST];
    const uint8_t *to = bytes + HEADER, *from = to + NET_ADDRESS;
    const size_t count = virtio_copy_out(chain, 0, bytes, sizeof bytes);
    bool to_one = false;

    if (count < HEADER + LEAST || chain->to_read > sizeof bytes || !has_address(machine, from))
        return;
    memset(bytes, 0, HEADER);
    bytes[BUFFERS] = 1;
    for (const struct machine *other = connected; other != NULL; other = other->card.next)
        to_one = to_one || (are_together(machine, other) && has_address(other, to));
    for (struct machine *other = connected; other != NULL; other = other->card.next)
        if (are_together(machine, other) && (!to_one || has_address(other, to)))
            deliver(other, bytes, count);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/switch: networks between clients (idl/nic.idl). A network is named by a word; clients that take cards with the same word are on
 * the same network. A frame goes to the card that has its destination address, or to all other cards if none has; a frame whose source
 * address is not its sender's is refused. `switch outside=WORD` joins one network to a card that the switch itself has taken, that of the
 * machine: frames for addresses that no card of the network has go out there, too.
 *
 * In the model a network is a NIC that the switch made; the cards on it map onto it, and it maps onto the card outside.
 */
#include <cell/idl/nic.h>
#include <cell/idl/resspc.h>
#include <cell/idl/word.h>
#include <lib/client/signals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nic/link.h"
#include "lib/nic/port.h"
#include "servers/switch/tree.h"

#define SIGNAL_FRAMES 0u /* the next bit: the card outside is gone */
#define AT_ONCE 16u      /* how many frames from outside are taken before other work */

#define OUTSIDE "outside="
#define NETWORKS (UINT64_C(1) << 32) /* networks have numbers of resources above this, cards below */
#define ADDRESSES UINT64_C(0x525400000000) /* and 32 bits more: those of cards, and no others */

/* A card. */
struct port {
    struct id_entry entry;   /* its id is the resource's number */
    struct id_entry address; /* its id is the address */
    struct network *network;
    struct nic_port frames;
    struct port *next, **link; /* of the network */
};

struct network {
    uint64_t number;
    struct tree_entry entry;
    struct id_table addresses;
    struct port *ports;
};

static struct id_table ports;
static struct tree networks;
static char outside[TREE_WORD];         /* "": no network leads there */
static struct network *network_outside; /* the one with that word; NULL: it has no cards */
static struct nic_link uplink;          /* its card is 0 while there is none */

/* ---- Networks ------------------------------------------------------------------ */

static struct network *network_find(const char *word)
{
    struct tree_entry *entry = tree_find(&networks, word);

    return entry == NULL ? NULL : TREE_RECORD(entry, struct network, entry);
}

/* In the model. */
static void lead_outside(uint64_t space)
{
    if (network_outside != NULL && uplink.card != 0)
        server_map(space, network_outside->number, uplink.card);
}

static cell_error_t network_make(uint64_t space, const char *word, struct network **made)
{
    static uint64_t number = NETWORKS;
    struct network *network = calloc(1, sizeof *network);

    if (network == NULL)
        return CELL_NO_MEMORY;
    network->number = ++number;
    tree_word(network->entry.word, word);
    cell_error_t error = resspc_create_resource(server_space_handle(space), network->number, word);

    if (error == CELL_OK && !tree_add(&networks, &network->entry)) {
        server_revoke(space, network->number);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        free(network);
        return error;
    }
    if (outside[0] != 0 && strcmp(word, outside) == 0) {
        network_outside = network;
        lead_outside(space);
    }
    *made = network;
    return CELL_OK;
}

/* Frees a network that has no cards any more. */
static void network_look(uint64_t space, struct network *network)
{
    if (network->ports != NULL)
        return;
    if (network == network_outside)
        network_outside = NULL;
    tree_remove(&networks, &network->entry);
    server_revoke(space, network->number);
    id_table_clear(&network->addresses);
    free(network);
}

/* ---- Cards --------------------------------------------------------------------- */

static struct port *port_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&ports, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct port, entry);
}

static struct port *port_of(const void *context)
{
    const struct server_request *request = context;

    return port_find(request->handle->object);
}

static struct port *port_of_address(const struct network *network, uint64_t address)
{
    struct id_entry *entry = id_table_find(&network->addresses, address);

    return entry == NULL ? NULL : ID_RECORD(entry, struct port, address);
}

static bool is_taken(const struct network *network, uint64_t address)
{
    return port_of_address(network, address) != NULL || (network == network_outside && address == uplink.address);
}

static void port_free(struct port *port)
{
    nic_port_end(&port->frames);
    id_table_remove(&ports, &port->entry);
    id_table_remove(&port->network->addresses, &port->address);
    *port->link = port->next;
    if (port->next != NULL)
        port->next->link = port->link;
    free(port);
}

/* Chooses an address that no card of the network has, whichever ones clients have asked for. */
static uint64_t address_choose(const struct network *network)
{
    static uint64_t last = ADDRESSES;

    while (is_taken(network, ++last))
        ;
    return last;
}

static cell_error_t port_make(struct network *network, uint64_t address, struct port **made)
{
    static uint64_t number;
    struct port *port = calloc(1, sizeof *port);

    if (port == NULL)
        return CELL_NO_MEMORY;
    port->entry.id = ++number;
    port->address.id = address != 0 ? address : address_choose(network);
    port->network = network;
    nic_port_init(&port->frames);
    cell_error_t error = is_taken(network, port->address.id) ? CELL_OVERLAP : CELL_OK;

    if (error == CELL_OK && !id_table_add(&ports, &port->entry))
        error = CELL_NO_MEMORY;
    if (error == CELL_OK && !id_table_add(&network->addresses, &port->address)) {
        id_table_remove(&ports, &port->entry);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        free(port);
        return error;
    }
    port->next = network->ports;
    port->link = &network->ports;
    if (port->next != NULL)
        port->next->link = &port->next;
    network->ports = port;
    *made = port;
    return CELL_OK;
}

/* ---- Frames -------------------------------------------------------------------- */

/* Passes a frame to the card that has its address, or to all but its sender; `from` NULL: it comes from outside. */
static void pass(const struct network *network, const struct port *from, const uint8_t *frame, size_t length)
{
    struct port *to = port_of_address(network, frame_address(frame + FRAME_TO));

    if (to != NULL) {
        if (to != from)
            nic_port_deliver(&to->frames, frame, length);
        return;
    }
    for (struct port *port = network->ports; port != NULL; port = port->next)
        if (port != from)
            nic_port_deliver(&port->frames, frame, length);
    if (from != NULL && network == network_outside && uplink.card != 0)
        nic_link_send(&uplink, frame, length);
}

static void take_from_outside(void)
{
    static uint8_t frame[FRAME_MOST];
    unsigned count = 0;
    size_t length;

    for (; count < AT_ONCE && nic_link_take(&uplink, frame, &length); count++)
        if (network_outside != NULL)
            pass(network_outside, NULL, frame, length);
    if (count == AT_ONCE)
        nic_link_again(&uplink);
}

/* ---- Requests ------------------------------------------------------------------ */

cell_error_t nic_take_serve(void *context, const struct nic_take_in *in, struct nic_take_out *out)
{
    const struct server_request *request = context;
    const uint64_t space = request->handle->space;
    struct network *network = network_find(in->network);
    struct port *port = NULL;
    char name[24];
    cell_error_t error = CELL_OK;

    /* Who had the address of all, or one of a host outside, would get what is sent there in place of others. */
    if (in->wanted != 0 && in->wanted >> 32 != ADDRESSES >> 32)
        return CELL_BAD_ARGUMENT;
    if (network == NULL)
        error = network_make(space, in->network, &network);
    if (error != CELL_OK)
        return error;
    error = port_make(network, in->wanted, &port);
    if (error == CELL_OK) {
        out->address = port->address.id;
        snprintf(name, sizeof name, "%012lx", (unsigned long)out->address);
        error = server_create_resource(space, port->entry.id, name, request->handle->client, &out->card);
    }
    if (error == CELL_OK)
        error = server_map_own(space, port->entry.id, space, network->number);
    if (error == CELL_OK)
        return CELL_OK;
    if (out->card != 0)
        server_revoke(space, port->entry.id);
    if (port != NULL)
        port_free(port);
    network_look(space, network);
    return error;
}

cell_error_t nic_about_serve(void *context, const struct nic_about_in *in, struct nic_about_out *out)
{
    const struct port *port = port_of(context);

    (void)in;
    if (port == NULL)
        return CELL_NOT_FOUND;
    nic_port_about(&port->frames, port->address.id, out);
    return CELL_OK;
}

cell_error_t nic_send_serve(void *context, const struct nic_send_in *in, struct nic_send_out *out)
{
    static uint8_t frame[FRAME_MOST];
    struct port *port = port_of(context);
    cell_error_t error = port == NULL ? CELL_NOT_FOUND : nic_port_fetch(context, in, frame);

    (void)out;
    if (error != CELL_OK)
        return error;
    if (frame_address(frame + FRAME_FROM) != port->address.id)
        return CELL_DENIED;
    port->frames.sent++;
    pass(port->network, port, frame, in->length);
    return CELL_OK;
}

cell_error_t nic_receive_serve(void *context, const struct nic_receive_in *in, struct nic_receive_out *out)
{
    struct port *port = port_of(context);

    (void)out;
    return port == NULL ? CELL_NOT_FOUND : nic_port_receive(&port->frames, context, in);
}

/* ---- The server ---------------------------------------------------------------- */

static void freed(uint64_t space, uint64_t object)
{
    struct port *port = port_find(object);

    if (port == NULL)
        return;
    struct network *network = port->network;

    port_free(port);
    network_look(space, network);
}

static const struct server_type nic_type = {.name = "NIC", .interface = &nic_interface, .freed = freed};

/* Takes the card outside; if it cannot now, the next attempt is later. */
static void take_card(void)
{
    static uint64_t pause;
    uint64_t woken;

    if (nic_link_open(&uplink, cell_rde("NIC"), outside, 0, SIGNAL_FRAMES) == CELL_OK) {
        pause = 0;
        lead_outside(server_space(&nic_type));
        return;
    }
    pause = nic_link_pause(pause);
    word_wait(CSPACE_SELF, 0, 0, pause, 1, &woken);
}

static void notified(uint64_t bits)
{
    uint64_t address, sent, received, lost;

    if (uplink.card == 0) {
        if ((bits & SIGNAL_WOKEN) != 0)
            take_card();
        return;
    }
    if ((bits & UINT64_C(1) << (SIGNAL_FRAMES + 1)) != 0 && nic_about(uplink.card, &address, &sent, &received, &lost) != CELL_OK) {
        fprintf(stderr, "switch: the card outside is gone\n");
        nic_link_close(&uplink);
        take_card();
        return;
    }
    take_from_outside();
}

static cell_error_t start(int argc, char **argv)
{
    if (argc < 2)
        return CELL_OK;
    if (strncmp(argv[1], OUTSIDE, strlen(OUTSIDE)) != 0 || cell_rde("NIC") == 0) {
        fprintf(stderr, "switch: '%s' is not outside=WORD, or there is no `rde NIC` for it\n", argv[1]);
        return CELL_BAD_ARGUMENT;
    }
    tree_word(outside, argv[1] + strlen(OUTSIDE));
    take_card();
    return CELL_OK;
}

static const struct server_type *const types[] = {&nic_type, NULL};
static const struct server server = {.types = types, .start = start, .notified = notified};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}

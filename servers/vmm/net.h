/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/net.h: networks between machines. A network is a name; who has it is on it. If the monitor can ask a server of network
 * cards (idl/nic.idl), a machine's card is one of that server's, a switch for example, which passes frames on. Otherwise the monitor
 * does, between its own machines: a frame goes to the machine that has its address, or to all others if none has, and only if it says that
 * it comes from its sender.
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nic/link.h"
#include "lib/vmm/virtio.h"

#define NET_ADDRESS 6u /* bytes */
#define NET_NAME 32u

#define NET_FEATURE_ADDRESS (UINT64_C(1) << 5)
#define NET_FEATURE_STATUS (UINT64_C(1) << 16)

struct machine;

/* A machine's network card (VIRTIO 1.1, section 5.1). */
struct net_card {
    bool present;
    struct {
        uint8_t address[NET_ADDRESS];
        uint16_t is_connected;
    } configuration;
    char network[NET_NAME]; /* "": none */
    struct nic_link link;   /* card 0: the monitor passes frames on */
    struct machine *next;   /* of all that are on a network */
};

/* Connects a machine's card, or gives it one with an address of its own, if it is to be on a network ("": on none). CELL_OVERLAP: a
 * machine with its address is there already, of which it is a copy; errors as nic_link_open(). */
cell_error_t net_connect(struct machine *machine, const char *network);
void net_disconnect(struct machine *machine);

/* Sends what the guest wants to be sent. */
void net_send(struct machine *machine, const struct virtio_chain *chain);

/* Bits of the monitor's notification: frames have come from a server of cards; one is gone. */
#define NET_SIGNAL 0u
#define NET_SIGNALS (UINT64_C(3) << NET_SIGNAL)
void net_notified(uint64_t bits);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/net.h: networks between machines. Machines that name the same network are on it. If the monitor has an edge to a server of
 * network cards (idl/nic.idl), a switch for example, a machine's card is one of that server's, which passes frames on. Otherwise the
 * monitor passes frames between its own machines: to the machine that has the destination address, or to all others if none has; a frame
 * whose source address is not its sender's is dropped.
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
    struct nic_link link;   /* its card is 0 if the monitor passes frames on, or there is no server now */
    uint64_t again, pause;  /* the server is gone: when to try again, by cpu_clock(), and the wait before that; 0: it is not gone */
    struct machine *next;   /* in the list of all that are on a network */
};

/* Connects a machine's card to a network ("": to none); a machine without a card gets one with a new address. CELL_OVERLAP: a machine
 * with the same address, of which this one is a copy, is on that network; errors as nic_link_open(). */
cell_error_t net_connect(struct machine *machine, const char *network);
void net_disconnect(struct machine *machine);

/* Sends a frame of the guest. */
void net_send(struct machine *machine, const struct virtio_chain *chain);

/* Bits of the monitor's notification: frames have come from a server of cards; a card is gone. */
#define NET_SIGNAL 0u
#define NET_SIGNALS (UINT64_C(3) << NET_SIGNAL)
void net_notified(uint64_t bits);
/* Connects a machine's card again, if its server was gone, and it is time for that. */
void net_go_on(struct machine *machine, uint64_t now);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/net.h: networks between machines of this monitor. A network is a name; who has it is on it. A frame goes to the machine
 * that has its address, or to all others if none has, and only if it says that it comes from its sender.
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    struct machine *next;   /* of all that are on a network */
};

/* Connects a machine's card, or gives it one with an address of its own, if it is to be on a network ("": on none). CELL_OVERLAP: a
 * machine with its address is there already, of which it is a copy. */
cell_error_t net_connect(struct machine *machine, const char *network);
void net_disconnect(struct machine *machine);

/* Sends what the guest wants to be sent. */
void net_send(const struct machine *machine, const struct virtio_chain *chain);

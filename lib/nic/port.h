/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/nic/port.h: what a server of network cards has for each: the requests of its client that wait for a frame, in the order in which
 * they came, and counts. Those that wait are charged to the client (server_defer()).
 */
#pragma once

#include <cell/idl/nic_server.h>
#include <lib/nic/frame.h>
#include <lib/server/server.h>

struct nic_wait;

struct nic_port {
    struct nic_wait *first, **last;
    uint64_t sent, received, lost;
};

void nic_port_init(struct nic_port *port);
/* Answers those that wait with CELL_GONE. */
void nic_port_end(struct nic_port *port);

/* nic.receive, nic.about. */
cell_error_t nic_port_receive(struct nic_port *port, struct server_request *request, const struct nic_receive_in *in);
void nic_port_about(const struct nic_port *port, uint64_t address, struct nic_about_out *out);
/* Copies the frame of nic.send, which the client cannot change then, to `frame`. Errors as server_bulk(). */
cell_error_t nic_port_fetch(const struct server_request *request, const struct nic_send_in *in, uint8_t frame[FRAME_MOST]);

/* Gives a frame to the request that has waited longest; it is lost if none waits. */
void nic_port_deliver(struct nic_port *port, const uint8_t *frame, size_t length);

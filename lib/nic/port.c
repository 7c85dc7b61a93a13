/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/nic/port.c: see port.h. */
#include <lib/nic/port.h>

#include <stdlib.h>
#include <string.h>

struct nic_wait {
    struct server_reply reply;
    struct server_bulk *bulk;
    void *memory; /* where the frame goes */
    struct nic_wait *next;
};

void nic_port_init(struct nic_port *port)
{
    *port = (struct nic_port){.last = &port->first};
}

/* Takes the one that has waited longest, and answers it. */
static void answer(struct nic_port *port, cell_error_t error, const struct nic_receive_out *out)
{
    struct nic_wait *wait = port->first;

    port->first = wait->next;
    if (port->first == NULL)
        port->last = &port->first;
    server_answer(&wait->reply, error, out, sizeof *out);
    server_bulk_release(wait->bulk);
    free(wait);
}

void nic_port_end(struct nic_port *port)
{
    const struct nic_receive_out none = {0};

    while (port->first != NULL)
        answer(port, CELL_GONE, &none);
}

cell_error_t nic_port_receive(struct nic_port *port, struct server_request *request, const struct nic_receive_in *in)
{
    void *memory;
    cell_error_t error = server_bulk(request, in->memory, in->at, FRAME_MOST, CELL_WRITE, &memory);
    struct nic_wait *wait = error == CELL_OK ? malloc(sizeof *wait) : NULL;

    if (wait == NULL)
        return error == CELL_OK ? CELL_NO_MEMORY : error;
    error = server_defer(request, &wait->reply);
    if (error != CELL_OK) {
        free(wait);
        return error;
    }
    wait->bulk = server_bulk_keep(in->memory);
    wait->memory = memory;
    wait->next = NULL;
    *port->last = wait;
    port->last = &wait->next;
    return CELL_OK;
}

void nic_port_about(const struct nic_port *port, uint64_t address, struct nic_about_out *out)
{
    *out = (struct nic_about_out){.address = address, .sent = port->sent, .received = port->received, .lost = port->lost};
}

cell_error_t nic_port_fetch(const struct server_request *request, const struct nic_send_in *in, uint8_t frame[FRAME_MOST])
{
    void *memory;
    cell_error_t error = server_bulk(request, in->memory, in->at, in->length, CELL_READ, &memory);

    if (error == CELL_OK)
        memcpy(frame, memory, in->length);
    return error;
}

void nic_port_deliver(struct nic_port *port, const uint8_t *frame, size_t length)
{
    const struct nic_receive_out out = {.length = length};

    if (port->first == NULL) {
        port->lost++;
        return;
    }
    port->received++;
    memcpy(port->first->memory, frame, length);
    answer(port, CELL_OK, &out);
}

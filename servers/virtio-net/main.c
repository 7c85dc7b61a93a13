/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/virtio-net: the driver of a virtio network card behind virtio-mmio (idl/nic.idl), whose registers and interrupt its block in
 * the system description names (`device net0 pages=1`, `irq net0`). One client has the card, a switch for example; the frames that it
 * sends are not checked.
 *
 * Frames are copied between the device's memory and that of the client, so the device sees no memory but the driver's.
 */
#include <board.h>
#include <stdio.h>

#include "lib/nic/port.h"
#include "servers/virtio-net/device.h"

#define SIGNAL_DEVICE 0u
#define CARD UINT64_C(1) /* its number as a resource */

static uint64_t address;
static bool taken;
static struct nic_port port;

/* ---- Requests ------------------------------------------------------------------- */

cell_error_t nic_take_serve(void *context, const struct nic_take_in *in, struct nic_take_out *out)
{
    const struct server_request *request = context;
    char name[24];

    if (taken)
        return CELL_OVERLAP;
    if (in->wanted != 0 && in->wanted != address)
        return CELL_UNSUPPORTED;
    snprintf(name, sizeof name, "%012lx", (unsigned long)address);
    cell_error_t error = server_create_resource(request->handle->space, CARD, name, request->handle->client, &out->card);

    if (error != CELL_OK)
        return error;
    out->address = address;
    nic_port_init(&port);
    taken = true;
    return CELL_OK;
}

cell_error_t nic_about_serve(void *context, const struct nic_about_in *in, struct nic_about_out *out)
{
    (void)context;
    (void)in;
    nic_port_about(&port, address, out);
    return CELL_OK;
}

cell_error_t nic_send_serve(void *context, const struct nic_send_in *in, struct nic_send_out *out)
{
    static uint8_t frame[FRAME_MOST];
    cell_error_t error = nic_port_fetch(context, in, frame);

    (void)out;
    if (error == CELL_OK && !device_send(frame, in->length))
        error = CELL_BUSY;
    port.sent += error == CELL_OK;
    return error;
}

cell_error_t nic_receive_serve(void *context, const struct nic_receive_in *in, struct nic_receive_out *out)
{
    (void)out;
    return nic_port_receive(&port, context, in);
}

/* ---- The server ------------------------------------------------------------------ */

static void freed(uint64_t space, uint64_t object)
{
    (void)space;
    (void)object;
    nic_port_end(&port);
    taken = false;
}

static void came(const uint8_t *frame, size_t length)
{
    if (taken)
        nic_port_deliver(&port, frame, length);
}

static void notified(uint64_t bits)
{
    if ((bits & UINT64_C(1) << SIGNAL_DEVICE) != 0)
        device_interrupt(came);
}

static cell_error_t start(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    nic_port_init(&port);
    return device_start(BOARD_NET_IRQ, SIGNAL_DEVICE, &address);
}

static const struct server_type nic_type = {.name = "NIC", .interface = &nic_interface, .freed = freed};

static const struct server_type *const types[] = {&nic_type, NULL};
static const struct server server = {.types = types, .start = start, .notified = notified};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}

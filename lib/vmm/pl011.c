/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/pl011.c: see pl011.h. */
#include "lib/vmm/pl011.h"

enum {
    DR = 0x000,
    FR = 0x018,
    IBRD = 0x024,
    FBRD = 0x028,
    LCR_H = 0x02c,
    CR = 0x030,
    IFLS = 0x034,
    IMSC = 0x038,
    RIS = 0x03c,
    MIS = 0x040,
    ICR = 0x044,
    DMACR = 0x048,
    ID = 0xfe0,
};

#define FR_RECEIVE_EMPTY (1u << 4)
#define FR_RECEIVE_FULL (1u << 6)
#define FR_SEND_EMPTY (1u << 7)

#define INTERRUPT_RECEIVE (1u << 4)
#define INTERRUPT_SEND (1u << 5)
#define INTERRUPT_IDLE (1u << 6) /* characters wait that are too few for INTERRUPT_RECEIVE */
#define INTERRUPTS 0x7ffu

void pl011_init(struct pl011 *port)
{
    *port = (struct pl011){.cr = 0x300, .ifls = 0x12};
}

static uint32_t waiting(const struct pl011 *port)
{
    return port->put - port->taken;
}

static uint32_t take(struct pl011 *port)
{
    if (waiting(port) == 0)
        return 0;
    const uint8_t character = port->input[port->taken++ % PL011_INPUT];

    if (waiting(port) == 0)
        port->raw &= ~(INTERRUPT_RECEIVE | INTERRUPT_IDLE);
    return character;
}

static uint32_t flags(const struct pl011 *port)
{
    return FR_SEND_EMPTY | (waiting(port) == 0 ? FR_RECEIVE_EMPTY : 0) |
           (waiting(port) == PL011_INPUT ? FR_RECEIVE_FULL : 0);
}

uint32_t pl011_read(struct pl011 *port, uint64_t offset)
{
    static const uint8_t id[] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    if (offset >= ID && offset < ID + 4 * sizeof id)
        return id[(offset - ID) / 4];
    switch (offset) {
    case DR:
        return take(port);
    case FR:
        return flags(port);
    case IBRD:
        return port->ibrd;
    case FBRD:
        return port->fbrd;
    case LCR_H:
        return port->lcr;
    case CR:
        return port->cr;
    case IFLS:
        return port->ifls;
    case IMSC:
        return port->mask;
    case RIS:
        return port->raw;
    case MIS:
        return port->raw & port->mask;
    case DMACR:
        return port->dma;
    default:
        return 0;
    }
}

bool pl011_write(struct pl011 *port, uint64_t offset, uint32_t value, char *sent)
{
    switch (offset) {
    case DR:
        *sent = (char)value;
        port->raw |= INTERRUPT_SEND; /* it has gone out: there is room again */
        return true;
    case IBRD:
        port->ibrd = value & 0xffff;
        break;
    case FBRD:
        port->fbrd = value & 0x3f;
        break;
    case LCR_H:
        port->lcr = value & 0xff;
        break;
    case CR:
        port->cr = value & 0xffff;
        break;
    case IFLS:
        port->ifls = value & 0x3f;
        break;
    case IMSC:
        port->mask = value & INTERRUPTS;
        break;
    case ICR:
        port->raw &= ~value;
        break;
    case DMACR:
        port->dma = value & 7;
        break;
    default:
        break;
    }
    return false;
}

bool pl011_receive(struct pl011 *port, char character)
{
    if (waiting(port) == PL011_INPUT)
        return false;
    port->input[port->put++ % PL011_INPUT] = (uint8_t)character;
    port->raw |= INTERRUPT_RECEIVE | INTERRUPT_IDLE;
    return true;
}

bool pl011_interrupts(const struct pl011 *port)
{
    return (port->raw & port->mask) != 0;
}

bool pl011_is_valid(const struct pl011 *port)
{
    return waiting(port) <= PL011_INPUT;
}

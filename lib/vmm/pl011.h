/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/pl011.h: a guest's serial port, a PL011 (Arm DDI 0183G, chapter 3). What the guest sends goes out at once,
 * so its FIFO is always empty; what comes in waits in a queue of PL011_INPUT bytes, and more is refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PL011_BYTES 0x1000u
#define PL011_INPUT 32u

struct pl011 {
    uint32_t ibrd, fbrd, lcr, cr, ifls, mask, raw, dma;
    uint8_t input[PL011_INPUT];
    uint32_t put, taken; /* counts */
};

void pl011_init(struct pl011 *port);

/* Accesses at an aligned offset; outside of the registers reads give 0 and writes do nothing. A character that the
 * guest sends is in *sent, then true. */
uint32_t pl011_read(struct pl011 *port, uint64_t offset);
bool pl011_write(struct pl011 *port, uint64_t offset, uint32_t value, char *sent);

/* Takes a character for the guest; false: the queue is full. */
bool pl011_receive(struct pl011 *port, char character);
/* Its interrupt line. */
bool pl011_interrupts(const struct pl011 *port);

/* Can it be the state of a port, wherever it is from? */
bool pl011_is_valid(const struct pl011 *port);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/port.h: the device behind the control channel: port_virtio.c or port_uart.c, whichever the board says
 * (board.mk: BOARD_PORT). Bytes go through in order, and none is lost.
 *
 * Memory for buffers is the caller's: pages that a device with DMA reaches by physical address. Used by the monitor alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/memory/memory.h"

/* Pieces of output under way at most. */
#define PORT_PIECES 32u

/* A page that the device can reach. */
struct dma_page {
    void *address;
    uint64_t physical;
};

/*
 * Brings the device up. `registers`: where they are mapped; `own`: a page for the driver, zeroed; `input`: a page for what
 * arrives. False: no such device there.
 */
bool port_start(volatile uint32_t *registers, struct dma_page own, struct dma_page input);

/* Sends the `length` bytes at `offset` in a page; they must stay until retired. False: PORT_PIECES are under way.
 * port_notify() makes the device look; after it, what is not retired yet brings an interrupt. */
bool port_send(struct dma_page page, uint32_t offset, uint32_t length, uint32_t tag);
void port_notify(void);
/* The next piece that the device is done with, in the order of sending: its length and tag; 0: none. */
uint32_t port_retired(uint32_t *tag);

/* Bytes that have arrived in the input page; 0: none. After they were used, port_receive() lets the device fill it again. */
uint32_t port_received(void);
void port_receive(void);

/* Acknowledges the interrupt at the device. */
void port_acknowledge(void);

/* Has the device lost bytes that arrived? A bug, or a peer that does not wait. */
bool port_has_lost(void);

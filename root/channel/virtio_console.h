/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/virtio_console.h: a virtio console behind virtio-mmio, with one port.
 * (Virtual I/O Device (VIRTIO) Version 1.1: 2.6 split virtqueues, 4.2 MMIO,
 * 5.3 console device.)
 *
 * Memory for queues and buffers is the caller's: pages that the device reaches
 * by physical address. Used by the monitor alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Pieces of output under way at most. */
#define CONSOLE_PIECES 32u

/* A page that the device can reach. */
struct dma_page {
    void *address;
    uint64_t physical;
};

/*
 * Brings the device up. `registers`: where its registers are mapped; `queues`:
 * one page, zeroed; `input`: a page for what arrives. False: no console there.
 */
bool console_start(volatile uint32_t *registers, struct dma_page queues, struct dma_page input);

/* Sends `length` bytes at physical address; they must stay until retired. False:
 * CONSOLE_PIECES are under way. console_notify() makes the device look; after it,
 * what is not retired yet brings an interrupt. */
bool console_send(uint64_t physical, uint32_t length, uint32_t tag);
void console_notify(void);
/* The next piece that the device is done with, in the order of sending: its
 * length and tag; 0: none. */
uint32_t console_retired(uint32_t *tag);

/* Bytes that have arrived in the input page; 0: none. After they were used,
 * console_receive() lets the device fill it again. */
uint32_t console_received(void);
void console_receive(void);

/* Acknowledges the interrupt at the device. */
void console_acknowledge(void);

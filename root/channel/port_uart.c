/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/port_uart.c: the control channel through the board's second serial port; see port.h.
 *
 * Output goes into the port's FIFO until that is full, and on with the interrupt that says that it is empty. Input stays in the
 * FIFO while the page is lent, so that a peer that the port can stop has to wait; if bytes were dropped anyway, the
 * port knows it.
 */
#include <board_uart.h>

#include "root/channel/port.h"

struct piece {
    const char *bytes;
    uint32_t length, tag;
};

static volatile uint32_t *uart;

/* Rings; their counters only grow. Pieces from `retired` to `sending` - 1 are done, the one at `sending` is sent up to
 * `position`. */
static struct piece pieces[PORT_PIECES];
static uint32_t added, sending, retired;
static uint32_t position;

static char *input;
static uint32_t input_size;
static bool lost;

bool port_start(volatile uint32_t *registers, struct dma_page own, struct dma_page page)
{
    (void)own;
    uart = registers;
    input = page.address;
    board_uart_enable(uart);
    board_uart_listen(uart, true);
    return true;
}

/* ---- Output ---------------------------------------------------------- */

bool port_send(struct dma_page page, uint32_t offset, uint32_t length, uint32_t tag)
{
    if (added - retired == PORT_PIECES)
        return false;
    pieces[added++ % PORT_PIECES] = (struct piece){(const char *)page.address + offset, length, tag};
    return true;
}

/* Sends of a piece what the FIFO takes; false: it is full. */
static bool fill(const struct piece *piece)
{
    while (position < piece->length) {
        if (!board_uart_can_send(uart))
            return false;
        board_uart_put(uart, piece->bytes[position++]);
    }
    position = 0;
    return true;
}

void port_notify(void)
{
    do {
        while (sending != added && fill(&pieces[sending % PORT_PIECES]))
            sending++;
        board_uart_tell_sent(uart, sending != added || !board_uart_has_sent(uart));
        /* What became free before that brings no interrupt. */
    } while (sending != added && board_uart_can_send(uart));
}

/* The last piece is done when it has left the FIFO: the machine may be switched off then. */
uint32_t port_retired(uint32_t *tag)
{
    if (retired == sending || (retired + 1 == added && !board_uart_has_sent(uart)))
        return 0;
    const struct piece *piece = &pieces[retired++ % PORT_PIECES];

    *tag = piece->tag;
    return piece->length;
}

/* ---- Input ----------------------------------------------------------- */

uint32_t port_received(void)
{
    while (input_size < PAGE_SIZE && board_uart_has_received(uart))
        input[input_size++] = board_uart_get(uart);
    board_uart_listen(uart, input_size == 0);
    return input_size;
}

void port_receive(void)
{
    input_size = 0;
    board_uart_listen(uart, true);
}

void port_acknowledge(void)
{
    lost |= board_uart_has_lost(uart);
    board_uart_acknowledge(uart);
}

bool port_has_lost(void)
{
    return lost;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/root/port/board_uart.h: a serial port of two FIFOs, for the test of the control channel's driver (test_port.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FIFO 64u

struct fifo {
    char bytes[FIFO];
    unsigned count;
};

extern struct fake_uart {
    bool enabled, listens, tells_sent, lost;
    struct fifo out, in;
} fake_uart;

static inline char fifo_take(struct fifo *fifo)
{
    char first = fifo->bytes[0];

    memmove(fifo->bytes, fifo->bytes + 1, --fifo->count);
    return first;
}

static inline void board_uart_enable(volatile uint32_t *uart)
{
    (void)uart;
    fake_uart.enabled = true;
}

static inline bool board_uart_can_send(const volatile uint32_t *uart)
{
    (void)uart;
    return fake_uart.out.count < FIFO;
}

static inline bool board_uart_has_sent(const volatile uint32_t *uart)
{
    (void)uart;
    return fake_uart.out.count == 0;
}

/* One that would have to wait is lost, which the test sees. */
static inline void board_uart_put(volatile uint32_t *uart, char byte)
{
    if (board_uart_can_send(uart))
        fake_uart.out.bytes[fake_uart.out.count++] = byte;
}

static inline bool board_uart_has_received(const volatile uint32_t *uart)
{
    (void)uart;
    return fake_uart.in.count > 0;
}

static inline char board_uart_get(const volatile uint32_t *uart)
{
    (void)uart;
    return fifo_take(&fake_uart.in);
}

static inline void board_uart_listen(volatile uint32_t *uart, bool on)
{
    (void)uart;
    fake_uart.listens = on;
}

static inline void board_uart_tell_sent(volatile uint32_t *uart, bool on)
{
    (void)uart;
    fake_uart.tells_sent = on;
}

static inline void board_uart_acknowledge(volatile uint32_t *uart)
{
    (void)uart;
}

static inline bool board_uart_has_lost(const volatile uint32_t *uart)
{
    (void)uart;
    return fake_uart.lost;
}

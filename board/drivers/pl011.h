/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/drivers/pl011.h: a PL011 serial port (Arm DDI 0183, chapter 3), as board_uart.h of a board that has one. board/README.md
 * says what each function has to do. Usable with and without a C library.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Registers, as indices of 32-bit words. */
enum {
    PL011_DATA = 0x00 / 4,
    PL011_FLAGS = 0x18 / 4,
    PL011_CONTROL = 0x30 / 4,
    PL011_MASK = 0x38 / 4,
    PL011_CLEAR = 0x44 / 4,
};

#define PL011_FLAG_RECEIVE_EMPTY (1u << 4)
#define PL011_FLAG_SEND_FULL (1u << 5)
#define PL011_CONTROL_ON (1u << 0 | 1u << 8 | 1u << 9) /* UART, sending, receiving */
#define PL011_INTERRUPTS (1u << 4 | 1u << 6)           /* receive, and receive timeout */

/* Keeps speed, format and FIFO as the firmware has set them: turning the FIFO on would drop what was typed before, and without it
 * QEMU delivers a byte only when the one before has been taken. */
static inline void board_uart_enable(volatile uint32_t *uart)
{
    uart[PL011_CONTROL] = PL011_CONTROL_ON;
}

static inline void board_uart_put(volatile uint32_t *uart, char byte)
{
    while ((uart[PL011_FLAGS] & PL011_FLAG_SEND_FULL) != 0)
        ;
    uart[PL011_DATA] = (uint8_t)byte;
}

static inline bool board_uart_has_received(const volatile uint32_t *uart)
{
    return (uart[PL011_FLAGS] & PL011_FLAG_RECEIVE_EMPTY) == 0;
}

static inline char board_uart_get(const volatile uint32_t *uart)
{
    return (char)uart[PL011_DATA];
}

static inline void board_uart_listen(volatile uint32_t *uart, bool on)
{
    uart[PL011_MASK] = on ? PL011_INTERRUPTS : 0;
}

static inline void board_uart_acknowledge(volatile uint32_t *uart)
{
    uart[PL011_CLEAR] = PL011_INTERRUPTS;
}

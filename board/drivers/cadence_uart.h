/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board/drivers/cadence_uart.h: a Cadence serial port of Xilinx' Zynq and Zynq UltraScale+ (UG1085, chapter 21; registers:
 * UG1087, module UART), as board_uart.h of a board that has one. board/README.md says what each function has to do. Its FIFOs
 * have 64 bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Registers, as indices of 32-bit words. */
enum {
    CADENCE_CONTROL = 0x00 / 4,
    CADENCE_INTERRUPT_ENABLE = 0x08 / 4,
    CADENCE_INTERRUPT_DISABLE = 0x0c / 4,
    CADENCE_INTERRUPT_STATUS = 0x14 / 4, /* a 1 clears */
    CADENCE_RECEIVE_TRIGGER = 0x20 / 4,  /* how many bytes raise the interrupt */
    CADENCE_CHANNEL_STATUS = 0x2c / 4,
    CADENCE_FIFO = 0x30 / 4,
};

#define CADENCE_CONTROL_ON (1u << 2 | 1u << 4 | 1u << 8) /* receiving, sending, no break */
/* Bits of the channel's status and of its interrupts. */
#define CADENCE_TRIGGERED (1u << 0)
#define CADENCE_RECEIVE_EMPTY (1u << 1)
#define CADENCE_SEND_EMPTY (1u << 3)
#define CADENCE_SEND_FULL (1u << 4)
#define CADENCE_LOST (1u << 5 | 1u << 6 | 1u << 7) /* overflow, framing error, parity error */

/* Keeps the speed and format that the firmware has set. */
static inline void board_uart_enable(volatile uint32_t *uart)
{
    uart[CADENCE_CONTROL] = CADENCE_CONTROL_ON;
    uart[CADENCE_RECEIVE_TRIGGER] = 1;
}

static inline bool board_uart_can_send(const volatile uint32_t *uart)
{
    return (uart[CADENCE_CHANNEL_STATUS] & CADENCE_SEND_FULL) == 0;
}

static inline void board_uart_put(volatile uint32_t *uart, char byte)
{
    while (!board_uart_can_send(uart))
        ;
    uart[CADENCE_FIFO] = (uint8_t)byte;
}

static inline bool board_uart_has_received(const volatile uint32_t *uart)
{
    return (uart[CADENCE_CHANNEL_STATUS] & CADENCE_RECEIVE_EMPTY) == 0;
}

static inline char board_uart_get(const volatile uint32_t *uart)
{
    return (char)uart[CADENCE_FIFO];
}

static inline void board_uart_listen(volatile uint32_t *uart, bool on)
{
    uart[on ? CADENCE_INTERRUPT_ENABLE : CADENCE_INTERRUPT_DISABLE] = CADENCE_TRIGGERED;
}

static inline bool board_uart_has_sent(const volatile uint32_t *uart)
{
    return (uart[CADENCE_CHANNEL_STATUS] & CADENCE_SEND_EMPTY) != 0;
}

static inline void board_uart_tell_sent(volatile uint32_t *uart, bool on)
{
    if (on)
        uart[CADENCE_INTERRUPT_STATUS] = CADENCE_SEND_EMPTY; /* clears an earlier one */
    uart[on ? CADENCE_INTERRUPT_ENABLE : CADENCE_INTERRUPT_DISABLE] = CADENCE_SEND_EMPTY;
}

static inline void board_uart_acknowledge(volatile uint32_t *uart)
{
    uart[CADENCE_INTERRUPT_STATUS] = CADENCE_TRIGGERED | CADENCE_SEND_EMPTY;
}

static inline bool board_uart_has_lost(const volatile uint32_t *uart)
{
    return (uart[CADENCE_INTERRUPT_STATUS] & CADENCE_LOST) != 0;
}

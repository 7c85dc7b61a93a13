/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/uart.h: the serial port (board_uart.h).
 */
#pragma once

#include <cell/errors.h>
#include <stdbool.h>
#include <stddef.h>

/* Finds the device region of this PD, takes the interrupt `irq`, which will be
 * signalled with bit `signal`, and enables receiving. */
cell_error_t uart_start(unsigned irq, unsigned signal);

/* Takes the next byte that was received; false: there is none. */
bool uart_take(char *byte);

/* Sends bytes; waits while the port's FIFO is full. */
void uart_send(const char *bytes, size_t count);

/* Is there a byte to take? */
bool uart_pending(void);

/* Around the handling of an interrupt: before any byte is taken, and after all are. */
void uart_interrupt_begin(void);
void uart_interrupt_end(void);

/* Turns interrupts for received bytes on or off; while off, the bytes stay in the port, and the sender has to wait. */
void uart_listen(bool on);

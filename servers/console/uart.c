/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/uart.c: see uart.h.
 *
 * Receiving is by interrupt. Sending is not: QEMU's port never fills up, and at
 * 115 200 baud a port that does takes no longer than the terminal needs.
 */
#include "servers/console/uart.h"

#include <board_uart.h>
#include <cell/idl/ads.h>
#include <cell/idl/machine.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <sel4/sel4.h>

static volatile uint32_t *registers;
static cell_cap_t handler;

void uart_listen(bool on)
{
    board_uart_listen(registers, on);
}

cell_error_t uart_start(unsigned irq, unsigned signal)
{
    uint64_t start, pages;
    cell_error_t error = ads_find_kind(CSPACE_SELF, CELL_REGION_DEVICE, &start, &pages);

    if (error != CELL_OK)
        return error;
    error = machine_interrupt(irq, signal, &handler);
    if (error != CELL_OK)
        return error;
    registers = (volatile uint32_t *)start;
    board_uart_enable(registers);
    uart_listen(true);
    uart_interrupt_end();
    return CELL_OK;
}

bool uart_pending(void)
{
    return board_uart_has_received(registers);
}

bool uart_take(char *byte)
{
    if (!uart_pending())
        return false;
    *byte = board_uart_get(registers);
    return true;
}

void uart_send(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        board_uart_put(registers, bytes[i]);
}

void uart_interrupt_begin(void)
{
    board_uart_acknowledge(registers);
}

void uart_interrupt_end(void)
{
    seL4_IRQHandler_Ack(handler);
}

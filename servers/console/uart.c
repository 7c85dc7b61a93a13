/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/uart.c: see uart.h. Register offsets and bits are those of
 * DDI 0183, section 3.2.
 *
 * Receiving is by interrupt. Sending is not: QEMU's port never fills up, and at
 * 115 200 baud a port that does takes no longer than the terminal needs.
 */
#include "servers/console/uart.h"

#include <cell/idl/ads.h>
#include <cell/idl/machine.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <sel4/sel4.h>

enum uart_register {
    UART_DATA = 0x00,
    UART_FLAGS = 0x18,
    UART_CONTROL = 0x30,
    UART_MASK = 0x38,
    UART_CLEAR = 0x44,
};

#define FLAG_RECEIVE_EMPTY (1u << 4)
#define FLAG_SEND_FULL (1u << 5)
#define CONTROL_ON (1u << 0 | 1u << 8 | 1u << 9) /* UART, sending, receiving */
#define INTERRUPT_RECEIVE (1u << 4)
#define INTERRUPT_TIMEOUT (1u << 6) /* some bytes wait, no more come */

static volatile uint32_t *registers;
static cell_cap_t handler;

static uint32_t read_register(enum uart_register which)
{
    return registers[which / 4];
}

static void write_register(enum uart_register which, uint32_t value)
{
    registers[which / 4] = value;
}

void uart_listen(bool on)
{
    write_register(UART_MASK, on ? INTERRUPT_RECEIVE | INTERRUPT_TIMEOUT : 0);
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
    /* Speed, format and FIFO are as the firmware left them: switching the FIFO on
     * would drop what was typed before, and QEMU, where it is off, waits with
     * each byte until the one before is taken. */
    write_register(UART_CONTROL, CONTROL_ON);
    uart_listen(true);
    uart_interrupt_end();
    return CELL_OK;
}

bool uart_pending(void)
{
    return (read_register(UART_FLAGS) & FLAG_RECEIVE_EMPTY) == 0;
}

bool uart_take(char *byte)
{
    if (!uart_pending())
        return false;
    *byte = (char)read_register(UART_DATA);
    return true;
}

void uart_send(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while ((read_register(UART_FLAGS) & FLAG_SEND_FULL) != 0)
            ;
        write_register(UART_DATA, (unsigned char)bytes[i]);
    }
}

void uart_interrupt_begin(void)
{
    write_register(UART_CLEAR, INTERRUPT_RECEIVE | INTERRUPT_TIMEOUT);
}

void uart_interrupt_end(void)
{
    seL4_IRQHandler_Ack(handler);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/panic.c: the console of last resort, the board's serial port, transmit only; and panic.
 */
#include "nucleus/panic.h"

#include <board_uart.h>
#include "nucleus/arch.h"
#include "nucleus/device.h"

static volatile uint32_t *uart;

void console_boot(void)
{
    uart = (volatile uint32_t *)DEVICE_UART;
    board_uart_enable(uart);
}

void console_put(char c)
{
    if (uart == NULL)
        return;
    if (c == '\n')
        board_uart_put(uart, '\r');
    board_uart_put(uart, c);
}

void console_print(const char *text)
{
    while (*text != '\0')
        console_put(*text++);
}

void console_print_hex(uint64_t value)
{
    console_print("0x");
    for (int shift = 60; shift >= 0; shift -= 4)
        if (value >> shift != 0 || shift == 0)
            console_put("0123456789abcdef"[value >> shift & 15]);
}

void console_print_decimal(uint64_t value)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (n > 0)
        console_put(digits[--n]);
}

/* PSCI SYSTEM_OFF (Arm DEN 0022, 5.10). */
static _Noreturn void power_off(void)
{
    register uint64_t function __asm__("x0") = 0x84000008;

    __asm__ volatile("smc #0" : "+r"(function) : : "memory");
    for (;;)
        wait_for_interrupt();
}

_Noreturn void panic(const char *text, uint64_t a, uint64_t b, uint64_t c)
{
    console_print("\nnucleus: ");
    console_print(text);
    console_print(": ");
    console_print_hex(a);
    console_put(' ');
    console_print_hex(b);
    console_put(' ');
    console_print_hex(c);
    console_put('\n');
    power_off();
}

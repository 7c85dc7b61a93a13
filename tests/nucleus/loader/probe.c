/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/nucleus/loader/probe.c: prints, on the console, what a kernel finds when the
 * loader enters it, a line "name value" each, and powers off. tests/nucleus/
 * loader.py knows what it has to be.
 */
#include <stddef.h>
#include <stdint.h>

#include <board.h>
#include <board_uart.h>

/* To be loaded, and to be zeroed: odd sizes on purpose. */
static const char loaded[] = "these bytes come from the kernel's file";
static volatile uint8_t zeroed[3000001];

static void print(const char *text)
{
    for (; *text != 0; text++)
        board_uart_put((volatile uint32_t *)(uintptr_t)BOARD_UART, *text);
}

static void tell(const char *name, uint64_t value)
{
    char digits[19] = "0x0000000000000000";

    for (int i = 17; i >= 2; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    print(name);
    print(" ");
    print(digits);
    print("\n");
}

/* Sum of bytes, each times its place. */
static uint64_t checksum(const uint8_t *bytes, uint64_t size)
{
    uint64_t sum = 0;

    for (uint64_t i = 0; i < size; i++)
        sum += (i + 1) * bytes[i];
    return sum;
}

_Noreturn void probe(const uint64_t *found)
{
    static const char *const names[] = {"root_start", "root_end", "root_offset", "root_entry",
                                        "tree", "tree_size", "ticks", "sctlr", "daif", "level"};
    register uint64_t function __asm__("x0");
    uint64_t dirty = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        tell(names[i], found[i]);
    for (size_t i = 0; i < sizeof zeroed; i++)
        dirty += zeroed[i] != 0;
    tell("dirty", dirty);
    tell("loaded", checksum((const uint8_t *)loaded, sizeof loaded));
    tell("root", checksum((const uint8_t *)found[0], found[1] - found[0]));
    tell("tree_magic", *(const uint32_t *)found[4]);
    tell("tree_total", *((const uint32_t *)found[4] + 1));
    function = 0x84000008; /* PSCI SYSTEM_OFF */
    __asm__ volatile("smc #0" : "+r"(function));
    for (;;)
        ;
}

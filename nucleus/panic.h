/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/panic.h: the end: a kernel that cannot go on says why, in every build, and stops the machine.
 */
#pragma once

#include "nucleus/base.h"

/* Prints the text and the three numbers on the console and powers the machine off. */
_Noreturn void panic(const char *text, uint64_t a, uint64_t b, uint64_t c);

/* The console: waits until the character is taken. Before kernel_map_boot() nothing is printed. */
void console_put(char c);
void console_print(const char *text);
void console_print_hex(uint64_t value);
void console_print_decimal(uint64_t value);

/* The devices are mapped from now on. */
void console_boot(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts that the runtime's tests share: checks that name their line, a table of tests per file, the console underneath. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct runtime_test {
    const char *name;
    void (*run)(void);
};

/* Tables end with a null name. */
extern const struct runtime_test string_tests[], library_tests[], number_tests[], stack_tests[], thread_tests[];

/* Grows by "p", "a" and "b" as the test's preinitialisation and two constructors run (library.c). */
extern char constructor_order[10];

/* Counts a failure of the running test and prints it, unless `holds`. */
#define EXPECT(condition) runtime_expect((condition), #condition, __FILE__, __LINE__)
void runtime_expect(bool holds, const char *text, const char *file, int line);

/* ---- console.c: the hooks ---- */

/* Installs hooks that write to the UART and read from a text in memory. */
void console_install(void);
/* The last text given to write(), and how often write() was called. */
extern char console_last[256];
extern unsigned console_writes;
/* The text that read() gets from now on. */
void console_input(const char *text);
/* When true, write() goes to console_last only. */
extern bool console_quiet;

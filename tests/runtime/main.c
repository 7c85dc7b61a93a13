/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the tables of tests. See README.md. */
#include "runtime_test.h"
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>

enum { final_status = 7 };

int process_main(int argc, char **argv, char **envp); /* threads.c */

static const struct {
    const char *name;
    const struct runtime_test *tests;
} tables[] = {{"string", string_tests}, {"library", library_tests}, {"number", number_tests}, {"stack", stack_tests},
            {"thread", thread_tests}};

static int failures;

void runtime_expect(bool holds, const char *text, const char *file, int line)
{
    if (!holds) {
        failures++;
        printf("  %s:%d: not so: %s\n", file, line, text);
    }
}

static void at_exit(void)
{
    printf("at exit, ");
}

int main(int argc, char **argv, char **envp)
{
    if (runtime_start_block != NULL) {
        return process_main(argc, argv, envp);
    }
    console_install();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const struct runtime_test *test = tables[i].tests; test->name != NULL; test++) {
            failures = 0;
            test->run();
            printf("%s %s.%s\n", failures == 0 ? "PASS" : "FAIL", tables[i].name, test->name);
        }
    }
    atexit(at_exit);
    printf("END, ");
    return final_status;
}

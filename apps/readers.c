/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/readers.c: `readers N [full]`: N threads that each wait for a line, for tests of the console. With `full`, they ask for it when
 * the program has taken all memory, and repeat that until it succeeds. */
#include <cell/idl/console.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile bool begin = true;

static int read_line(void *argument)
{
    while (!begin)
        cell_sleep(100000000);
    char line[64];
    uint64_t count;
    cell_error_t error;

    do
        error = console_read(cell_rde("CONSOLE"), 0, sizeof line - 1, line, &count);
    while (argument != NULL && error == CELL_NO_MEMORY);
    if (error == CELL_OK)
        printf("reader: got %.*s\n", (int)strcspn(line, "\n"), line);
    else
        printf("reader: %s\n", cell_error_text(error));
    return 0;
}

static void take_all_memory(void)
{
    cell_cap_t mo;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK)
        error = mo_allocate(cell_rde("MO"), 1, 0, &mo);
    printf("readers: %s\n", cell_error_text(error));
}

int main(int argc, char **argv)
{
    bool full = argc > 2 && strcmp(argv[2], "full") == 0;
    int count = argc > 1 ? atoi(argv[1]) : 1;
    struct spawned *threads = calloc((size_t)count, sizeof *threads);
    uint64_t cause, code;

    begin = !full;
    for (int i = 0; threads != NULL && i < count; i++) {
        cell_error_t error = cell_thread_create(read_line, full ? argv : NULL, &threads[i]);

        if (error != CELL_OK) {
            printf("readers: %s\n", cell_error_text(error));
            return 1;
        }
    }
    printf("readers: all started\n");
    if (full)
        take_all_memory();
    begin = true;
    for (int i = 0; threads != NULL && i < count; i++)
        pd_wait(threads[i].pd, threads[i].id, &cause, &code);
    return 0;
}

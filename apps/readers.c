/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/readers.c: N threads that each wait for a line (readers N), for tests of the console. */
#include <cell/idl/console.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_line(void *argument)
{
    char line[64];
    uint64_t count;
    cell_error_t error = console_read(cell_rde("CONSOLE"), 0, sizeof line - 1, line, &count);

    (void)argument;
    if (error == CELL_OK)
        printf("reader: got %.*s\n", (int)strcspn(line, "\n"), line);
    else
        printf("reader: %s\n", cell_error_text(error));
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1;
    struct spawned *threads = calloc((size_t)count, sizeof *threads);
    uint64_t cause, code;

    for (int i = 0; threads != NULL && i < count; i++) {
        cell_error_t error = cell_thread_create(read_line, NULL, &threads[i]);

        if (error != CELL_OK) {
            printf("readers: %s\n", cell_error_text(error));
            return 1;
        }
    }
    printf("readers: all started\n");
    for (int i = 0; threads != NULL && i < count; i++)
        pd_wait(threads[i].pd, threads[i].id, &cause, &code);
    return 0;
}

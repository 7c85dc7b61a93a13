/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/maker.c: makes a PD of each configuration that is typed, and prints the result.
 *
 * A configuration ends with an empty line. The result is `ok`, or the line and what is wrong with
 * it. A PD that was made is ended at once, so that the next configuration finds everything as
 * before. What the maker itself has depends on its own configuration.
 */
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A function that configurations can name. */
int idle(void *argument)
{
    (void)argument;
    for (;;)
        ;
}

static void make(const char *text, size_t length)
{
    struct spawn spawn = {.text = malloc(length), .length = length, .room = length};
    struct spawned spawned = {0};

    if (spawn.text == NULL) {
        printf("no memory\n");
        return;
    }
    memcpy(spawn.text, text, length);
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error == CELL_OK) {
        pd_terminate(spawned.pd, spawned.id, 0, 0);
        handle_drop(spawned.pd);
    }
    printf("%s\n", error == CELL_OK            ? "ok"
                   : spawned.fault[0] != 0 ? spawned.fault
                                           : cell_error_text(error));
}

int main(void)
{
    static char text[8192];
    size_t length = 0;

    printf("maker: ready\n");
    cell_ready();
    while (length + 256 < sizeof text && fgets(text + length, 256, stdin) != NULL) {
        if (text[length] != '\n') {
            length += strlen(text + length);
            continue;
        }
        if (length != 0)
            make(text, length);
        length = 0;
    }
    return 0;
}

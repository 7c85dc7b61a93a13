/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/nest.c: `nest [LINE...] -- PROGRAM [ARG...]`: makes a process of PROGRAM with these lines in its configuration and
 * all request edges, and waits for it. PROGRAM may be nest.
 */
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct spawn spawn;
    struct spawned spawned = {0};
    uint64_t cause, code;
    char more[64];
    int program = 1;

    while (program < argc && strcmp(argv[program], "--") != 0)
        program++;
    if (++program >= argc) {
        printf("nest: no program\n");
        return 2;
    }
    snprintf(more, sizeof more, "program=%s", argv[program]);
    spawn_begin(&spawn, argv[program], "process", more);
    spawn_edges(&spawn);
    for (int i = 1; i < program - 1; i++)
        spawn_line(&spawn, "  %s", argv[i]);
    spawn_arguments(&spawn, argc - program - 1, argv + program + 1);
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error == CELL_OK)
        error = pd_wait(spawned.pd, spawned.id, &cause, &code);
    if (error != CELL_OK)
        printf("nest: %s: %s\n", argv[program], spawned.fault[0] != 0 ? spawned.fault : cell_error_text(error));
    return error != CELL_OK;
}

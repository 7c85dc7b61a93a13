/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/context.c: see context.h. */
#include <lib/client/context.h>

cell_error_t cell_context_create(const char *regions, struct spawned *made)
{
    struct spawn spawn;

    spawn_begin(&spawn, "context", "context", "");
    spawn_text(&spawn, regions);
    return spawn_run(&spawn, made);
}

cell_error_t cell_context_snapshot(struct spawned *made)
{
    struct spawn spawn;

    spawn_begin(&spawn, "snapshot", "snapshot", "");
    cell_error_t error = spawn_run(&spawn, made);

    /* The vector registers are not part of a snapshot; those that functions keep are saved. */
    __asm__ volatile(""
                     :
                     :
                     : "memory", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
    return error;
}

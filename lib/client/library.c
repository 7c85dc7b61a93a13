/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/library.c: see library.h. */
#include <lib/client/library.h>

#include <cell/idl/library.h>
#include <stdio.h>

cell_error_t cell_library_create(const char *name, int (*function)(void *), struct spawned *library)
{
    struct spawn spawn;
    char entry[32];

    /* What waits to be written is its maker's to write. */
    fflush(stdout);
    fflush(stderr);
    snprintf(entry, sizeof entry, "entry=0x%lx", (unsigned long)(uintptr_t)function);
    spawn_begin(&spawn, name, "library", entry);
    spawn_edges(&spawn);
    return spawn_run(&spawn, library);
}

cell_error_t cell_library_call(const struct spawned *library, void *argument, uint64_t nanoseconds, int *result)
{
    uint64_t word = 0;
    cell_error_t error = library_call(library->pd, library->id, (uintptr_t)argument, nanoseconds, &word);

    /* The vector registers are as the library has left them: those that functions keep are saved. */
    __asm__ volatile(""
                     :
                     :
                     : "memory", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
    if (error == CELL_OK)
        *result = (int)word;
    return error;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/given.h: finds a handle that a program was given. */
#pragma once

#include <cell/idl/handle.h>
#include <lib/client/spawn.h>
#include <string.h>

/* The program's first handle of a resource of this type; 0: it has none. */
static inline cell_cap_t given(const char *wanted)
{
    uint64_t where = 0, space, object, rights, kind;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (strcmp(type, wanted) == 0)
            return where;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/knock.c: asks for a toy through every request edge for toys in its table, whether the
 * edge is in its start block ("told") or not.
 */
#include <cell/idl/handle.h>
#include <cell/idl/toy.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    uint64_t where = 0, space, server;
    char type[32];

    (void)argc;
    while (handle_edge(CSPACE_SELF, cell_pd_id(), where, &where, &space, &server, type) == CELL_OK) {
        cell_cap_t toy;

        if (strcmp(type, "TOY") == 0)
            printf("%s: edge %s: %s\n", argv[0], cell_rde("TOY") == where ? "told" : "not told",
                   cell_error_text(toy_create(where, 1, "", &toy)));
    }
    return 0;
}

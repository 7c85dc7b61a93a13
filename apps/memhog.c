/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/memhog.c: takes as much memory as it gets, and prints the error that ended that; `memhog
 * heap` does so by malloc, and touches all of it. */
#include <cell/idl/mo.h>
#include <errno.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages of the largest request; smaller ones follow, down to one page. */
#define LARGEST 4096u

static void take_objects(void)
{
    cell_cap_t space = cell_rde("MO"), mo;
    uint64_t taken = 0;
    cell_error_t error = CELL_OK;

    for (uint64_t pages = LARGEST; pages > 0;) {
        error = mo_allocate(space, pages, 0, &mo);
        if (error == CELL_OK)
            taken += pages;
        else
            pages /= 2;
    }
    printf("memhog: after %lu pages: %s\n", taken, cell_error_text(error));
}

static void take_heap(void)
{
    uint64_t taken = 0;
    char *piece;

    while ((piece = malloc(CELL_PAGE)) != NULL) {
        memset(piece, 1, CELL_PAGE);
        taken++;
    }
    printf("memhog: malloc after %lu pages: %s\n", taken, strerror(errno));
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "heap") == 0)
        take_heap();
    else
        take_objects();
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-check: a client of a file server (idl/file.idl), for tests:
 *
 *   work [ROUNDS]    every operation, with the result that it must have
 *   rights           handles with less than all rights, and paths that try to leave the root
 *   wild ROUNDS      random requests: handles, offsets near 2^63, lengths near 2^64
 *   many COUNT       makes files, and removes them
 *   tree COUNT       makes files in directories of 1 000, lists, reads and removes them; free blocks and files must be as before
 *   die              ends with files open, one of them without a name
 *   full [ROUNDS]    fills the disk
 *   bad WHAT         has a disk fail to write, fail to read, or end (apps/bad-disk.c)
 *   on               makes, writes and syncs files until the server or its disk is gone
 *
 * It says "file-check: NAME: as it should be", or what was wrong.
 */
#include <stdlib.h>

#include "apps/file-check/file-check.h"

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(unsigned rounds);
    } ways[] = {{"work", work}, {"rights", rights}, {"wild", wild}, {"many", many}, {"tree", tree},
                {"die", die},   {"full", full},     {"bad", bad},   {"on", on}};
    cell_error_t error = begin();

    expect("begin", error, CELL_OK);
    word = argc > 2 ? argv[2] : "";
    for (size_t i = 0; error == CELL_OK && i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            ways[i].run(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
    return checked(argc > 1 ? argv[1] : "");
}

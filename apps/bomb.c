/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/bomb.c: `bomb [fork|chain|copies|faults] [N]`: makes processes of itself. `fork`: each makes up to N others, or as many as it
 * gets, and stays. `chain`: each makes one and exits, for N generations; `copies`: the same by copying itself. `faults`: makes N
 * processes that fault, each in a budget of its own.
 */
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cell_error_t make(const char *how, unsigned long count)
{
    struct spawn spawn;
    struct spawned spawned;
    char number[24];
    char *arguments[] = {(char *)how, number};

    snprintf(number, sizeof number, "%lu", count);
    spawn_begin(&spawn, "bomb", "process", "program=bomb");
    spawn_edges(&spawn);
    if (strcmp(how, "fault") == 0)
        spawn_line(&spawn, "  limits");
    spawn_arguments(&spawn, 2, arguments);
    return spawn_run(&spawn, &spawned);
}

/* Each generation is a copy of the one before, which exits. */
static int copies(unsigned long count)
{
    struct spawned child = {0};
    cell_error_t error = CELL_OK;

    while (count-- > 0) {
        error = cell_fork("bomb", &child);
        if (error != CELL_OK || child.id != 0)
            break;
    }
    if (error != CELL_OK)
        printf("bomb: %lu generations are missing: %s\n", count + 1, cell_error_text(error));
    else if (child.id == 0)
        printf("bomb: the chain ends\n");
    return error != CELL_OK;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "fork";
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : ~0ul;
    unsigned long made = 0;
    cell_error_t error = CELL_OK;

    if (strcmp(how, "chain") == 0) {
        if (count == 0) {
            printf("bomb: the chain ends\n");
            return 0;
        }
        error = make(how, count - 1);
        if (error != CELL_OK)
            printf("bomb: %lu generations are missing: %s\n", count, cell_error_text(error));
        return error != CELL_OK;
    }
    if (strcmp(how, "copies") == 0)
        return copies(count);
    if (strcmp(how, "fault") == 0)
        *(volatile char *)count = 1; /* a small address */
    if (strcmp(how, "faults") == 0)
        how = "fault";
    while (made < count && (error = make(how, count)) == CELL_OK)
        made++;
    if (made < count)
        printf("bomb: %lu made, then: %s\n", made, cell_error_text(error));
    cell_sleep(UINT64_MAX);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/crowd.c: how many PDs can be alive at once? `crowd processes|full|threads COUNT`
 * starts so many that wait, and ends them all when the first of them ends: until somebody kills
 * that. Full ones are processes with all pages of heap and stack present. */
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY UINT64_C(86400000000000)

static int wait_long(void *argument)
{
    (void)argument;
    cell_sleep(DAY);
    return 0;
}

static cell_error_t start_process(struct spawned *spawned)
{
    struct spawn spawn;

    spawn_begin(&spawn, "one", "process", "program=crowd");
    spawn_line(&spawn, "region heap disjoint pages=100 on-touch");
    spawn_line(&spawn, "args one");
    return spawn_run(&spawn, spawned);
}

static cell_error_t start_full(struct spawned *spawned)
{
    struct spawn spawn;

    spawn_begin(&spawn, "one", "process", "program=crowd");
    spawn_line(&spawn, "region heap disjoint pages=100");
    spawn_line(&spawn, "region stack disjoint pages=16 guard");
    spawn_line(&spawn, "args one");
    return spawn_run(&spawn, spawned);
}

static cell_error_t start_thread(struct spawned *spawned)
{
    return cell_thread_create(wait_long, NULL, spawned);
}

/* Ends all; they may be many, so each is asked for once. */
static int end_all(const struct spawned *pds, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++)
        if (pd_terminate(pds[i].pd, pds[i].id, 255, 255) != CELL_OK || handle_drop(pds[i].pd) != CELL_OK)
            return 1;
    return 0;
}

static int crowd(const char *what, cell_error_t (*start)(struct spawned *), unsigned long wanted)
{
    struct spawned *pds = malloc(wanted * sizeof *pds);
    unsigned long count = 0;
    cell_error_t error = CELL_OK;
    uint64_t cause, code;

    if (pds == NULL)
        return 1;
    memset(pds, 0, wanted * sizeof *pds);
    for (; count < wanted && error == CELL_OK; count += error == CELL_OK)
        error = start(&pds[count]);
    cell_sleep(100000000); /* until all of them wait */
    if (error != CELL_OK)
        printf("crowd: number %lu: %s\n", count, cell_error_text(error));
    if (count != 0) {
        printf("crowd: %lu %s, the first is PD_%lx\n", count, what, pds[0].id);
        pd_wait(pds[0].pd, pds[0].id, &cause, &code);
    }
    int failed = end_all(pds, count);

    printf("crowd: ended\n");
    free(pds);
    return failed | (error != CELL_OK);
}

int main(int argc, char **argv)
{
    unsigned long wanted = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

    if (argc == 2 && strcmp(argv[1], "one") == 0)
        return wait_long(NULL);
    if (wanted != 0 && strcmp(argv[1], "processes") == 0)
        return crowd(argv[1], start_process, wanted);
    if (wanted != 0 && strcmp(argv[1], "full") == 0)
        return crowd("full", start_full, wanted);
    if (wanted != 0 && strcmp(argv[1], "threads") == 0)
        return crowd(argv[1], start_thread, wanted);
    printf("usage: crowd processes|full|threads COUNT\n");
    return 2;
}

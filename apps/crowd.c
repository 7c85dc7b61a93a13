/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/crowd.c: how many PDs can be alive at once?
 *
 *   crowd processes|full|threads COUNT   starts COUNT that wait, and ends all of them when the first one is killed. Full ones are
 *                                        processes with all pages of heap and stack present
 *   crowd rounds PRESET COUNT            makes and ends one of the preset COUNT times
 *   crowd tries PRESET COUNT             the same, but goes on after failures, and says how often there was which error
 *   crowd mixed COUNT                    says what one more PD of each preset costs, with 10 PDs of all presets alive and with COUNT
 */
#include <cell/idl/context.h>
#include <cell/idl/handle.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <lib/client/context.h>
#include <lib/client/library.h>
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

/* Ends all. */
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

/* ---- One of each preset --------------------------------------------------- */

static cell_error_t start_isolated(const char *preset, struct spawned *made)
{
    struct spawn spawn;
    char entry[32];

    snprintf(entry, sizeof entry, "entry=%#lx", (unsigned long)(uintptr_t)wait_long);
    spawn_begin(&spawn, "one", preset, entry);
    return spawn_run(&spawn, made);
}

static cell_error_t start_isolated_stack(struct spawned *made)
{
    return start_isolated("thread-isolated-stack", made);
}

static cell_error_t start_isolated_heap(struct spawned *made)
{
    return start_isolated("thread-isolated-heap", made);
}

static cell_error_t start_library(struct spawned *made)
{
    return cell_library_create("one", wait_long, made);
}

static cell_error_t start_fork(struct spawned *made)
{
    cell_error_t error = cell_fork("one", made);

    if (error == CELL_OK && made->id == 0)
        exit(wait_long(NULL));
    return error;
}

/* Makes a guest, whose messages go to this PD, which must be a server (`run serves=CROWD crowd ...`). It has a lower priority, and
 * so never runs. */
static cell_error_t start_guest(struct spawned *made)
{
    static cell_cap_t space;
    cell_error_t error = CELL_OK;
    struct spawn spawn;
    uint64_t id;

    if (space == 0)
        error = resspc_create(cell_rde("RESSPC"), "CROWD", &space, &id);
    if (error != CELL_OK)
        return error;
    spawn_begin(&spawn, "one", "guest", "");
    spawn_line(&spawn, "region 0x40000000 disjoint pages=1024 page=2M");
    spawn_line(&spawn, "region 0x50000000 disjoint pages=20");
    spawn_line(&spawn, "priority 1");
    return spawn_run(&spawn, made);
}

static cell_error_t start_context(struct spawned *made)
{
    return cell_context_create("", made);
}

static cell_error_t end_pd(const struct spawned *made)
{
    cell_error_t error = pd_terminate(made->pd, made->id, 255, 255);

    return error == CELL_OK ? handle_drop(made->pd) : error;
}

static cell_error_t end_context(const struct spawned *made)
{
    return context_drop(made->id);
}

static const struct way {
    const char *preset;
    cell_error_t (*start)(struct spawned *made);
    cell_error_t (*end)(const struct spawned *made);
} ways[] = {
    {"thread", start_thread, end_pd},
    {"thread-isolated-stack", start_isolated_stack, end_pd},
    {"thread-isolated-heap", start_isolated_heap, end_pd},
    {"process", start_process, end_pd},
    {"library", start_library, end_pd},
    {"fork", start_fork, end_pd},
    {"context", start_context, end_context},
    {"snapshot", cell_context_snapshot, end_context},
    {"guest", start_guest, end_pd},
};
#define WAYS (sizeof ways / sizeof *ways)
#define MIXED_WAYS (WAYS - 1) /* all but guests */
#define PD_WAYS (WAYS - 3)

static const struct way *way_of(const char *preset)
{
    const struct way *way = ways;

    while (way < ways + WAYS && strcmp(way->preset, preset) != 0)
        way++;
    return way;
}

#define ERRORS 64u

static int tries(const char *preset, unsigned long count)
{
    const struct way *way = way_of(preset);
    unsigned long counts[ERRORS] = {0}, last = 0;
    struct spawned made;

    for (unsigned long i = 0; i < count && way < ways + WAYS; i++) {
        cell_error_t error = way->start(&made);

        counts[error % ERRORS]++;
        if (error != CELL_OK)
            last = i;
        else if (way->end(&made) != CELL_OK)
            printf("crowd: tries of %s: the end failed\n", preset);
    }
    for (unsigned i = 0; i < ERRORS; i++)
        if (counts[i] != 0)
            printf("crowd: tries of %s: %lu times %s\n", preset, counts[i], cell_error_text((cell_error_t)i));
    printf("crowd: tries of %s: the last that failed was %lu of %lu\n", preset, last, count);
    return 0;
}

static int rounds(const char *preset, unsigned long count)
{
    const struct way *way = way_of(preset);
    struct spawned made;
    cell_error_t error = CELL_OK;
    unsigned long done = 0;

    for (; way < ways + WAYS && done < count && error == CELL_OK; done += error == CELL_OK) {
        error = way->start(&made);
        if (error == CELL_OK)
            error = way->end(&made);
    }
    printf("crowd: %lu rounds of %s: %s\n", done, preset, cell_error_text(error));
    return error != CELL_OK;
}

/* ---- All presets at once ---------------------------------------------------- */

/* How many PDs one maker makes: few, as each fork copies what its maker has. */
#define EACH 50u

/* A maker: its first handle is the notification with which it says that it is done. */
static int make_some(unsigned long count)
{
    struct spawned made;

    for (unsigned long i = 0; i < count; i++)
        if (ways[i % PD_WAYS].start(&made) != CELL_OK)
            printf("crowd: no %s\n", ways[i % PD_WAYS].preset);
    seL4_Signal(CSPACE_AT(CSPACE_COMMON, 0));
    return wait_long(NULL);
}

static bool start_maker(cell_cap_t done, unsigned long count)
{
    struct spawn spawn;
    struct spawned made;
    seL4_Word badge;

    spawn_begin(&spawn, "maker", "process", "program=crowd");
    spawn_edges(&spawn);
    spawn_line(&spawn, "give %#lx rights=w", (unsigned long)done);
    spawn_line(&spawn, "args some %lu", count);
    if (spawn_run(&spawn, &made) != CELL_OK) {
        printf("crowd: maker: %s\n", made.fault);
        return false;
    }
    handle_drop(made.pd);
    seL4_Wait(done, &badge);
    return true;
}

static uint64_t ticks(void)
{
    uint64_t now;

    __asm__ volatile("isb; mrs %0, cntvct_el0"
                     : "=r"(now));
    return now;
}

#define SAMPLES 8u

static cell_error_t measure(uint64_t *costs)
{
    struct spawned made;

    for (size_t i = 0; i < MIXED_WAYS; i++)
        for (unsigned j = 0; j < SAMPLES; j++) {
            uint64_t start = ticks();
            cell_error_t error = ways[i].start(&made);

            /* The first one is not counted: it may find what was kept for later use. */
            costs[i] = j == 0 ? 0 : costs[i] + (ticks() - start);
            if (error == CELL_OK)
                error = ways[i].end(&made);
            if (error != CELL_OK)
                return error;
        }
    return CELL_OK;
}

static int mixed(unsigned long wanted)
{
    uint64_t few[MIXED_WAYS], many[MIXED_WAYS];
    unsigned long count = 10;
    cell_cap_t done;

    if (ntfn_allocate(cell_rde("NTFN"), &done) != CELL_OK || !start_maker(done, 9) || measure(few) != CELL_OK)
        return 1;
    for (; count < wanted; count += EACH)
        if (!start_maker(done, EACH - 1))
            return 1;
    cell_error_t error = measure(many);

    for (size_t i = 0; i < MIXED_WAYS && error == CELL_OK; i++)
        printf("crowd: one more %s: %lu with 10, %lu with %lu\n", ways[i].preset, (unsigned long)(few[i] / (SAMPLES - 1)),
               (unsigned long)(many[i] / (SAMPLES - 1)), count);
    printf("crowd: mixed: %s\n", cell_error_text(error));
    return error != CELL_OK;
}

int main(int argc, char **argv)
{
    unsigned long wanted = argc >= 3 ? strtoul(argv[argc - 1], NULL, 10) : 0;

    if (argc == 2 && strcmp(argv[1], "one") == 0)
        return wait_long(NULL);
    if (wanted != 0 && strcmp(argv[1], "rounds") == 0)
        return rounds(argv[2], wanted);
    if (wanted != 0 && strcmp(argv[1], "tries") == 0)
        return tries(argv[2], wanted);
    if (wanted != 0 && strcmp(argv[1], "some") == 0)
        return make_some(wanted);
    if (wanted != 0 && strcmp(argv[1], "mixed") == 0)
        return mixed(wanted);
    if (wanted != 0 && strcmp(argv[1], "processes") == 0)
        return crowd(argv[1], start_process, wanted);
    if (wanted != 0 && strcmp(argv[1], "full") == 0)
        return crowd("full", start_full, wanted);
    if (wanted != 0 && strcmp(argv[1], "threads") == 0)
        return crowd(argv[1], start_thread, wanted);
    printf("usage: crowd processes|full|threads|mixed COUNT, or rounds|tries PRESET COUNT\n");
    return 2;
}

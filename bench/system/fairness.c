/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/system/fairness.c: how long anybody waits for the root task. First the longest
 * answer to each of some large requests, which are done in pieces; then the worst answer
 * to a null request while ATTACKERS PDs with a lower ceiling ask for all they can
 * (apps/pressure.c). Ends the machine when it is done.
 */
#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <string.h>

#include "bench/system/measure.h"

#define ATTACKERS 100u
#define PROBES 3000u
/* Nanoseconds between two of them, in which the attackers run. */
#define PAUSE UINT64_C(200000)
#define PAGES UINT64_C(20000)
#define READ_WRITE (CELL_READ | CELL_WRITE)

/* ---- Large requests --------------------------------------------------- */

static uint64_t longest;

/* As cell_call(), with the time of the longest of the answers. */
static cell_error_t ask(cell_cap_t to, uint64_t label, uint64_t *words, unsigned in_words)
{
    uint64_t first[4], error;

    do {
        uint64_t badge = to, info = seL4_MessageInfo_new(label, 0, 0, in_words).words[0];

        for (unsigned i = 0; i < 4; i++)
            first[i] = i < in_words ? words[i] : 0;
        for (unsigned i = 4; i < in_words; i++)
            seL4_GetIPCBuffer()->msg[i] = words[i];
        uint64_t start = measure_now();

        sel4_trap((seL4_Word)seL4_SysCall, &badge, &info, &first[0], &first[1], &first[2], &first[3]);
        uint64_t took = measure_now() - start;

        if (took > longest)
            longest = took;
        error = info >> 12;
    } while (error == CELL_AGAIN);
    memcpy(words, first, sizeof first);
    return (cell_error_t)error;
}

static void tell(const char *what)
{
    char name[96];

    snprintf(name, sizeof name, "longest answer: %s", what);
    measure_row(name, longest, 1);
    longest = 0;
}

static void large_memory(void)
{
    uint64_t words[8] = {PAGES, 0};

    measure_need(ask(cell_rde("MO"), MO_ALLOCATE_LABEL, words, 2), "MO");
    cell_cap_t mo = words[0];

    tell("MO allocate 20000 pages");
    uint64_t attach[8] = {CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, READ_WRITE, 0};

    measure_need(ask(CSPACE_SELF, ADS_ATTACH_LABEL, attach, 6), "attach");
    tell("attach 20000 pages");
    uint64_t remove[8] = {CSPACE_SELF, attach[0]};

    measure_need(ask(CSPACE_SELF, ADS_REMOVE_LABEL, remove, 2), "remove");
    tell("remove 20000 pages");
    measure_need(ask(mo, MO_RELEASE_LABEL, words, 0), "release");
    tell("MO free 20000 pages");
}

static void start(const char *argument, const char *lines, struct spawned *spawned)
{
    struct spawn spawn;
    char command[32];
    char *arguments[] = {"attack", command};

    snprintf(command, sizeof command, "%s", argument);
    spawn_begin(&spawn, "attacker", "process", "program=pressure");
    spawn_line(&spawn, "  ceiling 100");
    spawn_line(&spawn, "  %s", lines);
    spawn_edges(&spawn);
    spawn_arguments(&spawn, 2, arguments);
    measure_need(spawn_run(&spawn, spawned), spawned->fault);
}

/* A process that is made with much memory, with a copy of it, and with many handles. */
static void large_makes(void)
{
    static const char *const lines[][2] = {
        {"longest answer: make a process with 5000 pages", "region 0x40000000 disjoint pages=5000"},
        {"longest answer: make a process with 1000 handles", "give MO rights=rw"},
    };
    static cell_cap_t mos[1000];

    for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
        measure_need(mo_allocate(cell_rde("MO"), 1, 1, &mos[i]), "MO");
    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        uint64_t words[64] = {0};
        int length = snprintf(text, sizeof text, "pd child process program=bench-child\n  %s\n  args wait\n",
                              lines[i][1]);

        words[0] = (uint64_t)length;
        memcpy(words + 1, text, (size_t)length);
        measure_need(ask(cell_rde("PD"), PD_MAKE_LABEL, words, 1 + ((unsigned)length + 7) / 8), lines[i][1]);
        measure_row(lines[i][0], longest, 1);
        longest = 0;
        measure_need(pd_terminate(words[0], words[1], 255, 255), "terminate");
    }
    for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
        measure_need(mo_release(mos[i]), "release");
}

/* A process with many threads, and one with much memory. */
static void large_ends(void)
{
    static const char *const kinds[] = {"threads", "memory", "handles"};

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct spawned spawned;
        char what[64];

        start(kinds[i], "linked", &spawned);
        clock_sleep(UINT64_C(1000000000));
        uint64_t words[8] = {spawned.pd, spawned.id, 255, 255};

        measure_need(ask(CSPACE_SELF, PD_TERMINATE_LABEL, words, 4), "terminate");
        snprintf(what, sizeof what, "terminate a PD with many %s", kinds[i]);
        tell(what);
    }
}

/* ---- Under attack ------------------------------------------------------ */

/* The worst time from the moment at which it wants to go on, whatever the root task is at then,
 * to the answer of a null request. */
static uint64_t probe(unsigned probes)
{
    uint64_t worst = 0, now, resolution, frequency;

    for (unsigned i = 0; i < probes; i++) {
        uint64_t pause = PAUSE + i % 7 * 1000, start = measure_now();

        measure_need(clock_sleep(pause), "sleep");
        measure_need(clock_now(&now, &resolution, &frequency), "null request");
        uint64_t took = measure_now() - start - pause;

        if (took > worst)
            worst = took;
    }
    return worst;
}

static void attack(void)
{
    static const char *const kinds[] = {"null", "large", "fault", "fork", "sleep"};
    static struct spawned attackers[ATTACKERS];

    for (unsigned i = 0; i < ATTACKERS; i++)
        start(kinds[i % (sizeof kinds / sizeof *kinds)], "linked", &attackers[i]);
    measure_row("timer to null request answered under 100 attackers, worst", probe(PROBES), 1);
    uint64_t begin = measure_now();

    for (unsigned i = 0; i < ATTACKERS; i++)
        measure_need(pd_terminate(attackers[i].pd, attackers[i].id, 255, 255), "terminate");
    measure_row("ending 100 attackers", measure_now() - begin, 1);
}

int main(void)
{
    measure_init();
    measure_row("timer to null request answered, worst", probe(100), 1);
    large_memory();
    large_makes();
    large_ends();
    attack();
    machine_power_off(cell_holds(0), 0, 0);
    return 1;
}

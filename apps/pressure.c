/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/pressure.c: puts as much load as it can on the root task, to show that everybody else
 * is still served.
 *
 *   chain COUNT      makes threads, each of which is started by the one before
 *   edges            calls every operation with arguments at the ends of their ranges
 *   ceiling          tries priorities above what it may have
 *   half [stay]      begins long requests, and ends without continuing them, or stays
 *   changing COUNT [system MICROSECONDS]
 *                    takes models of itself, or of the system, while a thread changes what is in them
 *   attack KIND      forever: null, large, long, fault, fork, sleep, sleepers, askers, print; or once:
 *                    threads, memory, handles, gifts, snapshots, requests
 */
#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/word.h>
#include <cell/idl/cpu.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/client.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/once.h"

/* ---- Threads one after the other ------------------------------------ */

static volatile unsigned long started;

static int link_of_chain(void *argument)
{
    unsigned long left = (unsigned long)argument;
    struct spawned next;

    started++;
    if (left > 0 && cell_thread_create(link_of_chain, (void *)(left - 1), &next) != CELL_OK)
        return 1;
    cell_sleep(UINT64_MAX);
    return 1;
}

static int chain(unsigned long count)
{
    struct spawned first;
    unsigned long seen = 0;

    if (count == 0 || cell_thread_create(link_of_chain, (void *)(count - 1), &first) != CELL_OK)
        return 1;
    for (unsigned quiet = 0; started < count && quiet < 100; quiet = started == seen ? quiet + 1 : 0) {
        seen = started;
        cell_sleep(10000000);
    }
    printf("pressure: a chain of %lu threads\n", started);
    return started != count;
}

/* ---- Arguments at the ends of their ranges --------------------------- */

static const uint64_t edges[] = {
    0, 1, 2, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 51, (UINT64_C(1) << 52) - 1, UINT64_C(1) << 52,
    (UINT64_C(1) << 52) + 1, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 4095, UINT64_MAX - 1, UINT64_MAX};
#define EDGES (sizeof edges / sizeof *edges)
#define WORDS_MOST 8u

static unsigned long asked;

/* Leaves out operations that would end the caller, change where it runs, take its memory away, or sleep forever. */
static bool is_left_out(uint64_t label)
{
    static const uint64_t labels[] = {PD_EXIT_LABEL, PD_EXIT_PROCESS_LABEL, PD_UPCALL_LABEL, PD_RESUME_LABEL,
                                      ADS_REMOVE_PART_LABEL, ADS_CHANGE_RIGHTS_LABEL, ADS_MOVE_LABEL, WORD_WAIT_LABEL};

    for (unsigned i = 0; i < sizeof labels / sizeof *labels; i++)
        if (label == labels[i])
            return true;
    return false;
}

static cell_error_t ask(cell_cap_t to, uint64_t label, const uint64_t *words, unsigned length)
{
    uint64_t sent[WORDS_MOST];

    memcpy(sent, words, sizeof sent);
    asked++;
    return cell_call(to, label, sent, length, 0);
}

/* Calls one operation with `length` words: each word in turn has every extreme value, the others each
 * of a few values. */
static void sweep_words(cell_cap_t to, uint64_t label, unsigned length, cell_cap_t mo)
{
    const uint64_t others[] = {0, 1, mo, UINT64_MAX};
    uint64_t words[WORDS_MOST];

    for (unsigned other = 0; other < sizeof others / sizeof *others; other++)
        for (unsigned at = 0; at < length; at++)
            for (unsigned edge = 0; edge < EDGES * 2; edge++) {
                for (unsigned i = 0; i < WORDS_MOST; i++)
                    words[i] = others[other];
                /* The first word of many operations names the caller. */
                words[0] = edge < EDGES ? words[0] : CSPACE_SELF;
                words[at] = edges[edge % EDGES];
                ask(to, label, words, length);
            }
}

/* Calls all operations of an interface. They are numbered from 1; one that does not exist is a
 * bad request, whatever its length. */
static void sweep_interface(cell_cap_t to, uint64_t interface, cell_cap_t mo)
{
    static const uint64_t none[WORDS_MOST];

    for (uint64_t operation = 1; operation < 64; operation++)
        for (unsigned length = 0; length <= WORDS_MOST; length++) {
            uint64_t label = interface << 16 | operation;

            if (!is_left_out(label) && ask(to, label, none, length) != CELL_BAD_REQUEST)
                sweep_words(to, label, length, mo);
        }
}

static int sweep(void)
{
    static const char *const types[] = {"MO", "ADS", "VCPU", "EP", "PD", "RESSPC"};
    struct cell_memory memory;

    for (unsigned i = 0; i <= sizeof types / sizeof *types; i++) {
        cell_cap_t to = i == 0 ? CSPACE_SELF : cell_rde(types[i - 1]);

        for (uint64_t interface = 1; interface < 16 && to != 0; interface++) {
            /* Operations of the interface before may have freed the memory. */
            if (cell_memory_make(1, &memory) != CELL_OK)
                return 1;
            sweep_interface(to, interface, memory.mo);
            sweep_interface(memory.mo, interface, memory.mo);
        }
    }
    if (pd_wait(CSPACE_SELF, cell_pd_id(), &(uint64_t){0}, &(uint64_t){0}) != CELL_LOOP)
        return 1;
    printf("pressure: %lu requests at the edges\n", asked);
    return 0;
}

/* ---- Priorities ------------------------------------------------------ */

/* Starts this program again as `pressure COMMAND`, with two more lines in its configuration. */
static cell_error_t start(const char *command, const char *line, const char *more, struct spawned *spawned)
{
    struct spawn spawn;
    char *arguments[] = {(char *)command};

    spawn_begin(&spawn, "child", "process", "program=pressure");
    spawn_line(&spawn, "  %s", line);
    spawn_line(&spawn, "  %s", more);
    spawn_edges(&spawn);
    spawn_arguments(&spawn, 1, arguments);
    return spawn_run(&spawn, spawned);
}

static bool is_refused(const char *line, const char *more)
{
    struct spawned spawned;

    return start("ceiling-50", line, more, &spawned) == CELL_DENIED;
}

static bool may_have(cell_cap_t cpu, uint64_t most)
{
    return cpu_set_priority(cpu, most) == CELL_OK && cpu_set_priority(cpu, most + 1) == CELL_DENIED &&
           cpu_set_priority(cpu, 200) == CELL_DENIED;
}

/* A PD with ceiling `most`, which its child lowers to 50. */
static int ceiling(uint64_t most)
{
    struct spawned spawned;
    uint64_t cause, code = 1;
    cell_cap_t cpu;

    if (cpu_create(cell_rde("VCPU"), &cpu) != CELL_OK || !may_have(cpu, most))
        return 1;
    if (most == 50)
        return is_refused("priority 51", "ceiling 50") && is_refused("ceiling 51", "priority 1") ? 0 : 2;
    if (!is_refused("priority 101", "ceiling 100") || !is_refused("ceiling 101", "priority 1") ||
        !is_refused("priority 51", "ceiling 50") || !is_refused("priority 200", "linked"))
        return 3;
    if (start("ceiling-50", "ceiling 50", "linked", &spawned) != CELL_OK ||
        pd_wait(spawned.pd, spawned.id, &cause, &code) != CELL_OK || code != 0)
        return 4;
    puts("pressure: nothing goes above the ceiling");
    return 0;
}

/* ---- Models that change meanwhile --------------------------------------- */

/* Makes and gives up handles again and again, after so many nanoseconds. */
static int change(void *pause)
{
    cell_cap_t mos[8];

    for (;;) {
        for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
            if (mo_allocate(cell_rde("MO"), 1, 1, &mos[i]) != CELL_OK)
                return 1;
        cell_sleep((uint64_t)pause);
        for (unsigned i = 0; i < sizeof mos / sizeof *mos; i++)
            if (mo_release(mos[i]) != CELL_OK)
                return 1;
        cell_sleep((uint64_t)pause);
    }
}

/* Takes models of itself, or of the system, while a thread changes what is in them. If the thread has the higher priority, models
 * are taken only while it sleeps, and so have one of two sizes. */
static int changing(unsigned long count, bool system, uint64_t pause)
{
    cell_cap_t about = system ? cell_holds(0) : CSPACE_SELF;
    uint64_t id = system ? 0 : cell_pd_id();
    uint64_t snapshot, rows, least = UINT64_MAX, most = 0, others = 0;
    struct spawned spawned;
    cell_cap_t mo;

    for (unsigned i = 0; i < 60; i++)
        if (mo_allocate(cell_rde("MO"), 1, 1, &mo) != CELL_OK)
            return 1;
    if (cell_thread_create(change, (void *)pause, &spawned) != CELL_OK)
        return 2;
    for (unsigned long i = 0; i < count; i++) {
        if (graph_extract(about, id, system, id, &snapshot, &rows) != CELL_OK ||
            graph_close(snapshot) != CELL_OK)
            return 3;
        least = rows < least ? rows : least;
        most = rows > most ? rows : most;
        others += rows != least && rows != most;
    }
    printf("pressure: %lu models of %lu or %lu rows, %lu of others\n", count, (unsigned long)least, (unsigned long)most,
           (unsigned long)others);
    return 0;
}

/* ---- Attacks ------------------------------------------------------------ */

static int wait_long(void *argument)
{
    (void)argument;
    cell_sleep(UINT64_MAX);
    return 0;
}

static void flood(void)
{
    uint64_t now, resolution, frequency;

    for (;;)
        clock_now(&now, &resolution, &frequency);
}

static void large_requests(void)
{
    struct cell_memory memory;

    for (;;)
        if (cell_memory_make(500, &memory) == CELL_OK)
            cell_memory_free(&memory);
}

static void faults(void)
{
    struct spawned spawned;
    uint64_t cause, code;

    for (;;)
        if (start("fault-now", "linked", "# nothing", &spawned) == CELL_OK) {
            pd_wait(spawned.pd, spawned.id, &cause, &code);
            handle_drop(spawned.pd);
        }
}

static void forks(void)
{
    struct spawned spawned;
    uint64_t cause, code;

    for (;;)
        if (cell_thread_create(wait_long, NULL, &spawned) == CELL_OK) {
            pd_terminate(spawned.pd, spawned.id, 255, 255);
            pd_wait(spawned.pd, spawned.id, &cause, &code);
            handle_drop(spawned.pd);
        }
}

/* Sleeps until the same moments as all others. */
static int sleeper(void *argument)
{
    uint64_t now = 0, resolution, frequency, step = 2000000;

    while (clock_now(&now, &resolution, &frequency) == CELL_OK)
        cell_sleep(step - now % step);
    return argument != NULL;
}

static void sleepers(unsigned count)
{
    struct spawned spawned;

    for (unsigned i = 0; i < count; i++)
        cell_thread_create(sleeper, NULL, &spawned);
    sleeper(NULL);
}

/* Makes requests that are done in many pieces, again and again. */
static int ask_for_much(void *argument)
{
    struct cell_memory memory;

    while (argument == NULL)
        if (cell_memory_make(1000, &memory) == CELL_OK)
            cell_memory_free(&memory);
    return 0;
}

/* The same by a hundred threads at once. */
static void long_requests(void)
{
    struct spawned spawned;

    for (unsigned i = 1; i < 100; i++)
        cell_thread_create(ask_for_much, NULL, &spawned);
    ask_for_much(NULL);
}

static void few_sleepers(void)
{
    sleepers(20);
}

static void many_sleepers(void)
{
    sleepers(400);
}

static int ask_for_ever(void *argument)
{
    (void)argument;
    flood();
    return 0;
}

static void many_askers(void)
{
    struct spawned spawned;

    for (unsigned i = 0; i < 1000; i++)
        cell_thread_create(ask_for_ever, NULL, &spawned);
    flood();
}

static void many_threads(void)
{
    struct spawned spawned;

    for (unsigned i = 0; i < 500; i++)
        cell_thread_create(wait_long, NULL, &spawned);
    wait_long(NULL);
}

static void much_memory(void)
{
    struct cell_memory memory;

    cell_memory_make(20000, &memory);
    wait_long(NULL);
}

static void many_handles(void)
{
    cell_cap_t mo;

    for (unsigned i = 0; i < 2000; i++)
        mo_allocate(cell_rde("MO"), 1, 1, &mo);
    wait_long(NULL);
}

/* Gives the same page to the console again and again. */
static void many_gifts(void)
{
    cell_cap_t mo, there;
    cell_error_t error = mo_allocate(cell_rde("MO"), 1, 1, &mo);

    for (unsigned i = 0; i < 1000 && error == CELL_OK; i++)
        error = handle_give_to_server(cell_rde("CONSOLE"), mo, CELL_READ, &there);
    wait_long(NULL);
}

static void many_snapshots(void)
{
    uint64_t snapshot, rows;
    cell_cap_t mo;

    for (unsigned i = 0; i < 500; i++)
        graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows);
    /* Then larger and larger ones, until they take more than a PD without authority over the system may have. */
    while (graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows) == CELL_OK)
        mo_allocate(cell_rde("MO"), 1, 1, &mo);
    wait_long(NULL);
}

static void prints(void)
{
    for (;;)
        puts("pressure: a line that nobody wants to read, and another one, and so on forever");
}

/* ---- Requests that are not continued ------------------------------------ */

static void many_unfinished(void)
{
    for (uint64_t i = 0; i < 300; i++)
        ask_once(cell_rde("MO"), MO_ALLOCATE_LABEL, (uint64_t[]){2000 + i, 0}, 2);
    wait_long(NULL);
}

/* Begins long requests of several kinds, and does not continue them. */
static int half(bool stay)
{
    static const char text[] = "pd half process program=hello\n  region 0x40000000 disjoint pages=2000\n";
    uint64_t words[32] = {sizeof text - 1};
    cell_cap_t mo;

    memcpy(words + 1, text, sizeof text);
    if (mo_allocate(cell_rde("MO"), 2000, 0, &mo) != CELL_OK)
        return 1;
    for (uint64_t i = 0; i < 10; i++)
        if (ask_once(cell_rde("MO"), MO_ALLOCATE_LABEL, (uint64_t[]){2000 + i, 0}, 2) != CELL_AGAIN ||
            ask_once(CSPACE_SELF, ADS_ATTACH_LABEL,
                     (uint64_t[]){CSPACE_SELF, mo, 0x50000000 + (i << 24), CELL_REGION_GENERIC, 3, 0},
                     6) != CELL_AGAIN ||
            ask_once(cell_rde("PD"), PD_MAKE_LABEL, words, 1 + (sizeof text + 6) / 8) != CELL_AGAIN)
            return 2;
    puts("pressure: all is half done");
    return stay ? wait_long(NULL) : 0;
}

static int attack(const char *kind)
{
    static const struct {
        const char *kind;
        void (*run)(void);
    } attacks[] = {{"null", flood},
                   {"large", large_requests},
                   {"fault", faults},
                   {"fork", forks},
                   {"sleep", few_sleepers},
                   {"threads", many_threads},
                   {"sleepers", many_sleepers},
                   {"askers", many_askers},
                   {"memory", much_memory},
                   {"handles", many_handles},
                   {"gifts", many_gifts},
                   {"snapshots", many_snapshots},
                   {"requests", many_unfinished},
                   {"long", long_requests},
                   {"print", prints}};

    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (strcmp(attacks[i].kind, kind) == 0)
            attacks[i].run();
    return 2;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "chain") == 0)
        return chain(argc > 2 ? strtoul(argv[2], NULL, 10) : 1);
    if (strcmp(what, "edges") == 0)
        return sweep();
    if (strcmp(what, "ceiling") == 0)
        return ceiling(100);
    if (strcmp(what, "ceiling-50") == 0)
        return ceiling(50);
    if (strcmp(what, "changing") == 0)
        return changing(argc > 2 ? strtoul(argv[2], NULL, 10) : 1, argc > 4, (argc > 4 ? strtoul(argv[4], NULL, 10) : 250) * 1000);
    if (strcmp(what, "attack") == 0 && argc == 3)
        return attack(argv[2]);
    if (strcmp(what, "half") == 0)
        return half(argc > 2);
    if (strcmp(what, "fault-now") == 0)
        __asm__ volatile("str xzr, [%0]" : : "r"(UINT64_C(8)));
    puts("usage: pressure chain COUNT | edges | ceiling | half [stay] | changing COUNT [system MICROSECONDS] | attack KIND");
    return 2;
}

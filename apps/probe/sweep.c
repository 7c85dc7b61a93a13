/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/probe/sweep.c: requests with their right answers, each a line of the file `requests` in the boot archive:
 *
 *   TARGET LABEL WORD … = ERROR …      one of these errors is right
 *   TARGET LABEL WORD … ! ERROR …      anything but these
 *
 * A word is a number, or a name for a handle or an id (word_of() below). The process `probe sweep` makes handles of each type, with all
 * rights and with all but one that operations need, and gives them to `probe cases`, which finds them in its table and sends the
 * requests. Bottom-up: words, a line, all lines by each kind of caller, making the handles.
 */
#include <cell/idl/ads.h>
#include <cell/idl/block.h>
#include <cell/idl/chest.h>
#include <cell/idl/console.h>
#include <cell/idl/cpu.h>
#include <cell/idl/ep.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/kvstore.h>
#include <cell/idl/mo.h>
#include <cell/idl/nic.h>
#include <cell/idl/ntfn.h>
#include <cell/idl/pd.h>
#include <cell/idl/image.h>
#include <cell/idl/resspc.h>
#include <cell/idl/template.h>
#include <cell/idl/toy.h>
#include <cell/idl/vm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/probe/probe.h"

#define WORDS_MOST 120u
#define SECOND UINT64_C(1000000000)

/* A type of each server. */
static const char *const servers[] = {"TOY", "SAMPLE", "BLOCK", "FILE", "VM", "KVSTORE", "PROGRAM", "NIC"};
#define SERVERS (sizeof servers / sizeof *servers)

/* Arguments of `probe cases`: the id of a child, and the places of handles that another client gave to each server. */
static uint64_t child_id, foreign[SERVERS];
static uint64_t own_id;

/* ---- Words ------------------------------------------------------------- */

/* The handle of a type with exactly these rights; 0: there is none. */
static cell_cap_t own_handle(const char *type, unsigned rights)
{
    uint64_t where = 0, space, object, has, kind;
    char of[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &has, &kind, of) == CELL_OK)
        if (has == rights && strcmp(of, type) == 0)
            return where;
    return 0;
}

/* The last edge of a type, which has only the right r. */
static cell_cap_t reading_edge(const char *type)
{
    uint64_t where = 0, found = 0, space, server;
    char of[32];

    while (handle_edge(CSPACE_SELF, cell_pd_id(), where, &where, &space, &server, of) == CELL_OK)
        if (strcmp(of, type) == 0 && where != cell_rde(type))
            found = where;
    return found;
}

/* "all", or a minus and the right that is missing. */
static unsigned rights_of(const char *text)
{
    return text[0] == '-' ? CELL_ALL & ~cell_right_of(text[1]) : CELL_ALL;
}

static cell_cap_t stale(void)
{
    cell_cap_t mo = 0;

    mo_allocate(cell_rde("MO"), 1, 0, &mo);
    mo_release(mo);
    return mo;
}

/* How many handles were given to servers, which keep and may map them; the giver pays. */
static uint64_t gifts;

/* Gives a handle to the server of a type; returns its place there. */
static cell_cap_t given(const char *server, const char *type, unsigned rights)
{
    cell_cap_t there = 0;

    gifts++;
    handle_give_to_server(cell_rde(server), own_handle(type, rights | CELL_GRANT), rights, &there);
    return there;
}

/* The place of the handle that another client gave to the server of a type; the server of TOY serves CHEST, too. */
static uint64_t foreign_to(const char *type)
{
    for (size_t i = 0; i < SERVERS; i++)
        if (strcmp(type, servers[i]) == 0)
            return foreign[i];
    return foreign[0];
}

/* A word of the shape edge:TYPE, edge:TYPE:r, foreign:TYPE, given:SERVER:TYPE:RIGHTS or TYPE:RIGHTS. */
static uint64_t handle_word(const char *const part[4])
{
    if (strcmp(part[0], "edge") == 0)
        return part[2][0] == 0 ? cell_rde(part[1]) : reading_edge(part[1]);
    if (strcmp(part[0], "foreign") == 0)
        return foreign_to(part[1]);
    if (strcmp(part[0], "given") == 0)
        return given(part[1], part[2], rights_of(part[3]));
    return own_handle(part[0], rights_of(part[1]));
}

static uint64_t word_of(char *text)
{
    static const struct {
        const char *name;
        uint64_t word;
    } fixed[] = {{"none", 0}, {"self", CSPACE_SELF}, {"id:none", 999999}, {"id:console", 1}};

    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(text, fixed[i].name) == 0)
            return fixed[i].word;
    if (strcmp(text, "stale") == 0)
        return stale();
    if (strcmp(text, "id:child") == 0)
        return child_id;
    if (strcmp(text, "id:self") == 0)
        return own_id;
    if (text[0] >= '0' && text[0] <= '9')
        return strtoull(text, NULL, 0);
    const char *part[4] = {"", "", "", ""};
    char copy[64], *save = NULL, *at;
    unsigned count = 0;

    snprintf(copy, sizeof copy, "%s", text);
    for (at = strtok_r(copy, ":", &save); at != NULL && count < 4; at = strtok_r(NULL, ":", &save))
        part[count++] = at;
    return handle_word(part);
}

/* ---- A line ------------------------------------------------------------- */

/* Is the answer among the numbers at `text`? */
static bool is_among(const char *text, uint64_t answer)
{
    char *end;

    while (*text != 0) {
        if (strtoull(text, &end, 0) == answer)
            return true;
        if (end == text)
            break;
        text = end;
    }
    return false;
}

/* Sends a line's request; false, with a message: the answer is wrong. */
static bool run_case(const char *who, const char *line)
{
    char copy[1024], *save = NULL;
    uint64_t words[WORDS_MOST];
    unsigned count = 0;

    snprintf(copy, sizeof copy, "%s", line);
    char *right = strpbrk(copy, "=!");
    bool among = right != NULL && *right == '=';

    if (right == NULL)
        return false;
    *right++ = 0;
    uint64_t target = word_of(strtok_r(copy, " ", &save));
    uint64_t label = strtoull(strtok_r(NULL, " ", &save), NULL, 0);

    for (char *word; count < WORDS_MOST && (word = strtok_r(NULL, " ", &save)) != NULL;)
        words[count++] = word_of(word);
    cell_error_t error = cell_call(target, label, words, count, 0);

    if (is_among(right, error) == among)
        return true;
    printf("probe: %s: %s: %u (%s)\n", who, line, error, cell_error_text(error));
    return false;
}

/* ---- All lines ------------------------------------------------------------ */

static char **lines;
static size_t line_count;

/* Copies a file of the boot archive into memory; NULL: there is no such file, or no memory. */
static char *read_file(const char *name)
{
    cell_cap_t mo;
    uint64_t size, start;

    if (mo_archive(cell_rde("MO"), name, strlen(name), &mo, &size) != CELL_OK)
        return NULL;
    char *text = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ, 0, &start) == CELL_OK ? malloc(size + 1) : NULL;

    if (text != NULL) {
        memcpy(text, (const char *)start, size);
        text[size] = 0;
        ads_remove(CSPACE_SELF, start);
    }
    mo_release(mo);
    return text;
}

static bool read_lines(void)
{
    char *text = read_file("requests");
    size_t room = 0;

    for (char *line = text == NULL ? NULL : strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (line_count == room) {
            room = room * 2 + 256;
            char **more = realloc(lines, room * sizeof *lines);

            if (more == NULL)
                return false;
            lines = more;
        }
        lines[line_count++] = line;
    }
    return line_count != 0;
}

struct figures {
    uint64_t pages, objects;
};

static struct figures figures(void)
{
    struct figures now = {0};
    uint64_t state, slots, limit, time;
    char name[32];

    pd_info(CSPACE_SELF, own_id, &state, &now.pages, &now.objects, &slots, &limit, &time, name);
    return now;
}

static int run_all(const char *who)
{
    size_t wrong = 0;

    own_id = cell_pd_id();
    run_case(who, lines[0]); /* so that memory that is taken only once is taken before counting */
    gifts = 0;
    struct figures before = figures();

    for (size_t i = 0; i < line_count; i++)
        wrong += !run_case(who, lines[i]);
    struct figures after = figures();

    if (before.pages != after.pages || after.objects > before.objects + 2 * gifts) {
        printf("probe: %s: %lu pages and %lu objects before, %lu and %lu after\n", who, before.pages,
               before.objects, after.pages, after.objects);
        wrong++;
    }
    printf("probe: %s: %zu requests, %zu wrong\n", who, line_count, wrong);
    return wrong != 0;
}

static int thread(void *argument)
{
    (void)argument;
    return run_all("thread");
}

/* A thread whose maker, which owns the table of handles that it uses, has ended when it begins. */
int orphan(void *argument);
int orphan(void *argument)
{
    (void)argument;
    cell_sleep(SECOND);
    return run_all("orphan");
}

static cell_error_t start_orphan(struct spawned *spawned)
{
    struct spawn spawn;
    char more[64];

    snprintf(more, sizeof more, "entry=%#lx", (unsigned long)(uintptr_t)orphan);
    spawn_begin(&spawn, "orphan", "thread-isolated-stack", more);
    spawn_edges(&spawn);
    spawn_line(&spawn, "rde * rights=r");
    return spawn_run(&spawn, spawned);
}

int cases(int argc, char **argv)
{
    struct spawned spawned;
    uint64_t cause, code = 1;

    child_id = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    for (size_t i = 0; i < SERVERS && argc > 3 + (int)i; i++)
        foreign[i] = strtoull(argv[3 + i], NULL, 0);
    if (!read_lines() || run_all("process") != 0)
        return 0;
    if (cell_thread_create(thread, NULL, &spawned) != CELL_OK ||
        pd_wait(spawned.pd, spawned.id, &cause, &code) != CELL_OK || code != 0)
        return 0;
    cell_error_t error = start_orphan(&spawned);

    if (error != CELL_OK) {
        printf("probe: orphan: %s: %s\n", cell_error_text(error), spawned.fault);
        return 0;
    }
    /* `probe sweep` waits for the orphan by its handle on this PD. */
    return (int)spawned.id;
}

/* ---- Making the handles ------------------------------------------------------ */

/* The types of handles; OF_CHILD is one on a PD. */
enum handle_of { OF_MO,
                 OF_ADS,
                 OF_VCPU,
                 OF_EP,
                 OF_NTFN,
                 OF_RESSPC,
                 OF_CHILD,
                 OF_TOY,
                 OF_SAMPLE,
                 OF_CHEST,
                 OF_BLOCK,
                 OF_FILE,
                 OF_VM,
                 OF_KVSTORE,
                 OF_PROGRAM,
                 OF_NIC,
                 HANDLES };

/* For each, the rights of which each is left out once: for types of servers only those that operations need, as a configuration has 64
 * lines at most. */
static const char *const needed[HANDLES] = {
    [OF_MO] = "rwxg",
    [OF_ADS] = "rwxg",
    [OF_VCPU] = "rwxg",
    [OF_EP] = "",
    [OF_NTFN] = "rwxg",
    [OF_RESSPC] = "rwxg",
    [OF_CHILD] = "rwxg",
    [OF_TOY] = "rwg",
    [OF_SAMPLE] = "rw",
    [OF_CHEST] = "rw",
    [OF_BLOCK] = "rw",
    [OF_FILE] = "rwx",
    [OF_VM] = "rw",
    [OF_KVSTORE] = "rw",
    [OF_PROGRAM] = "",
    [OF_NIC] = "rw",
};

/* Gives a handle with all rights, and again without each of these rights. */
static void give_all(struct spawn *spawn, cell_cap_t handle, const char *rights)
{
    static const char all[] = "rwxg";

    spawn_line(spawn, "give %#lx rights=%s", handle, all);
    for (; *rights != 0; rights++) {
        int before = (int)strcspn(all, (const char[]){*rights, 0});

        spawn_line(spawn, "give %#lx rights=%.*s%s", handle, before, all, all + before + 1);
    }
}

static cell_error_t make_handles(cell_cap_t handle[HANDLES], struct spawned *child)
{
    struct spawn spawn;
    uint64_t id, first, count;
    cell_cap_t image;
    cell_error_t error = mo_allocate(cell_rde("MO"), 1, 0, &handle[OF_MO]);

    if (error == CELL_OK)
        error = ads_create(cell_rde("ADS"), &handle[OF_ADS]);
    if (error == CELL_OK)
        error = cpu_create(cell_rde("VCPU"), &handle[OF_VCPU]);
    if (error == CELL_OK)
        error = ep_allocate(cell_rde("EP"), &handle[OF_EP]);
    if (error == CELL_OK)
        error = ntfn_allocate(cell_rde("NTFN"), &handle[OF_NTFN]);
    if (error == CELL_OK)
        error = resspc_create(cell_rde("RESSPC"), "PROBE", &handle[OF_RESSPC], &id);
    if (error == CELL_OK)
        error = toy_create(cell_rde("TOY"), 1, "probe", &handle[OF_TOY]);
    if (error == CELL_OK)
        error = template_create(cell_rde("SAMPLE"), &handle[OF_SAMPLE]);
    if (error == CELL_OK)
        error = chest_create(cell_rde("CHEST"), &handle[OF_CHEST]);
    if (error == CELL_OK)
        error = block_take(cell_rde("BLOCK"), 0, 0, &handle[OF_BLOCK], &first, &count);
    if (error == CELL_OK)
        error = file_root(cell_rde("FILE"), &handle[OF_FILE]);
    if (error == CELL_OK)
        error = vm_start(cell_rde("VM"), 1, 0, 1, "", 0, 0, "", 0, "bare", 4, &handle[OF_VM], &id);
    if (error == CELL_OK)
        error = kvstore_open(cell_rde("KVSTORE"), "probe", &handle[OF_KVSTORE]);
    if (error == CELL_OK)
        error = image_archive(cell_rde("PROGRAM"), "stamp", 5, &handle[OF_PROGRAM], &image);
    if (error == CELL_OK)
        error = nic_take(cell_rde("NIC"), "probe", 0, &handle[OF_NIC], &id);
    if (error != CELL_OK)
        return error;
    spawn_begin(&spawn, "child", "process", "program=sleep");
    spawn_line(&spawn, "args 100000");
    error = spawn_run(&spawn, child);
    handle[OF_CHILD] = child->pd;
    return error;
}

static cell_error_t start_cases(const cell_cap_t handle[HANDLES], uint64_t child, const cell_cap_t there[SERVERS],
                                struct spawned *spawned)
{
    struct spawn spawn;

    spawn_begin(&spawn, "cases", "process", "program=probe");
    spawn_line(&spawn, "rde MO rights=rwx");
    spawn_line(&spawn, "rde PROGRAM rights=rx");
    spawn_edges(&spawn);
    spawn_line(&spawn, "rde * rights=r");
    for (unsigned i = 0; i < HANDLES; i++)
        give_all(&spawn, handle[i], needed[i]);
    spawn_line(&spawn, "args cases %lu %#lx %#lx %#lx %#lx %#lx %#lx %#lx %#lx", child, there[0], there[1], there[2], there[3],
               there[4], there[5], there[6], there[7]);
    return spawn_run(&spawn, spawned);
}

int sweep(void)
{
    cell_cap_t handle[HANDLES], there[SERVERS] = {0};
    struct spawned child, spawned;
    uint64_t cause, code = 0;
    cell_error_t error = make_handles(handle, &child);

    for (size_t i = 0; error == CELL_OK && i < SERVERS; i++)
        error = handle_give_to_server(cell_rde(servers[i]), handle[OF_MO], CELL_READ | CELL_WRITE, &there[i]);
    if (error == CELL_OK)
        error = start_cases(handle, child.id, there, &spawned);
    if (error != CELL_OK) {
        printf("probe: %s %s\n", cell_error_text(error), spawned.fault);
        return 1;
    }
    pd_wait(spawned.pd, spawned.id, &cause, &code);
    /* A handle on a PD that has ended still covers the PDs that it made. */
    error = code == 0 ? CELL_NOT_FOUND : pd_wait(spawned.pd, code, &cause, &code);
    pd_terminate(child.pd, child.id, 255, 255);
    printf("probe: %s\n", error == CELL_OK && cause == 0 && code == 0 ? "all as it should be" : "something is wrong");
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/probe/attacks.c: attacks by name, each against one rule of docs/authority.md. For an attack,
 * "refused" is printed if everything was answered as it must be, and otherwise the line where something got
 * through. Bottom-up: the attacks, capabilities in messages, ranges of addresses, the table.
 */
#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <sel4/sel4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/probe/attack.h"

cell_error_t attack_start(const char *name, const char *more, const char *const *line, struct spawned *spawned)
{
    struct spawn spawn;

    spawn_begin(&spawn, name, "process", more);
    for (; *line != NULL; line++)
        spawn_line(&spawn, "%s", *line);
    return spawn_run(&spawn, spawned);
}

cell_error_t attack_child(struct spawned *child)
{
    static const char *const lines[] = {"args 100000", NULL};

    return attack_start("child", "program=sleep", lines, child);
}

void attack_end(const struct spawned *child)
{
    pd_terminate(child->pd, child->id, 255, 255);
    handle_drop(child->pd);
}

uint64_t attack_helper(const char *line, const char *words)
{
    char arguments[128];
    struct spawned helper;
    uint64_t cause = 0, code = 0;

    snprintf(arguments, sizeof arguments, "args %s", words);
    if (attack_start("helper", "program=probe", (const char *const[]){"rde *", line, arguments, NULL}, &helper) != CELL_OK)
        return UINT64_MAX;
    cell_error_t error = pd_wait(helper.pd, helper.id, &cause, &code);

    handle_drop(helper.pd);
    if (error != CELL_OK || cause != 0 || code != 0)
        printf("probe: %s: line %lu (%lu)\n", words, (unsigned long)code, (unsigned long)cause);
    return error == CELL_OK && cause == 0 ? code : UINT64_MAX;
}

/* rule: covers. Configurations that name a PD to which there is only a request edge. */
static int attack_of(void)
{
    static const char *const heads[] = {"of toy program=hello", "of console program=hello", "of shell program=hello",
                                        "of PD_1 program=hello", "of root program=hello"};
    static const char *const regions[] = {"region data shared", "region heap copied", "region code shared",
                                          "region 0x407000 shared at=0x30000000", "region 0x9000000 shared"};
    static const char *const presets[] = {"thread", "thread-isolated-stack", "thread-isolated-heap"};
    struct spawned spawned;
    struct spawn spawn;

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        for (size_t k = 0; k < sizeof regions / sizeof *regions; k++)
            MUST(attack_start("spy", heads[i], (const char *const[]){regions[k], NULL}, &spawned) != CELL_OK);
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        spawn_begin(&spawn, "spy", presets[i], "of toy entry=main");
        MUST(spawn_run(&spawn, &spawned) != CELL_OK);
        spawn_begin(&spawn, "spy", presets[i], "of PD_1 entry=main");
        MUST(spawn_run(&spawn, &spawned) != CELL_OK);
    }
    for (size_t i = 0; i < 9; i++) {
        static const char *const lines[] = {"fault toy", "hold toy", "hold root rights=r", "device uart pages=1",
                                            "irq uart", "essential", "serves CONSOLE", "serves OTHER", "reserve pages=1"};

        MUST(attack_start("spy", "program=hello", (const char *const[]){lines[i], NULL}, &spawned) != CELL_OK);
    }
    return 0;
}

/* rule: gifts-of-servers, depths. A PD that was made a client goes with the server. */
static int attack_gift(void)
{
    cell_cap_t space, there;
    uint64_t id, badge;

    MUST(resspc_create(cell_rde("RESSPC"), "PROBE", &space, &id) == CELL_OK);
    MUST(resspc_create_resource(space, 1, "gift") == CELL_OK);
    for (uint64_t pd = 0; pd <= LAST; pd++)
        MUST(resspc_give(space, 1, pd, CELL_ALL, &badge, &there) == CELL_DENIED);
    MUST(resspc_give(space, 1, 999999, CELL_ALL, &badge, &there) == CELL_DENIED);
    MUST(pd_terminate(CSPACE_SELF, cell_pd_id(), 1, 0) == CELL_DENIED);
    MUST(pd_terminate(CSPACE_SELF, FIRST, 1, 0) == CELL_DENIED);
    /* A child of this PD gets it, as there is authority over the child. */
    struct spawned child;

    MUST(attack_child(&child) == CELL_OK);
    MUST(resspc_give(space, 1, child.id, CELL_READ, &badge, &there) == CELL_OK);
    attack_end(&child);
    MUST(resspc_delete(space) == CELL_OK);
    return 0;
}

/* rule: serving. Types that blocks of the system serve cannot be served by others. */
static int attack_serve(void)
{
    static const char *const types[] = {"CONSOLE", "TOY", "MO", "PD", "ADS", "VMR", "RESSPC", "OTHER"};
    cell_cap_t space;
    uint64_t id;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        MUST(resspc_create(cell_rde("RESSPC"), types[i], &space, &id) != CELL_OK);
    return 0;
}

/* rule: names */
static int attack_names(void)
{
    static const char *const names[] = {"", "\x1b[31mred", "two\nlines", "\x7f", "\xc2\x9b", "\xff", "\xc3", "PD_7", "PD_0"};
    struct spawned child;

    MUST(attack_child(&child) == CELL_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        MUST(pd_set_name(child.pd, child.id, names[i]) == CELL_BAD_ARGUMENT);
    MUST(pd_set_name(child.pd, child.id, "a name, \xc3\xa4") == CELL_OK);
    MUST(pd_set_name(CSPACE_SELF, cell_pd_id(), "console") == CELL_DENIED);
    for (uint64_t pd = 0; pd <= LAST; pd++) {
        MUST(pd_set_name(child.pd, pd, "mine") == CELL_DENIED);
        MUST(pd_set_name(CSPACE_SELF, pd, "mine") == CELL_DENIED);
    }
    attack_end(&child);
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        MUST(attack_start(names[i], "program=hello", (const char *const[]){NULL}, &child) != CELL_OK);
    return 0;
}

/* rule: system. Authority over a child, or over oneself, reveals nothing about the rest of the system. */
static int attack_look(void)
{
    cell_cap_t authorities[2] = {CSPACE_SELF, 0};
    uint64_t word[8], snapshot, rows;
    char text[32];
    struct spawned child;
    cell_cap_t mo;

    MUST(attack_child(&child) == CELL_OK && mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    authorities[1] = child.pd;
    for (unsigned i = 0; i < 2; i++) {
        cell_cap_t by = authorities[i];

        MUST(machine_figures(by, 0, &word[0], &word[1], &word[2], &word[3], &word[4], &word[5], &word[6]) == CELL_DENIED);
        MUST(machine_next(by, 0, UINT64_MAX, &word[0]) == CELL_DENIED);
        MUST(machine_power_off(by, 0, 0) == CELL_DENIED);
        MUST(graph_extract(by, 0, 1, 0, &snapshot, &rows) == CELL_DENIED);
        for (uint64_t pd = 0; pd <= LAST; pd++) {
            MUST(graph_extract(by, pd, 0, pd, &snapshot, &rows) == CELL_DENIED);
            MUST(handle_held(by, pd, 0, &word[0], &word[1], &word[2], &word[3], &word[4], text) == CELL_DENIED);
            MUST(pd_wait(by, pd, &word[0], &word[1]) == CELL_DENIED);
            MUST(pd_terminate(by, pd, 255, 255) == CELL_DENIED);
            MUST(pd_link(by, pd) == CELL_DENIED);
        }
    }
    /* The PD may look at its own child; the child's handle gives authority over no other PD. */
    MUST(graph_extract(child.pd, child.id, 1, child.id, &snapshot, &rows) == CELL_BAD_ARGUMENT);
    for (uint64_t pd = 0; pd <= LAST; pd++)
        MUST(graph_extract(child.pd, child.id, 0, pd, &snapshot, &rows) == CELL_DENIED);
    MUST(graph_extract(child.pd, child.id, 0, child.id, &snapshot, &rows) == CELL_OK && graph_close(snapshot) == CELL_OK);
    MUST(mo_physical(mo, 0, &word[0]) == CELL_DENIED);
    MUST(mo_release(mo) == CELL_OK);
    attack_end(&child);
    return 0;
}

/* rule: snapshots. A PD can neither read nor close snapshots of another one. */
static int attack_snapshot(void)
{
    uint64_t snapshot, rows, bytes, cause, code = 0;
    char arguments[64];
    struct spawned child;

    MUST(graph_extract(CSPACE_SELF, cell_pd_id(), 0, cell_pd_id(), &snapshot, &rows) == CELL_OK);
    snprintf(arguments, sizeof arguments, "args read-snapshot %lu", (unsigned long)snapshot);
    MUST(attack_start("reader", "program=probe", (const char *const[]){"rde *", arguments, NULL}, &child) == CELL_OK);
    MUST(pd_wait(child.pd, child.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    handle_drop(child.pd);
    struct cell_memory memory;

    MUST(cell_memory_make(1, &memory) == CELL_OK);
    MUST(graph_read(snapshot, memory.mo, 0, &bytes) == CELL_OK && bytes != 0);
    MUST(graph_close(snapshot) == CELL_OK);
    cell_memory_free(&memory);
    return 0;
}

static int read_snapshot(uint64_t snapshot)
{
    struct cell_memory memory;
    uint64_t bytes;

    return cell_memory_make(1, &memory) != CELL_OK || graph_read(snapshot, memory.mo, 0, &bytes) != CELL_NOT_FOUND ||
           graph_close(snapshot) != CELL_NOT_FOUND;
}

/* rule: give. A right that the handle lacks cannot be given, not even by a line of a configuration. */
static int attack_amplify(void)
{
    uint64_t where = 0, space, object, rights, kind;
    cell_cap_t mo, there;
    char type[32], line[64];
    struct spawned child, other;

    MUST(attack_child(&child) == CELL_OK && mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    MUST(handle_give(child.pd, child.id, mo, CELL_READ, &there) == CELL_OK);
    MUST(handle_held(child.pd, child.id, where, &where, &space, &object, &rights, &kind, type) == CELL_OK);
    MUST(where == there && rights == CELL_READ && strcmp(type, "MO") == 0);
    MUST(handle_give(child.pd, child.id, CSPACE_SELF, CELL_ALL, &there) == CELL_WRONG_TYPE);
    snprintf(line, sizeof line, "give %#lx", (unsigned long)CSPACE_SELF);
    MUST(attack_start("taker", "program=hello", (const char *const[]){line, NULL}, &other) != CELL_OK);
    MUST(mo_release(mo) == CELL_OK);
    attack_end(&child);
    return 0;
}

/* rule: depths. The PD holds `toy` with the right w, but not the clients of `toy`. */
static int attack_depth(void)
{
    cell_cap_t toy = cell_holds(2);
    uint64_t cause, code;

    MUST(toy != 0);
    MUST(pd_terminate(toy, 2, 1, 0) == CELL_DENIED);
    MUST(pd_terminate(toy, 2, 254, 254) == CELL_DENIED);
    MUST(pd_terminate(toy, 2, 0, 0) == CELL_OK);
    MUST(pd_wait(toy, 2, &cause, &code) == CELL_OK && cause == 1);
    return 0;
}

/* ---- Capabilities in messages ------------------------------------------------ */

#define SLOT_RECEIVE 5u
#define SLOT_SPARE 6u

/* Sends capabilities to the server of PROBE: its memory, itself, and others. */
static int send_capabilities(void)
{
    uint64_t where = 0, space, object, rights, kind;
    cell_cap_t mo, to = 0;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (strcmp(type, "PROBE") == 0)
            to = where;
    MUST(to != 0 && mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    const cell_cap_t sent[] = {mo, CSPACE_SELF, to, cell_rde("MO")};

    for (unsigned i = 0; i < sizeof sent / sizeof *sent; i++) {
        seL4_SetCap(0, sent[i]);
        seL4_Call(to, seL4_MessageInfo_new(0, 0, 1, 1));
    }
    return 0;
}

/* A server and its client work together to pass capabilities. */
static int attack_capability(void)
{
    cell_cap_t space, there;
    uint64_t id, badge, cause, code;
    struct spawned child;
    seL4_Word from;

    MUST(resspc_create(cell_rde("RESSPC"), "PROBE", &space, &id) == CELL_OK);
    MUST(resspc_create_resource(space, 1, "") == CELL_OK);
    /* Its priority is below this PD's, so that it does not run before it has been given the handle. */
    MUST(attack_start("sender", "program=probe",
                      (const char *const[]){"rde *", "priority 50", "args send-capabilities", NULL}, &child) == CELL_OK);
    MUST(resspc_give(space, 1, child.id, CELL_ALL, &badge, &there) == CELL_OK);
    for (unsigned i = 0; i < 4; i++) {
        seL4_SetCapReceivePath(CSPACE_REPLY, SLOT_RECEIVE, CSPACE_REPLY_BITS);
        seL4_MessageInfo_t info = seL4_Recv(CSPACE_ENDPOINT, &from);

        while (from != badge) /* signals of the root task */
            info = seL4_Recv(CSPACE_ENDPOINT, &from);
        MUST(seL4_MessageInfo_get_length(info) == 1 && seL4_MessageInfo_get_extraCaps(info) == 0);
        MUST(seL4_CNode_Move(CSPACE_REPLY, SLOT_SPARE, CSPACE_REPLY_BITS, CSPACE_REPLY, SLOT_RECEIVE,
                             CSPACE_REPLY_BITS) != seL4_NoError);
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    }
    MUST(pd_wait(child.pd, child.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    handle_drop(child.pd);
    MUST(resspc_delete(space) == CELL_OK);
    return 0;
}

/* ---- Ranges of addresses --------------------------------------------------------- */

/* Tries to get more rights than the handle of a memory object gives, pages that the object does not have, and to take pages away from
 * under a region. */
static int attack_ranges(void)
{
    const uint64_t code = (uint64_t)(uintptr_t)&attack_ranges & ~(uint64_t)(CELL_PAGE - 1), far = ~(uint64_t)0;
    uint64_t at, other, size;
    cell_cap_t mo;

    MUST(ads_change_rights(CSPACE_SELF, code, 1, CELL_READ | CELL_WRITE) == CELL_DENIED);
    MUST(ads_change_rights(CSPACE_SELF, code, 1, CELL_ALL & ~CELL_GRANT) == CELL_DENIED);
    MUST(mo_allocate(cell_rde("MO"), 4, 0, &mo) == CELL_OK);
    MUST(ads_attach_part(CSPACE_SELF, mo, 1, 4, 0, 0, CELL_REGION_GENERIC, CELL_READ, 0, &at) == CELL_BAD_ARGUMENT);
    MUST(ads_attach_part(CSPACE_SELF, mo, far, 2, 0, 0, CELL_REGION_GENERIC, CELL_READ, 0, &at) == CELL_BAD_ARGUMENT);
    MUST(ads_attach_part(CSPACE_SELF, mo, 1, 2, 0, 0, CELL_REGION_GENERIC, CELL_READ, 0, &at) == CELL_OK);
    MUST(ads_attach_part(CSPACE_SELF, mo, 0, 1, code, 0, CELL_REGION_GENERIC, CELL_READ, 0, &other) == CELL_OVERLAP);
    MUST(ads_move(CSPACE_SELF, at, 2, code) == CELL_OVERLAP);
    MUST(ads_move(CSPACE_SELF, at, 2, at + CELL_PAGE) == CELL_OVERLAP);
    MUST(ads_move(CSPACE_SELF, at, 2, far - CELL_PAGE + 1) == CELL_BAD_ARGUMENT);
    MUST(ads_change_rights(CSPACE_SELF, at, 2, CELL_WRITE) == CELL_BAD_ARGUMENT);
    MUST(ads_change_rights(CSPACE_SELF, at + 1, 1, CELL_READ) == CELL_BAD_ARGUMENT);
    MUST(ads_remove_part(CSPACE_SELF, far - CELL_PAGE + 1, 2) == CELL_BAD_ARGUMENT);
    MUST(mo_punch(mo, 2, 1) == CELL_BUSY && mo_resize(mo, 2) == CELL_BUSY);
    MUST(mo_size(mo, &size) == CELL_OK && size == 4 && *(volatile char *)at == 0);
    MUST(mo_punch(mo, 3, far >> 40) == CELL_OK && mo_resize(mo, 3) == CELL_OK);
    MUST(ads_remove(CSPACE_SELF, at) == CELL_OK && mo_release(mo) == CELL_OK);
    return 0;
}

/* ---- The table ------------------------------------------------------------------ */

static const struct {
    const char *name;
    int (*run)(void);
} attacks[] = {
    {"of", attack_of},
    {"gift", attack_gift},
    {"serve", attack_serve},
    {"names", attack_names},
    {"look", attack_look},
    {"snapshot", attack_snapshot},
    {"amplify", attack_amplify},
    {"depth", attack_depth},
    {"capability", attack_capability},
    {"ranges", attack_ranges},
    {"rights", attack_rights},
    {"take-back", attack_take_back},
    {"in-use", attack_in_use},
    {"interrupts", attack_interrupts},
    {"archive", attack_archive},
    {"payers", attack_payers},
    {"cut", attack_cut},
    {"creator", attack_creator},
    {"allowances", attack_allowances},
    {"contexts", attack_contexts},
    {"libraries", attack_libraries},
    {"guests", attack_guests},
    {"clients", attack_clients},
    {"namesakes", attack_namesakes},
    {"swapped-region", attack_swapped_region},
    {"swapped-handle", attack_swapped_handle},
    {"early-copy", attack_early_copy},
    {"sharers", attack_sharers},
};

int attack(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (argc > 2 && strcmp(name, "read-snapshot") == 0)
        return read_snapshot(strtoull(argv[2], NULL, 0));
    if (strcmp(name, "send-capabilities") == 0)
        return send_capabilities();
    if (argc > 3 && strcmp(name, "by-rights") == 0)
        return attack_rights_helper(strtoull(argv[2], NULL, 0), (unsigned)strtoul(argv[3], NULL, 0));
    if (argc > 2 && strcmp(name, "go-there") == 0)
        return attack_contexts_helper(strtoull(argv[2], NULL, 0));
    if (strcmp(name, "pay") == 0)
        return attack_payers_helper();
    if (strcmp(name, "lend") == 0)
        return attack_cut_helper();
    if (strcmp(name, "swap") == 0)
        return attack_swapped_handle_helper();
    if (strcmp(name, "share") == 0)
        return attack_sharers_helper();
    if (strcmp(name, "share-last") == 0)
        return attack_sharers_last();
    if (strcmp(name, "escape") == 0)
        return attack_creator_helper();
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        if (strcmp(name, attacks[i].name) != 0)
            continue;
        int line = attacks[i].run();

        if (line == 0)
            printf("probe: %s: refused\n", name);
        else
            printf("probe: %s: got through (line %d)\n", name, line);
        return line != 0;
    }
    printf("probe: no attack '%s'\n", name);
    return 2;
}

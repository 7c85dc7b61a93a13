/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/makers.c: attacks with contexts, libraries, guests, and what servers give: a PD can affect only its own. */
#include <cell/idl/ads.h>
#include <cell/idl/context.h>
#include <cell/idl/handle.h>
#include <cell/idl/library.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/resspc.h>
#include <cell/idl/vcpu.h>
#include <lib/client/context.h>
#include <lib/client/library.h>
#include <stdio.h>
#include <string.h>

#include "apps/probe/attack.h"

#define SECOND UINT64_C(1000000000)

/* ---- Contexts ---------------------------------------------------------------- */

/* Tries to go to contexts of another PD, whose numbers are at most `number`. */
int attack_contexts_helper(uint64_t number)
{
    for (uint64_t i = 1; i <= number + 2; i++) {
        MUST(context_switch(i) == CELL_NOT_FOUND);
        MUST(context_roll_back(i) == CELL_NOT_FOUND);
        MUST(context_drop(i) == CELL_NOT_FOUND);
    }
    return 0;
}

static uint64_t theirs;

static int thread_of_contexts(void *argument)
{
    return argument == NULL ? attack_contexts_helper(theirs) : 0;
}

int attack_contexts(void)
{
    struct spawned context, snapshot, thread;
    uint64_t cause, code, number;
    char words[48];

    MUST(cell_context_create("region 0x70000000 disjoint pages=1", &context) == CELL_OK);
    MUST(cell_context_snapshot(&snapshot) == CELL_OK && snapshot.id != 0);
    theirs = snapshot.id;
    snprintf(words, sizeof words, "go-there %lu", (unsigned long)snapshot.id);
    MUST(attack_helper("# nothing", words) == 0);
    MUST(cell_thread_create(thread_of_contexts, NULL, &thread) == CELL_OK);
    MUST(pd_wait(thread.pd, thread.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    MUST(handle_drop(thread.pd) == CELL_OK);
    /* One can only roll back to a snapshot, not switch to it; the context that runs cannot be dropped. */
    MUST(context_switch(snapshot.id) == CELL_NOT_FOUND && context_roll_back(context.id) == CELL_NOT_FOUND);
    MUST(context_switch(context.id) == CELL_OK);
    cell_error_t dropped = context_drop(context.id);

    MUST(context_current(&number) == CELL_OK && number == context.id && dropped == CELL_BUSY);
    MUST(context_switch(0) == CELL_OK && context_drop(context.id) == CELL_OK && context_drop(snapshot.id) == CELL_OK);
    MUST(context_switch(UINT64_MAX) == CELL_NOT_FOUND && context_drop(0) == CELL_NOT_FOUND);
    return 0;
}

/* ---- Libraries ----------------------------------------------------------------- */

/* In a library: it can neither call nor end its maker. */
static int inside(void *argument)
{
    uint64_t *maker = argument, result;

    return library_call(CSPACE_SELF, *maker, 0, SECOND, &result) != CELL_OK && pd_terminate(CSPACE_SELF, *maker, 0, 0) == CELL_DENIED
               ? 1
               : 2;
}

int attack_libraries(void)
{
    uint64_t own = cell_pd_id(), result;
    struct spawned child, library;
    int returned = 0;

    MUST(library_leave(0) == CELL_NOT_FOUND);
    MUST(attack_child(&child) == CELL_OK);
    MUST(library_call(child.pd, child.id, 0, SECOND, &result) == CELL_UNSUPPORTED);
    MUST(library_call(CSPACE_SELF, own, 0, SECOND, &result) == CELL_DENIED);
    for (uint64_t pd = 0; pd <= LAST; pd++)
        MUST(library_call(child.pd, pd, 0, SECOND, &result) == CELL_DENIED);
    MUST(cell_library_create("library", inside, &library) == CELL_OK);
    MUST(cell_library_call(&library, &own, SECOND, &returned) == CELL_OK && returned == 1);
    /* It has no virtual CPU that could be asked for, and can be ended as any other PD. */
    MUST(vcpu_registers(library.pd, library.id, 0, &result, &result, &result, &result, &result, &result, &result, &result) == CELL_DENIED);
    MUST(pd_terminate(library.pd, library.id, 0, 0) == CELL_OK);
    MUST(cell_library_call(&library, &own, SECOND, &returned) == CELL_GONE && handle_drop(library.pd) == CELL_OK);
    attack_end(&child);
    return 0;
}

/* ---- Guests ---------------------------------------------------------------------- */

/* Tries every operation on the CPU of a guest; `right`: the answer that each must get. */
static int ask_guest(cell_cap_t by, uint64_t pd, cell_error_t right)
{
    uint64_t word[8];

    MUST(vcpu_start(by, pd, 0, 0) == right);
    MUST(vcpu_badge(by, pd, &word[0]) == right);
    MUST(vcpu_registers(by, pd, 0, &word[0], &word[1], &word[2], &word[3], &word[4], &word[5], &word[6], &word[7]) == right);
    MUST(vcpu_step(by, pd, 4, 30, UINT64_MAX) == right);
    MUST(vcpu_take(by, pd, 30, &word[0]) == right);
    MUST(vcpu_resume(by, pd) == right);
    MUST(vcpu_stop(by, pd) == right);
    for (uint64_t number = 0; number < 24; number++) {
        MUST(vcpu_read(by, pd, number, &word[0]) == right);
        MUST(vcpu_write(by, pd, number, UINT64_MAX) == right);
    }
    for (uint64_t list = 0; list < 64; list++) {
        cell_error_t error = vcpu_inject(by, pd, list, 27, 0);

        MUST(error == right || (right == CELL_OK && (error == CELL_BAD_ARGUMENT || error == CELL_BUSY)));
    }
    cell_error_t error = vcpu_acknowledge(by, pd, 27);

    MUST(error == right || (right == CELL_OK && error == CELL_BAD_ARGUMENT));
    return 0;
}

/* A PD that is no server tries to make a guest; operations on guests are tried on PDs that are none; and a guest that never runs gets
 * nonsense in all its registers. */
int attack_guests(void)
{
    static const char *const nothing[] = {NULL};
    struct spawned child, guest;
    struct spawn spawn;
    cell_cap_t space;
    uint64_t id;
    int line;

    spawn_begin(&spawn, "guest", "guest", "");
    MUST(spawn_run(&spawn, &guest) != CELL_OK);
    MUST(attack_child(&child) == CELL_OK);
    MUST(attack_start("taker", "program=hello", (const char *const[]){"elevated", NULL}, &guest) != CELL_OK);
    MUST((line = ask_guest(child.pd, child.id, CELL_UNSUPPORTED)) == 0);
    for (uint64_t pd = 0; pd <= LAST; pd++)
        MUST((line = ask_guest(child.pd, pd, CELL_DENIED)) == 0);
    attack_end(&child);
    MUST(resspc_create(cell_rde("RESSPC"), "PROBE", &space, &id) == CELL_OK);
    spawn_begin(&spawn, "guest", "guest", "");
    spawn_line(&spawn, "priority 1"); /* it does not run while this PD can */
    MUST(spawn_run(&spawn, &guest) == CELL_OK);
    MUST((line = ask_guest(guest.pd, guest.id, CELL_OK)) == 0);
    attack_end(&guest);
    MUST(resspc_delete(space) == CELL_OK);
    return attack_start("after", "program=hello", nothing, &child) == CELL_OK ? 0 : __LINE__;
}

/* ---- What servers give -------------------------------------------------------------- */

/* Tries to give memory to PDs that are not clients. */
int attack_clients(void)
{
    cell_cap_t mo, there, space = 0;
    struct spawned child;
    uint64_t id;

    MUST(mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    for (unsigned serves = 0; serves < 2; serves++) {
        for (uint64_t pd = 0; pd <= LAST; pd++)
            MUST(handle_give_to_client(pd, mo, CELL_READ, &there) == CELL_DENIED);
        MUST(handle_give_to_client(999999, mo, CELL_READ, &there) == CELL_DENIED);
        MUST(handle_give_to_client(UINT64_MAX, mo, CELL_READ, &there) == CELL_DENIED);
        MUST(handle_give_to_client(cell_pd_id(), CSPACE_SELF, CELL_READ, &there) == CELL_WRONG_TYPE);
        if (serves == 0)
            MUST(resspc_create(cell_rde("RESSPC"), "PROBE", &space, &id) == CELL_OK);
    }
    /* A child is not a client either, but there is authority over it. */
    MUST(attack_child(&child) == CELL_OK);
    MUST(handle_give_to_client(child.id, mo, CELL_READ, &there) == CELL_OK);
    MUST(handle_give_to_client(child.id, mo, CELL_ALL + 1, &there) == CELL_BAD_ARGUMENT);
    attack_end(&child);
    MUST(resspc_delete(space) == CELL_OK && mo_release(mo) == CELL_OK);
    return 0;
}

/* ---- Names of servers ------------------------------------------------------------------ */

/* The name of a server that has ended, but that somebody still holds, does not count in configurations. */
static int ended_namesakes(void)
{
    static const char *const to_ghost[] = {"fault ghost", NULL}, *const asleep[] = {"args 100000", NULL};
    struct spawned ghost, other, child;

    MUST(attack_start("ghost", "program=sleep", asleep, &ghost) == CELL_OK);
    MUST(pd_terminate(ghost.pd, ghost.id, 0, 0) == CELL_OK);
    MUST(attack_start("child", "program=hello", to_ghost, &child) == CELL_NOT_FOUND);
    MUST(attack_start("ghost", "program=sleep", asleep, &other) == CELL_OK);
    MUST(attack_start("child", "program=sleep", to_ghost, &child) == CELL_OK);
    attack_end(&child);
    attack_end(&other);
    return handle_drop(ghost.pd) == CELL_OK ? 0 : __LINE__;
}

/* Children with the names of servers do not get the servers' clients. */
int attack_namesakes(void)
{
    static const char *const names[] = {"toy", "console", "shell"};
    struct spawned child[3], client;
    uint64_t cause, code;

    for (unsigned i = 0; i < 3; i++)
        MUST(attack_start(names[i], "program=sleep", (const char *const[]){"rde *", "args 100000", NULL}, &child[i]) == CELL_OK);
    MUST(attack_start("client", "program=toy-client",
                      (const char *const[]){"rde TOY from toy", "rde CONSOLE from console", "rde MO", "args create set=3 get", NULL},
                      &client) == CELL_OK);
    MUST(pd_wait(client.pd, client.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    for (unsigned i = 0; i < 3; i++)
        attack_end(&child[i]);
    return handle_drop(client.pd) == CELL_OK ? ended_namesakes() : __LINE__;
}

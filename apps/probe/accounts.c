/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/accounts.c: attacks on accounting: having others pay, getting out of limits, and using more than an allowance. */
#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/toy.h>
#include <stdio.h>
#include <string.h>

#include "apps/probe/attack.h"

#define MILLISECOND UINT64_C(1000000)
#define PAGES 64u

struct charges {
    uint64_t pages, objects, slots;
};

static struct charges charges_of(cell_cap_t by, uint64_t pd)
{
    struct charges now = {0};
    uint64_t state, limit, time;
    char name[32];

    pd_info(by, pd, &state, &now.pages, &now.objects, &now.slots, &limit, &time, name);
    return now;
}

static struct charges own_charges(void)
{
    return charges_of(CSPACE_SELF, cell_pd_id());
}

/* ---- Who pays -------------------------------------------------------------- */

/* Maps memory that its maker gave it: it pays for the record and the tables, but not for the pages. */
int attack_payers_helper(void)
{
    uint64_t where = 0, space, object, rights, kind, start;
    char type[32];
    cell_cap_t mo = 0;

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (strcmp(type, "MO") == 0)
            mo = where;
    const struct charges before = own_charges();

    MUST(mo != 0 && before.pages < PAGES);
    MUST(ads_attach(CSPACE_SELF, mo, 0x70000000, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &start) == CELL_OK);
    const struct charges after = own_charges();

    MUST(after.pages == before.pages && after.objects >= before.objects + 2);
    *(volatile char *)start = 1;
    /* The region ends with this PD, and its maker goes on paying for the pages. */
    return own_charges().pages == before.pages ? 0 : __LINE__;
}

static cell_cap_t awaited;

static int wait_for_toy(void *argument)
{
    uint64_t value;

    return toy_await(awaited, (uint64_t)(uintptr_t)argument, &value) == CELL_OK ? 0 : 1;
}

#define WAITING 5u

/* Threads that wait for a server's answer take places in their common table of handles, for which the table's owner pays; places are
 * used again, so it pays for as many as there were at once. */
static int waits(void)
{
    struct spawned thread[WAITING];
    uint64_t cause, code = 1;

    MUST(toy_create(cell_rde("TOY"), 0, "awaited", &awaited) == CELL_OK);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < WAITING; i++)
            MUST(cell_thread_create(wait_for_toy, (void *)1, &thread[i]) == CELL_OK);
        const struct charges before = own_charges();

        cell_sleep(200 * MILLISECOND);
        MUST((own_charges().objects >= before.objects + WAITING) == (round == 0));
        MUST(toy_set(awaited, 1) == CELL_OK);
        for (unsigned i = 0; i < WAITING; i++) {
            MUST(pd_wait(thread[i].pd, thread[i].id, &cause, &code) == CELL_OK && code == 0);
            handle_drop(thread[i].pd);
        }
        MUST(toy_set(awaited, 0) == CELL_OK);
    }
    return toy_destroy(awaited) == CELL_OK ? 0 : __LINE__;
}

int attack_payers(void)
{
    struct charges made, given;
    struct spawned child;
    cell_cap_t mo, there;
    char line[32];

    MUST(attack_child(&child) == CELL_OK); /* its configuration takes heap */
    const struct charges none = own_charges();

    MUST(mo_allocate(cell_rde("MO"), PAGES, 0, &mo) == CELL_OK);
    made = own_charges();
    MUST(made.pages == none.pages + PAGES && made.slots > none.slots);
    const struct charges before = charges_of(child.pd, child.id);

    MUST(handle_give(child.pd, child.id, mo, CELL_READ | CELL_WRITE, &there) == CELL_OK);
    given = charges_of(child.pd, child.id);
    MUST(own_charges().pages == made.pages && own_charges().slots == made.slots);
    MUST(given.pages == before.pages && given.slots == before.slots + 1);
    attack_end(&child);
    snprintf(line, sizeof line, "give %#lx rights=rw", (unsigned long)mo);
    MUST(attack_helper(line, "pay") == 0);
    MUST(own_charges().pages == made.pages);
    MUST(mo_release(mo) == CELL_OK && own_charges().pages == none.pages);
    return waits();
}

/* ---- Lending a server memory that the lender cannot pay for any more ----------- */

/* Lends a page that nobody has touched. While it sleeps, its maker lowers its limit; then the server touches the page. */
int attack_cut_helper(void)
{
    cell_cap_t toy, mo, there;

    MUST(toy_create(cell_rde("TOY"), 0, "lent", &toy) == CELL_OK);
    MUST(mo_allocate(cell_rde("MO"), 1, 1, &mo) == CELL_OK);
    MUST(handle_give_to_server(cell_rde("TOY"), mo, CELL_READ | CELL_WRITE, &there) == CELL_OK);
    MUST(toy_share(toy, there) == CELL_OK);
    cell_sleep(400 * MILLISECOND);
    MUST(mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_QUOTA);
    MUST(toy_set(toy, 1) == CELL_OK && toy_destroy(toy) == CELL_OK);
    return 0;
}

int attack_cut(void)
{
    struct spawned child;
    uint64_t cause, code;
    cell_cap_t toy;

    MUST(attack_start("lender", "program=probe",
                      (const char *const[]){"rde *", "limits pages=500 objects=500 slots=500", "args lend", NULL},
                      &child) == CELL_OK);
    cell_sleep(200 * MILLISECOND);
    MUST(pd_limits(child.pd, child.id, 1, UINT64_MAX, UINT64_MAX) == CELL_OK);
    MUST(pd_wait(child.pd, child.id, &cause, &code) == CELL_OK && cause == 0 && code == 0);
    handle_drop(child.pd);
    MUST(toy_create(cell_rde("TOY"), 0, "after", &toy) == CELL_OK && toy_destroy(toy) == CELL_OK);
    return 0;
}

/* ---- A thread and its creator's budget ------------------------------------------ */

static uint64_t creator;

/* No handle in the table that it shares with its creator lets it change a limit, and what it takes counts in the creator's budget. */
static int thread_of_limited(void *argument)
{
    uint64_t where = 0, space, object, rights, kind;
    struct cell_memory memory;
    char type[32];

    MUST(argument == NULL);
    MUST(pd_limits(CSPACE_SELF, creator, UINT64_MAX, UINT64_MAX, UINT64_MAX) == CELL_DENIED);
    MUST(pd_limits(CSPACE_SELF, cell_pd_id(), UINT64_MAX, UINT64_MAX, UINT64_MAX) == CELL_DENIED);
    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK) {
        MUST(strcmp(type, "PD") != 0 || object != creator);
        MUST(pd_limits(where, creator, UINT64_MAX, UINT64_MAX, UINT64_MAX) != CELL_OK);
    }
    MUST(cell_memory_make(2000, &memory) == CELL_QUOTA);
    return 0;
}

int attack_creator_helper(void)
{
    struct spawned thread, child;
    uint64_t cause, code;

    creator = cell_pd_id();
    MUST(cell_thread_create(thread_of_limited, NULL, &thread) == CELL_OK);
    MUST(pd_wait(thread.pd, thread.id, &cause, &code) == CELL_OK && cause == 0);
    if (code != 0)
        return (int)code;
    /* A child without limits of its own, and a copy of itself, are in the same budget. */
    MUST(attack_start("greedy", "program=hoard", (const char *const[]){"rde *", "limits", "args pages 2000", NULL}, &child) == CELL_OK);
    MUST(pd_wait(child.pd, child.id, &cause, &code) == CELL_OK);
    MUST(cell_fork("copy", &child) == CELL_OK);
    struct cell_memory memory;
    cell_error_t error = cell_memory_make(2000, &memory);

    if (child.id == 0)
        pd_exit(error == CELL_QUOTA ? 0 : __LINE__);
    MUST(error == CELL_QUOTA && pd_wait(child.pd, child.id, &cause, &code) == CELL_OK && cause == 0);
    return (int)code;
}

int attack_creator(void)
{
    MUST(attack_helper("limits pages=1000", "escape") == 0);
    return 0;
}

/* ---- Allowances ----------------------------------------------------------------- */

#define ALLOWED 1024u
#define AGAIN_ALLOWED 10u

/* Takes as many resources of a server and gives it as many handles as its edge allows, half of each, and not one more. */
int attack_allowances(void)
{
    static cell_cap_t toys[ALLOWED];
    cell_cap_t mo, there, one_more;
    uint64_t count = 0;

    MUST(mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    MUST(handle_allow(cell_rde("TOY"), ALLOWED) == CELL_OK);
    for (unsigned i = 0; i < ALLOWED / 2; i++) {
        MUST(toy_create(cell_rde("TOY"), i, "", &toys[count++]) == CELL_OK);
        MUST(handle_give_to_server(cell_rde("TOY"), mo, CELL_READ, &there) == CELL_OK);
    }
    MUST(toy_create(cell_rde("TOY"), 0, "", &one_more) == CELL_QUOTA);
    MUST(handle_give_to_server(cell_rde("TOY"), mo, CELL_READ, &there) == CELL_QUOTA);
    /* Those that exist count; lowering the allowance below that takes nothing away, but allows no more. */
    MUST(handle_allow(cell_rde("TOY"), 1) == CELL_OK);
    MUST(toy_create(cell_rde("TOY"), 0, "", &one_more) == CELL_QUOTA);
    MUST(handle_allow(cell_rde("TOY"), ALLOWED + AGAIN_ALLOWED) == CELL_OK);
    for (unsigned i = 0; i < AGAIN_ALLOWED; i++)
        MUST(handle_give_to_server(cell_rde("TOY"), mo, CELL_READ, &there) == CELL_OK);
    MUST(toy_create(cell_rde("TOY"), 0, "", &one_more) == CELL_QUOTA);
    while (count > 0)
        MUST(toy_destroy(toys[--count]) == CELL_OK);
    MUST(toy_create(cell_rde("TOY"), 0, "", &one_more) == CELL_OK && toy_destroy(one_more) == CELL_OK);
    return 0;
}

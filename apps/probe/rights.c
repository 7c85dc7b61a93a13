/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/rights.c: what each set of rights over a PD allows, and that nothing else gives authority over one. */
#include <cell/idl/ads.h>
#include <cell/idl/context.h>
#include <cell/idl/cpu.h>
#include <cell/idl/graph.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <cell/idl/report.h>
#include <lib/client/context.h>
#include <stdio.h>
#include <string.h>

#include "apps/probe/attack.h"

/* ---- Sets of rights ----------------------------------------------------- */

/* Tries every operation on PD `pd`, over which it has exactly `rights`: these decide whether it is denied. */
int attack_rights_helper(uint64_t pd, unsigned rights)
{
    const cell_cap_t by = cell_holds(pd);
    const bool r = (rights & CELL_READ) != 0, w = (rights & CELL_WRITE) != 0, g = (rights & CELL_GRANT) != 0;
    uint64_t word[8], snapshot = 0;
    cell_cap_t mo, there;
    char text[900];

    MUST(by != 0 && mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    MUST((pd_info(by, pd, &word[0], &word[1], &word[2], &word[3], &word[4], &word[5], text) != CELL_DENIED) == r);
    MUST((handle_held(by, pd, 0, &word[0], &word[1], &word[2], &word[3], &word[4], text) != CELL_DENIED) == r);
    MUST((handle_edge(by, pd, 0, &word[0], &word[1], &word[2], text) != CELL_DENIED) == r);
    MUST((report_next(by, pd, UINT64_MAX, mo, &word[0], &word[1]) != CELL_DENIED) == r);
    MUST((graph_extract(by, pd, 0, pd, &snapshot, &word[0]) != CELL_DENIED) == r);
    MUST(!r || graph_close(snapshot) == CELL_OK);
    MUST(r || pd_wait(by, pd, &word[0], &word[1]) == CELL_DENIED);
    MUST((pd_set_name(by, pd, "renamed") != CELL_DENIED) == w);
    MUST((pd_limits(by, pd, UINT64_MAX, UINT64_MAX, UINT64_MAX) != CELL_DENIED) == w);
    MUST((pd_terminate_if(by, pd, 0, 0, 0) != CELL_DENIED) == w);
    MUST(w || pd_link(by, pd) == CELL_DENIED);
    MUST(w || pd_terminate(by, pd, 0, 0) == CELL_DENIED);
    MUST(w || pd_end_family(by, pd, &word[0]) == CELL_DENIED);
    MUST((handle_give(by, pd, mo, CELL_READ, &there) == CELL_OK) == g);
    MUST((handle_take_back(by, pd, g ? there : 0x1000) == CELL_OK) == g);
    MUST((handle_give_edge(by, pd, cell_rde("MO"), &there) == CELL_OK) == g);
    MUST((handle_take_back(by, pd, g ? there : 0x1000) == CELL_OK) == g);
    MUST(handle_edge_to(by, pd, "TOY", &there) == ((rights & 7) == 7 ? CELL_NOT_FOUND : CELL_DENIED));
    return 0;
}

int attack_rights(void)
{
    char line[64], words[64], letters[CELL_RIGHTS_SIZE];
    struct spawned child;

    MUST(attack_child(&child) == CELL_OK);
    for (unsigned rights = 1; rights <= CELL_ALL; rights++) {
        cell_rights_text(rights, letters);
        snprintf(line, sizeof line, "hold PD_%lx rights=%s", (unsigned long)child.id, letters);
        snprintf(words, sizeof words, "by-rights %lu %u", (unsigned long)child.id, rights);
        MUST(attack_helper(line, words) == 0);
    }
    attack_end(&child);
    return 0;
}

/* What a PD was given can be taken from it again, but not what is in places of its own. An edge to a server can be made only with the
 * rights r, w and x over the server. */
int attack_take_back(void)
{
    static const cell_cap_t places[] = {0, CSPACE_SELF, CSPACE_ENDPOINT, CSPACE_NOTIFICATION, UINT64_MAX};
    uint64_t space, object, rights, kind, server;
    struct spawned child;
    cell_cap_t mo, there, edge;
    char type[32];

    MUST(attack_child(&child) == CELL_OK && mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        MUST(handle_take_back(child.pd, child.id, places[i]) == CELL_NOT_FOUND);
    MUST(handle_give(child.pd, child.id, mo, CELL_READ, &there) == CELL_OK);
    MUST(handle_give_edge(child.pd, child.id, cell_rde("TOY"), &edge) == CELL_OK);
    MUST(handle_take_back(child.pd, child.id, there) == CELL_OK && handle_take_back(child.pd, child.id, edge) == CELL_OK);
    MUST(handle_held(child.pd, child.id, 0, &there, &space, &object, &rights, &kind, type) == CELL_NOT_FOUND);
    MUST(handle_edge(child.pd, child.id, 0, &edge, &space, &server, type) == CELL_NOT_FOUND);
    MUST(handle_take_back(child.pd, child.id, there) == CELL_NOT_FOUND);
    MUST(handle_edge_to(CSPACE_SELF, cell_pd_id(), "TOY", &edge) == CELL_DENIED);
    for (uint64_t pd = 0; pd < cell_pd_id(); pd++)
        MUST(handle_edge_to(child.pd, pd, "TOY", &edge) == CELL_DENIED && handle_take_back(child.pd, pd, 0x1000) == CELL_DENIED);
    MUST(mo_release(mo) == CELL_OK);
    attack_end(&child);
    return 0;
}

/* ---- Address spaces and CPUs in use ---------------------------------------- */

/* How many address spaces and CPUs a PD holds by handles; all ones: that may not be asked. */
static unsigned count_in_use(cell_cap_t by, uint64_t pd)
{
    uint64_t where = 0, space, object, rights, kind;
    unsigned count = 0;
    cell_error_t error;
    char type[32];

    while ((error = handle_held(by, pd, where, &where, &space, &object, &rights, &kind, type)) == CELL_OK)
        count += strcmp(type, "ADS") == 0 || strcmp(type, "VCPU") == 0;
    return error == CELL_NOT_FOUND ? count : UINT32_MAX;
}

static int nothing(void *argument)
{
    return argument != NULL;
}

/* Nobody gets handles on the address space and the CPU that a new PD uses; an address space or a CPU that is allocated by itself runs
 * nothing. */
int attack_in_use(void)
{
    const uint64_t own = cell_pd_id();
    struct spawned child, thread, context;
    cell_cap_t ads, cpu, there;
    uint64_t cause, code, start;

    MUST(attack_child(&child) == CELL_OK && cell_thread_create(nothing, NULL, &thread) == CELL_OK);
    MUST(cell_context_create("region 0x70000000 disjoint pages=1", &context) == CELL_OK);
    MUST(count_in_use(CSPACE_SELF, own) == 0 && count_in_use(child.pd, child.id) == 0);
    MUST(ads_create(cell_rde("ADS"), &ads) == CELL_OK && cpu_create(cell_rde("VCPU"), &cpu) == CELL_OK);
    MUST(count_in_use(CSPACE_SELF, own) == 2);
    MUST(cpu_resume(cpu) == CELL_BUSY);
    /* An address space in use can be named only as CSPACE_SELF, and so only one's own. */
    MUST(ads_reserve(child.pd, 0x70000000, 1, CELL_REGION_GENERIC, &start) == CELL_WRONG_TYPE);
    MUST(ads_find(child.pd, 0, &start, &cause, &code, &start) == CELL_WRONG_TYPE);
    MUST(cpu_set_priority(child.pd, 1) == CELL_WRONG_TYPE);
    MUST(handle_give(child.pd, child.id, ads, CELL_READ, &there) == CELL_OK);
    MUST(handle_give(child.pd, child.id, cpu, CELL_READ, &there) == CELL_OK);
    MUST(pd_wait(thread.pd, thread.id, &cause, &code) == CELL_OK && context_drop(context.id) == CELL_OK);
    MUST(ads_release(ads) == CELL_OK && cpu_release(cpu) == CELL_OK && handle_drop(thread.pd) == CELL_OK);
    attack_end(&child);
    return 0;
}

/* ---- Interrupts --------------------------------------------------------------- */

#define INTERRUPTS 1020u

/* A PD cannot get an interrupt that its configuration does not name. */
int attack_interrupts(void)
{
    cell_cap_t handler;

    for (uint64_t irq = 32; irq < INTERRUPTS; irq++)
        MUST(machine_interrupt(irq, 1, &handler) == CELL_DENIED);
    return 0;
}

/* ---- Files of the boot archive -------------------------------------------------- */

int attack_archive(void)
{
    static const char *const names[] = {"probe", "shell", "hello", "systems/shell", "nosuch"};
    struct spawned child;
    uint64_t size;
    cell_cap_t mo;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        MUST(mo_archive(cell_rde("MO"), names[i], strlen(names[i]), &mo, &size) == CELL_DENIED);
    MUST(attack_start("reader", "program=hello", (const char *const[]){"rde MO rights=rwx", NULL}, &child) != CELL_OK);
    return 0;
}

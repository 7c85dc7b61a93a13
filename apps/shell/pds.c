/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/pds.c: commands that show PDs, and how PDs are named. */
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <cell/idl/pd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

#define NONE UINT64_MAX

cell_cap_t root_handle(void)
{
    static cell_cap_t handle;

    if (handle == 0)
        handle = cell_holds(0);
    return handle;
}

bool pd_after(uint64_t id, struct pd_facts *facts)
{
    cell_cap_t root = root_handle();

    /* A PD may be gone by the time that it is asked about. */
    while (machine_next(root, 0, id, &id) == CELL_OK) {
        facts->id = id;
        if (pd_info(root, id, &facts->state, &facts->pages, &facts->objects, &facts->slots,
                    &facts->page_limit, &facts->time, facts->name) == CELL_OK)
            return true;
    }
    return false;
}

/* ---- Naming ------------------------------------------------------------------- */

bool pd_number(const char *word, uint64_t *id)
{
    const char *digits = strncmp(word, "PD_", 3) == 0 ? word + 3 : word;

    *id = strtoull(digits, NULL, 16);
    return *digits != 0 && strspn(digits, "0123456789abcdef") == strlen(digits) && strlen(digits) <= 16;
}

/* Does a PD exist? Also one that has ended does, while somebody holds it or PDs that it made go on. */
static bool exists(uint64_t id)
{
    struct pd_facts facts = {0};

    return pd_info(root_handle(), id, &facts.state, &facts.pages, &facts.objects, &facts.slots,
                   &facts.page_limit, &facts.time, facts.name) == CELL_OK;
}

bool pd_named(const struct words *words, const char *word, uint64_t *id)
{
    struct pd_facts facts = {.id = NONE};
    unsigned found = 0;

    while (pd_after(facts.id, &facts)) {
        if (strcmp(facts.name, word) == 0) {
            *id = facts.id;
            found++;
        }
    }
    if (found == 0 && pd_number(word, id) && exists(*id))
        return true;
    if (found == 0)
        complain(words, "no PD '%s'", word);
    else if (found > 1)
        complain(words, "%u PDs are called '%s'; 'ps' shows their numbers", found, word);
    return found == 1;
}

/* ---- ps and mem ----------------------------------------------------------------- */

static const char *state_text(uint64_t state)
{
    static const char *const texts[] = {"running", "ending", "root", "ended", "faulted"};

    return state < sizeof texts / sizeof *texts ? texts[state] : "?";
}

void command_ps(const struct words *words)
{
    struct pd_facts facts = {.id = NONE};

    (void)words;
    printf("%-8s %-8s %8s %8s %8s %10s  %s\n", "PD", "STATE", "PAGES", "OBJECTS", "SLOTS", "CPU ms",
           "NAME");
    while (pd_after(facts.id, &facts)) {
        char time[24] = "-";

        if (facts.time != NONE)
            snprintf(time, sizeof time, "%lu", facts.time / 1000000);
        printf("PD_%-5lx %-8s %8lu %8lu %8lu %10s  %s\n", facts.id,
               state_text(facts.state), facts.pages, facts.objects, facts.slots, time, facts.name);
    }
}

void command_mem(const struct words *words)
{
    uint64_t total, available, objects, slots, handles, spaces, pds;
    cell_error_t error =
        machine_figures(root_handle(), 0, &total, &available, &objects, &slots, &handles, &spaces, &pds);

    if (error != CELL_OK) {
        complain(words, "%s", cell_error_text(error));
        return;
    }
    printf("pages    %lu of %lu free (%lu MiB)\n", available, total,
           available / 256);
    printf("objects  %lu\nslots    %lu\nhandles  %lu\nspaces   %lu\nPDs      %lu\n",
           objects, slots, handles, spaces, pds);
}

/* ---- rde and held ------------------------------------------------------------------ */

void command_rde(const struct words *words)
{
    uint64_t id, where = 0, space, server;
    char type[32];

    if (!pd_named(words, words->word[1], &id))
        return;
    printf("%-16s %-24s %s\n", "TYPE", "SPACE", "ASKS");
    while (handle_edge(root_handle(), id, where, &where, &space, &server, type) == CELL_OK) {
        char name[48] = "any";

        if (space != 0)
            snprintf(name, sizeof name, "%s_SPACE_%lx", type, space);
        printf("%-16s %-24s PD_%lx\n", type, name, server);
    }
}

void command_held(const struct words *words)
{
    uint64_t id, where = 0, space, object, rights, kind;
    char type[32];

    if (!pd_named(words, words->word[1], &id))
        return;
    printf("%-12s %-6s %s\n", "AT", "RIGHTS", "WHAT");
    while (handle_held(root_handle(), id, where, &where, &space, &object, &rights, &kind, type) == CELL_OK) {
        char letters[5];

        cell_rights_text((unsigned)rights, letters);
        printf("0x%-10lx %-6s ", where, letters);
        if (kind == 1)
            printf("%s_SPACE_%lx\n", type, space);
        else
            printf("%s_%lx_%lx\n", type, space, object);
    }
}

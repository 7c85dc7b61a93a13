/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/probe/half.c: attacks that exchange what was checked at the beginning of a long request before the request goes on. */
#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <stdio.h>
#include <string.h>

#include "apps/once.h"
#include "apps/probe/attack.h"

#define MANY 400u
#define PLACE UINT64_C(0x70000000)
#define WRITABLE (CELL_READ | CELL_WRITE)

/* ---- A region that a new PD is to share -------------------------------------- */

static const char text[] = "pd half process program=hello\n  region 0x60000000 disjoint pages=2000\n"
                           "  region 0x70000000 shared rights=rw\n";

/* Begins to make the PD, and then puts other, read-only memory at that address. */
static int swap_and_go_on(cell_cap_t mo, uint64_t *words, unsigned length, cell_error_t *error)
{
    uint64_t start;

    MUST(ask_once(cell_rde("PD"), PD_MAKE_LABEL, words, length) == CELL_AGAIN);
    MUST(ads_remove(CSPACE_SELF, PLACE) == CELL_OK);
    MUST(ads_attach_part(CSPACE_SELF, mo, 0, 1, PLACE, 0, CELL_REGION_GENERIC, CELL_READ, 0, &start) == CELL_OK);
    *error = cell_call_fault(cell_rde("PD"), PD_MAKE_LABEL, words, length, 2, 2);
    return 0;
}

int attack_swapped_region(void)
{
    uint64_t words[32] = {sizeof text - 1}, start;
    cell_cap_t mo, other;
    cell_error_t error;

    memcpy(words + 1, text, sizeof text);
    MUST(mo_allocate(cell_rde("MO"), 1, 0, &mo) == CELL_OK && mo_allocate(cell_rde("MO"), 1, 0, &other) == CELL_OK);
    MUST(ads_attach(CSPACE_SELF, mo, PLACE, CELL_REGION_GENERIC, WRITABLE, 0, &start) == CELL_OK);
    int line = swap_and_go_on(other, words, 1 + (sizeof text + 6) / 8, &error);

    if (line != 0)
        return line;
    MUST(error == CELL_DENIED);
    MUST(ads_remove(CSPACE_SELF, PLACE) == CELL_OK && mo_release(mo) == CELL_OK && mo_release(other) == CELL_OK);
    return 0;
}

/* ---- A handle with more rights in the same place ------------------------------ */

/* Begins to attach a memory object that may only be read; then the same place in the table gets the handle of another object. */
int attack_swapped_handle_helper(void)
{
    uint64_t where = 0, space, object, rights, kind;
    cell_cap_t lent = 0, own;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (strcmp(type, "MO") == 0 && rights == CELL_READ)
            lent = where;
    MUST(lent != 0);
    uint64_t words[] = {CSPACE_SELF, lent, PLACE, CELL_REGION_GENERIC, CELL_READ, 0};

    MUST(ask_once(CSPACE_SELF, ADS_ATTACH_LABEL, words, 6) == CELL_AGAIN);
    MUST(mo_release(lent) == CELL_OK);
    do
        MUST(mo_allocate(cell_rde("MO"), MANY, 1, &own) == CELL_OK);
    while (own != lent && own < lent + MANY);
    MUST(own == lent);
    cell_error_t error = cell_call(CSPACE_SELF, ADS_ATTACH_LABEL, words, 6, 1);

    MUST(error != CELL_OK || ads_change_rights(CSPACE_SELF, PLACE, MANY, WRITABLE) == CELL_DENIED);
    return 0;
}

int attack_swapped_handle(void)
{
    cell_cap_t mo;
    char line[32];

    MUST(mo_allocate(cell_rde("MO"), MANY, 0, &mo) == CELL_OK);
    snprintf(line, sizeof line, "give %#lx rights=r", (unsigned long)mo);
    MUST(attack_helper(line, "swap") == 0);
    return mo_release(mo) == CELL_OK ? 0 : __LINE__;
}

/* ---- A copy that is written before it is whole ---------------------------------- */

/* The newest memory object that the PD holds. */
static cell_cap_t newest(void)
{
    uint64_t where = 0, space, object, rights, kind, last = 0;
    cell_cap_t found = 0;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind, type) == CELL_OK)
        if (strcmp(type, "MO") == 0 && object > last) {
            last = object;
            found = where;
        }
    return found;
}

int attack_early_copy(void)
{
    const uint64_t pages = 4 * MANY;
    uint64_t start, words[4] = {0};
    cell_cap_t mo;

    MUST(mo_allocate(cell_rde("MO"), pages, 0, &mo) == CELL_OK);
    words[0] = mo;
    MUST(ask_once(cell_rde("MO"), MO_COPY_LABEL, words, 1) == CELL_AGAIN);
    const cell_cap_t copy = newest();

    MUST(copy != 0 && copy != mo);
    MUST(ads_attach(CSPACE_SELF, copy, PLACE, CELL_REGION_GENERIC, WRITABLE, 0, &start) == CELL_OK);
    *(volatile uint64_t *)(PLACE + (pages - 1) * CELL_PAGE) = 5;
    words[0] = mo;
    cell_error_t error = cell_call(cell_rde("MO"), MO_COPY_LABEL, words, 1, 1);

    MUST(error == CELL_OK && words[0] == copy);
    MUST(*(volatile uint64_t *)(PLACE + (pages - 1) * CELL_PAGE) == 5);
    /* Not only where it was mapped before. */
    MUST(ads_remove(CSPACE_SELF, PLACE) == CELL_OK);
    MUST(ads_attach(CSPACE_SELF, copy, PLACE, CELL_REGION_GENERIC, CELL_READ, 0, &start) == CELL_OK);
    MUST(*(volatile uint64_t *)(PLACE + (pages - 1) * CELL_PAGE) == 5);
    MUST(ads_remove(CSPACE_SELF, PLACE) == CELL_OK && mo_release(copy) == CELL_OK && mo_release(mo) == CELL_OK);
    return 0;
}

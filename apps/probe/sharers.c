/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/probe/sharers.c: one that may only read another's heap makes a third one, which shares what it has of its own with all rights:
 * the third one gets no more of the first one's heap than the second has.
 */
#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <stdio.h>

#include "apps/probe/attack.h"
#include "apps/touch/touch.h"

#define BELOW UINT64_C(0x200000) /* below every program */
#define WRITABLE (CELL_READ | CELL_WRITE)

static cell_error_t attach_heap(uint64_t address)
{
    cell_cap_t mo = 0;
    cell_error_t error = mo_allocate(cell_rde("MO"), 1, 0, &mo);

    return error != CELL_OK ? error : ads_attach(CSPACE_SELF, mo, address, CELL_REGION_HEAP, WRITABLE, 0, &address);
}

/* The first address behind the heap. */
static uint64_t heap_end(void)
{
    uint64_t end = 0, start, pages, kind, rights;

    for (uint64_t from = 0; ads_find(CSPACE_SELF, from, &start, &pages, &kind, &rights) == CELL_OK; from = start + pages * CELL_PAGE)
        if (kind == CELL_REGION_HEAP)
            end = start + pages * CELL_PAGE;
    return end;
}

/* Makes a PD that shares the heap of this one, and waits for it. Nothing here takes memory from a heap. */
static uint64_t start_sharer(const char *rights, const char *word)
{
    struct pd_make_fault fault;
    char text[128];
    cell_cap_t pd = 0;
    uint64_t id, cause = 0, code = 0;
    int length = snprintf(text, sizeof text, "pd sharer process program=probe\n  rde *\n  region heap shared%s\n  args %s\n", rights, word);

    if (pd_make(cell_rde("PD"), text, (uint64_t)length, &pd, &id, &fault) != CELL_OK)
        return UINT64_MAX;
    cell_error_t error = pd_wait(pd, id, &cause, &code);

    handle_drop(pd);
    return error == CELL_OK && cause == 0 ? code : UINT64_MAX;
}

/* The third one. */
int attack_sharers_last(void)
{
    return attach_heap(heap_end()) == CELL_OK ? 0 : 2;
}

/* The second one. */
int attack_sharers_helper(void)
{
    return attach_heap(BELOW) == CELL_OK && start_sharer("", "share-last") == 0 ? 0 : 2;
}

int attack_sharers(void)
{
    const uint64_t end = heap_end();
    struct touch_frame frame;

    MUST(start_sharer(" rights=r", "share") == 0);
    MUST(touch_begin(&frame) == CELL_OK);
    const bool got_it = touch_read(end);

    touch_end();
    MUST(!got_it);
    return 0;
}

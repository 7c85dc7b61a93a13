/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/pd_heap.c: the request that commits pages of the caller's heap, and makes it longer (idl/pd.idl). */
#include <cell/idl/pd_server.h>

#include "root/core/follow.h"
#include "root/serve/follow.h"
#include "root/serve/pd.h"

/* The heap grows by regions of at least this many pages; most are only addresses at first. */
#define HEAP_REGION_PAGES 256u

/* Makes the heap that ends at `end` longer: by half, by HEAP_REGION_PAGES, or as far as is needed. So there
 * are few regions, however large it becomes. Who shares it gets them, too. */
static cell_error_t lengthen_heap(const struct request *request, uint64_t end, uint64_t have, uint64_t needed)
{
    struct pd *pd = request->caller;
    uint64_t most = follow_heap_end(pd->place->ads), room = most < end ? 0 : (most - end) / PAGE_SIZE;
    uint64_t generous = have / 2 > HEAP_REGION_PAGES ? have / 2 : HEAP_REGION_PAGES;
    cell_error_t error = CELL_OVERLAP;
    struct vmr *vmr = NULL;

    if (generous > room)
        generous = room;
    for (unsigned i = 0; i < 2 && error == CELL_OVERLAP && needed <= room; i++) {
        struct mo *mo;

        error = mo_create(pd->account, i == 0 && needed < generous ? generous : needed, MO_COMMIT, &mo);
        if (error != CELL_OK)
            return error;
        error = ads_attach(pd->account, pd->place->ads, mo, end, CELL_REGION_HEAP, HANDLE_READ | HANDLE_WRITE,
                           ATTACH_ON_TOUCH, &vmr);
        object_release(&mo->object);
    }
    return error == CELL_OK && most != UINT64_MAX ? follow_attach(request, pd->account, vmr) : error;
}

/* Commits those of pages from..to-1 of the heap that are in one of its regions, which begins with page `base`. */
static cell_error_t commit_region(struct vmr *vmr, uint64_t base, uint64_t from, uint64_t to)
{
    uint64_t first = from > base ? from - base : 0;
    uint64_t end = to < base + vmr->pages ? to - base : vmr->pages;

    if (vmr->mo == NULL || first >= end || to <= base)
        return CELL_OK;
    /* A part of it may be unmapped for good. */
    return vmr->unmapped != 0 ? CELL_BUSY : ads_commit(vmr, first, end - first);
}

cell_error_t pd_commit_heap_serve(void *context, const struct pd_commit_heap_in *in,
                                  struct pd_commit_heap_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;
    const struct list *heaps = &pd->place->ads->kinds[CELL_REGION_HEAP];
    uint64_t to = in->first + in->count, base = 0;

    (void)out;
    if (list_empty(heaps))
        return CELL_NOT_FOUND;
    bool alone = list_empty(&pd->place->ads->follows), all = false;
    cell_error_t error = alone ? CELL_NOT_FOUND : follow_go_on(request, &(uint64_t){0}, &all);

    if ((error != CELL_OK && error != CELL_NOT_FOUND) || all)
        return error;
    error = account_charge(pd->account, ACCOUNT_PAGES, in->total);
    if (error != CELL_OK)
        return error;
    account_refund(pd->account, ACCOUNT_PAGES, in->total);
    struct vmr *vmr = CONTAINER(heaps->next, struct vmr, of_kind);
    uint64_t start = vmr->start;

    while (base < to) {
        uint64_t end = vmr_end(vmr);

        error = commit_region(vmr, base, in->first, to);

        struct vmr *next = ads_find(pd->place->ads, end);

        base += vmr->pages;
        if (error == CELL_OK && base < to && (next == NULL || next->start != end || next->kind != CELL_REGION_HEAP)) {
            error = lengthen_heap(request, end, base, to - base);
            next = ads_find(pd->place->ads, end);
        }
        if (error != CELL_OK)
            return error;
        vmr = next;
    }
    return alone ? CELL_OK : follow_commit(request, pd->place->ads, start + in->first * PAGE_SIZE, start + to * PAGE_SIZE);
}

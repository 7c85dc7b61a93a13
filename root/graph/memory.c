/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/memory.c: memory objects and regions as records, in the pieces of cuts.h; and regions of address spaces that nobody
 * runs in. An MO whose pages are not one physical run is written without an address, because no extent would be true.
 */
#include "root/graph/cuts.h"
#include "root/graph/pass.h"
#include "root/graph/tables.h"
#include "root/memory/large.h"

/* ---- Memory objects -------------------------------------------------- */

/* Of pages that follow one another; 0 if they do not, or some are missing. */
static uint64_t address_of(const struct mo *mo, uint64_t from, uint64_t to)
{
    page_t first = mo_page(mo, from);

    for (uint64_t i = from + mo_step(mo); i < to && (mo->flags & MO_FOREIGN) == 0; i += mo_step(mo)) {
        if (i / mo_step(mo) % 4 == 0)
            pass_take(1);
        if (first == 0 || mo_page(mo, i) != first + (i - from))
            return 0;
    }
    return (uint64_t)first << PAGE_BITS;
}

/* Pages of the boot archive that only the root task knows: the programs that ran them have
 * ended (segment_mo() in root/pd/execute.c). */
static bool is_spare(const struct mo *mo)
{
    return (mo->flags & MO_FOREIGN) != 0 && mo->object.references == 1 && mo->object.handles == 0 &&
           list_empty(&mo->vmrs);
}

static void put_mo(const struct extraction *extraction, const struct mo *mo, uint64_t from, uint64_t to)
{
    struct record *record = record_add(extraction->records, RECORD_MO, TYPE_MO, from == 0 ? 3 : 4);

    record->word[0] = mo->object.id;
    record->word[1] = extraction->selection->addresses ? address_of(mo, from, to) : 0;
    record->word[2] = to - from;
    /* A range of a disk can cut pages. */
    record->detail = ((to - from) & mo_within(mo)) == 0 ? (unsigned)mo->order / ORDER_2M & 15 : 0;
    if (from != 0)
        record->word[3] = from;
}

void graph_node_mo(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct mo *mo = mo_of(object);

    if (is_spare(mo))
        return;
    const struct cut *cut = cuts_find(object->id);

    for (uint32_t i = 0; cut != NULL && i < cut->count; i++)
        if (cuts_source(mo, cut->at[i]).mo == mo)
            put_mo(extraction, mo, cut->at[i], cut->at[i + 1]);
    if (cut == NULL)
        put_mo(extraction, mo, 0, mo->pages);
}

/* ---- Regions --------------------------------------------------------- */

/* A region, or a piece of it that begins `from` pages behind its start; returns the node. */
static struct node put_vmr(struct records *records, const struct vmr *vmr, uint64_t from, uint64_t pages,
                           const struct mo *mo)
{
    bool whole = pages == vmr->pages;
    struct record *record = record_add(records, RECORD_VMR, TYPE_VMR, !whole ? 6 : mo != NULL ? 5
                                                                                              : 4);
    struct node node = graph_node(&vmr->object, TYPE_VMR);

    record->detail = (unsigned)vmr->kind & 15;
    record->rights = (unsigned)vmr->rights & 15; /* as its pages are mapped, whatever its kind is called */
    record->word[0] = vmr->ads->object.id;
    record->word[1] = vmr->object.id;
    record->word[2] = vmr->start + from * PAGE_SIZE;
    record->word[3] = pages;
    if (!whole || mo != NULL)
        record->word[4] = whole ? mo->object.id : from;
    node.piece = from;
    return node;
}

/* Pages of a region that are `pages` pages of one memory object: it maps the pieces of these. */
static void edges_pieces(struct records *records, struct node from, struct cut_source source, uint64_t pages,
                         unsigned rights)
{
    const struct cut *cut = cuts_find(source.mo->object.id);
    struct node to = graph_node(&source.mo->object, TYPE_MO);

    for (uint32_t i = cuts_piece(cut, source.page); i < cut->count && cut->at[i] < source.page + pages; i++) {
        to.piece = cut->at[i];
        graph_put_edge(records, CM_MAP, from, to, rights & ~(source.shared ? CM_WRITE : 0u));
    }
}

/* A region of memory that others may have, too, is cut as that is. */
static void pieces_of_vmr(struct records *records, const struct vmr *vmr, const struct cut *cut)
{
    uint64_t end = vmr->first + vmr->pages;

    for (uint32_t i = cuts_piece(cut, vmr->first); i < cut->count && cut->at[i] < end; i++) {
        uint64_t page = cut->at[i];
        /* The part behind the end of the memory object belongs to the last piece. */
        uint64_t pages = (i + 1 == cut->count ? end : cut->at[i + 1]) - page;
        struct node node = put_vmr(records, vmr, page - vmr->first, pages, NULL);

        edges_pieces(records, node, cuts_source(vmr->mo, page), cut->at[i + 1] - page, vmr->rights);
    }
}

void graph_node_vmr(void *context, struct object *object)
{
    struct records *records = ((struct extraction *)context)->records;
    const struct vmr *vmr = vmr_of(object);
    const struct mo *mo = vmr->rights == 0 ? NULL : vmr->mo; /* nothing can be touched without rights */
    const struct cut *cut = mo == NULL ? NULL : cuts_find(mo->object.id);

    if (mo != NULL && vmr->first >= mo->pages)
        mo = NULL;
    if (cut != NULL && mo != NULL && (mo->flags & MO_COPIED) != 0) {
        pieces_of_vmr(records, vmr, cut);
        return;
    }
    struct node node = put_vmr(records, vmr, 0, vmr->pages, cut == NULL ? mo : NULL);

    if (cut != NULL && mo != NULL)
        edges_pieces(records, node, (struct cut_source){mo, vmr->first, false}, vmr->pages, vmr->rights);
}

/* ---- Regions that nobody runs in ------------------------------------- */

/* They are held, without a right, by the holder of the address space, or else by the root task. */
static const struct pd *holder_of(const struct extraction *extraction, const struct ads *ads)
{
    for (struct handle *handle = handle_first(&ads->object); handle != NULL;
         handle = handle_next(handle)) {
        const struct pd *pd = handle->kind == HANDLE_RESOURCE ? handle_pd(handle) : NULL;

        pass_take(1);
        if (pd != NULL && is_about(extraction->selection, pd))
            return pd;
    }
    return &pd_root;
}

static void edges_idle_pieces(struct records *records, struct node holder, const struct vmr *vmr)
{
    bool copied = vmr->mo != NULL && vmr->rights != 0 && vmr->first < vmr->mo->pages && (vmr->mo->flags & MO_COPIED) != 0;
    const struct cut *cut = copied ? cuts_find(vmr->mo->object.id) : NULL;
    struct node node = graph_node(&vmr->object, TYPE_VMR);

    if (cut == NULL) {
        graph_put_edge(records, CM_HOLD, holder, node, 0);
        return;
    }
    for (uint32_t i = cuts_piece(cut, vmr->first); i < cut->count && cut->at[i] < vmr->first + vmr->pages; i++) {
        node.piece = cut->at[i] - vmr->first;
        graph_put_edge(records, CM_HOLD, holder, node, 0);
    }
}

void graph_edges_idle(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct ads *ads = ads_of(object);

    if (pd_any_runs_in(ads))
        return;
    const struct pd *holder = holder_of(extraction, ads);

    for (struct vmr *vmr = ads_next(ads, 0); vmr != NULL; vmr = ads_next(ads, vmr->start + 1))
        if (is_selected(extraction->selection, &vmr->object))
            edges_idle_pieces(extraction->records, pd_node(holder), vmr);
}

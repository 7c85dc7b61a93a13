/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/tables.c: see graph_tables.h; the rules are those of docs/model-format.md.
 * Bottom-up: one record, nodes, edges, all of it.
 *
 * The root task's own address space and threads do not appear: they are nobody's
 * to hold. An MO whose pages are not one physical run is written without an
 * address, because no extent would be true.
 */
#include "root/graph/tables.h"

#include <string.h>

#include "root/core/pd.h"
#include "lib/words/number.h"
#include "root/graph/cuts.h"
#include "root/graph/once.h"
#include "root/graph/ranges.h"
#include "root/memory/large.h"
#include "root/spaces/resspc.h"

struct extraction {
    struct records *records;
    struct selection *selection;
};

_Static_assert(PD_NAME_SIZE == RECORD_NAME_WORDS * 8, "a name fits");
_Static_assert(RESOURCE_NAME_SIZE == RECORD_NAME_WORDS * 8, "a name fits");

/* ---- One record ------------------------------------------------------ */

static struct node pd_node(const struct pd *pd)
{
    return (struct node){.type = TYPE_NONE, .number = pd->object.id};
}

struct node graph_node(const struct object *object, type_t as)
{
    struct node node = {.type = as, .number = object->id};

    if (object->class == &ads_class || (object->class == &space_class && as != TYPE_RESSPC)) {
        node.space = object->id;
        node.number = RECORD_ITSELF;
    } else if (object->class == &resource_class) {
        const struct resource *resource = CONTAINER(object, struct resource, object);

        node.space = resource->space->object.id;
        if (!resource_range(resource, &node.number, &node.blocks))
            node.number = resource->entry.id;
    } else if (object->class == &vmr_class) {
        node.space = CONTAINER(object, struct vmr, object)->ads->object.id;
    } else {
        node.space = resspc_root(as)->object.id;
    }
    return node;
}

/* To or from a piece that belongs to several. False: it is there already, with the rights by now. */
static bool is_first(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                     unsigned rights, struct once **once)
{
    const uint64_t key[ONCE_WORDS] = {(uint64_t)edge << 56 | (uint64_t)from.type << 28 | to.type, from.space, from.number,
                                      to.space, to.number, to.piece};

    *once = once_find(key);
    if (*once == NULL)
        records->failed = CELL_NO_MEMORY;
    else if ((*once)->record != NULL)
        (*once)->record->rights |= rights & 15;
    return *once != NULL && (*once)->record == NULL;
}

static void put_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                     unsigned rights)
{
    bool pieces = from.piece != 0 || to.piece != 0;
    struct once *once = NULL;

    if ((from.type == TYPE_BLOCK || to.type == TYPE_BLOCK) && !is_first(records, edge, from, to, rights, &once))
        return;
    struct record *record = record_add(records, RECORD_EDGE, from.type, pieces ? 6 : 4);

    record->detail = edge & 15;
    record->rights = rights & 15;
    record->to_type = to.type & 0xffffff;
    record->word[0] = from.space;
    record->word[1] = from.number;
    record->word[2] = to.space;
    record->word[3] = to.number;
    if (pieces) {
        record->word[4] = from.piece;
        record->word[5] = to.piece;
    }
    if (once != NULL)
        once->record = record;
}

/* An edge to a memory object is one to each of its pieces: no writing where that does not reach them. What belongs
 * to another is reported with the regions only. */
static void edges_to_pieces(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                            unsigned rights, const struct cut *cut)
{
    const struct mo *mo = cut->mo;

    for (uint32_t i = 0; i < cut->count; i++) {
        struct cut_source source = cuts_source(mo, cut->at[i]);

        /* a block is in the page of its number */
        if (from.blocks != 0 && (cut->at[i] < from.number || cut->at[i] >= from.number + from.blocks))
            continue;
        to.piece = cut->at[i];
        if (source.mo == mo)
            put_edge(records, edge, from, to, rights & ~(source.shared ? CM_WRITE : 0u));
    }
}

/* To each piece of what it leads to. */
static void put_edges(struct records *records, enum cm_edge_type edge, struct node from, struct node to, unsigned rights)
{
    const struct cut *cut = to.type == TYPE_MO && to.number != RECORD_ITSELF ? cuts_find(to.number) : NULL;
    const struct range_point *point = to.blocks == 0 ? NULL : ranges_find(to.space, to.number);
    uint64_t end = to.number + to.blocks;

    for (; point != NULL && point->at < end; point++) {
        to.number = point->at;
        put_edge(records, edge, from, to, rights);
    }
    if (cut != NULL)
        edges_to_pieces(records, edge, from, to, rights, cut);
    else if (point == NULL)
        put_edge(records, edge, from, to, rights);
}

void graph_edge(struct records *records, enum cm_edge_type edge, struct node from, struct node to,
                unsigned rights)
{
    const struct range_point *point = from.blocks == 0 ? NULL : ranges_find(from.space, from.number);
    uint64_t end = from.number + from.blocks;

    for (; point != NULL && point->at < end; point++) {
        from.number = point->at;
        from.blocks = point[1].at - point->at;
        put_edges(records, edge, from, to, rights);
    }
    if (point == NULL)
        put_edges(records, edge, from, to, rights);
}

/* ---- Nodes ----------------------------------------------------------- */

static struct record *put_pd(struct records *records, uint64_t id, const char *name)
{
    struct record *record = record_add(records, RECORD_PD, TYPE_NONE, 1 + RECORD_NAME_WORDS);

    record->word[0] = id;
    memcpy(&record->word[1], name, PD_NAME_SIZE);
    return record;
}

static void node_pd(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct pd *pd = pd_of(object);

    put_pd(extraction->records, object->id, pd->name)->detail = pd->mark == GRAPH_LATE ? RECORD_PARTIAL
                                                                : !pd_alive(pd)         ? RECORD_ENDED
                                                                                        : 0;
}

void graph_gone_pd(struct records *records, uint64_t id, const char *name)
{
    put_pd(records, id, name)->detail = RECORD_PARTIAL;
}

static void node_space(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct space *space = CONTAINER(object, struct space, object);

    /* Address spaces are the spaces of type ADS. */
    if (object->type == TYPE_ADS || space->manager == NULL)
        return;
    struct record *record = record_add(extraction->records, RECORD_SPACE, object->type, 2);

    record->word[0] = object->id;
    record->word[1] = space->manager->object.id;
}

static void node_ads(void *context, struct object *object)
{
    struct extraction *extraction = context;
    struct record *record = record_add(extraction->records, RECORD_SPACE, TYPE_ADS, 2);

    record->word[0] = object->id;
    record->word[1] = pd_root.object.id;
}

/* The handle on a PD, as a resource; the root task's, where somebody may hold it. */
static void node_handle(void *context, struct object *object)
{
    struct extraction *extraction = context;

    if (object != &pd_root.object ||
        (object->handles != 0 && (extraction->selection->all || !is_about(extraction->selection, &pd_root))))
        record_add(extraction->records, RECORD_HANDLE, TYPE_PD, 1)->word[0] = object->id;
}

static void node_resspc(void *context, struct object *object)
{
    struct extraction *extraction = context;

    if (CONTAINER(object, struct space, object)->server != NULL)
        record_add(extraction->records, RECORD_RESSPC, object->type, 1)->word[0] = object->id;
}

static void node_cpu(void *context, struct object *object)
{
    struct extraction *extraction = context;
    struct record *record = record_add(extraction->records, RECORD_CPU, TYPE_CPU, 2);
    const struct ads *ads = cpu_of(object)->ads;

    record->word[0] = object->id;
    record->detail = ads != NULL ? RECORD_PLACED : 0;
    record->word[1] = ads != NULL ? ads->object.id : 0;
}

static void node_ep(void *context, struct object *object)
{
    struct extraction *extraction = context;

    record_add(extraction->records, RECORD_EP, object->type, 1)->word[0] = object->id;
}

/* Of pages that follow one another; 0 if they do not, or some are missing. */
static uint64_t address_of(const struct mo *mo, uint64_t from, uint64_t to)
{
    page_t first = mo_page(mo, from);

    for (uint64_t i = from + mo_step(mo); i < to && (mo->flags & MO_FOREIGN) == 0; i += mo_step(mo))
        if (first == 0 || mo_page(mo, i) != first + (i - from))
            return 0;
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

static void node_mo(void *context, struct object *object)
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
        put_edge(records, CM_MAP, from, to, rights & ~(source.shared ? CM_WRITE : 0u));
    }
}

/* A region of memory that others may have, too, is cut as that is. */
static void pieces_of_vmr(struct records *records, const struct vmr *vmr, const struct cut *cut)
{
    uint64_t end = vmr->first + vmr->pages;

    for (uint32_t i = cuts_piece(cut, vmr->first); i < cut->count && cut->at[i] < end; i++) {
        uint64_t page = cut->at[i];
        /* What is behind the end of the memory object belongs to the last. */
        uint64_t pages = (i + 1 == cut->count ? end : cut->at[i + 1]) - page;
        struct node node = put_vmr(records, vmr, page - vmr->first, pages, NULL);

        edges_pieces(records, node, cuts_source(vmr->mo, page), cut->at[i + 1] - page, vmr->rights);
    }
}

static void node_vmr(void *context, struct object *object)
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

static void put_resource(struct extraction *extraction, type_t type, uint64_t space, uint64_t number, const char *name)
{
    bool named = name[0] != 0;
    struct record *record = record_add(extraction->records, RECORD_RESOURCE, type, named ? 2 + RECORD_NAME_WORDS : 2);

    record->word[0] = space;
    record->word[1] = number;
    if (named)
        strncpy((char *)&record->word[2], name, RESOURCE_NAME_SIZE);
}

/* The pieces of a range that are not there yet. */
static void put_range(struct extraction *extraction, uint64_t space, uint64_t first, uint64_t blocks)
{
    for (struct range_point *point = ranges_find(space, first); point->at < first + blocks; point++) {
        char name[RESOURCE_NAME_SIZE + 16], *end = number_put(name, point->at);

        *end++ = '_';
        *number_put(end, point[1].at - point->at) = 0;
        if (!point->written)
            put_resource(extraction, TYPE_BLOCK, space, point->at, name);
        point->written = true;
    }
}

static void note_node(struct extraction *extraction, struct node node)
{
    if (node.blocks != 0 && !ranges_note(node.space, node.number, node.blocks))
        extraction->records->failed = CELL_NO_MEMORY;
}

/* The part of a range onto which something maps. */
static struct node part_node(const struct map_edge *edge)
{
    struct node node = graph_node(edge->target, edge->target->type);

    node.number += edge->first;
    node.blocks = edge->blocks;
    return node;
}

static void note_parts(struct extraction *extraction, const struct list *maps)
{
    LIST_EACH (entry, maps) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);

        if (edge->blocks != 0 && !object_is_gone(edge->target) && is_selected(extraction->selection, edge->target))
            note_node(extraction, part_node(edge));
    }
}

static void node_range(void *context, struct object *object)
{
    note_node(context, graph_node(object, object->type));
    note_parts(context, &CONTAINER(object, struct resource, object)->maps);
}

static void node_parts(void *context, struct object *object)
{
    note_parts(context, &CONTAINER(object, struct space, object)->maps);
}

static void node_resource(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct resource *resource = CONTAINER(object, struct resource, object);
    uint64_t first, blocks;

    if (resource_range(resource, &first, &blocks))
        put_range(extraction, resource->space->object.id, first, blocks);
    else
        put_resource(extraction, object->type, resource->space->object.id, resource->entry.id, resource->name);
}

/* Interrupts have no record of their own: each is one of the first PD that may ask for it. */
static bool has_irq_before(const struct pd *pd, uint16_t irq)
{
    LIST_EACH(entry, &pd_class.all) {
        const struct pd *other = pd_of(CONTAINER(entry, struct object, all));

        if (other == pd)
            return false;
        for (uint32_t i = 0; i < other->irq_count; i++)
            if (other->irqs[i] == irq)
                return true;
    }
    return false;
}

static void node_irqs(void *context, struct object *object)
{
    struct extraction *extraction = context;
    const struct pd *pd = pd_of(object);
    bool all = extraction->selection->all;

    for (uint32_t i = 0; i < pd->irq_count && is_about(extraction->selection, pd); i++) {
        if (all && has_irq_before(pd, pd->irqs[i]))
            continue;
        struct record *record = record_add(extraction->records, RECORD_RESOURCE, TYPE_IRQ, 2);

        record->word[0] = resspc_root(TYPE_IRQ)->object.id;
        record->word[1] = pd->irqs[i];
    }
}

/* ---- Regions that nobody runs in ------------------------------------- */

/* They are held, without a right, by the holder of the address space, or else by the root task. */
static const struct pd *holder_of(const struct extraction *extraction, const struct ads *ads)
{
    for (struct handle *handle = handle_first(&ads->object); handle != NULL;
         handle = handle_next(handle)) {
        const struct pd *pd = handle->kind == HANDLE_RESOURCE ? handle_pd(handle) : NULL;

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
        put_edge(records, CM_HOLD, holder, node, 0);
        return;
    }
    for (uint32_t i = cuts_piece(cut, vmr->first); i < cut->count && cut->at[i] < vmr->first + vmr->pages; i++) {
        node.piece = cut->at[i] - vmr->first;
        put_edge(records, CM_HOLD, holder, node, 0);
    }
}

static void edges_idle(void *context, struct object *object)
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

/* ---- Edges ----------------------------------------------------------- */

static void edges_maps(struct extraction *extraction, const struct list *maps, struct node from)
{
    LIST_EACH(entry, maps) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);
        const struct object *target = edge->target;
        struct node to = {.type = target->type, .space = target->id, .number = RECORD_ITSELF};

        if (object_is_gone(target) || !is_selected(extraction->selection, target))
            continue;
        /* Only a space maps onto a space; else what a server has of one is meant. */
        if (edge->blocks != 0)
            to = part_node(edge);
        else if (target->class != &space_class)
            to = graph_node(target, target->type);
        else if (!edge->whole || edge->meta)
            to = graph_node(target, TYPE_RESSPC);
        graph_edge(extraction->records, edge->meta ? CM_META : CM_MAP, from, to, 0);
    }
}

static void edges_space(void *context, struct object *object)
{
    edges_maps(context, &CONTAINER(object, struct space, object)->maps,
               graph_node(object, object->type));
}

static void edges_resource(void *context, struct object *object)
{
    edges_maps(context, &CONTAINER(object, struct resource, object)->maps,
               graph_node(object, object->type));
}

static void edges_pd(void *context, struct object *object)
{
    struct extraction *extraction = context;
    struct records *records = extraction->records;
    const struct pd *pd = pd_of(object);
    const unsigned runs = CM_READ | CM_WRITE | CM_EXECUTE;

    if (pd == &pd_root || !is_about(extraction->selection, pd))
        return;
    graph_edge(records, CM_PARENT, pd_node(pd), pd_node(pd->maker), 0);
    if (!pd_alive(pd))
        return;
    if (pd->cpu != NULL)
        graph_edge(records, CM_HOLD, pd_node(pd), graph_node(&pd->cpu->object, TYPE_CPU), runs);
    LIST_EACH (entry, &pd->places) {
        const struct ads *ads = CONTAINER(entry, struct place, of_pd)->ads;

        if (ads != NULL)
            graph_edge(records, CM_HOLD, pd_node(pd), graph_node(&ads->object, TYPE_ADS), runs);
    }
    if (pd->server != NULL)
        graph_edge(records, CM_HOLD, pd_node(pd), graph_node(&pd->server->endpoint->object, TYPE_EP),
                   CM_READ | CM_WRITE);
    for (uint32_t i = 0; i < pd->irq_count; i++)
        graph_edge(records, CM_HOLD, pd_node(pd),
                   (struct node){TYPE_IRQ, resspc_root(TYPE_IRQ)->object.id, pd->irqs[i], 0, 0},
                   CM_READ | CM_WRITE);
    graph_held(records, pd);
    graph_edge(records, CM_FAULT, pd_node(pd), pd_node(pd->handler == NULL ? &pd_root : pd->handler),
               0);
    if (pd->link != NULL)
        graph_edge(records, CM_LINK, pd_node(pd), pd_node(pd->link), 0);
}

/* ---- All of it ------------------------------------------------------- */

void graph_tables(struct records *records, struct selection *selection)
{
    /* In an order in which every node stands before the first edge that uses it. */
    static const struct {
        const struct object_class *class;
        void (*visit)(void *context, struct object *object);
    } steps[] = {
        {&pd_class, node_pd},
        {&space_class, node_space},
        {&ads_class, node_ads},
        {&pd_class, node_handle},
        {&space_class, node_resspc},
        {&cpu_class, node_cpu},
        {&ep_class, node_ep},
        {&ntfn_class, node_ep},
        {&mo_class, node_mo},
        {&vmr_class, node_vmr},
        {&resource_class, node_resource},
        {&pd_class, node_irqs},
        {&ads_class, edges_idle},
        {&space_class, edges_space},
        {&resource_class, edges_resource},
        {&pd_class, edges_pd},
    };
    struct extraction extraction = {.records = records, .selection = selection};

    select_each(selection, &resource_class, node_range, &extraction);
    select_each(selection, &space_class, node_parts, &extraction);
    if (!cuts_make(selection))
        records->failed = CELL_NO_MEMORY;

    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        /* The processor is in no table; CPUs map onto it. */
        if (steps[i].class == &cpu_class)
            record_add(records, RECORD_PCPU, TYPE_PCPU, 0);
        select_each(selection, steps[i].class, steps[i].visit, &extraction);
    }
    cuts_clear();
    ranges_clear();
    once_clear();
}

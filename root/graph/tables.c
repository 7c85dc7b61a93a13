/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/tables.c: see tables.h; the rules are those of docs/model-format.md.
 * Bottom-up: nodes, edges, all of it.
 *
 * The root task's own address space and threads do not appear: they are nobody's
 * to hold.
 */
#include "root/graph/tables.h"

#include <string.h>

#include "lib/words/number.h"
#include "root/graph/cuts.h"
#include "root/graph/once.h"
#include "root/graph/pass.h"
#include "root/graph/ranges.h"
#include "root/spaces/resspc.h"

_Static_assert(PD_NAME_SIZE == RECORD_NAME_WORDS * 8, "a name fits");
_Static_assert(RESOURCE_NAME_SIZE == RECORD_NAME_WORDS * 8, "a name fits");

uint32_t graph_late;

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

    put_pd(extraction->records, object->id, pd->name)->detail = pd->mark == graph_late ? RECORD_PARTIAL
                                                                : !pd_alive(pd)        ? RECORD_ENDED
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
    for (struct range_point *point = ranges_find(space, first); point->at < first + blocks; point = point->next) {
        char name[RESOURCE_NAME_SIZE + 16], *end = number_put(name, point->at);

        *end++ = '_';
        *number_put(end, point->next->at - point->at) = 0;
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

        pass_take(1);
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

        pass_take(1);
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

/* ---- Edges ----------------------------------------------------------- */

static void edges_maps(struct extraction *extraction, const struct list *maps, struct node from)
{
    LIST_EACH(entry, maps) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);
        const struct object *target = edge->target;
        struct node to = {.type = target->type, .space = target->id, .number = RECORD_ITSELF};

        pass_take(1);
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
        {&mo_class, graph_node_mo},
        {&vmr_class, graph_node_vmr},
        {&resource_class, node_resource},
        {&pd_class, node_irqs},
        {&ads_class, graph_edges_idle},
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
}

bool graph_tables_clear(uint32_t *units)
{
    return ranges_clear(units) && held_clear(units) && cuts_clear(units) && once_clear(units);
}

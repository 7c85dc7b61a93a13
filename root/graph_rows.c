/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph_rows.c: see graph_rows.h; the rules are those of model.md.
 * Bottom-up: one row, names of nodes, nodes, what is held, edges.
 *
 * The root task's own address space and threads do not appear: they are nobody's
 * to hold. An MO whose pages are not one physical run is written without an
 * address, because no extent would be true.
 */
#include "root/graph_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/fields.h"
#include "root/heap.h"
#include "root/pd.h"
#include "root/resspc.h"

#define ID_SIZE 96u
#define EXTRA_SIZE 160u

/* ---- One row --------------------------------------------------------- */

static void note(struct rows *rows, enum cm_status status)
{
    if (rows->status == CM_OK)
        rows->status = status;
}

static void row_pd(struct rows *rows, const char *id, const char *name, const char *extra)
{
    cm_node node;

    if (rows->writer != NULL)
        cm_csv_pd(rows->writer, id, name, extra);
    else
        note(rows, cm_graph_add_pd(rows->graph, cm_text_of(id), cm_text_of(name),
                                   cm_text_of(extra), &node));
}

static void row_space(struct rows *rows, const char *id, const char *type, const char *manager)
{
    cm_node node;

    if (rows->writer != NULL)
        cm_csv_space(rows->writer, id, type, manager);
    else
        note(rows, cm_graph_add_space(rows->graph, cm_text_of(id), cm_text_of(type),
                                      cm_text_of(manager), &node));
}

static void row_resource(struct rows *rows, const char *id, const char *type, const char *extra)
{
    cm_node node;

    if (rows->writer != NULL)
        cm_csv_resource(rows->writer, id, type, extra);
    else
        note(rows, cm_graph_add_resource(rows->graph, cm_text_of(id), cm_text_of(type),
                                         cm_text_of(extra), &node));
}

static void row_edge(struct rows *rows, enum cm_edge_type type, const char *from, const char *to,
                     unsigned rights)
{
    cm_node a, b;

    if (rows->writer != NULL) {
        cm_csv_edge(rows->writer, type, from, to, rights);
        return;
    }
    note(rows, cm_graph_refer(rows->graph, cm_text_of(from), &a));
    note(rows, cm_graph_refer(rows->graph, cm_text_of(to), &b));
    if (rows->status == CM_OK)
        note(rows, cm_graph_add_edge(rows->graph, type, a, b, rights));
}

static void row_request(struct rows *rows, const char *type, const char *from, const char *to,
                        const char *space)
{
    cm_node a, b, c = CM_NONE;

    if (rows->writer != NULL) {
        cm_csv_request(rows->writer, type, from, to, space);
        return;
    }
    note(rows, cm_graph_refer(rows->graph, cm_text_of(from), &a));
    note(rows, cm_graph_refer(rows->graph, cm_text_of(to), &b));
    if (space[0] != 0)
        note(rows, cm_graph_refer(rows->graph, cm_text_of(space), &c));
    if (rows->status == CM_OK)
        note(rows, cm_graph_add_request(rows->graph, a, b, cm_text_of(type), c));
}

/* ---- Names of nodes -------------------------------------------------- */

static void pd_id(char id[ID_SIZE], const struct pd *pd)
{
    snprintf(id, ID_SIZE, "PD_%lx", (unsigned long)pd->object.id);
}

static void space_id(char id[ID_SIZE], const struct space *space)
{
    snprintf(id, ID_SIZE, "%s_SPACE_%lx", type_name(space->object.type),
             (unsigned long)space->object.id);
}

static void ads_id(char id[ID_SIZE], const struct ads *ads)
{
    snprintf(id, ID_SIZE, "ADS_SPACE_%lx", (unsigned long)ads->object.id);
}

/* Of anything that a handle denotes. `as`: the type that the handle has (an
 * object of class space is a space, or a RESSPC resource). */
static void node_id(char id[ID_SIZE], const struct object *object, type_t as)
{
    unsigned long space, number = (unsigned long)object->id;

    if (object->class == &ads_class) {
        ads_id(id, CONTAINER(object, struct ads, object));
        return;
    }
    if (object->class == &space_class && as != TYPE_RESSPC) {
        space_id(id, CONTAINER(object, struct space, object));
        return;
    }
    if (object->class == &resource_class) {
        const struct resource *resource = CONTAINER(object, struct resource, object);

        space = (unsigned long)resource->space->object.id;
        number = (unsigned long)resource->entry.id;
    } else if (object->class == &vmr_class) {
        space = (unsigned long)CONTAINER(object, struct vmr, object)->ads->object.id;
    } else {
        space = (unsigned long)resspc_root(as)->object.id;
    }
    snprintf(id, ID_SIZE, "%s_%lx_%lx", type_name(as), space, number);
}

/* ---- Nodes ----------------------------------------------------------- */

static void put_resource(struct rows *rows, const char *id, type_t type, const char *extra)
{
    row_resource(rows, id, type_name(type), extra);
}

static void node_pd(struct rows *rows, struct pd *pd)
{
    char id[ID_SIZE], name[PD_NAME_SIZE * 3 + 1];

    pd_id(id, pd);
    cm_name_escape(cm_text_of(pd->name), name, sizeof name);
    row_pd(rows, id, name, pd->mark == GRAPH_LATE ? "partial" : "");
}

static void node_space(struct rows *rows, struct space *space)
{
    char id[ID_SIZE], manager[ID_SIZE];

    /* Address spaces are the spaces of type ADS. */
    if (space->object.type == TYPE_ADS || space->manager == NULL)
        return;
    space_id(id, space);
    pd_id(manager, space->manager);
    row_space(rows, id, type_name(space->object.type), manager);
}

static uint64_t first_address(const struct mo *mo)
{
    page_t first = mo_page(mo, 0);

    if (mo->present != mo->pages && (mo->flags & MO_FOREIGN) == 0)
        return 0;
    for (uint64_t i = 1; i < mo->pages && (mo->flags & MO_FOREIGN) == 0; i++)
        if (mo_page(mo, i) != first + i)
            return 0;
    return mo_physical(mo);
}

static void node_mo(struct rows *rows, struct mo *mo)
{
    char id[ID_SIZE], extra[EXTRA_SIZE];

    node_id(id, &mo->object, TYPE_MO);
    snprintf(extra, sizeof extra, "0x%lx_%lu_%u", (unsigned long)first_address(mo),
             (unsigned long)mo->pages, PAGE_BITS);
    put_resource(rows, id, TYPE_MO, extra);
}

static void node_ads(struct rows *rows, struct ads *ads)
{
    char id[ID_SIZE];

    ads_id(id, ads);
    row_space(rows, id, "ADS", "PD_0");
}

static void node_vmr(struct rows *rows, struct vmr *vmr)
{
    char id[ID_SIZE], extra[EXTRA_SIZE];

    if (vmr->ads == NULL)
        return;
    node_id(id, &vmr->object, TYPE_VMR);
    snprintf(extra, sizeof extra, "0x%lx_%s_%lu_%u", (unsigned long)vmr->start,
             vmr_kind_name((enum vmr_kind)vmr->kind), (unsigned long)vmr->pages, PAGE_BITS);
    put_resource(rows, id, TYPE_VMR, extra);
}

static void node_cpu(struct rows *rows, struct cpu *cpu)
{
    char id[ID_SIZE], extra[ID_SIZE] = "";

    node_id(id, &cpu->object, TYPE_CPU);
    if (cpu->ads != NULL)
        ads_id(extra, cpu->ads);
    put_resource(rows, id, TYPE_CPU, extra);
}

static void node_ep(struct rows *rows, struct ep *ep)
{
    char id[ID_SIZE];

    node_id(id, &ep->object, TYPE_EP);
    put_resource(rows, id, TYPE_EP, "");
}

/* The handle on a PD, as a resource. */
static void node_pd_handle(struct rows *rows, struct pd *pd)
{
    char id[ID_SIZE], extra[ID_SIZE];

    if (pd == &pd_root)
        return;
    node_id(id, &pd->object, TYPE_PD);
    pd_id(extra, pd);
    put_resource(rows, id, TYPE_PD, extra);
}

static void node_resspc(struct rows *rows, struct space *space)
{
    char id[ID_SIZE], extra[ID_SIZE];

    if (space->server == NULL)
        return;
    node_id(id, &space->object, TYPE_RESSPC);
    space_id(extra, space);
    put_resource(rows, id, TYPE_RESSPC, extra);
}

static void node_resource(struct rows *rows, struct resource *resource)
{
    char id[ID_SIZE], extra[EXTRA_SIZE];

    node_id(id, &resource->object, resource->object.type);
    extra[0] = 0;
    if (resource->name[0] != 0)
        cm_name_escape(cm_text_of(resource->name), extra, sizeof extra);
    put_resource(rows, id, resource->object.type, extra);
}

static void node_pcpu(struct rows *rows)
{
    char id[ID_SIZE];

    snprintf(id, sizeof id, "PCPU_%lx_0", (unsigned long)resspc_root(TYPE_PCPU)->object.id);
    row_resource(rows, id, "PCPU", "");
}

/* Is a record of a class to be written? Dead ones linger while handles are left. */
static bool wanted(const struct rows *rows, const struct object *object)
{
    if (object->dead || !is_selected(rows->selection, object))
        return false;
    return object->class != &pd_class || pd_alive(CONTAINER(object, struct pd, object));
}

#define EACH(name, of_class)                                                                       \
    LIST_EACH(name##_entry, &(of_class).all)                                                       \
    for (struct object *name = CONTAINER(name##_entry, struct object, all); name != NULL;          \
         name = NULL)                                                                              \
        if (wanted(rows, name))

static void all_nodes(struct rows *rows)
{
    EACH(pd, pd_class)
        node_pd(rows, pd_of(pd));
    EACH(space, space_class)
        node_space(rows, CONTAINER(space, struct space, object));
    EACH(ads, ads_class)
        node_ads(rows, ads_of(ads));
    if (is_selected(rows->selection, resspc_root(TYPE_PCPU)))
        node_pcpu(rows);
    EACH(pd, pd_class)
        if (is_selected(rows->selection, resspc_root(TYPE_PD)))
            node_pd_handle(rows, pd_of(pd));
    EACH(space, space_class)
        node_resspc(rows, CONTAINER(space, struct space, object));
    EACH(cpu, cpu_class)
        node_cpu(rows, cpu_of(cpu));
    EACH(ep, ep_class)
        node_ep(rows, ep_of(ep));
    EACH(mo, mo_class)
        node_mo(rows, mo_of(mo));
    EACH(vmr, vmr_class)
        node_vmr(rows, vmr_of(vmr));
    EACH(resource, resource_class)
        node_resource(rows, CONTAINER(resource, struct resource, object));
}

/* ---- What is held ---------------------------------------------------- */

/* A handle in a form that sorts equal ones together. */
struct held {
    struct object *object;
    uint16_t type;
    uint8_t kind, rights;
};

static int compare(const void *a, const void *b)
{
    const struct held *x = a, *y = b;

    if (x->object != y->object)
        return x->object < y->object ? -1 : 1;
    return x->kind != y->kind ? x->kind - y->kind : (int)x->type - (int)y->type;
}

static uint32_t collect(const struct slot_table *table, struct held *held)
{
    cell_cap_t where = 0;
    uint32_t entry, count = 0;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY) {
        if (entry == SLOT_BARE)
            continue;
        struct handle *handle = handle_by_index(entry);

        held[count++] = (struct held){handle->object, handle->type, handle->kind, handle->rights};
    }
    return count;
}

static void edge_held(struct rows *rows, const struct pd *pd, const char *id,
                      const struct held *held)
{
    char to[ID_SIZE], server[ID_SIZE];
    struct object *object = held->object;

    if (object->dead || (object->class == &pd_class && !pd_alive(pd_of(object))) ||
        (object->class == &vmr_class && vmr_of(object)->ads == NULL))
        return;
    if (held->kind == HANDLE_SPACE) {
        struct space *space = CONTAINER(object, struct space, object);

        if (space->manager == NULL)
            return;
        to[0] = 0;
        if (held->type != TYPE_ADS)
            space_id(to, space);
        pd_id(server, space->manager);
        row_request(rows, type_name(held->type), id, server, to);
        return;
    }
    unsigned rights = held->rights & ~(unsigned)CM_EXECUTE;

    if (pd->ads != NULL && object == &pd->ads->object)
        return; /* joined with the x that it runs with */
    if (pd->cpu != NULL && object == &pd->cpu->object)
        return;
    node_id(to, object, held->type);
    row_edge(rows, CM_HOLD, id, to, rights == 0 ? CM_READ : rights);
}

/* Handles on one thing count once, with the union of their rights. */
static void edges_held(struct rows *rows, struct pd *pd, const char *id)
{
    const struct slot_table *tables[] = {pd->cspace.private, pd->cspace.common};
    uint32_t room = tables[0]->used + tables[1]->used, count = 0;
    struct held *held = room == 0 ? NULL : heap_allocate(room * sizeof *held);

    if (held == NULL) {
        if (room != 0)
            note(rows, CM_NO_MEMORY);
        return;
    }
    count = collect(tables[0], held);
    count += collect(tables[1], held + count);
    qsort(held, count, sizeof *held, compare);
    for (uint32_t i = 0; i < count;) {
        struct held sum = held[i];

        for (i++; i < count && compare(&held[i], &sum) == 0; i++)
            sum.rights |= held[i].rights;
        edge_held(rows, pd, id, &sum);
    }
    heap_free(held, room * sizeof *held);
}

/* ---- Edges ----------------------------------------------------------- */

static void edges_pd(struct rows *rows, struct pd *pd)
{
    char id[ID_SIZE], to[ID_SIZE];

    /* Of the PDs around the one that it is about, only that they are there. */
    if (pd == &pd_root || !is_selected(rows->selection, &pd->cspace))
        return;
    pd_id(id, pd);
    if (pd->cpu != NULL) {
        node_id(to, &pd->cpu->object, TYPE_CPU);
        row_edge(rows, CM_HOLD, id, to, CM_READ | CM_WRITE | CM_EXECUTE);
    }
    if (pd->ads != NULL) {
        ads_id(to, pd->ads);
        row_edge(rows, CM_HOLD, id, to, CM_READ | CM_WRITE | CM_EXECUTE);
    }
    if (pd->server != NULL) {
        node_id(to, &pd->server->endpoint->object, TYPE_EP);
        row_edge(rows, CM_HOLD, id, to, CM_READ | CM_WRITE);
    }
    edges_held(rows, pd, id);
    pd_id(to, pd->handler == NULL ? &pd_root : pd->handler);
    row_edge(rows, CM_FAULT, id, to, 0);
    if (pd->link != NULL) {
        pd_id(to, pd->link);
        row_edge(rows, CM_LINK, id, to, 0);
    }
}

static void edge_subset(struct rows *rows, const struct object *object, type_t as)
{
    char from[ID_SIZE], to[ID_SIZE];
    struct space *space = as == TYPE_RESSPC ? resspc_root(as)
                                            : space_of_object((struct object *)object);

    node_id(from, object, as);
    if (object->class == &vmr_class)
        ads_id(to, CONTAINER(object, struct vmr, object)->ads);
    else
        space_id(to, space);
    row_edge(rows, CM_SUBSET, from, to, 0);
}

/* Address spaces that a PD runs in, by address; an entry of one of its PDs each. */
static struct id_table run_in;

static void note_run_in(struct rows *rows)
{
    LIST_EACH(entry, &pd_class.all) {
        struct pd *pd = pd_of(CONTAINER(entry, struct object, all));

        pd->runs_in.id = (uintptr_t)pd->ads;
        if (pd->ads != NULL && id_table_find(&run_in, pd->runs_in.id) == NULL &&
            !id_table_add(&run_in, &pd->runs_in))
            note(rows, CM_NO_MEMORY);
    }
}

/* Regions of an address space that nobody runs in are held by who has that. */
static void edge_idle_region(struct rows *rows, const struct vmr *vmr, const char *id)
{
    const struct ads *ads = vmr->ads;
    char holder[ID_SIZE] = "PD_0";

    if (id_table_find(&run_in, (uintptr_t)ads) != NULL)
        return;
    struct handle *handle = handle_first(&ads->object);

    if (handle != NULL && handle->kind == HANDLE_RESOURCE && handle_pd(handle) != NULL)
        pd_id(holder, handle_pd(handle));
    row_edge(rows, CM_HOLD, holder, id, CM_READ);
}

static void edges_vmr(struct rows *rows, struct vmr *vmr)
{
    char from[ID_SIZE], to[ID_SIZE];

    if (vmr->ads == NULL)
        return;
    edge_subset(rows, &vmr->object, TYPE_VMR);
    node_id(from, &vmr->object, TYPE_VMR);
    edge_idle_region(rows, vmr, from);
    if (vmr->mo == NULL)
        return;
    node_id(to, &vmr->mo->object, TYPE_MO);
    row_edge(rows, CM_MAP, from, to, 0);
}

static void edges_cpu(struct rows *rows, struct cpu *cpu)
{
    char from[ID_SIZE], to[ID_SIZE];

    edge_subset(rows, &cpu->object, TYPE_CPU);
    node_id(from, &cpu->object, TYPE_CPU);
    snprintf(to, sizeof to, "PCPU_%lx_0", (unsigned long)resspc_root(TYPE_PCPU)->object.id);
    row_edge(rows, CM_MAP, from, to, 0);
}

static void edges_maps(struct rows *rows, const struct list *maps, const char *from)
{
    char to[ID_SIZE];

    LIST_EACH(entry, maps) {
        const struct map_edge *edge = CONTAINER(entry, struct map_edge, of_source);

        if (edge->target->dead || !is_selected(rows->selection, edge->target))
            continue;
        node_id(to, edge->target, edge->target->type);
        row_edge(rows, edge->meta ? CM_META : CM_MAP, from, to, 0);
    }
}

static void edges_space(struct rows *rows, struct space *space)
{
    char from[ID_SIZE];

    if (space->server == NULL)
        return;
    edge_subset(rows, &space->object, TYPE_RESSPC);
    space_id(from, space);
    edges_maps(rows, &space->maps, from);
}

static void edges_resource(struct rows *rows, struct resource *resource)
{
    char from[ID_SIZE];

    edge_subset(rows, &resource->object, resource->object.type);
    node_id(from, &resource->object, resource->object.type);
    edges_maps(rows, &resource->maps, from);
}

static void edge_pcpu(struct rows *rows)
{
    char from[ID_SIZE], to[ID_SIZE];

    snprintf(from, sizeof from, "PCPU_%lx_0", (unsigned long)resspc_root(TYPE_PCPU)->object.id);
    space_id(to, resspc_root(TYPE_PCPU));
    row_edge(rows, CM_SUBSET, from, to, 0);
}

static void all_edges(struct rows *rows)
{
    if (is_selected(rows->selection, resspc_root(TYPE_PCPU)))
        edge_pcpu(rows);
    EACH(pd, pd_class)
        if (pd != &pd_root.object && is_selected(rows->selection, resspc_root(TYPE_PD)))
            edge_subset(rows, pd, TYPE_PD);
    EACH(space, space_class)
        edges_space(rows, CONTAINER(space, struct space, object));
    EACH(cpu, cpu_class)
        edges_cpu(rows, cpu_of(cpu));
    EACH(ep, ep_class)
        edge_subset(rows, ep, TYPE_EP);
    EACH(mo, mo_class)
        edge_subset(rows, mo, TYPE_MO);
    EACH(vmr, vmr_class)
        edges_vmr(rows, vmr_of(vmr));
    EACH(resource, resource_class)
        edges_resource(rows, CONTAINER(resource, struct resource, object));
    EACH(pd, pd_class)
        edges_pd(rows, pd_of(pd));
}

enum cm_status graph_rows(struct rows *rows)
{
    if (rows->writer != NULL)
        cm_csv_header(rows->writer);
    note_run_in(rows);
    all_nodes(rows);
    all_edges(rows);
    id_table_clear(&run_in);
    return rows->status;
}

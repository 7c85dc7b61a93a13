/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's physical addresses are those of the regions of its PD's address space, so a GMO lies in the MOs that these map
 * (join_ram.h). Bottom-up: where MOs are cut, the system's part of the graph, the guest's.
 */
#include "join.h"
#include "join_ram.h"
#include "../core/fields.h"
#include "../linux/joining.h"
#include "../linux/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cut {
    cm_node mo;
    uint64_t page; /* of the MO, where a piece begins */
};

struct join {
    struct cm_graph *host;
    const struct join_guest *guest;
    struct cm_graph *graph;
    struct join_ram ram;
    struct cut *cuts; /* by MO and page; also page 0 of each MO of the RAM */
    size_t cut_count;
    cm_node *first; /* of each node of the system: its place in the new graph, pieces one behind the other; CM_NONE: not there */
    cm_node *nodes; /* the same of the guest's */
};

/* -------------------------------------------------------------------------------------------------- where MOs are cut */

static int by_place(const void *one, const void *other)
{
    const struct cut *a = one;
    const struct cut *b = other;
    return a->mo != b->mo ? (a->mo > b->mo) - (a->mo < b->mo) : (a->page > b->page) - (a->page < b->page);
}

static bool add_cut(struct join *j, cm_node mo, uint64_t page)
{
    if (!lx_grow((void **)&j->cuts, j->cut_count, sizeof *j->cuts)) {
        return false;
    }
    j->cuts[j->cut_count++] = (struct cut){mo, page};
    return true;
}

/* Cuts the MOs where a piece of the guest's memory begins and ends; counts the pages that are in none. */
static bool cut_for(struct join *j, const struct lx_guest_memory *memory, uint64_t *outside)
{
    uint64_t all = memory->bytes >> JOIN_PAGE_BITS;
    uint64_t found = 0;
    bool fine = true;
    for (size_t r = join_ram_first(&j->ram, memory->address);
         fine && r < j->ram.count && j->ram.run[r].address < memory->address + memory->bytes; r++) {
        uint64_t from;
        uint64_t to;
        if (!join_ram_common(&j->ram.run[r], memory, &from, &to)) {
            continue;
        }
        found += to - from;
        fine = add_cut(j, j->ram.run[r].mo, from) && (to == j->ram.run[r].pages || add_cut(j, j->ram.run[r].mo, to));
    }
    *outside += all > found ? all - found : 0;
    return fine;
}

static enum cm_status find_cuts(struct join *j, uint64_t *outside)
{
    const struct lx_guest *inside = &j->guest->inside;
    size_t kept = 0;
    bool fine = true;
    *outside = 0;
    for (size_t r = 0; fine && r < j->ram.count; r++) {
        fine = add_cut(j, j->ram.run[r].mo, 0);
    }
    for (size_t m = 0; fine && m < inside->memory_count; m++) {
        fine = cut_for(j, &inside->memory[m], outside);
    }
    if (!fine) {
        return CM_NO_MEMORY;
    }
    if (j->cut_count == 0) {
        return CM_OK;
    }
    qsort(j->cuts, j->cut_count, sizeof *j->cuts, by_place);
    for (size_t i = 0; i < j->cut_count; i++) {
        if (kept == 0 || by_place(&j->cuts[kept - 1], &j->cuts[i]) != 0) {
            j->cuts[kept++] = j->cuts[i];
        }
    }
    j->cut_count = kept;
    return CM_OK;
}

/* The first cut of a MO at or behind a page; j->cut_count: none is behind it. */
static size_t cut_at(const struct join *j, cm_node mo, uint64_t page)
{
    const struct cut wanted = {mo, page};
    size_t low = 0;
    size_t high = j->cut_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (by_place(&j->cuts[middle], &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* In how many pieces a node of the system is. */
static size_t pieces(const struct join *j, cm_node node)
{
    size_t count = cut_at(j, node + 1, 0) - cut_at(j, node, 0);
    return count == 0 ? 1 : count;
}

/* -------------------------------------------------------------------------------------------- the system's part of the graph */

static enum cm_status add_piece(struct join *j, cm_node node, size_t cut, uint64_t end, cm_node *place)
{
    char *id = NULL;
    char extra[48];
    if (asprintf(&id, "%s.%" PRIx64, cm_node_id(j->host, node), j->cuts[cut].page) < 0) {
        return CM_NO_MEMORY;
    }
    snprintf(extra, sizeof extra, "0x0_%" PRIu64 "_12", end - j->cuts[cut].page);
    enum cm_status status = cm_graph_add_resource(j->graph, cm_text_of(id), cm_text_of("MO"), cm_text_of(extra), place);
    free(id);
    return status;
}

/* Where the pages of the pieces lie the model does not say. */
static enum cm_status add_pieces(struct join *j, cm_node node)
{
    size_t first = cut_at(j, node, 0);
    size_t count = pieces(j, node);
    struct cm_extent extent;
    enum cm_status status = CM_OK;
    cm_field_mo(cm_text_of(cm_node_extra(j->host, node)), &extent);
    for (size_t i = 0; i < count && status == CM_OK; i++) {
        cm_node place;
        status = add_piece(j, node, first + i, i + 1 < count ? j->cuts[first + i + 1].page : extent.units, &place);
        j->first[node] = i == 0 ? place : j->first[node];
    }
    return status;
}

static enum cm_status add_node(struct join *j, cm_node node)
{
    struct cm_text id = cm_text_of(cm_node_id(j->host, node));
    struct cm_text data = cm_text_of(cm_node_data(j->host, node));
    struct cm_text extra = cm_text_of(cm_node_extra(j->host, node));
    enum cm_kind kind = cm_node_kind(j->host, node);
    j->first[node] = CM_NONE;
    return kind == CM_MISSING    ? CM_OK
           : pieces(j, node) > 1 ? add_pieces(j, node)
           : kind == CM_PD       ? cm_graph_add_pd(j->graph, id, data, extra, &j->first[node])
           : kind == CM_SPACE    ? cm_graph_add_space(j->graph, id, data, extra, &j->first[node])
                                 : cm_graph_add_resource(j->graph, id, data, extra, &j->first[node]);
}

static enum cm_status add_edge(struct join *j, const struct cm_edge *edge)
{
    enum cm_status status = CM_OK;
    if (edge->edge_type == CM_REQUEST) {
        return cm_graph_add_request(j->graph, j->first[edge->from], j->first[edge->to], cm_text_of(cm_type_name(j->host, edge->type)),
                                    edge->space == CM_NONE ? CM_NONE : j->first[edge->space]);
    }
    for (cm_node from = 0; from < pieces(j, edge->from); from++) {
        for (cm_node to = 0; to < pieces(j, edge->to) && status == CM_OK; to++) {
            status = cm_graph_add_edge(j->graph, edge->edge_type, j->first[edge->from] + from, j->first[edge->to] + to, edge->rights);
        }
    }
    return status;
}

static enum cm_status copy_host(struct join *j)
{
    enum cm_status status = CM_OK;
    for (cm_node node = 0; node < cm_graph_nodes(j->host) && status == CM_OK; node++) {
        status = add_node(j, node);
    }
    for (uint32_t i = 0; i < cm_graph_edges(j->host) && status == CM_OK; i++) {
        struct cm_edge edge;
        status = cm_graph_edge(j->host, i, &edge) ? add_edge(j, &edge) : CM_OK;
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------------------ the guest's */

static enum cm_status map_piece(struct join *j, const struct lx_guest_memory *memory)
{
    enum cm_status status = CM_OK;
    for (size_t r = join_ram_first(&j->ram, memory->address); r < j->ram.count && j->ram.run[r].address < memory->address + memory->bytes;
         r++) {
        uint64_t from;
        uint64_t to;
        cm_node mo = j->ram.run[r].mo;
        size_t first = cut_at(j, mo, 0);
        if (!join_ram_common(&j->ram.run[r], memory, &from, &to)) {
            continue;
        }
        size_t end = cut_at(j, mo, to);
        for (size_t c = cut_at(j, mo, from); c < end && status == CM_OK; c++) {
            status = cm_graph_add_edge(j->graph, CM_MAP, j->nodes[memory->node], j->first[mo] + (cm_node)(c - first),
                                       CM_READ | CM_WRITE | CM_EXECUTE);
        }
    }
    return status;
}

static enum cm_status map_memory(struct join *j)
{
    const struct lx_guest *inside = &j->guest->inside;
    enum cm_status status = CM_OK;
    for (size_t m = 0; m < inside->memory_count && status == CM_OK; m++) {
        status = map_piece(j, &inside->memory[m]);
    }
    return status;
}

/* The PD that a resource of type PD is a handle on; CM_NONE: the resource is no handle. */
static cm_node pd_of_handle(const struct join *j, cm_node node)
{
    return cm_node_kind(j->host, node) == CM_RESOURCE && cm_node_type(j->host, node) == CM_TYPE_PD
               ? cm_graph_find(j->host, cm_text_of(cm_node_extra(j->host, node)))
               : CM_NONE;
}

/* The machine that the PD is a CPU of; CM_NONE: the model has none. Its CPUs are the PDs onto which it maps, in their order. */
static cm_node find_machine(const struct join *j)
{
    for (uint32_t i = 0; i < cm_graph_edges(j->host); i++) {
        struct cm_edge edge;
        if (cm_graph_edge(j->host, i, &edge) && edge.edge_type == CM_MAP && cm_node_kind(j->host, edge.from) == CM_RESOURCE &&
            cm_node_type(j->host, edge.from) == CM_TYPE_VM && pd_of_handle(j, edge.to) == j->guest->pd) {
            return edge.from;
        }
    }
    return CM_NONE;
}

/* The PD that is CPU `number` of the machine. */
static cm_node cpu_of(const struct join *j, cm_node machine, uint64_t number)
{
    uint32_t count = 0;
    const uint32_t *out = machine == CM_NONE ? NULL : cm_node_out(j->host, machine, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct cm_edge edge;
        cm_node pd = cm_graph_edge(j->host, out[i], &edge) && edge.edge_type == CM_MAP ? pd_of_handle(j, edge.to) : CM_NONE;
        if (pd != CM_NONE && number-- == 0) {
            return pd;
        }
    }
    return j->guest->pd;
}

static enum cm_status map_cores(struct join *j, cm_node machine)
{
    const struct cm_graph *guest = j->guest->inside.graph;
    enum cm_status status = CM_OK;
    for (cm_node node = 0; node < cm_graph_nodes(guest) && status == CM_OK; node++) {
        if (cm_node_kind(guest, node) != CM_RESOURCE || cm_node_type(guest, node) != CM_TYPE_PCPU) {
            continue;
        }
        const char *digits = strrchr(cm_node_id(guest, node), '_');
        uint32_t count;
        const uint32_t *out = cm_node_out(j->host, cpu_of(j, machine, digits == NULL ? 0 : strtoull(digits + 1, NULL, 16)), &count);
        for (uint32_t i = 0; i < count && status == CM_OK; i++) {
            struct cm_edge edge;
            if (cm_graph_edge(j->host, out[i], &edge) && edge.edge_type == CM_HOLD && cm_node_kind(j->host, edge.to) == CM_RESOURCE &&
                cm_node_type(j->host, edge.to) == CM_TYPE_VCPU && cm_hold_runs(j->host, &edge)) {
                status = cm_graph_add_edge(j->graph, CM_MAP, j->nodes[node], j->first[edge.to], 0);
            }
        }
    }
    return status;
}

/* The guest's kernel ends with the PD; it holds the machine, of which its memory and address spaces are made. */
static enum cm_status add_machine(struct join *j, cm_node machine)
{
    const struct cm_graph *guest = j->guest->inside.graph;
    cm_node kernel = j->nodes[cm_graph_root(guest)];
    uint32_t count;
    const cm_node *spaces = cm_graph_spaces(guest, &count);
    enum cm_status status = cm_graph_add_edge(j->graph, CM_LINK, kernel, j->first[j->guest->pd], 0);
    if (machine == CM_NONE || status != CM_OK) {
        return status;
    }
    status = cm_graph_add_edge(j->graph, CM_HOLD, kernel, j->first[machine], CM_READ | CM_WRITE);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint32_t type = cm_node_type(guest, spaces[i]);
        if (type == CM_TYPE_MO || type == CM_TYPE_ADS) {
            status = cm_graph_add_edge(j->graph, CM_MAP, j->nodes[spaces[i]], j->first[cm_resource_space(j->host, machine)], 0);
        }
    }
    return status;
}

static enum cm_status add_guest(struct join *j)
{
    const char *id = strchr(cm_node_id(j->host, j->guest->pd), '_');
    struct lx_joining joining = {j->graph, j->guest->inside.graph, id == NULL ? "" : id + 1, cm_node_data(j->host, j->guest->pd), j->nodes};
    cm_node machine = find_machine(j);
    enum cm_status status = lx_join(&joining);
    status = status != CM_OK ? status : add_machine(j, machine);
    status = status != CM_OK ? status : map_memory(j);
    return status != CM_OK ? status : map_cores(j, machine);
}

enum cm_status join_graph(struct cm_graph *host, const struct join_guest *guest, struct cm_graph **joined, uint64_t *outside)
{
    struct join j = {.host = host, .guest = guest};
    enum cm_status status = cm_graph_create(&cm_memory_libc, &j.graph);
    j.first = malloc(((size_t)cm_graph_nodes(host) + 1) * sizeof *j.first);
    j.nodes = malloc(((size_t)cm_graph_nodes(guest->inside.graph) + 1) * sizeof *j.nodes);
    if (status == CM_OK && (j.first == NULL || j.nodes == NULL)) {
        status = CM_NO_MEMORY;
    }
    status = status != CM_OK ? status : join_ram_find(host, guest->pd, &j.ram);
    status = status != CM_OK ? status : find_cuts(&j, outside);
    status = status != CM_OK ? status : copy_host(&j);
    status = status != CM_OK ? status : add_guest(&j);
    status = status != CM_OK ? status : cm_graph_finish(j.graph);
    free(j.ram.run);
    free(j.cuts);
    free(j.first);
    free(j.nodes);
    if (status != CM_OK) {
        cm_graph_destroy(j.graph);
        return status;
    }
    *joined = j.graph;
    return CM_OK;
}

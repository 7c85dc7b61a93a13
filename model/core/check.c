/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking a graph against the rules of docs/model-format.md: see check.h. A function per rule or field; each looks at all
 * nodes or all edges once. Ends and doubles are in check_edges.c, cycles in check_cycle.c, overlaps in check_overlap.c,
 * words in check_text.c.
 */
#include <string.h>

#include "check_parts.h"
#include "fields.h"

/* ----------------------------------------------------------------------------------------------------------- report */

enum cm_status cm_report(struct cm_checking *c, struct cm_offence offence)
{
    return c->visit(c->context, &offence);
}

static struct cm_offence about_node(const struct cm_checking *c, enum cm_fault fault, cm_node node)
{
    return (struct cm_offence){fault, c->graph->node_line[node], node, CM_NONE, CM_NONE, CM_NONE, NULL};
}

struct cm_offence cm_about_edge(const struct cm_checking *c, enum cm_fault fault, uint32_t edge)
{
    return (struct cm_offence){fault, c->graph->edge_line[edge], CM_NONE, CM_NONE, edge, CM_NONE, NULL};
}

/* -------------------------------------------------------------------------------------------- rule 2: space, holder */

static enum cm_status check_subset(struct cm_checking *c, cm_node resource)
{
    const struct cm_graph *graph = c->graph;
    cm_node space = graph->node_aux[resource];
    if (space == CM_NONE) {
        return cm_report(c, about_node(c, CM_FAULT_NO_SUBSET, resource));
    }
    uint32_t count, subsets = 0;
    const uint32_t *edges = cm_node_out(graph, resource, &count);
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (edge_type_of(graph->edge_form[edges[i]]) != CM_SUBSET) {
            continue;
        }
        uint32_t type = graph->node_form[resource] & FORM_TYPE_MASK;
        uint32_t offered = cm_type_served(graph->node_form[graph->edge_to[edges[i]]] & FORM_TYPE_MASK);
        if (subsets++ > 0) {
            status = cm_report(c, cm_about_edge(c, CM_FAULT_TWO_SUBSETS, edges[i]));
        } else if (type != offered) {
            bool core = type == CM_TYPE_PCPU && offered == CM_TYPE_VCPU;
            enum cm_fault fault = core ? CM_FAULT_CORE_IN_VCPU_SPACE : CM_FAULT_WRONG_SPACE;
            status = cm_report(c, cm_about_edge(c, fault, edges[i]));
        }
    }
    return status;
}

static enum cm_status mark_held(void *context, cm_node target, unsigned rights, bool derived)
{
    (void)rights;
    (void)derived;
    ((struct cm_checking *)context)->bits[target] = 1;
    return CM_OK;
}

static enum cm_status check_held(struct cm_checking *c)
{
    struct cm_graph *graph = c->graph;
    memset(c->bits, 0, graph->node_count);
    enum cm_status status = CM_OK;
    for (uint32_t p = 0; p < graph->pd_count && status == CM_OK; p++) {
        status = cm_pd_holds(graph, graph->pds[p], true, false, mark_held, c);
    }
    for (cm_node n = 0; n < graph->node_count && status == CM_OK; n++) {
        if (form_kind(graph->node_form[n]) == CM_RESOURCE && c->bits[n] == 0) {
            status = cm_report(c, about_node(c, CM_FAULT_UNHELD, n));
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ rule 3: managers */

static enum cm_status check_manager(struct cm_checking *c, cm_node space)
{
    uint32_t managers;
    cm_space_managers(c->graph, space, &managers);
    if (managers > 0) {
        return CM_OK;
    }
    const char *named = cm_node_extra(c->graph, space);
    if (named[0] == '\0') {
        return cm_report(c, about_node(c, CM_FAULT_NO_MANAGER, space));
    }
    cm_node there = cm_graph_find(c->graph, cm_text_of(named));
    return cm_report(c, about_node(c, there == CM_NONE ? CM_FAULT_MANAGER_MISSING : CM_FAULT_MANAGER_KIND, space));
}

static enum cm_status check_root(struct cm_checking *c)
{
    static const uint32_t core[] = {CM_TYPE_MO, CM_TYPE_VCPU,   CM_TYPE_PCPU, CM_TYPE_EP,   CM_TYPE_PD,
                                    CM_TYPE_RESSPC, CM_TYPE_NTFN, CM_TYPE_IRQ,  CM_TYPE_IMAGE};
    const size_t always = 6; /* a file with none of the others is of an older version */
    struct cm_graph *graph = c->graph;
    if (graph->root == CM_NONE) {
        struct cm_offence offence = {CM_FAULT_NO_ROOT, CM_NONE, CM_NONE, CM_NONE, CM_NONE, CM_NONE, NULL};
        return cm_report(c, offence);
    }
    uint32_t count;
    const cm_node *spaces = cm_pd_managed(graph, graph->root, &count);
    bool found[sizeof core / sizeof *core] = {false}, older = true;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t t = 0; t < sizeof core / sizeof *core; t++) {
            bool same = (graph->node_form[spaces[i]] & FORM_TYPE_MASK) == core[t];
            found[t] = found[t] || same;
            older = older && !(same && t >= always);
        }
    }
    enum cm_status status = CM_OK;
    for (size_t t = 0; t < (older ? always : sizeof core / sizeof *core) && status == CM_OK; t++) {
        if (!found[t]) {
            struct cm_offence offence = about_node(c, CM_FAULT_NO_CORE_SPACE, graph->root);
            offence.type = core[t];
            status = cm_report(c, offence);
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ rule 4: requests */

/* Per type: does the PD serve it? ADS is served by the manager of an address space, RESSPC by the root task. */
static void note_served(struct cm_checking *c, cm_node pd)
{
    const struct cm_graph *graph = c->graph;
    memset(c->served, 0, graph->type_count);
    uint32_t count;
    const cm_node *spaces = cm_pd_managed(graph, pd, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t own = graph->node_form[spaces[i]] & FORM_TYPE_MASK;
        c->served[own] = true; /* of an ADS: its user */
        c->served[cm_type_served(own)] = true;
    }
    c->served[CM_TYPE_RESSPC] = pd == graph->root;
}

static enum cm_status check_requests_to(struct cm_checking *c, cm_node pd)
{
    uint32_t count;
    const uint32_t *edges = cm_node_in(c->graph, pd, &count);
    if (edges == NULL) {
        return CM_NO_MEMORY;
    }
    bool noted = false;
    enum cm_status status = CM_OK;
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        if (edge_type_of(c->graph->edge_form[edges[i]]) != CM_REQUEST) {
            continue;
        }
        if (!noted) {
            note_served(c, pd);
            noted = true;
        }
        struct cm_edge request;
        cm_graph_edge(c->graph, edges[i], &request);
        if (!c->served[request.type]) {
            status = cm_report(c, cm_about_edge(c, CM_FAULT_UNSERVED, edges[i]));
        } else if (request.space != CM_NONE && !cm_pd_manages(c->graph, pd, request.space)) {
            status = cm_report(c, cm_about_edge(c, CM_FAULT_FOREIGN_SPACE, edges[i]));
        }
    }
    return status;
}

static enum cm_status check_requests(struct cm_checking *c)
{
    struct cm_heap *heap = &c->graph->heap;
    enum cm_status status = CM_OK;
    c->served = cm_heap_make(heap, sizeof *c->served, c->graph->type_count);
    if (c->served == NULL) {
        return CM_NO_MEMORY;
    }
    for (uint32_t p = 0; p < c->graph->pd_count && c->graph->request_count > 0 && status == CM_OK; p++) {
        status = check_requests_to(c, c->graph->pds[p]);
    }
    cm_heap_free(heap, c->served);
    return status;
}

/* -------------------------------------------------------------------------------------------------- rule 5: fields */

static enum cm_status report_detail(struct cm_checking *c, enum cm_fault fault, cm_node node, const char *detail)
{
    struct cm_offence offence = about_node(c, fault, node);
    offence.detail = detail;
    return detail == NULL ? CM_OK : cm_report(c, offence);
}

static enum cm_field parse_extent(struct cm_text extra, uint32_t type, struct cm_extent *extent)
{
    uint64_t first, count;
    switch (type) {
    case CM_TYPE_MO:
        return cm_field_mo(extra, extent);
    case CM_TYPE_VMR:
        return cm_field_vmr(extra, extent);
    default:
        return cm_field_blocks(extra, &first, &count);
    }
}

static enum cm_status check_extent(struct cm_checking *c, cm_node node, uint32_t type)
{
    struct cm_extent extent;
    switch (parse_extent(cm_text_of(cm_node_extra(c->graph, node)), type, &extent)) {
    case CM_FIELD_EMPTY:
        return CM_OK;
    case CM_FIELD_BAD:
        return cm_report(c, about_node(c, CM_FAULT_EXTENT, node));
    case CM_FIELD_TOO_BIG:
        return cm_report(c, about_node(c, CM_FAULT_EXTENT_SIZE, node));
    case CM_FIELD_OK:
        break;
    }
    if (type == CM_TYPE_MO && extent.pages == 0) {
        return cm_report(c, about_node(c, CM_FAULT_NO_PAGES, node));
    }
    return type == CM_TYPE_VMR && !extent.kind_known ? cm_report(c, about_node(c, CM_FAULT_KIND, node)) : CM_OK;
}

static enum cm_status check_node_fields(struct cm_checking *c, cm_node node)
{
    const struct cm_graph *graph = c->graph;
    uint32_t form = graph->node_form[node];
    const char *extra = cm_node_extra(graph, node);
    if (form_kind(form) == CM_PD) {
        enum cm_status status = report_detail(c, CM_FAULT_NAME, node, cm_name_fault(cm_text_of(cm_node_data(graph, node))));
        bool fits = extra[0] == '\0' || strcmp(extra, "partial") == 0 || strcmp(extra, "ended") == 0;
        return status != CM_OK || fits ? status : cm_report(c, about_node(c, CM_FAULT_PD_EXTRA, node));
    }
    uint32_t type = form & FORM_TYPE_MASK;
    if (type >= CM_CORE_TYPES) {
        const char *fault = cm_type_fault(cm_text_of(cm_type_name(graph, type)));
        if (fault != NULL) {
            return report_detail(c, CM_FAULT_TYPE, node, fault);
        }
    }
    if (form_kind(form) == CM_SPACE) {
        return CM_OK;
    }
    if (type == CM_TYPE_MO || type == CM_TYPE_VMR || type == CM_TYPE_BLOCK) {
        return check_extent(c, node, type);
    }
    if (type == CM_TYPE_FILE && extra[0] != '\0') {
        return report_detail(c, CM_FAULT_FILE_NAME, node, cm_name_fault(cm_text_of(extra)));
    }
    return CM_OK;
}

static enum cm_status check_map_rights(struct cm_checking *c)
{
    struct cm_graph *graph = c->graph;
    enum cm_status status = CM_OK;
    for (uint32_t e = 0; e < graph->edge_count && status == CM_OK; e++) {
        uint8_t form = graph->edge_form[e];
        if (edge_type_of(form) != CM_MAP || edge_rights_of(form) == 0 || (form & EDGE_DROPPED) != 0) {
            continue;
        }
        uint32_t type = graph->node_form[graph->edge_from[e]] & FORM_TYPE_MASK;
        bool mapping = type == CM_TYPE_VMR || type == CM_TYPE_GMO;
        if (!mapping || (edge_rights_of(form) & CM_GRANT) != 0) {
            status = cm_report(c, cm_about_edge(c, CM_FAULT_MAP_RIGHTS, e));
        }
    }
    return status;
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_status check_nodes(struct cm_checking *c)
{
    enum cm_status status = CM_OK;
    for (cm_node n = 0; n < c->graph->node_count && status == CM_OK; n++) {
        enum cm_kind kind = form_kind(c->graph->node_form[n]);
        if (kind == CM_MISSING) {
            continue;
        }
        status = check_node_fields(c, n);
        if (status == CM_OK && kind == CM_RESOURCE) {
            status = check_subset(c, n);
        } else if (status == CM_OK && kind == CM_SPACE) {
            status = check_manager(c, n);
        }
    }
    return status;
}

enum cm_status cm_check(struct cm_graph *graph, cm_offence_visit visit, void *context)
{
    static enum cm_status (*const steps[])(struct cm_checking *) = {
        cm_check_ends, check_nodes, check_root,     check_requests,  check_map_rights,
        cm_check_twice, check_held, cm_check_cycles, cm_check_overlaps,
    };
    if (!graph->finished) {
        return CM_BAD_PHASE;
    }
    struct cm_checking c = {.graph = graph, .visit = visit, .context = context};
    size_t nodes = (size_t)graph->node_count + 1;
    c.bits = cm_heap_make(&graph->heap, 1, nodes);
    enum cm_status status = c.bits == NULL ? CM_NO_MEMORY : CM_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == CM_OK; i++) {
        status = steps[i](&c);
    }
    cm_heap_free(&graph->heap, c.bits);
    cm_heap_free(&graph->heap, c.list);
    return status;
}

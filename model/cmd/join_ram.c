/* SPDX-License-Identifier: BSD-2-Clause */
#include "join_ram.h"
#include "../core/fields.h"
#include "../linux/text.h"

#include <stdlib.h>

/* The MOs that a region maps, in the order of their places in it. */
static enum cm_status add_region(void *context, cm_node target, unsigned rights, bool derived)
{
    struct join_ram *ram = context;
    struct cm_extent region;
    uint32_t count;
    (void)rights;
    (void)derived;
    if (cm_node_type(ram->host, target) != CM_TYPE_VMR ||
        cm_field_vmr(cm_text_of(cm_node_extra(ram->host, target)), &region) != CM_FIELD_OK || !region.has_address) {
        return CM_OK;
    }
    const uint32_t *out = cm_node_out(ram->host, target, &count);
    uint64_t address = region.address;
    for (uint32_t i = 0; i < count; i++) {
        struct cm_edge edge;
        struct cm_extent extent;
        if (!cm_graph_edge(ram->host, out[i], &edge) || edge.edge_type != CM_MAP || cm_node_type(ram->host, edge.to) != CM_TYPE_MO ||
            cm_field_mo(cm_text_of(cm_node_extra(ram->host, edge.to)), &extent) != CM_FIELD_OK) {
            continue;
        }
        if (!lx_grow((void **)&ram->run, ram->count, sizeof *ram->run)) {
            return CM_NO_MEMORY;
        }
        ram->run[ram->count++] = (struct join_run){.address = address, .pages = extent.units, .mo = edge.to};
        address += extent.units << JOIN_PAGE_BITS;
    }
    return CM_OK;
}

static uint64_t end_of(const struct join_run *run)
{
    return run->address + (run->pages << JOIN_PAGE_BITS);
}

static int by_address(const void *one, const void *other)
{
    const struct join_run *a = one;
    const struct join_run *b = other;
    return (a->address > b->address) - (a->address < b->address);
}

enum cm_status join_ram_find(struct cm_graph *host, cm_node pd, struct join_ram *ram)
{
    *ram = (struct join_ram){.host = host};
    enum cm_status status = cm_pd_holds(host, pd, true, true, add_region, ram);
    uint64_t reach = 0;
    if (ram->count > 0) {
        qsort(ram->run, ram->count, sizeof *ram->run, by_address);
    }
    for (size_t i = 0; i < ram->count; i++) {
        reach = end_of(&ram->run[i]) > reach ? end_of(&ram->run[i]) : reach;
        ram->run[i].reach = reach;
    }
    return status;
}

size_t join_ram_first(const struct join_ram *ram, uint64_t address)
{
    size_t low = 0;
    size_t high = ram->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ram->run[middle].reach <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool join_ram_common(const struct join_run *run, const struct lx_guest_memory *memory, uint64_t *from, uint64_t *to)
{
    uint64_t end = end_of(run);
    uint64_t start = memory->address > run->address ? memory->address : run->address;
    uint64_t stop = memory->address + memory->bytes < end ? memory->address + memory->bytes : end;
    *from = (start - run->address) >> JOIN_PAGE_BITS;
    *to = (stop - run->address + (UINT64_C(1) << JOIN_PAGE_BITS) - 1) >> JOIN_PAGE_BITS;
    return start < stop;
}

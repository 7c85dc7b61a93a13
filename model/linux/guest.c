/* SPDX-License-Identifier: BSD-2-Clause */
/* From the guest's physical addresses to those of the process that runs it. */
#include "guest.h"
#include "../core/fields.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lx_guest_prepare(struct lx_guest *guest, char *reason)
{
    size_t named = 0;
    bool merged = false;
    for (cm_node node = 0; node < cm_graph_nodes(guest->graph); node++) {
        struct cm_extent extent;
        if (cm_node_kind(guest->graph, node) != CM_RESOURCE || cm_node_type(guest->graph, node) != CM_TYPE_MO) {
            continue;
        }
        bool parses = cm_field_mo(cm_text_of(cm_node_extra(guest->graph, node)), &extent) == CM_FIELD_OK;
        merged = merged || (parses && extent.has_address && extent.address == 0);
        if (!parses || !extent.has_address) {
            named++;
        } else if (!lx_grow((void **)&guest->memory, guest->memory_count, sizeof *guest->memory)) {
            snprintf(reason, LX_REASON, "no memory");
            return false;
        } else {
            guest->memory[guest->memory_count++] =
                (struct lx_guest_memory){node, extent.address, extent.pages << extent.page_bits};
        }
    }
    if (cm_graph_root(guest->graph) == CM_NONE) {
        snprintf(reason, LX_REASON, "it has no " CM_ROOT_ID ", the kernel");
    } else if (merged) {
        snprintf(reason, LX_REASON, "some of its memory has no physical address: extract it without --merge");
    } else if (guest->memory_count == 0) {
        snprintf(reason, LX_REASON,
                 named > 0 ? "its pages have no physical addresses: extract it with the right to read them" : "it has no memory");
    }
    return cm_graph_root(guest->graph) != CM_NONE && guest->memory_count > 0 && !merged;
}

/* Adds the part of one memory that lies in one piece of RAM, in whole pages of this system. False: no memory. */
static bool add_part(struct lx_part **parts, size_t *count, const struct lx_guest_memory *memory, const struct lx_ram *ram,
                     size_t owner)
{
    uint64_t page = UINT64_C(1) << lx_page_bits();
    uint64_t start = memory->address > ram->guest ? memory->address : ram->guest;
    uint64_t end = memory->address + memory->bytes < ram->guest + ram->bytes ? memory->address + memory->bytes
                                                                             : ram->guest + ram->bytes;
    if (start >= end) {
        return true;
    }
    if (!lx_grow((void **)parts, *count, sizeof **parts)) {
        return false;
    }
    uint64_t from = ram->host + (start - ram->guest);
    uint64_t to = ram->host + (end - ram->guest);
    (*parts)[(*count)++] = (struct lx_part){from & -page, (to + page - 1) & -page, owner};
    return true;
}

bool lx_guest_read(struct lx_guest *guest, struct lx_runs *runs, struct lx_process *process, size_t owner)
{
    struct lx_part *parts = NULL;
    size_t count = 0;
    uint64_t wanted = 0;
    uint64_t found = 0;
    bool fine = true;
    for (size_t i = 0; i < guest->memory_count; i++) {
        wanted += guest->memory[i].bytes >> lx_page_bits();
        for (size_t r = 0; r < guest->machine.ram_count && fine; r++) {
            fine = add_part(&parts, &count, &guest->memory[i], &guest->machine.ram[r], owner + i);
        }
    }
    for (size_t i = 0; i < count; i++) {
        found += (parts[i].end - parts[i].start) >> lx_page_bits();
    }
    uint64_t before = runs->present;
    fine = fine && (count == 0 || lx_runs_add_parts(runs, process, parts, count));
    uint64_t present = runs->present - before;
    free(parts);
    guest->read = fine;
    guest->outside = wanted > found ? wanted - found : 0;
    guest->absent = found > present ? found - present : 0;
    return fine;
}

void lx_guest_free(struct lx_guest *guest)
{
    lx_machine_free(&guest->machine);
    free(guest->memory);
    guest->memory = NULL;
    guest->memory_count = 0;
}

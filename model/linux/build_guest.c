/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest in the graph of its host: all nodes and edges of the model that was extracted inside, with the number of the process
 * that runs it in their ids and names. Its MOs are GMOs, guest-physical memory, that map onto the MOs behind them; its cores
 * map onto the VCPUs that run them. The process manages the machine, a VM, which the guest's kernel holds, and ends with.
 */
#include "build.h"
#include "joining.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct joining {
    struct lx_build *build;
    const struct lx_entry *entry;
    const struct lx_guest *guest;
    cm_node *nodes;  /* of the guest's, in the graph of the host; CM_NONE: not there */
    cm_node machine; /* the space of its VM */
};

/* ------------------------------------------------------------------------------------------------ what is around it */

/* The machine: a VM of the process's, made of memory, of which the guest's kernel is made and with which it ends. */
static enum cm_status add_machine(struct joining *j, cm_node monitor)
{
    struct lx_build *build = j->build;
    cm_node kernel = j->nodes[cm_graph_root(j->guest->graph)];
    cm_node resource;
    char id[48];
    char manager[32];
    snprintf(id, sizeof id, "VM_SPACE_%x", (unsigned)j->entry->process.id);
    snprintf(manager, sizeof manager, "PD_%x", (unsigned)j->entry->process.id);
    enum cm_status status = cm_graph_add_space(build->graph, cm_text_of(id), cm_text_of("VM"), cm_text_of(manager), &j->machine);
    if (status == CM_OK) {
        status = lx_add_resource(build, "VM", (uint64_t)j->entry->process.id, 1, "", j->machine, &resource);
    }
    if (status == CM_OK) {
        status = cm_graph_add_edge(build->graph, CM_HOLD, kernel, resource, CM_READ | CM_WRITE);
    }
    if (status == CM_OK) {
        status = cm_graph_add_edge(build->graph, CM_MAP, j->machine, build->core[LX_MO_SPACE], 0);
    }
    return status == CM_OK ? cm_graph_add_edge(build->graph, CM_LINK, kernel, monitor, 0) : status;
}

/* The guest's memory: its spaces, and address spaces, are made of the machine, its pages of those of the process. Whatever
 * rights the process has on them, the guest may execute them. */
static enum cm_status map_memory(struct joining *j)
{
    size_t owner = j->entry->owner + j->entry->process.mapping_count;
    enum cm_status status = CM_OK;
    uint32_t count;
    const cm_node *spaces = cm_graph_spaces(j->guest->graph, &count);
    for (uint32_t i = 0; i < count && status == CM_OK; i++) {
        uint32_t type = cm_node_type(j->guest->graph, spaces[i]);
        if (type == CM_TYPE_MO || type == CM_TYPE_ADS) {
            status = cm_graph_add_edge(j->build->graph, CM_MAP, j->nodes[spaces[i]], j->machine, 0);
        }
    }
    for (size_t i = 0; i < j->guest->memory_count && status == CM_OK; i++) {
        status = lx_map_pieces(j->build, owner + i, j->nodes[j->guest->memory[i].node], CM_EXECUTE);
    }
    return status;
}

/* Whether a thread runs a core of the guest's, of which the id ends in the number. Where that is not known, each may. */
static bool runs_core(const struct joining *j, const struct lx_task *task, uint64_t number)
{
    bool listed = false;
    for (size_t t = 0; t < j->entry->process.task_count; t++) {
        for (size_t c = 0; c < j->guest->machine.core_count; c++) {
            const struct lx_core *core = &j->guest->machine.cores[c];
            bool is_this = core->number == number && core->thread == j->entry->process.tasks[t].id;
            if (is_this && &j->entry->process.tasks[t] == task) {
                return true;
            }
            listed = listed || is_this;
        }
    }
    return !listed;
}

static enum cm_status map_cores(struct joining *j)
{
    enum cm_status status = CM_OK;
    for (cm_node node = 0; node < cm_graph_nodes(j->guest->graph) && status == CM_OK; node++) {
        if (cm_node_kind(j->guest->graph, node) != CM_RESOURCE || cm_node_type(j->guest->graph, node) != CM_TYPE_PCPU) {
            continue;
        }
        const char *digits = strrchr(cm_node_id(j->guest->graph, node), '_');
        uint64_t number = digits == NULL ? 0 : strtoull(digits + 1, NULL, 16);
        for (size_t t = 0; t < j->entry->process.task_count && status == CM_OK; t++) {
            const struct lx_task *task = &j->entry->process.tasks[t];
            char id[64];
            cm_node vcpu;
            snprintf(id, sizeof id, "VCPU_%x_%x", (unsigned)LX_VCPU_SPACE, (unsigned)task->id);
            if (runs_core(j, task, number)) {
                status = cm_graph_refer(j->build->graph, cm_text_of(id), &vcpu);
                status = status != CM_OK ? status : cm_graph_add_edge(j->build->graph, CM_MAP, j->nodes[node], vcpu, 0);
            }
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ all */

static enum cm_status add_guest(struct lx_build *build, const struct lx_entry *entry, cm_node monitor)
{
    struct joining j = {.build = build, .entry = entry, .guest = entry->guest};
    char number[16];
    char name[16];
    j.nodes = malloc(((size_t)cm_graph_nodes(j.guest->graph) + 1) * sizeof *j.nodes);
    snprintf(number, sizeof number, "%x", (unsigned)entry->process.id);
    snprintf(name, sizeof name, "%d", (int)entry->process.id);
    struct lx_joining joining = {build->graph, j.guest->graph, number, name, j.nodes};
    enum cm_status status = j.nodes == NULL ? CM_NO_MEMORY : lx_join(&joining);
    status = status != CM_OK ? status : add_machine(&j, monitor);
    status = status != CM_OK ? status : map_memory(&j);
    status = status != CM_OK ? status : map_cores(&j);
    free(j.nodes);
    return status;
}

enum cm_status lx_add_guests(struct lx_build *build)
{
    enum cm_status status = CM_OK;
    size_t pd = 0;
    for (size_t i = 0; i < build->entry_count && status == CM_OK; i++) {
        const struct lx_entry *entry = &build->entries[i];
        if (entry->guest != NULL && !entry->denied) {
            status = add_guest(build, entry, build->pds[pd]);
        }
        pd += entry->process.task_count;
    }
    return status;
}

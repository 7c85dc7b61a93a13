/* SPDX-License-Identifier: BSD-2-Clause */
/* The graph, bottom-up: nodes, the kernel, PDs, all. */
#include "build.h"
#include "text.h"
#include "../core/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum cm_status lx_add_space(struct lx_build *build, const char *type, uint64_t number, cm_node *node)
{
    char id[64];
    snprintf(id, sizeof id, "%s_SPACE_%" PRIx64, type, number);
    return cm_graph_add_space(build->graph, cm_text_of(id), cm_text_of(type), cm_text_of(CM_ROOT_ID), node);
}

enum cm_status lx_add_resource(struct lx_build *build, const char *type, uint64_t space, uint64_t number,
                               const char *extra, cm_node space_node, cm_node *node)
{
    char id[64];
    snprintf(id, sizeof id, "%s_%" PRIx64 "_%" PRIx64, type, space, number);
    enum cm_status status =
        cm_graph_add_resource(build->graph, cm_text_of(id), cm_text_of(type), cm_text_of(extra), node);
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_SUBSET, *node, space_node, 0);
}

static enum cm_status add_kernel(struct lx_build *build)
{
    static const char *const types[LX_FIRST_FREE_SPACE] = {
        [LX_MO_SPACE] = "MO",       [LX_VCPU_SPACE] = "VCPU",     [LX_PCPU_SPACE] = "PCPU", [LX_EP_SPACE] = "EP",
        [LX_PD_SPACE] = "PD",       [LX_RESSPC_SPACE] = "RESSPC", [LX_NTFN_SPACE] = "NTFN", [LX_IRQ_SPACE] = "IRQ",
        [LX_IMAGE_SPACE] = "IMAGE", [LX_SOCKET_SPACE] = "SOCKET"};
    enum cm_status status = cm_graph_add_pd(build->graph, cm_text_of(CM_ROOT_ID), cm_text_of("kernel"),
                                            cm_text_of(""), &build->kernel);
    for (int space = LX_MO_SPACE; space < LX_FIRST_FREE_SPACE && status == CM_OK; space++) {
        status = lx_find_space(build, types[space], (uint64_t)space, &build->core[space]);
    }
    long cores = sysconf(_SC_NPROCESSORS_CONF);
    build->core_count = cores > 0 ? (size_t)cores : 1;
    build->cores = calloc(build->core_count, sizeof *build->cores);
    if (build->cores == NULL) {
        return CM_NO_MEMORY;
    }
    for (size_t i = 0; i < build->core_count && status == CM_OK; i++) {
        status = lx_add_resource(build, "PCPU", LX_PCPU_SPACE, i, "", build->core[LX_PCPU_SPACE], &build->cores[i]);
        /* Follows from managing, but a file without any HOLD that has rights would be taken for one of an older version. */
        if (status == CM_OK) {
            status = cm_graph_add_edge(build->graph, CM_HOLD, build->kernel, build->cores[i],
                                       CM_READ | CM_WRITE | CM_GRANT);
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ PDs */

/* A CPU object that runs on the cores that the task may use. */
static enum cm_status add_vcpu(struct lx_build *build, const struct lx_task *task, const struct lx_space *space,
                               cm_node pd)
{
    char extra[32];
    cm_node vcpu;
    snprintf(extra, sizeof extra, "ADS_SPACE_%" PRIx64, space->number);
    enum cm_status status = lx_add_resource(build, "VCPU", LX_VCPU_SPACE, (uint64_t)task->id, extra,
                                            build->core[LX_VCPU_SPACE], &vcpu);
    for (size_t i = 0; i < build->core_count && i < LX_CORES && status == CM_OK; i++) {
        if ((task->cores[i / 64] >> i % 64 & 1) != 0) {
            status = cm_graph_add_edge(build->graph, CM_MAP, vcpu, build->cores[i], 0);
        }
    }
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_HOLD, pd, vcpu, CM_EXECUTE);
}

/* It runs in the address space, and so holds the mappings with the rights on their MAP edges. */
static enum cm_status hold_memory(struct lx_build *build, const struct lx_space *space, cm_node pd)
{
    enum cm_status status =
        cm_graph_add_edge(build->graph, CM_HOLD, pd, space->node, CM_READ | CM_WRITE | CM_EXECUTE);
    if (status == CM_OK) {
        status = cm_graph_add_request(build->graph, pd, build->kernel, cm_text_of("MO"), build->core[LX_MO_SPACE]);
    }
    return status != CM_OK ? status
                           : cm_graph_add_request(build->graph, pd, build->kernel, cm_text_of("VMR"), space->node);
}

/* The command line, the same IMAGE for all that were started alike. */
static enum cm_status hold_image(struct lx_build *build, const char *command, cm_node pd)
{
    cm_node image;
    if (command[0] == '\0') {
        return CM_OK;
    }
    enum cm_status status = lx_find_resource(build, "IMAGE", LX_IMAGE_SPACE, lx_hash(command), command, &image);
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_HOLD, pd, image, CM_READ);
}

static enum cm_status add_pd(struct lx_build *build, const struct lx_entry *entry, const struct lx_task *task, cm_node *node)
{
    char id[32];
    char name[256];
    char raw[96];
    cm_node pd;
    const struct lx_space *space = &build->spaces[entry->twin];
    snprintf(id, sizeof id, "PD_%x", (unsigned)task->id);
    snprintf(raw, sizeof raw, "%d %s", (int)task->id, task->name);
    cm_name_escape(cm_text_of(raw), name, sizeof name);
    enum cm_status status = cm_graph_add_pd(build->graph, cm_text_of(id), cm_text_of(name),
                                            cm_text_of(entry->partial ? "partial" : ""), &pd);
    *node = pd;
    if (status == CM_OK && !entry->denied) {
        status = add_vcpu(build, task, space, pd);
        status = status != CM_OK ? status : hold_memory(build, space, pd);
    }
    if (status == CM_OK) {
        status = hold_image(build, entry->process.command, pd);
    }
    if (status == CM_OK) {
        status = lx_hold_files(build, task, pd);
    }
    if (status == CM_OK) {
        status = lx_request_kernel(build, task, pd);
    }
    return status != CM_OK ? status : lx_hold_memberships(build, task, pd);
}

/* ------------------------------------------------------------------------------------------------ all */

/* Runs in the order of their mappings, after cutting has sorted them by place. */
static bool order_by_owner(struct lx_build *build, size_t owners)
{
    const struct lx_runs *runs = build->runs;
    build->first_run = calloc(owners + 2, sizeof *build->first_run);
    build->by_owner = malloc((runs->count + 1) * sizeof(*build->by_owner));
    if (build->first_run == NULL || build->by_owner == NULL) {
        return false;
    }
    for (size_t i = 0; i < runs->count; i++) {
        build->first_run[runs->runs[i].owner + 2]++;
    }
    for (size_t i = 2; i < owners + 2; i++) {
        build->first_run[i] += build->first_run[i - 1];
    }
    for (size_t i = 0; i < runs->count; i++) {
        build->by_owner[build->first_run[runs->runs[i].owner + 1]++] = &runs->runs[i];
    }
    return true;
}

static enum cm_status add_entries(struct lx_build *build)
{
    enum cm_status status = CM_OK;
    size_t pd = 0;
    for (size_t i = 0; i < build->entry_count && status == CM_OK; i++) {
        const struct lx_entry *entry = &build->entries[i];
        if (entry->twin == i && !entry->denied) {
            status = lx_add_address_space(build, i);
        }
        for (size_t t = 0; t < entry->process.task_count && status == CM_OK; t++) {
            status = add_pd(build, entry, &entry->process.tasks[t], &build->pds[pd++]);
        }
    }
    return status;
}

size_t lx_owners(const struct lx_entry *entry)
{
    return entry->process.mapping_count + (entry->guest == NULL ? 0 : entry->guest->memory_count);
}

enum cm_status lx_build(struct lx_build *build)
{
    size_t owners = 0;
    size_t tasks = 0;
    for (size_t i = 0; i < build->entry_count; i++) {
        const struct lx_entry *entry = &build->entries[i];
        size_t end = entry->twin == i ? entry->owner + lx_owners(entry) : 0;
        owners = end > owners ? end : owners;
        tasks += entry->process.task_count;
    }
    build->pds = malloc((tasks + 1) * sizeof *build->pds);
    build->spaces = calloc(build->entry_count + 1, sizeof *build->spaces);
    enum cm_status status = build->spaces == NULL || build->pds == NULL || !order_by_owner(build, owners) ? CM_NO_MEMORY : CM_OK;
    enum cm_status (*const steps[])(struct lx_build *) = {add_kernel, lx_add_pieces, add_entries,
                                                          lx_add_sockets, lx_add_ipc, lx_add_authority, lx_add_structure, lx_add_guests};
    if (status == CM_OK) {
        status = cm_graph_create(&cm_memory_libc, &build->graph);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == CM_OK; i++) {
        status = steps[i](build);
    }
    if (status == CM_OK) {
        status = cm_graph_finish(build->graph);
    }
    if (status != CM_OK) {
        cm_graph_destroy(build->graph);
        build->graph = NULL;
    }
    lx_known_free(&build->known);
    for (size_t i = 0; i < build->mount_count; i++) {
        free(build->mounts[i].place);
    }
    free(build->mounts);
    free(build->spaces);
    free(build->pds);
    free(build->cores);
    free(build->pieces);
    free(build->first_run);
    free(build->by_owner);
    return status;
}

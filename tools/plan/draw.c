/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/draw.c: see draw.h. Bottom-up: rows, regions and edges, handles, what a plan does.
 *
 * Numbers are given in the order in which the root task would give them; nothing
 * depends on that, because models are compared by names.
 */
#include "tools/plan/draw.h"

#include <stdio.h>
#include <string.h>

static const char *const core_types[CORE] = {"MO", "VCPU", "PCPU", "EP", "PD", "RESSPC", "ADS", "NTFN", "IRQ", "IMAGE"};

/* ---- Rows ------------------------------------------------------------ */

void draw_note(struct predict *predict, enum cm_status status)
{
    if (status != CM_OK)
        predict->failed = true;
}

void draw_resource(struct predict *predict, const char *id, const char *type,
                   const char *extra, const char *space)
{
    cm_node node, parent;

    draw_note(predict, cm_graph_add_resource(predict->graph, cm_text_of(id), cm_text_of(type),
                                             cm_text_of(extra), &node));
    draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(space), &parent));
    if (!predict->failed)
        draw_note(predict, cm_graph_add_edge(predict->graph, CM_SUBSET, node, parent, 0));
}

void draw_edge(struct predict *predict, enum cm_edge_type type, const char *from, const char *to,
               unsigned rights)
{
    cm_node a, b;

    draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(from), &a));
    draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(to), &b));
    if (!predict->failed)
        draw_note(predict, cm_graph_add_edge(predict->graph, type, a, b, rights));
}

void draw_pd_id(char id[ID_SIZE], uint64_t pd)
{
    snprintf(id, ID_SIZE, "PD_%lx", (unsigned long)pd);
}

void draw_core_id(char id[ID_SIZE], enum core core, uint64_t number)
{
    snprintf(id, ID_SIZE, "%s_%x_%lx", core_types[core], core + 1, (unsigned long)number);
}

static void core_space(char id[ID_SIZE], enum core core)
{
    snprintf(id, ID_SIZE, "%s_SPACE_%x", core_types[core], core + 1);
}

void draw_core(struct predict *predict, enum core core, uint64_t number, const char *extra)
{
    char id[ID_SIZE], space[ID_SIZE];

    draw_core_id(id, core, number);
    core_space(space, core);
    draw_resource(predict, id, core_types[core], extra, space);
}

struct paper_space *draw_space(struct predict *predict, const char *type, size_t length,
                               uint64_t manager)
{
    struct paper_space *space = paper_add(predict, &predict->spaces, sizeof *space);
    char id[ID_SIZE * 2], holder[ID_SIZE];
    cm_node node;

    if (space == NULL)
        return NULL;
    memcpy(space->type, type, length < NAME_SIZE ? length : NAME_SIZE - 1);
    space->id = predict->spaces.count;
    space->manager = manager;
    draw_pd_id(holder, manager);
    snprintf(id, sizeof id, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    if (strcmp(space->type, "ADS") != 0)
        draw_note(predict, cm_graph_add_space(predict->graph, cm_text_of(id), cm_text_of(space->type),
                                              cm_text_of(holder), &node));
    return space;
}

void draw_core_spaces(struct predict *predict)
{
    for (unsigned i = 0; i < CORE; i++)
        draw_space(predict, core_types[i], strlen(core_types[i]), 0);
}

/* ---- Regions and edges ------------------------------------------------ */

uint64_t draw_mo(struct predict *predict, uint64_t pages, unsigned order)
{
    char extra[ID_SIZE];

    snprintf(extra, sizeof extra, "0x0_%lu_%u", (unsigned long)(pages >> order), 12 + order);
    draw_core(predict, MO_SPACE, ++predict->mos, extra);
    return predict->mos;
}

static const char *const kinds[] = {CELL_REGIONS(CELL_REGION_MODEL)};

/* The first gap from PLACE on, as the root task finds it: also for what alignment may leave out. */
static uint64_t find_place(const struct predict *predict, uint64_t ads, const struct plan_mapping *what)
{
    const uint64_t guard = (what->flags & CONFIG_GUARD) != 0 ? PAGE : 0, size = (uint64_t)PAGE << what->order;
    const uint64_t pages = what->pages + (guard + size - PAGE) / PAGE;
    uint64_t at = PLACE;
    struct paper_region *region = paper_next_region(predict, ads, PLACE);

    for (; region != NULL; region = paper_next_region(predict, ads, region->what.start + 1)) {
        uint64_t low = region->what.start - (region->guard ? PAGE : 0);

        if (low >= at + pages * PAGE)
            break;
        at = region->what.start + region->what.pages * PAGE;
    }
    return (at + guard + size - 1) & ~(size - 1);
}

void draw_region(struct predict *predict, uint64_t ads, uint64_t mo, const struct plan_mapping *what)
{
    struct paper_region *region = paper_add(predict, &predict->regions, sizeof *region);
    char id[ID_SIZE], space[ID_SIZE], extra[ID_SIZE], target[ID_SIZE];

    if (region == NULL)
        return;
    const uint64_t address = what->address == 0 ? find_place(predict, ads, what) : what->address;

    *region = (struct paper_region){ads,
                                    {.start = address,
                                     .pages = what->pages,
                                     .kind = what->kind,
                                     .rights = what->rights,
                                     .memory = true,
                                     .device = what->kind == CELL_REGION_DEVICE,
                                     .order = what->order},
                                    mo,
                                    predict->pd,
                                    (what->flags & CONFIG_GUARD) != 0};
    snprintf(id, sizeof id, "VMR_%lx_%lx", (unsigned long)ads, (unsigned long)++predict->vmrs);
    snprintf(space, sizeof space, "ADS_SPACE_%lx", (unsigned long)ads);
    snprintf(extra, sizeof extra, "0x%lx_%s_%lu_12", (unsigned long)address, kinds[what->kind],
             (unsigned long)what->pages);
    draw_resource(predict, id, "VMR", extra, space);
    draw_core_id(target, MO_SPACE, mo);
    draw_edge(predict, CM_MAP, id, target, what->rights);
}

static void run_region(struct predict *predict, const struct plan_operation *operation)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    const struct plan_mapping *what = &operation->region;
    struct paper_pd *other =
        operation->kind == PLAN_SHARE ? paper_pd_at(predict, what->other.pd) : NULL;
    struct paper_region *source =
        other != NULL ? paper_next_region(predict, other->ads, what->other.address) : NULL;
    uint64_t mo = source != NULL ? source->mo : 0;

    /* Memory that all PDs share: code, by the program, and devices, of no program. */
    const bool is_device = operation->kind == PLAN_DEVICE, is_one = is_device || operation->kind == PLAN_SEGMENT;
    const struct paper_segment key = {is_device ? NULL : predict->program, is_device ? what->physical : what->file.offset, 0};

    for (uint32_t i = 0; is_one && i < predict->segments.count; i++) {
        struct paper_segment *segment = (struct paper_segment *)predict->segments.items + i;

        if (segment->program == key.program && segment->offset == key.offset)
            mo = segment->mo;
    }
    if (mo == 0) {
        mo = draw_mo(predict, what->pages, what->order);
        if (is_one) {
            struct paper_segment *segment = paper_add(predict, &predict->segments, sizeof *segment);

            if (segment != NULL)
                *segment = (struct paper_segment){key.program, key.offset, mo};
        }
    }
    draw_region(predict, pd->ads, mo, what);
}

static void run_ads(struct predict *predict, const struct plan_operation *operation)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    char id[ID_SIZE];
    cm_node node;

    if (operation->kind == PLAN_ADS_OF) {
        pd->ads = paper_pd_at(predict, operation->pd)->ads;
        return;
    }
    pd->ads = ++predict->ads;
    snprintf(id, sizeof id, "ADS_SPACE_%lx", (unsigned long)pd->ads);
    draw_note(predict, cm_graph_add_space(predict->graph, cm_text_of(id), cm_text_of("ADS"),
                                          cm_text_of("PD_0"), &node));
}

/* Several edges to one space are one of the model; its first operation draws it. */
static bool is_drawn(const struct predict *predict, const struct plan_operation *operation)
{
    for (const struct plan_operation *at = predict->plan->operations; at < operation; at++)
        if (at->kind == PLAN_EDGE && at->edge.space == operation->edge.space)
            return true;
    return false;
}

static void run_edge(struct predict *predict, const struct plan_operation *operation)
{
    struct paper_space *space = paper_space_at(predict, (uint32_t)operation->edge.space - 1);
    char from[ID_SIZE], to[ID_SIZE], id[ID_SIZE * 2];
    cm_node a, b, c = CM_NONE;

    if (is_drawn(predict, operation))
        return;
    draw_pd_id(from, predict->pd);
    draw_pd_id(to, space->manager);
    snprintf(id, sizeof id, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(from), &a));
    draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(to), &b));
    if (strcmp(space->type, "ADS") != 0)
        draw_note(predict, cm_graph_refer(predict->graph, cm_text_of(id), &c));
    if (!predict->failed)
        draw_note(predict, cm_graph_add_request(predict->graph, a, b, cm_text_of(space->type), c));
}

static void run_tie(struct predict *predict, const struct plan_operation *operation)
{
    char from[ID_SIZE], to[ID_SIZE];

    bool is_fault = operation->kind == PLAN_FAULT;

    if (!is_fault && operation->pd == 0)
        return;
    draw_pd_id(from, predict->pd);
    draw_pd_id(to, is_fault ? operation->fault.pd : operation->pd);
    draw_edge(predict, is_fault ? CM_FAULT : CM_LINK, from, to, 0);
}

/* ---- Handles ---------------------------------------------------------- */

void draw_handle_named(struct predict *predict, uint64_t pd, const char *id, const char *name, unsigned rights)
{
    uint64_t table = paper_pd_at(predict, pd)->table;
    struct paper_held *held = predict->held.items;

    for (uint32_t i = 0; i < predict->held.count; i++)
        if (held[i].table == table && strcmp(held[i].id, id) == 0) {
            held[i].rights |= rights;
            return;
        }
    held = paper_add(predict, &predict->held, sizeof *held);
    if (held == NULL)
        return;
    *held = (struct paper_held){.table = table, .rights = rights};
    snprintf(held->id, sizeof held->id, "%s", id);
    snprintf(held->name, sizeof held->name, "%s", name);
}

void draw_handle(struct predict *predict, uint64_t pd, const char *id, unsigned rights)
{
    draw_handle_named(predict, pd, id, "", rights);
}

const struct paper_held *draw_find_handle(const struct predict *predict, uint64_t pd, const struct paper_space *space,
                                          const char *name)
{
    const struct paper_held *held = predict->held.items;
    char of[ID_SIZE] = "";

    if (space != NULL)
        snprintf(of, sizeof of, "%s_%lx_", space->type, (unsigned long)space->id);
    for (uint32_t i = 0; i < predict->held.count; i++)
        if (strcmp(held[i].name, name) == 0 && strncmp(held[i].id, of, strlen(of)) == 0 &&
            (pd == PLAN_NONE || held[i].table == paper_pd_at(predict, pd)->table))
            return &held[i];
    return NULL;
}

/* Is it in a PD's table? */
static bool is_held(const struct predict *predict, uint64_t pd, const char *id)
{
    const struct paper_held *held = predict->held.items;

    for (uint32_t i = 0; i < predict->held.count; i++)
        if (held[i].table == paper_pd_at(predict, pd)->table && strcmp(held[i].id, id) == 0)
            return true;
    return false;
}

void draw_handles(struct predict *predict)
{
    const struct paper_held *held = predict->held.items;
    char holder[ID_SIZE], ntfn[ID_SIZE];

    for (uint32_t pd = 1; pd < predict->pds.count; pd++) {
        draw_pd_id(holder, pd);
        for (uint32_t i = 0; i < predict->held.count; i++)
            if (held[i].table == paper_pd_at(predict, pd)->table)
                draw_edge(predict, CM_HOLD, holder, held[i].id, held[i].rights);
        draw_core_id(ntfn, NTFN_SPACE, paper_pd_at(predict, pd)->ntfn);
        if (paper_pd_at(predict, pd)->ntfn != 0 && !is_held(predict, pd, ntfn))
            draw_edge(predict, CM_HOLD, holder, ntfn, CM_READ);
    }
}

/* ---- What a plan does -------------------------------------------------- */

static void run_cspace(struct predict *predict, const struct plan_operation *operation)
{
    paper_pd_at(predict, predict->pd)->table =
        operation->pd == PLAN_NONE ? predict->pd : paper_pd_at(predict, operation->pd)->table;
}

static void run_hold(struct predict *predict, const struct plan_operation *operation)
{
    char held[ID_SIZE];

    draw_core_id(held, PD_SPACE, operation->hold.pd);
    if (operation->hold.pd == 0 && !predict->root_held) {
        draw_core(predict, PD_SPACE, 0, "PD_0");
        predict->root_held = true;
    }
    draw_handle(predict, predict->pd, held, operation->hold.rights);
}

static void run_cpu(struct predict *predict, const struct plan_operation *operation)
{
    char pd[ID_SIZE], cpu[ID_SIZE], ads[ID_SIZE];

    paper_pd_at(predict, predict->pd)->priority = operation->cpu.priority;
    paper_pd_at(predict, predict->pd)->ceiling = operation->cpu.ceiling;
    draw_pd_id(pd, predict->pd);
    snprintf(ads, sizeof ads, "ADS_SPACE_%lx",
             (unsigned long)paper_pd_at(predict, predict->pd)->ads);
    draw_core(predict, VCPU_SPACE, ++predict->cpus, ads);
    draw_core_id(cpu, VCPU_SPACE, predict->cpus);
    draw_edge(predict, CM_MAP, cpu, "PCPU_3_0", 0);
    draw_edge(predict, CM_HOLD, pd, cpu, CM_READ | CM_WRITE | CM_EXECUTE);
    draw_edge(predict, CM_HOLD, pd, ads, CM_READ | CM_WRITE | CM_EXECUTE);
}

static void run_call(struct predict *predict, const struct plan_operation *operation)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    char holder[ID_SIZE], ads[ID_SIZE];

    pd->priority = UINT8_MAX;
    pd->ceiling = operation->call.ceiling;
    draw_pd_id(holder, predict->pd);
    snprintf(ads, sizeof ads, "ADS_SPACE_%lx", (unsigned long)pd->ads);
    draw_edge(predict, CM_HOLD, holder, ads, CM_READ | CM_WRITE | CM_EXECUTE);
}

static void run_irq(struct predict *predict, const struct plan_operation *operation)
{
    char holder[ID_SIZE], irq[ID_SIZE];

    draw_core(predict, IRQ_SPACE, operation->irq, "");
    draw_pd_id(holder, predict->pd);
    draw_core_id(irq, IRQ_SPACE, operation->irq);
    draw_edge(predict, CM_HOLD, holder, irq, CM_READ | CM_WRITE);
}

static void (*const operations[PLAN_KINDS])(struct predict *, const struct plan_operation *) = {
    [PLAN_ADS_NEW] = run_ads,
    [PLAN_ADS_OF] = run_ads,
    [PLAN_SEGMENT] = run_region,
    [PLAN_CONTENTS] = run_region,
    [PLAN_MEMORY] = run_region,
    [PLAN_SHARE] = run_region,
    [PLAN_COPY] = run_region,
    [PLAN_DEVICE] = run_region,
    [PLAN_EDGE] = run_edge,
    [PLAN_FAULT] = run_tie,
    [PLAN_LINK] = run_tie,
    [PLAN_CPU] = run_cpu,
    [PLAN_HOLD] = run_hold,
    [PLAN_CSPACE] = run_cspace,
    [PLAN_IRQ] = run_irq,
    [PLAN_CALL] = run_call,
    [PLAN_GUEST] = run_cpu,
};

void draw_operation(struct predict *predict, const struct plan_operation *operation)
{
    if (operations[operation->kind] != NULL)
        operations[operation->kind](predict, operation);
}

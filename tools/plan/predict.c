/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/predict.c: see predict.h. Bottom-up: rows of the graph, operations, what
 * programs do by themselves, blocks.
 *
 * Numbers are given in the order in which the root task would give them; nothing
 * depends on that, because models are compared by names.
 */
#include "tools/plan/predict.h"

#include <stdio.h>
#include <string.h>

#include "tools/plan/paper.h"

enum core { MO_SPACE, VCPU_SPACE, PCPU_SPACE, EP_SPACE, PD_SPACE, RESSPC_SPACE, ADS_TYPE, NTFN_SPACE, IRQ_SPACE, IMAGE_SPACE, CORE };
static const char *const core_types[CORE] = {"MO", "VCPU", "PCPU", "EP", "PD", "RESSPC", "ADS", "NTFN", "IRQ", "IMAGE"};

/* ---- Rows ------------------------------------------------------------ */

static void note(struct predict *predict, enum cm_status status)
{
    if (status != CM_OK)
        predict->failed = true;
}

static void node_resource(struct predict *predict, const char *id, const char *type,
                          const char *extra, const char *space)
{
    cm_node node, parent;

    note(predict, cm_graph_add_resource(predict->graph, cm_text_of(id), cm_text_of(type),
                                        cm_text_of(extra), &node));
    note(predict, cm_graph_refer(predict->graph, cm_text_of(space), &parent));
    if (!predict->failed)
        note(predict, cm_graph_add_edge(predict->graph, CM_SUBSET, node, parent, 0));
}

static void edge(struct predict *predict, enum cm_edge_type type, const char *from, const char *to,
                 unsigned rights)
{
    cm_node a, b;

    note(predict, cm_graph_refer(predict->graph, cm_text_of(from), &a));
    note(predict, cm_graph_refer(predict->graph, cm_text_of(to), &b));
    if (!predict->failed)
        note(predict, cm_graph_add_edge(predict->graph, type, a, b, rights));
}

static void pd_text(char id[ID_SIZE], uint64_t pd)
{
    snprintf(id, ID_SIZE, "PD_%lx", (unsigned long)pd);
}

static void core_text(char id[ID_SIZE], enum core core, uint64_t number)
{
    snprintf(id, ID_SIZE, "%s_%x_%lx", core_types[core], core + 1, (unsigned long)number);
}

static void core_space(char id[ID_SIZE], enum core core)
{
    snprintf(id, ID_SIZE, "%s_SPACE_%x", core_types[core], core + 1);
}

static void node_core(struct predict *predict, enum core core, uint64_t number, const char *extra)
{
    char id[ID_SIZE], space[ID_SIZE];

    core_text(id, core, number);
    core_space(space, core);
    node_resource(predict, id, core_types[core], extra, space);
}

static struct paper_space *add_space(struct predict *predict, const char *type, size_t length,
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
    pd_text(holder, manager);
    snprintf(id, sizeof id, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    if (strcmp(space->type, "ADS") != 0)
        note(predict, cm_graph_add_space(predict->graph, cm_text_of(id), cm_text_of(space->type),
                                         cm_text_of(holder), &node));
    return space;
}

/* ---- Operations ------------------------------------------------------ */

static uint64_t make_mo(struct predict *predict, uint64_t pages)
{
    char extra[ID_SIZE];

    snprintf(extra, sizeof extra, "0x0_%lu_12", (unsigned long)pages);
    node_core(predict, MO_SPACE, ++predict->mos, extra);
    return predict->mos;
}

static const char *const kinds[] = {CELL_REGIONS(CELL_REGION_MODEL)};

/* The first gap from PLACE on, as the root task finds it. */
static uint64_t find_place(const struct predict *predict, uint64_t ads, uint64_t pages)
{
    uint64_t at = PLACE;
    struct paper_region *region = paper_next_region(predict, ads, PLACE);

    for (; region != NULL; region = paper_next_region(predict, ads, region->what.start + 1)) {
        uint64_t low = region->what.start - (region->guard ? PAGE : 0);

        if (low >= at + pages * PAGE)
            break;
        at = region->what.start + region->what.pages * PAGE;
    }
    return at;
}

static void attach(struct predict *predict, uint64_t ads, uint64_t mo, uint8_t kind, uint8_t rights,
                   uint64_t address, uint64_t pages, bool guard)
{
    struct paper_region *region = paper_add(predict, &predict->regions, sizeof *region);
    char id[ID_SIZE], space[ID_SIZE], extra[ID_SIZE], target[ID_SIZE];

    if (region == NULL)
        return;
    if (address == 0)
        address = find_place(predict, ads, pages + guard) + (guard ? PAGE : 0);
    *region = (struct paper_region){
        ads, {address, pages, kind, rights, true, kind == CELL_REGION_DEVICE, false, false}, mo, predict->pd, guard};
    snprintf(id, sizeof id, "VMR_%lx_%lx", (unsigned long)ads, (unsigned long)++predict->vmrs);
    snprintf(space, sizeof space, "ADS_SPACE_%lx", (unsigned long)ads);
    snprintf(extra, sizeof extra, "0x%lx_%s_%lu_12", (unsigned long)address, kinds[kind],
             (unsigned long)pages);
    node_resource(predict, id, "VMR", extra, space);
    core_text(target, MO_SPACE, mo);
    edge(predict, CM_MAP, id, target, rights);
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

    for (uint32_t i = 0; operation->kind == PLAN_SEGMENT && i < predict->segments.count; i++) {
        struct paper_segment *segment = (struct paper_segment *)predict->segments.items + i;

        if (segment->program == predict->program && segment->offset == what->file.offset)
            mo = segment->mo;
    }
    if (mo == 0) {
        mo = make_mo(predict, what->pages);
        if (operation->kind == PLAN_SEGMENT) {
            struct paper_segment *segment = paper_add(predict, &predict->segments, sizeof *segment);

            if (segment != NULL)
                *segment = (struct paper_segment){predict->program, what->file.offset, mo};
        }
    }
    attach(predict, pd->ads, mo, what->kind, what->rights, what->address, what->pages,
           (what->flags & CONFIG_GUARD) != 0);
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
    note(predict, cm_graph_add_space(predict->graph, cm_text_of(id), cm_text_of("ADS"),
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
    pd_text(from, predict->pd);
    pd_text(to, space->manager);
    snprintf(id, sizeof id, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    note(predict, cm_graph_refer(predict->graph, cm_text_of(from), &a));
    note(predict, cm_graph_refer(predict->graph, cm_text_of(to), &b));
    if (strcmp(space->type, "ADS") != 0)
        note(predict, cm_graph_refer(predict->graph, cm_text_of(id), &c));
    if (!predict->failed)
        note(predict, cm_graph_add_request(predict->graph, a, b, cm_text_of(space->type), c));
}

static void run_tie(struct predict *predict, const struct plan_operation *operation)
{
    char from[ID_SIZE], to[ID_SIZE];

    if (operation->kind == PLAN_LINK && operation->pd == 0)
        return;
    pd_text(from, predict->pd);
    pd_text(to, operation->pd);
    edge(predict, operation->kind == PLAN_FAULT ? CM_FAULT : CM_LINK, from, to, 0);
}

/* Notes a handle in the table of a PD; several on one thing are one edge. */
static void hold_named(struct predict *predict, uint64_t pd, const char *id, const char *name, unsigned rights)
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

static void hold(struct predict *predict, uint64_t pd, const char *id, unsigned rights)
{
    hold_named(predict, pd, id, "", rights);
}

/* The resource of a name that is in a PD's table (PLAN_NONE: in any), of a space if that is not NULL; NULL: none. */
static const struct paper_held *find_held(const struct predict *predict, uint64_t pd, const struct paper_space *space,
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

/* All who have a table hold what is in it. */
static void draw_held(struct predict *predict)
{
    const struct paper_held *held = predict->held.items;
    char holder[ID_SIZE];

    for (uint32_t pd = 1; pd < predict->pds.count; pd++) {
        pd_text(holder, pd);
        for (uint32_t i = 0; i < predict->held.count; i++)
            if (held[i].table == paper_pd_at(predict, pd)->table)
                edge(predict, CM_HOLD, holder, held[i].id, held[i].rights);
    }
}

static void run_cspace(struct predict *predict, const struct plan_operation *operation)
{
    paper_pd_at(predict, predict->pd)->table =
        operation->pd == PLAN_NONE ? predict->pd : paper_pd_at(predict, operation->pd)->table;
}

static void run_hold(struct predict *predict, const struct plan_operation *operation)
{
    char held[ID_SIZE];

    core_text(held, PD_SPACE, operation->hold.pd);
    if (operation->hold.pd == 0 && !predict->root_held) {
        node_core(predict, PD_SPACE, 0, "PD_0");
        predict->root_held = true;
    }
    hold(predict, predict->pd, held, operation->hold.rights);
}

static void run_cpu(struct predict *predict, const struct plan_operation *operation)
{
    char pd[ID_SIZE], cpu[ID_SIZE], ads[ID_SIZE];

    paper_pd_at(predict, predict->pd)->priority = operation->cpu.priority;
    paper_pd_at(predict, predict->pd)->ceiling = operation->cpu.ceiling;
    pd_text(pd, predict->pd);
    snprintf(ads, sizeof ads, "ADS_SPACE_%lx",
             (unsigned long)paper_pd_at(predict, predict->pd)->ads);
    node_core(predict, VCPU_SPACE, ++predict->cpus, ads);
    core_text(cpu, VCPU_SPACE, predict->cpus);
    edge(predict, CM_MAP, cpu, "PCPU_3_0", 0);
    edge(predict, CM_HOLD, pd, cpu, CM_READ | CM_WRITE | CM_EXECUTE);
    edge(predict, CM_HOLD, pd, ads, CM_READ | CM_WRITE | CM_EXECUTE);
}

static void run_call(struct predict *predict, const struct plan_operation *operation)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    char holder[ID_SIZE], ads[ID_SIZE];

    pd->priority = UINT8_MAX;
    pd->ceiling = operation->call.ceiling;
    pd_text(holder, predict->pd);
    snprintf(ads, sizeof ads, "ADS_SPACE_%lx", (unsigned long)pd->ads);
    edge(predict, CM_HOLD, holder, ads, CM_READ | CM_WRITE | CM_EXECUTE);
}

static void run_irq(struct predict *predict, const struct plan_operation *operation)
{
    char holder[ID_SIZE], irq[ID_SIZE];

    node_core(predict, IRQ_SPACE, operation->irq, "");
    pd_text(holder, predict->pd);
    core_text(irq, IRQ_SPACE, operation->irq);
    edge(predict, CM_HOLD, holder, irq, CM_READ | CM_WRITE);
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

/* ---- What programs do by themselves ---------------------------------- */

static void use_space(struct predict *predict, const struct config_item *item)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    struct paper_space *space = add_space(predict, config_string(predict->config, item->text),
                                    item->text.length, predict->pd);
    char holder[ID_SIZE], id[ID_SIZE], extra[ID_SIZE * 2];

    if (space == NULL)
        return;
    if (item->kind == ITEM_SERVES)
        memcpy(space->name, config_string(predict->config, item->from), item->from.length);
    if (item->name.length < NAME_SIZE)
        memcpy(space->called, config_string(predict->config, item->name), item->name.length);
    pd_text(holder, predict->pd);
    if (!pd->endpoint) {
        node_core(predict, EP_SPACE, ++predict->eps, "");
        core_text(id, EP_SPACE, predict->eps);
        edge(predict, CM_HOLD, holder, id, CM_READ | CM_WRITE);
        node_core(predict, NTFN_SPACE, predict->eps, "");
        core_text(id, NTFN_SPACE, predict->eps);
        edge(predict, CM_HOLD, holder, id, CM_READ);
        pd->endpoint = true;
    }
    snprintf(extra, sizeof extra, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    node_core(predict, RESSPC_SPACE, space->id, extra);
    core_text(id, RESSPC_SPACE, space->id);
    hold(predict, predict->pd, id, CELL_ALL);
}

static void copy_name(const struct predict *predict, struct config_text text, char name[NAME_SIZE])
{
    size_t length = text.length < NAME_SIZE ? text.length : NAME_SIZE - 1;

    memcpy(name, config_string(predict->config, text), length);
    name[length] = 0;
}

static cell_error_t use_resource(struct predict *predict, const struct config_item *item,
                                 struct plan_error *error)
{
    const struct config *config = predict->config;
    const char *type = config_string(config, item->text);
    char parent[ID_SIZE * 2], name[NAME_SIZE], onto[NAME_SIZE];
    const struct paper_held *held;
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    struct plan_wanted wanted = {type, config_string(config, item->space), item->text.length, item->space.length, PLAN_NONE};
    struct paper_space *space;

    if (item->from.length != 0 &&
        paper_find_server(predict, type, item->text.length, config_string(config, item->from),
                          item->from.length, &wanted.server) != CELL_OK)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: from: there is no such server");
    if (paper_find_space(predict, &wanted, &space) != CELL_OK ||
        space->manager == 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: nobody manages a space of type "
                         "%.*s", (int)item->text.length, type);
    copy_name(predict, item->name, name);
    copy_name(predict, item->onto, onto);
    held = (item->flags & CONFIG_AGAIN) != 0 ? find_held(predict, PLAN_NONE, space, name) : NULL;
    unsigned rights = item->rights == CONFIG_DEFAULT_RIGHTS ? CELL_ALL : item->rights;

    if (held != NULL) {
        snprintf(pd->resource, sizeof pd->resource, "%s", held->id);
        hold_named(predict, predict->pd, pd->resource, name, rights);
        return CELL_OK;
    }
    if ((item->flags & CONFIG_AGAIN) != 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: again: there is no %s called '%s'", space->type, name);
    snprintf(pd->resource, sizeof pd->resource, "%s_%lx_%lx", space->type, (unsigned long)space->id,
             (unsigned long)++space->resources);
    snprintf(parent, sizeof parent, "%s_SPACE_%lx", space->type, (unsigned long)space->id);
    node_resource(predict, pd->resource, space->type, name, parent);
    hold_named(predict, predict->pd, pd->resource, name, rights);
    held = onto[0] != 0 ? find_held(predict, space->manager, NULL, onto) : NULL;
    if (held != NULL)
        edge(predict, CM_MAP, pd->resource, held->id, 0);
    else if (onto[0] != 0)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: onto: the server has nothing called '%s'", onto);
    return CELL_OK;
}

/* The space of a type that a PD has an edge to; NULL: none. */
static const struct paper_space *asked(const struct predict *predict, const char *type)
{
    for (uint32_t i = 0; i < predict->plan->count; i++) {
        const struct plan_operation *operation = &predict->plan->operations[i];
        const struct paper_space *space =
            operation->kind == PLAN_EDGE ? paper_space_at(predict, (uint32_t)operation->edge.space - 1) : NULL;

        if (space != NULL && strcmp(space->type, type) == 0)
            return space;
    }
    return NULL;
}

static cell_error_t use_map(struct predict *predict, const struct config_item *item, struct plan_error *error)
{
    char type[NAME_SIZE], onto[NAME_SIZE], from[ID_SIZE * 2], to[ID_SIZE * 2];
    bool found = false;

    copy_name(predict, item->text, type);
    copy_name(predict, item->onto, onto);
    const struct paper_space *other = asked(predict, onto);

    for (uint32_t i = 0; other != NULL && i < predict->spaces.count; i++) {
        const struct paper_space *own = paper_space_at(predict, i);

        if (own->manager != predict->pd || strcmp(own->type, type) != 0)
            continue;
        snprintf(from, sizeof from, "%s_SPACE_%lx", own->type, (unsigned long)own->id);
        snprintf(to, sizeof to, "%s_SPACE_%lx", other->type, (unsigned long)other->id);
        edge(predict, CM_MAP, from, to, 0);
        found = true;
    }
    if (!found)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: map: it has no space of type '%s', or none of type '%s' to ask",
                         type, onto);
    return CELL_OK;
}

static cell_error_t use_memory(struct predict *predict, const struct config_item *item,
                               struct plan_error *error)
{
    struct paper_pd *pd = paper_pd_at(predict, predict->pd);
    uint64_t mo = make_mo(predict, item->pages), other;
    char id[ID_SIZE];

    core_text(id, MO_SPACE, mo);
    hold_named(predict, predict->pd, id, "memory", CELL_ALL);
    attach(predict, pd->ads, mo, CELL_REGION_GENERIC, 3, 0, item->pages, false);
    if (item->from.length == 0)
        return CELL_OK;
    if (paper_find_pd(predict, config_string(predict->config, item->from), item->from.length, &other) !=
        CELL_OK)
        return plan_fail(error, CELL_NOT_FOUND, item->line, "uses: with: there is no such PD");
    hold(predict, other, id, CM_READ | CM_WRITE);
    attach(predict, paper_pd_at(predict, other)->ads, mo, CELL_REGION_SHARED_FRAMES, 3, 0, item->pages, false);
    if (pd->resource[0] != 0)
        edge(predict, CM_MAP, pd->resource, id, 0);
    return CELL_OK;
}

/* ---- Blocks ---------------------------------------------------------- */

/* Who makes a PD gets a handle; of a library, it cannot look into it. */
static void hold_created(struct predict *predict)
{
    char held[ID_SIZE];

    core_text(held, PD_SPACE, predict->pd);
    hold(predict, predict->creator, held,
         predict->config->preset == PRESET_LIBRARY ? CELL_WRITE | CELL_EXECUTE : CELL_ALL);
}

static cell_error_t apply(struct predict *predict, const struct plan *plan,
                          struct plan_error *error)
{
    const struct config *config = predict->config;
    const struct config_item *items = config_items(config);
    struct paper_pd *pd = paper_add(predict, &predict->pds, sizeof *pd);
    char id[ID_SIZE], creator[ID_SIZE];
    cm_node node;

    if (pd == NULL)
        return CELL_NO_MEMORY;
    predict->pd = predict->pds.count - 1;
    predict->plan = plan;
    memcpy(pd->name, config_string(config, config->name), config->name.length);
    pd->elf = predict->elf;
    pd->program = predict->program;
    pd_text(id, predict->pd);
    note(predict, cm_graph_add_pd(predict->graph, cm_text_of(id), cm_text_of(pd->name),
                                  cm_text_of(""), &node));
    node_core(predict, PD_SPACE, predict->pd, id);
    pd_text(creator, predict->creator);
    edge(predict, CM_PARENT, id, creator, 0);
    if (predict->creator != 0)
        hold_created(predict);
    for (uint32_t i = 0; i < plan->count && !predict->failed; i++)
        if (operations[plan->operations[i].kind] != NULL)
            operations[plan->operations[i].kind](predict, &plan->operations[i]);
    cell_error_t code = CELL_OK;

    for (uint32_t i = 0; i < config->item_count && code == CELL_OK && !predict->failed; i++) {
        if (items[i].kind == ITEM_USES_SPACE ||
            (items[i].kind == ITEM_SERVES && (items[i].flags & CONFIG_ALL) == 0))
            use_space(predict, &items[i]);
        else if (items[i].kind == ITEM_USES_RESOURCE)
            code = use_resource(predict, &items[i], error);
        else if (items[i].kind == ITEM_USES_MEMORY)
            code = use_memory(predict, &items[i], error);
        else if (items[i].kind == ITEM_USES_MAP)
            code = use_map(predict, &items[i], error);
    }
    return code == CELL_OK && predict->failed
               ? plan_fail(error, CELL_NO_MEMORY, config->line, "no memory for the prediction")
               : code;
}

/* A block of a description may say which program makes the PD: it is planned as that one. */
static cell_error_t find_maker(struct predict *predict, struct config *config, struct plan_error *error)
{
    cell_error_t code = CELL_OK;

    if (config->maker.length == 0 || predict->creator != 0)
        return CELL_OK;
    code = paper_find_pd(predict, config_string(config, config->maker), config->maker.length, &predict->creator);
    config->maker.length = 0;
    return code == CELL_OK ? code : plan_fail(error, code, config->line, "by: there is no such PD");
}

/* Reads a block and plans it, as predict->creator; on success, the configuration and the plan
 * are the caller's, with the view that the plan is of. */
static cell_error_t plan_block(struct predict *predict, struct plan_view *view, const char *text, size_t length,
                               uint32_t line, struct plan *plan, struct plan_error *error)
{
    *view = paper_view(predict);
    size_t size = config_memory(text, length);
    struct config *config = view->resize(view->context, NULL, size);

    if (config == NULL)
        return plan_fail(error, CELL_NO_MEMORY, line, "no memory for the configuration");
    predict->config = config;
    cell_error_t code = config_parse(text, length, line, config, error);

    if (code == CELL_OK)
        code = find_maker(predict, config, error);
    *view = paper_view(predict);
    if (code == CELL_OK)
        code = plan_make(view, config, plan, error);
    if (code != CELL_OK)
        view->resize(view->context, config, 0);
    return code;
}

/* The block's plan becomes a PD, which keeps both. */
static cell_error_t predict_block(struct predict *predict, const char *text, size_t length,
                                  uint32_t line, struct plan_error *error)
{
    struct plan_view view;
    struct plan plan;
    cell_error_t code = plan_block(predict, &view, text, length, line, &plan, error);

    if (code != CELL_OK)
        return code;
    uint32_t number = predict->pds.count;
    size_t bytes = plan.count * sizeof *plan.operations;
    struct plan_operation *kept = view.resize(view.context, NULL, bytes);

    code = kept == NULL ? plan_fail(error, CELL_NO_MEMORY, line, "no memory for the plan")
                              : apply(predict, &plan, error);
    if (predict->pds.count > number) {
        struct paper_pd *pd = paper_pd_at(predict, number);

        memcpy(kept, plan.operations, bytes);
        pd->config = (struct config *)plan.config;
        pd->operations = kept;
        pd->operation_count = plan.count;
    }
    plan_free(&plan);
    predict->creator = 0;
    return code;
}

/* ---- Trials ----------------------------------------------------------- */

static cell_error_t find_creator(struct predict *predict, const struct predict_trial *trial,
                                 struct plan_error *error)
{
    const char *name = trial->creator;
    unsigned long number;
    cell_error_t code = CELL_OK;

    if (sscanf(name, "PD_%lx", &number) == 1 && number != 0 && number < predict->pds.count)
        predict->creator = number;
    else
        code = paper_find_pd(predict, name, strlen(name), &predict->creator);
    return code == CELL_OK ? code
                           : plan_fail(error, code, 0, "there is no PD '%s'", trial->creator);
}

/* Plans each block as the creator; nothing is made. */
static void try_blocks(struct predict *predict, const struct predict_trial *trial)
{
    struct plan_view view;
    size_t at = 0, block;

    for (uint32_t line = 1; config_next_block(trial->text, trial->length, &at, &line, &block);
         at += block) {
        struct plan_error error = {0};
        struct plan plan;
        cell_error_t code = config_fits(trial->text + at, block, &error);

        if (code == CELL_OK)
            code = plan_block(predict, &view, trial->text + at, block, 1, &plan, &error);
        if (code == CELL_OK) {
            view.resize(view.context, (void *)plan.config, 0);
            plan_free(&plan);
        }
        trial->told(trial->context, code == CELL_OK ? NULL : &error);
    }
}

/* ---- The system ------------------------------------------------------- */

static void add_root(struct predict *predict)
{
    struct paper_pd *root = paper_add(predict, &predict->pds, sizeof *root);
    cm_node node;

    if (root == NULL)
        return;
    memcpy(root->name, "ROOT_TASK", 10);
    root->priority = UINT8_MAX;
    root->ceiling = PLAN_PRIORITY_LIMIT;
    note(predict, cm_graph_add_pd(predict->graph, cm_text_of("PD_0"), cm_text_of("ROOT_TASK"),
                                  cm_text_of(""), &node));
    for (unsigned i = 0; i < CORE; i++)
        add_space(predict, core_types[i], strlen(core_types[i]), 0);
    node_core(predict, PCPU_SPACE, 0, "");
    edge(predict, CM_HOLD, "PD_0", "PCPU_3_0", CM_READ | CM_WRITE | CM_GRANT);
}

static void clear_all(struct predict *predict)
{
    const struct cm_memory *memory = predict->memory;

    for (uint32_t i = 0; i < predict->pds.count; i++) {
        struct paper_pd *pd = paper_pd_at(predict, i);

        if (pd->config == NULL)
            continue;
        memory->resize(memory->context, pd->config, 0);
        memory->resize(memory->context, pd->operations, 0);
    }
    paper_clear(predict, &predict->regions);
    paper_clear(predict, &predict->spaces);
    paper_clear(predict, &predict->pds);
    paper_clear(predict, &predict->segments);
    paper_clear(predict, &predict->held);
}

cell_error_t predict_system(const char *text, size_t length,
                            const struct predict_programs *programs,
                            const struct cm_memory *memory, const struct predict_trial *trial,
                            struct cm_graph **graph, struct plan_error *error)
{
    struct predict predict = {.memory = memory, .programs = programs};
    cell_error_t code = CELL_OK;
    size_t at = 0, block;
    uint32_t line = 1;

    if (cm_graph_create(memory, &predict.graph) != CM_OK)
        return plan_fail(error, CELL_NO_MEMORY, 0, "no memory for the graph");
    add_root(&predict);
    struct config_policy policy;

    code = config_policy(text, length, &policy, error);
    while (code == CELL_OK && config_next_block(text, length, &at, &line, &block)) {
        code = predict_block(&predict, text + at, block, line, error);
        for (size_t end = at + block; at < end; at++)
            line += text[at] == '\n';
    }
    if (code == CELL_OK)
        draw_held(&predict);
    if (code == CELL_OK && trial != NULL)
        code = find_creator(&predict, trial, error);
    if (code == CELL_OK && trial != NULL)
        try_blocks(&predict, trial);
    clear_all(&predict);
    if (code != CELL_OK)
        cm_graph_destroy(predict.graph);
    else
        *graph = predict.graph;
    return code;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/plan.c: see plan.h. Bottom-up: the list, checks of names and numbers,
 * the program's segments, regions, the rest of the items, the order of it all.
 *
 * A new address space with a program is laid out densely, so that an ordinary
 * process needs one page table of each level: program, a gap, start block, IPC
 * buffer, stack with its guard page, and the heap last, so that it can grow.
 */
#include "lib/plan/plan.h"

#include <string.h>

#include "lib/plan/planner.h"
#include "lib/runtime/start.h"

static const char *const kind_names[PLAN_KINDS] = {
    [PLAN_LIMITS] = "limits",     [PLAN_RESERVE] = "reserve",   [PLAN_CSPACE] = "cspace",     [PLAN_ADS_NEW] = "ads-new",
    [PLAN_ADS_OF] = "ads-of",     [PLAN_SEGMENT] = "segment",   [PLAN_CONTENTS] = "contents",
    [PLAN_MEMORY] = "memory",     [PLAN_SHARE] = "share",       [PLAN_COPY] = "copy",
    [PLAN_DEVICE] = "device",     [PLAN_EDGE] = "edge",         [PLAN_GIVE] = "give",
    [PLAN_FAULT] = "fault",       [PLAN_LINK] = "link",         [PLAN_IRQ] = "irq",
    [PLAN_CPU] = "cpu",           [PLAN_START] = "start",       [PLAN_ESSENTIAL] = "essential",
};

const char *plan_kind_name(enum plan_kind kind)
{
    return kind_names[kind];
}

/* ---- The list -------------------------------------------------------- */

/* Doubles the room; false: no memory. */
static bool make_room(struct plan *plan)
{
    bool few = plan->operations == plan->few;
    struct plan_operation *operations =
        plan->view->resize(plan->view->context, few ? NULL : plan->operations,
                           few ? 0 : plan->room * sizeof *operations,
                           plan->room * 2 * sizeof *operations);

    if (operations == NULL)
        return false;
    if (few)
        memcpy(operations, plan->few, sizeof plan->few);
    plan->operations = operations;
    plan->room *= 2;
    return true;
}

struct plan_operation *planner_add(struct planner *planner, enum plan_kind kind, uint32_t line)
{
    struct plan *plan = planner->plan;

    if (plan->count == plan->room && !make_room(plan)) {
        plan_fail(planner->error, CELL_NO_MEMORY, line, "no memory for the plan");
        return NULL;
    }
    struct plan_operation *operation = &plan->operations[plan->count++];

    *operation = (struct plan_operation){.kind = (uint8_t)kind, .line = line};
    return operation;
}

void plan_free(struct plan *plan)
{
    if (plan->operations != plan->few)
        plan->view->resize(plan->view->context, plan->operations,
                           plan->room * sizeof *plan->operations, 0);
    plan->operations = plan->few;
    plan->count = 0;
    plan->room = PLAN_FEW;
}

/* Adds an operation that carries a PD's id only. */
static cell_error_t add_pd(struct planner *planner, enum plan_kind kind, uint64_t pd)
{
    struct plan_operation *operation = planner_add(planner, kind, planner->config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->pd = pd;
    return CELL_OK;
}

/* ---- Names and numbers ----------------------------------------------- */

cell_error_t planner_pd(struct planner *planner, const char *field, uint32_t line,
                        struct config_text name, uint64_t *pd)
{
    const char *text = config_string(planner->config, name);
    cell_error_t error = planner->view->find_pd(planner->view->context, text, name.length, pd);

    if (error == CELL_OK)
        return CELL_OK;
    const char *why = error == CELL_EXISTS   ? "there are several PDs called"
                      : error == CELL_DENIED ? "no handle on the PD"
                                             : "there is no PD called";

    return plan_fail(planner->error, error, line, "%s: %s '%.*s'", field, why, (int)name.length,
                     text);
}

static bool name_is_good(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

/* What is said, or else `otherwise`, if that is at most `most`. */
static cell_error_t level_of(struct planner *planner, const char *field, uint32_t line,
                             uint32_t said, unsigned otherwise, unsigned most, unsigned *level)
{
    *level = said == CONFIG_DEFAULT_PRIORITY ? otherwise : said;
    if (*level > PLAN_PRIORITY_LIMIT)
        return planner_fail(planner, line, "%s: %u is above %u", field, *level,
                            PLAN_PRIORITY_LIMIT);
    if (*level > most)
        return plan_fail(planner->error, CELL_DENIED, line, "%s: %u is above the ceiling, %u",
                         field, *level, most);
    return CELL_OK;
}

static cell_error_t check_priority(struct planner *planner)
{
    const struct config *config = planner->config;
    unsigned own = planner->view->ceiling;
    cell_error_t error = level_of(planner, "ceiling", config->ceiling_line, config->ceiling, own,
                                  own, &planner->ceiling);

    if (error != CELL_OK)
        return error;
    return level_of(planner, "priority", config->priority_line, config->priority,
                    planner->ceiling < PLAN_PRIORITY ? planner->ceiling : PLAN_PRIORITY,
                    planner->ceiling, &planner->priority);
}

static cell_error_t check_head(struct planner *planner)
{
    const struct config *config = planner->config;
    const char *name = config_string(config, config->name);

    if (config->name.length > PLAN_NAME_LIMIT || !name_is_good(name, config->name.length))
        return planner_fail(planner, config->line, "name: at most %u bytes, no control characters",
                            PLAN_NAME_LIMIT);
    if (config->elevated || planner->preset->elevated)
        return plan_fail(planner->error, CELL_UNSUPPORTED, config->elevated_line,
                         "elevated: this kernel build has no VCPUs for PDs yet");
    planner->relative = planner->view->creator;
    if (config->relative.length == 0)
        return CELL_OK;
    return planner_pd(planner, "of", config->line, config->relative, &planner->relative);
}

/* ---- The program ----------------------------------------------------- */

static cell_error_t open_program(struct planner *planner)
{
    const struct config *config = planner->config;
    const char *name = config_string(config, config->program);
    enum elf_error reason = ELF_OK;

    if (config->program.length == 0) {
        if (planner->preset->program)
            return planner_fail(planner, config->line, "program: a %s needs one",
                                planner->preset->name);
        if (planner->view->program_of(planner->view->context, planner->relative, &planner->elf) !=
            CELL_OK)
            return plan_fail(planner->error, CELL_NOT_FOUND, config->line,
                             "of: that PD runs no program that a %s could be in",
                             planner->preset->name);
        return CELL_OK;
    }
    if (!planner->preset->program)
        return planner_fail(planner, config->line, "program: a %s runs that of another PD",
                            planner->preset->name);
    cell_error_t error = planner->view->program(planner->view->context, name,
                                                config->program.length, &planner->elf, &reason);

    if (error == CELL_BAD_ELF)
        return plan_fail(planner->error, error, config->line, "program: '%.*s': %s",
                         (int)config->program.length, name, elf_error_text(reason));
    if (error != CELL_OK)
        return plan_fail(planner->error, error, config->line, "program: there is no '%.*s'",
                         (int)config->program.length, name);
    return CELL_OK;
}

static cell_error_t find_entry(struct planner *planner)
{
    const struct config *config = planner->config;
    const char *name = config_string(config, config->entry);

    planner->function = config->function;
    if (config->function != 0)
        return CELL_OK;
    if (config->entry.length == 0) {
        if (planner->preset->program)
            return CELL_OK;
        return planner_fail(planner, config->line, "entry: a %s needs one", planner->preset->name);
    }
    if (name[0] == '0' && name[1] == 'x' && config->entry.length > 2 && config->entry.length <= 18) {
        for (uint32_t i = 2; i < config->entry.length; i++) {
            static const char digits[] = "0123456789abcdef";
            const char *digit = memchr(digits, name[i], 16);

            if (digit == NULL)
                return planner_fail(planner, config->entry_line, "entry: not a number");
            planner->function = planner->function << 4 | (uint64_t)(digit - digits);
        }
        return CELL_OK;
    }
    if (!elf_symbol_find(&planner->elf, name, config->entry.length, &planner->function))
        return plan_fail(planner->error, CELL_NOT_FOUND, config->entry_line,
                         "entry: the program has no symbol '%.*s'", (int)config->entry.length, name);
    return CELL_OK;
}

/* ---- The rest of the items ------------------------------------------- */

/* Rights of an item among those that the creator has; all of them if not said. */
static cell_error_t pass_rights(struct planner *planner, const struct config_item *item,
                                const char *field, uint8_t have, uint8_t otherwise, uint8_t *rights)
{
    *rights = item->rights == CONFIG_DEFAULT_RIGHTS ? otherwise & have : item->rights;
    if ((*rights & ~have) != 0)
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "%s: rights that the creator does not have", field);
    return CELL_OK;
}

static cell_error_t check_type(struct planner *planner, const struct config_item *item,
                               const char *field)
{
    const char *type = config_string(planner->config, item->text);

    if (item->text.length == 0 || item->text.length > PLAN_NAME_LIMIT)
        return planner_fail(planner, item->line, "%s: a type has 1 to %u letters and digits", field,
                            PLAN_NAME_LIMIT);
    for (uint32_t i = 0; i < item->text.length; i++)
        if (!((type[i] >= 'A' && type[i] <= 'Z') || (type[i] >= 'a' && type[i] <= 'z') ||
              (type[i] >= '0' && type[i] <= '9')))
            return planner_fail(planner, item->line, "%s: '%.*s' is not letters and digits", field,
                                (int)item->text.length, type);
    return CELL_OK;
}

static cell_error_t edge_server(struct planner *planner, const struct config_item *item,
                                uint64_t *server)
{
    *server = PLAN_NONE;
    return item->from.length == 0
               ? CELL_OK
               : planner_pd(planner, "rde: from", item->line, item->from, server);
}

static cell_error_t add_edge(struct planner *planner, const struct config_item *item,
                             const struct plan_edge *edge)
{
    uint8_t rights;
    cell_error_t error = pass_rights(planner, item, "rde", edge->rights,
                                     CELL_READ | CELL_WRITE, &rights);

    if (error != CELL_OK)
        return error;
    struct plan_operation *operation = planner_add(planner, PLAN_EDGE, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->edge.space = edge->space;
    operation->edge.rights = rights;
    return CELL_OK;
}

static cell_error_t plan_all_edges(struct planner *planner, const struct config_item *item)
{
    const struct plan_view *view = planner->view;
    struct plan_edge edge;
    uint64_t where = 0, server;

    if (view->system)
        return planner_fail(planner, item->line, "rde: the system has no edges to pass on");
    cell_error_t error = edge_server(planner, item, &server);

    while (error == CELL_OK && view->next_edge(view->context, server, &where, &edge))
        error = add_edge(planner, item, &edge);
    return error;
}

static cell_error_t plan_edge(struct planner *planner, const struct config_item *item)
{
    struct plan_edge edge;
    uint64_t server;

    if ((item->flags & CONFIG_ALL) != 0)
        return plan_all_edges(planner, item);
    cell_error_t error = check_type(planner, item, "rde");

    if (error == CELL_OK)
        error = edge_server(planner, item, &server);
    if (error != CELL_OK)
        return error;
    const char *type = config_string(planner->config, item->text);

    error = planner->view->edge(planner->view->context, type, item->text.length, server, &edge);
    if (error != CELL_OK) {
        plan_fail(planner->error, error, item->line,
                  "rde: there is no space of type %.*s%s to ask", (int)item->text.length, type,
                  server == PLAN_NONE ? "" : " of that PD");
        planner->error->missing = error == CELL_NOT_FOUND;
        return error;
    }
    return add_edge(planner, item, &edge);
}

static cell_error_t plan_give(struct planner *planner, const struct config_item *item)
{
    uint8_t rights = item->rights;
    cell_error_t error;

    if (planner->view->system)
        return planner_fail(planner, item->line, "give: the system has no handles to give");
    if ((item->flags & CONFIG_ALL) != 0) {
        error = check_type(planner, item, "give");
    } else {
        uint8_t have;

        error = planner->view->handle(planner->view->context, item->address, &have);
        if (error != CELL_OK)
            return plan_fail(planner->error, error, item->line, "give: there is no handle at 0x%lx",
                             (unsigned long)item->address);
        if ((have & CELL_GRANT) == 0)
            return plan_fail(planner->error, CELL_DENIED, item->line,
                             "give: the handle at 0x%lx may not be passed on",
                             (unsigned long)item->address);
        error = pass_rights(planner, item, "give", have, have, &rights);
    }
    if (error != CELL_OK)
        return error;
    struct plan_operation *operation = planner_add(planner, PLAN_GIVE, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->give.type = item->text;
    operation->give.where = item->address;
    operation->give.rights = rights;
    return CELL_OK;
}

static cell_error_t plan_irq(struct planner *planner, const struct config_item *item)
{
    if (!planner->view->system)
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "irq: only a system description can allow it");
    if (item->address < PLAN_IRQ_FIRST || item->address > PLAN_IRQ_LAST)
        return planner_fail(planner, item->line, "irq: %lu is not between %u and %u",
                            (unsigned long)item->address, PLAN_IRQ_FIRST, PLAN_IRQ_LAST);
    struct plan_operation *operation = planner_add(planner, PLAN_IRQ, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->irq = item->address;
    return CELL_OK;
}

static cell_error_t plan_items(struct planner *planner)
{
    const struct config_item *items = config_items(planner->config);

    for (uint32_t i = 0; i < planner->config->item_count; i++) {
        cell_error_t error = items[i].kind == ITEM_RDE    ? plan_edge(planner, &items[i])
                             : items[i].kind == ITEM_GIVE ? plan_give(planner, &items[i])
                             : items[i].kind == ITEM_IRQ  ? plan_irq(planner, &items[i])
                                                          : CELL_OK;

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* ---- The order of it all --------------------------------------------- */

/* How large the start block will be; the edges are planned by now. */
static cell_error_t plan_start(struct planner *planner)
{
    const struct config *config = planner->config;
    const struct config_item *items = config_items(config);
    const struct plan *plan = planner->plan;
    uint64_t bytes = sizeof(struct start_block) + config->name.length + 1 + 8;

    for (uint32_t i = 0; i < config->item_count; i++)
        if (items[i].kind == ITEM_ARGUMENT || items[i].kind == ITEM_ENVIRONMENT)
            bytes += items[i].text.length + 1;
    for (uint32_t i = 0; i < plan->count; i++)
        bytes += plan->operations[i].kind == PLAN_EDGE ? sizeof(struct start_rde) : 0;
    planner->plan->start_bytes = bytes;
    return CELL_OK;
}

static cell_error_t add_amounts(struct planner *planner, enum plan_kind kind, uint32_t line,
                                uint64_t pages, uint64_t objects, uint64_t slots)
{
    struct plan_operation *operation = planner_add(planner, kind, line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->limits.pages = pages;
    operation->limits.objects = objects;
    operation->limits.slots = slots;
    return CELL_OK;
}

static cell_error_t plan_reserve(struct planner *planner)
{
    const struct config *config = planner->config;
    const struct plan_view *view = planner->view;
    uint64_t pages = config->reserved_pages, objects = config->reserved_objects,
             slots = config->reserved_slots;

    if (config->reserve_line == 0)
        return CELL_OK;
    if (pages > config->pages || objects > config->objects || slots > config->slots)
        return planner_fail(planner, config->reserve_line, "reserve: more than the limit");
    if (!view->system &&
        (view->reserve == NULL || !view->reserve(view->context, pages, objects, slots)))
        return plan_fail(planner->error, CELL_DENIED, config->reserve_line,
                         "reserve: the creator has no reserve that it could be taken from");
    return add_amounts(planner, PLAN_RESERVE, config->reserve_line, pages, objects, slots);
}

static cell_error_t plan_budget(struct planner *planner)
{
    const struct config *config = planner->config;
    cell_error_t error =
        config->limits_line == 0 ? CELL_OK
                                 : add_amounts(planner, PLAN_LIMITS, config->limits_line,
                                               config->pages, config->objects, config->slots);

    return error == CELL_OK ? plan_reserve(planner) : error;
}

static cell_error_t plan_cspace(struct planner *planner)
{
    return add_pd(planner, PLAN_CSPACE,
                  planner->preset->shares_handles ? planner->relative : PLAN_NONE);
}

static cell_error_t plan_address_space(struct planner *planner)
{
    cell_error_t error = planner->preset->new_space
                             ? add_pd(planner, PLAN_ADS_NEW, PLAN_NONE)
                             : add_pd(planner, PLAN_ADS_OF, planner->relative);

    return error == CELL_OK ? planner_regions(planner) : error;
}

static cell_error_t plan_ties(struct planner *planner)
{
    const struct config *config = planner->config;
    uint64_t handler = 0;
    cell_error_t error = CELL_OK;

    if (config->fault.length != 0)
        error = planner_pd(planner, "fault", config->fault_line, config->fault, &handler);
    if (error == CELL_OK)
        error = add_pd(planner, PLAN_FAULT, handler);
    if (error != CELL_OK)
        return error;
    if (config->linked || planner->preset->linked)
        error = add_pd(planner, PLAN_LINK, planner->relative);
    if (error != CELL_OK || !config->essential)
        return error;
    if (!planner->view->system)
        return plan_fail(planner->error, CELL_DENIED, config->line,
                         "essential: only a system description can say so");
    return planner_add(planner, PLAN_ESSENTIAL, config->line) == NULL ? CELL_NO_MEMORY : CELL_OK;
}

static cell_error_t plan_cpu(struct planner *planner)
{
    const struct config *config = planner->config;
    struct plan_operation *operation = planner_add(planner, PLAN_CPU, config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->cpu.priority = planner->priority;
    operation->cpu.ceiling = planner->ceiling;
    operation = planner_add(planner, PLAN_START, config->line);
    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->start.entry = planner->elf.entry;
    operation->start.function = planner->function;
    operation->start.argument = config->argument;
    return CELL_OK;
}

static cell_error_t (*const steps[])(struct planner *planner) = {
    check_head, check_priority, open_program, find_entry,         plan_budget, plan_cspace,
    plan_items, plan_start,   plan_address_space, plan_ties,   plan_cpu,
};

cell_error_t plan_make(const struct plan_view *view, const struct config *config,
                       struct plan *plan, struct plan_error *error)
{
    struct planner planner = {.view = view,
                              .config = config,
                              .preset = preset_of(config->preset),
                              .plan = plan,
                              .error = error};

    plan->config = config;
    plan->view = view;
    plan->operations = plan->few;
    plan->count = 0;
    plan->room = PLAN_FEW;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cell_error_t code = steps[i](&planner);

        if (code != CELL_OK) {
            plan_free(plan);
            return code;
        }
    }
    return CELL_OK;
}

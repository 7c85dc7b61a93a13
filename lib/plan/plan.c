/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/plan.c: see plan.h. Bottom-up: the list, the head, the program, the order
 * of it all.
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
    [PLAN_LIMITS] = "limits",
    [PLAN_RESERVE] = "reserve",
    [PLAN_CSPACE] = "cspace",
    [PLAN_ADS_NEW] = "ads-new",
    [PLAN_ADS_OF] = "ads-of",
    [PLAN_SEGMENT] = "segment",
    [PLAN_CONTENTS] = "contents",
    [PLAN_MEMORY] = "memory",
    [PLAN_SHARE] = "share",
    [PLAN_COPY] = "copy",
    [PLAN_DEVICE] = "device",
    [PLAN_EDGE] = "edge",
    [PLAN_EDGES] = "edges",
    [PLAN_GIVE] = "give",
    [PLAN_FAULT] = "fault",
    [PLAN_LINK] = "link",
    [PLAN_IRQ] = "irq",
    [PLAN_CPU] = "cpu",
    [PLAN_START] = "start",
    [PLAN_ESSENTIAL] = "essential",
    [PLAN_HOLD] = "hold",
    [PLAN_SERVES] = "serves",
    [PLAN_CALL] = "call",
    [PLAN_AGAIN] = "again",
    [PLAN_FORK] = "fork",
    [PLAN_CONTEXT] = "context",
    [PLAN_GUEST] = "guest",
};

const char *plan_kind_name(enum plan_kind kind)
{
    return kind_names[kind];
}

/* ---- The list -------------------------------------------------------- */

/* Doubles the room; false: no memory (*error is set). */
static __attribute__((noinline)) bool make_room(struct planner *planner, uint32_t line)
{
    struct plan *plan = planner->plan;
    bool few = plan->operations == plan->few;
    struct plan_operation *operations =
        plan->view->resize(plan->view->context, few ? NULL : plan->operations,
                           plan->room * 2 * sizeof *operations);

    if (operations == NULL) {
        plan_fail(planner->error, CELL_NO_MEMORY, line, "no memory for the plan");
        return false;
    }
    if (few)
        memcpy(operations, plan->few, sizeof plan->few);
    plan->operations = operations;
    plan->room *= 2;
    return true;
}

struct plan_operation *planner_add(struct planner *planner, enum plan_kind kind, uint32_t line)
{
    struct plan *plan = planner->plan;

    if (plan->count == plan->room && !make_room(planner, line))
        return NULL;
    struct plan_operation *operation = &plan->operations[plan->count++];

    *operation = (struct plan_operation){.kind = (uint8_t)kind, .line = line};
    return operation;
}

void plan_free(struct plan *plan)
{
    if (plan->operations != plan->few)
        plan->view->resize(plan->view->context, plan->operations, 0);
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

/* ---- The head -------------------------------------------------------- */

/* The PD that it is relative to: at least to be looked at; to be entered, if it shares
 * the address space or the handles. */
static cell_error_t find_relative(struct planner *planner)
{
    const struct config *config = planner->config;
    bool enters = planner->preset->shares_handles || !planner->preset->new_space;
    cell_error_t error = CELL_OK;

    if (config->maker.length != 0)
        return planner_fail(planner, config->line, "by: only a system description says who makes the PD");
    planner->relative = planner->view->creator;
    if (config->relative.length != 0)
        error = planner_pd(planner, "of", config->line, config->relative,
                           CELL_READ | (enters ? CELL_WRITE | CELL_EXECUTE : 0),
                           &planner->relative);
    planner->authority = planner_authority(planner, planner->relative);
    planner->plan->program_of = planner->preset->program ? PLAN_NONE : planner->relative;
    if (error == CELL_OK && planner->preset->of_creator && planner->relative != planner->view->creator)
        return planner_fail(planner, config->line, "of: a %s is of its creator", planner->preset->name);
    return error;
}

/* The value given, or else `otherwise`; at most `most`. */
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
    const char *fault = config_name_fault(config_string(config, config->name),
                                          config->name.length);

    if (fault != NULL)
        return planner_fail(planner, config->line, "name: %s", fault);
    if (config->elevated && planner->preset->entry != ENTRY_GUEST)
        return planner_fail(planner, config->elevated_line, "elevated: only a guest's CPU is");
    return find_relative(planner);
}

/* ---- What the root task does for it ---------------------------------- */

static bool serves_any(const struct config *config)
{
    const struct config_item *items = config_items(config);

    for (uint32_t i = 0; i < config->item_count; i++)
        if (items[i].kind == ITEM_SERVES)
            return true;
    return false;
}

/* Only what is in the description can be made again from it. */
static cell_error_t check_care(struct planner *planner)
{
    const struct config *config = planner->config;
    uint32_t line = config->restart_line != 0 ? config->restart_line : config->watch_line;
    const char *field = config->restart_line != 0 ? "restart" : "watch";

    if (line == 0)
        return CELL_OK;
    if (!planner->view->system)
        return plan_fail(planner->error, CELL_DENIED, line, "%s: only for a block of the system's description", field);
    if (planner->preset->entry != ENTRY_START)
        return planner_fail(planner, line, "%s: a %s does not run by itself", field, planner->preset->name);
    if (config->restart_line != 0 && config->essential)
        return planner_fail(planner, line, "restart: the machine ends with an essential PD");
    if (config->watch_line != 0 && !serves_any(config))
        return planner_fail(planner, config->watch_line, "watch: only a PD that serves a type is asked");
    return CELL_OK;
}

/* ---- The program ----------------------------------------------------- */

static cell_error_t open_program(struct planner *planner)
{
    const struct config *config = planner->config;
    const char *name = config_string(config, config->program);
    enum elf_error reason = ELF_OK;

    if (planner->preset->entry == ENTRY_GUEST)
        return config->program.length == 0
                   ? CELL_OK
                   : planner_fail(planner, config->line, "program: a guest's is in its memory");
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

    if (error == CELL_AGAIN)
        return error;
    if ((error == CELL_OK || error == CELL_BAD_ELF) && planner->elf.foreign) {
        plan_fail(planner->error, CELL_BAD_ELF, config->line,
                  "program: '%.*s' is made for Linux: 'program=linux' with 'args %.*s' runs it",
                  (int)config->program.length, name, (int)config->program.length, name);
        planner->error->reason = CELL_REFUSED_LINUX;
        return CELL_BAD_ELF;
    }
    if (error == CELL_BAD_ELF)
        return plan_fail(planner->error, error, config->line, "program: '%.*s': %s",
                         (int)config->program.length, name, elf_error_text(reason));
    if (error != CELL_OK) {
        plan_fail(planner->error, error, config->line, "program: there is no '%.*s'",
                  (int)config->program.length, name);
        planner->error->reason = CELL_REFUSED_NO_PROGRAM;
    }
    return error;
}

static cell_error_t find_entry(struct planner *planner)
{
    const struct config *config = planner->config;
    const char *name = config_string(config, config->entry);

    planner->function = config->function;
    if (planner->preset->entry == ENTRY_GUEST)
        return config->function == 0 && config->entry.length == 0
                   ? CELL_OK
                   : planner_fail(planner, config->entry_line, "entry: a guest's handler starts it");
    if (config->function != 0)
        return CELL_OK;
    if (planner->preset->entry == ENTRY_FORK)
        return config->entry.length == 0 ? CELL_OK
                                         : planner_fail(planner, config->entry_line, "entry: a %s goes on where its creator stands",
                                                        planner->preset->name);
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

/* ---- The order of it all --------------------------------------------- */

/* How large the start block will be; the edges are planned by now. */
static cell_error_t plan_start_block(struct planner *planner)
{
    const struct config *config = planner->config;
    const struct config_item *items = config_items(config);
    const struct plan *plan = planner->plan;
    uint64_t bytes = sizeof(struct start_block) + config->name.length + 1 + 8;

    for (uint32_t i = 0; i < config->item_count; i++)
        if (items[i].kind == ITEM_ARGUMENT || items[i].kind == ITEM_ENVIRONMENT)
            bytes += items[i].text.length + 1;
    for (uint32_t i = 0; i < plan->count; i++)
        bytes += sizeof(struct start_rde) * (plan->operations[i].kind == PLAN_EDGE    ? 1
                                             : plan->operations[i].kind == PLAN_EDGES ? plan->view->count_edges(plan->view->context)
                                                                                      : 0);
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
    if (planner->preset->again && planner_add(planner, PLAN_AGAIN, planner->config->line) == NULL)
        return CELL_NO_MEMORY;
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

static cell_error_t plan_fault(struct planner *planner)
{
    const struct config *config = planner->config;
    bool is_guest = planner->preset->entry == ENTRY_GUEST;
    uint64_t handler = 0;
    cell_error_t error = CELL_OK;

    /* By default the root task handles everybody's faults. */
    if (config->fault.length != 0 && !planner_is_root(planner, config->fault))
        error = planner_pd(planner, "fault", config->fault_line, config->fault, CELL_GRANT,
                           &handler);
    else if (config->fault.length == 0 && is_guest)
        handler = planner->view->creator;
    if (error != CELL_OK)
        return error;
    if (handler == 0 && is_guest)
        return planner_fail(planner, config->line, "fault: a guest needs a server that runs it");
    if (config->fault_badge != 0 && (handler == 0 || is_guest))
        return planner_fail(planner, config->fault_line,
                            is_guest ? "fault: badge: a guest's messages have their own, which vcpu.badge tells"
                                     : "fault: badge: the root task needs none");
    struct plan_operation *operation = planner_add(planner, PLAN_FAULT, config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->fault.pd = handler;
    operation->fault.badge = config->fault_badge;
    operation->fault.direct = is_guest;
    return CELL_OK;
}

static cell_error_t plan_ties(struct planner *planner)
{
    const struct config *config = planner->config;
    cell_error_t error = plan_fault(planner);

    if (error != CELL_OK)
        return error;
    if (config->linked || planner->preset->linked)
        error = add_pd(planner, PLAN_LINK, planner->relative);
    if (error != CELL_OK || !config->essential)
        return error;
    if (!planner->view->has(planner->view->context, PLAN_HAS_ESSENTIAL, 0, 0))
        return plan_fail(planner->error, CELL_DENIED, config->essential_line,
                         "essential: the creator is not");
    return planner_add(planner, PLAN_ESSENTIAL, config->line) == NULL ? CELL_NO_MEMORY : CELL_OK;
}

/* A CPU of its own. */
static cell_error_t plan_cpu(struct planner *planner)
{
    struct plan_operation *operation = planner_add(planner, PLAN_CPU, planner->config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->cpu.priority = planner->priority;
    operation->cpu.ceiling = planner->ceiling;
    return CELL_OK;
}

static cell_error_t plan_start(struct planner *planner)
{
    const struct config *config = planner->config;
    struct plan_operation *operation =
        plan_cpu(planner) == CELL_OK ? planner_add(planner, PLAN_START, config->line) : NULL;

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->start.entry = planner->elf.entry;
    operation->start.function = planner->function;
    operation->start.argument = config->argument;
    return CELL_OK;
}

static bool has_own_stack(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->operations[i].kind == PLAN_MEMORY && plan->operations[i].region.kind == CELL_REGION_STACK)
            return true;
    return false;
}

/* No CPU: the caller's. */
static cell_error_t plan_call(struct planner *planner)
{
    const struct config *config = planner->config;

    if (config->priority != CONFIG_DEFAULT_PRIORITY)
        return planner_fail(planner, config->priority_line, "priority: a %s runs with its caller's",
                            planner->preset->name);
    if (config->essential)
        return planner_fail(planner, config->essential_line, "essential: a %s runs only when it is called",
                            planner->preset->name);
    struct plan_operation *operation = planner_add(planner, PLAN_CALL, config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->call.entry = planner->elf.entry;
    operation->call.function = planner->function;
    operation->call.ceiling = planner->ceiling;
    operation->call.own_stack = has_own_stack(planner->plan);
    return CELL_OK;
}

static cell_error_t plan_fork(struct planner *planner)
{
    cell_error_t error = plan_cpu(planner);

    return error == CELL_OK && planner_add(planner, PLAN_FORK, planner->config->line) == NULL ? CELL_NO_MEMORY : error;
}

static cell_error_t plan_context(struct planner *planner)
{
    struct plan_operation *operation = planner_add(planner, PLAN_CONTEXT, planner->config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->context.saved = planner->preset->entry == ENTRY_RETURN;
    return CELL_OK;
}

static cell_error_t plan_guest(struct planner *planner)
{
    struct plan_operation *operation = planner_add(planner, PLAN_GUEST, planner->config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->cpu.priority = planner->priority;
    operation->cpu.ceiling = planner->ceiling;
    return CELL_OK;
}

static cell_error_t plan_entry(struct planner *planner)
{
    static cell_error_t (*const entries[])(struct planner * planner) = {
        [ENTRY_START] = plan_start,    [ENTRY_CALL] = plan_call,      [ENTRY_FORK] = plan_fork,
        [ENTRY_SWITCH] = plan_context, [ENTRY_RETURN] = plan_context, [ENTRY_GUEST] = plan_guest};

    return entries[planner->preset->entry](planner);
}

/* A context is of its PD: there is nothing to say but what its memory is. */
static cell_error_t check_part(struct planner *planner)
{
    const struct config *config = planner->config;
    const struct config_item *items = config_items(config);
    const uint32_t lines[] = {config->limits_line, config->reserve_line, config->essential_line,
                              config->restart_line, config->watch_line,
                              config->ceiling_line, config->elevated ? config->elevated_line : 0,
                              config->linked || config->fault.length != 0 || config->entry.length != 0 ||
                                      config->priority != CONFIG_DEFAULT_PRIORITY
                                  ? config->line
                                  : 0};
    uint32_t line = 0;

    for (unsigned i = 0; i < sizeof lines / sizeof *lines; i++)
        line = line == 0 ? lines[i] : line;
    for (uint32_t i = 0; i < config->item_count; i++)
        line = line == 0 && items[i].kind != ITEM_REGION ? items[i].line : line;
    return line == 0 ? CELL_OK
                     : planner_fail(planner, line, "region: a %s has lines about regions only", planner->preset->name);
}

typedef cell_error_t plan_step(struct planner *planner);

static plan_step *const pd_steps[] = {
    check_head,
    check_priority,
    check_care,
    open_program,
    find_entry,
    plan_budget,
    plan_cspace,
    planner_items,
    plan_start_block,
    plan_address_space,
    plan_ties,
    plan_entry,
    NULL,
};
static plan_step *const part_steps[] = {check_head, open_program, check_part, plan_address_space, plan_entry, NULL};

static cell_error_t run_steps(struct planner *planner)
{
    const struct plan_view *view = planner->view;
    cell_error_t code = CELL_OK;

    for (plan_step *const *step = planner->plan->part ? part_steps : pd_steps; *step != NULL && code == CELL_OK; step++)
        code = (*step)(planner);
    if (view->looked_enough != NULL && view->looked_enough(view->context, 0))
        return plan_fail(planner->error, CELL_TOO_LARGE, planner->config->line,
                         "too much to look through: edges and regions of its creator, PDs with one name");
    return code;
}

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
    plan->part = planner.preset->part;
    cell_error_t code = run_steps(&planner);

    if (code != CELL_OK)
        plan_free(plan);
    return code;
}

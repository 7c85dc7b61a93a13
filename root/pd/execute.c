/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/execute.c: carrying a plan out, see execute.h. A function per kind of
 * operation; what has been done is in the PD's record, so that undoing is ending
 * the PD. The functions that make the address space are build_space.c's, those that give
 * authority build_authority.c's; here are the CPU, the table, the whole path.
 */
#include "root/pd/life.h"
#include "root/pd/execute.h"

#include <stdio.h>
#include <string.h>

#include "root/core/events.h"
#include "root/loop/request.h"
#include "root/memory/heap.h"
#include "root/pd/build.h"
#include "root/pd/context.h"
#include "root/pd/library.h"
#include "root/spaces/resspc.h"

/* ---- The CPU --------------------------------------------------------- */

static cell_error_t self_handle(struct pd *pd)
{
    struct handle *handle;

    return handle_create_direct(&pd->cspace, CSPACE_SLOT_SELF, &pd->object, HANDLE_SELF, TYPE_PD,
                                HANDLE_ALL, root_endpoint, RIGHTS_CLIENT, &handle);
}

static cell_error_t run_cpu(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    cell_error_t error = self_handle(pd);

    if (error == CELL_OK && (pd->place->buffer == NULL || pd->place->stack == NULL))
        error = CELL_BAD_CONFIG;
    if (error == CELL_OK)
        error = cpu_create(pd->account, &pd->cpu);
    if (error == CELL_OK)
        error = cpu_set_priority(pd->cpu, operation->cpu.priority);
    pd->ceiling = (uint8_t)operation->cpu.ceiling;
    pd->account->priority = (uint8_t)operation->cpu.priority;
    if (error == CELL_OK)
        error = cpu_configure(pd->cpu, &pd->cspace, pd->place->ads, pd->place->buffer->start);
    return error;
}

static cell_error_t run_start(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    cell_error_t error = build_start_block(build);
    const uint64_t arguments[4] = {pd->start, operation->start.function, operation->start.argument, 0};

    return error != CELL_OK ? error : cpu_start(pd->cpu, operation->start.entry, build_stack_end(pd), arguments, 0);
}

/* It goes on behind the creator's request, which is answered to it with the handle 0 and the id 0. */
static cell_error_t run_fork(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    uint64_t registers[CPU_REGISTERS];
    cell_error_t error = build_start_again(build);

    (void)operation;
    if (error != CELL_OK)
        return error;
    error = cpu_read(build->creator->cpu, registers);
    cpu_answer(registers, CELL_OK, 2, 0);
    return error == CELL_OK ? cpu_write(pd->cpu, registers, true) : error;
}

/* It has no CPU but its caller's. */
static cell_error_t run_call(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    cell_error_t error = self_handle(pd);

    if (error == CELL_OK && (pd->place->buffer == NULL || pd->place->start == NULL || pd->place->stack == NULL))
        error = CELL_BAD_CONFIG;
    pd->ceiling = (uint8_t)operation->call.ceiling;
    if (error == CELL_OK)
        error = library_create(pd, operation->call.entry, operation->call.function, operation->call.own_stack);
    /* It runs only when it is called, so nobody waits for it to be ready. */
    pd->ready = true;
    event_happened(EVENT_PD_READY, NULL);
    return error == CELL_OK ? build_start_block(build) : error;
}

/* A context is the PD's from now on. */
static cell_error_t run_context(struct build *build, const struct plan_operation *operation)
{
    if (operation->context.saved)
        return context_save(build->context, build->pd);
    context_enter(build->context, build->pd);
    return CELL_OK;
}

/* ---- The table ------------------------------------------------------- */

static build_step *const steps[PLAN_KINDS] = {
    [PLAN_LIMITS] = build_begun,
    [PLAN_RESERVE] = build_begun,
    [PLAN_CSPACE] = build_begun,
    [PLAN_ADS_NEW] = build_ads_new,
    [PLAN_ADS_OF] = build_ads_of,
    [PLAN_SEGMENT] = build_segment,
    [PLAN_CONTENTS] = build_contents,
    [PLAN_MEMORY] = build_memory,
    [PLAN_SHARE] = build_share,
    [PLAN_COPY] = build_copy,
    [PLAN_DEVICE] = build_device,
    [PLAN_EDGE] = build_edge,
    [PLAN_EDGES] = build_edges,
    [PLAN_GIVE] = build_give,
    [PLAN_FAULT] = build_fault,
    [PLAN_LINK] = build_link,
    [PLAN_IRQ] = build_irq,
    [PLAN_CPU] = run_cpu,
    [PLAN_START] = run_start,
    [PLAN_ESSENTIAL] = build_essential,
    [PLAN_HOLD] = build_hold,
    [PLAN_SERVES] = build_serves,
    [PLAN_CALL] = run_call,
    [PLAN_AGAIN] = build_again,
    [PLAN_CONTEXT] = run_context,
    [PLAN_FORK] = run_fork,
    [PLAN_GUEST] = build_guest,
};

/* Whose common table the plan shares. */
static struct pd *shared_with(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->operations[i].kind == PLAN_CSPACE)
            return plan->operations[i].pd == PLAN_NONE ? NULL : pd_by_id(plan->operations[i].pd);
    return NULL;
}

/* The budget that it is made again in; or one for the new PD, if its configuration asks for one, or it is a block of a
 * system's description; else NULL. */
static cell_error_t found_budget(const struct build *build, struct budget **founded)
{
    const struct pd *creator = build->creator;
    const struct config *config = build->plan->config;
    const uint64_t limits[] = {config->pages, config->objects, config->slots};
    const uint64_t reserve[] = {config->reserved_pages, config->reserved_objects,
                                config->reserved_slots};

    *founded = build->budget;
    if (*founded != NULL) {
        budget_refer(*founded);
        return CELL_OK;
    }
    if (config->limits_line == 0 && config->reserve_line == 0 && creator != &pd_root)
        return CELL_OK;
    cell_error_t error = budget_create(creator->account->budget, founded);

    if (error != CELL_OK)
        return error;
    budget_limit(*founded, limits);
    error = budget_reserve(*founded, reserve);
    if (error != CELL_OK)
        budget_release(*founded);
    return error;
}

/* Its budget, its record, its CSpace. */
static cell_error_t begin(struct build *build, struct pd *relative)
{
    const struct config *config = build->plan->config;
    struct budget *founded;
    cell_error_t error = found_budget(build, &founded);

    if (error != CELL_OK)
        return error;
    error = pd_begin(build->creator, founded, config_string(config, config->name),
                     config->name.length, relative, &build->pd);
    if (founded != NULL)
        budget_release(founded);
    return error;
}

static cell_error_t open_program(struct build *build)
{
    const struct config *config = build->plan->config;
    char name[ARCHIVE_NAME_SIZE] = {0};

    if (build->plan->program_of != PLAN_NONE) {
        build->pd->program = pd_by_id(build->plan->program_of)->program;
        return CELL_OK;
    }
    if (config->program.length == 0) /* a guest */
        return CELL_OK;
    memcpy(name, config_string(config, config->program), config->program.length);
    return archive_open(name, &build->pd->program);
}

/* Operations of a piece; what a region counts for its pages; one of another PD; and one that is a copy, from which others
 * that map it are kept apart (sharing.h). */
#define PIECE_OPERATIONS 60u
#define PAGES_PER_OPERATION 4u
#define SHARE_OPERATIONS 4u
#define COPY_OPERATIONS 20u
/* And all edges of the creator, a piece of them. */
#define EDGES_OPERATIONS 8u

static uint32_t cost_of(const struct plan_operation *operation)
{
    bool pages = operation->kind == PLAN_MEMORY && (operation->region.flags & CONFIG_ON_TOUCH) == 0;
    uint64_t count = pages ? operation->region.pages : 0;

    if (operation->kind == PLAN_SHARE || operation->kind == PLAN_COPY)
        return operation->kind == PLAN_COPY ? COPY_OPERATIONS : SHARE_OPERATIONS;
    if (operation->kind == PLAN_EDGES)
        return EDGES_OPERATIONS;
    return 1 + (uint32_t)(count < BUILD_FILL_PAGES ? count : BUILD_FILL_PAGES) / PAGES_PER_OPERATION;
}

static cell_error_t run_operation(struct build *build, const struct plan_operation *operation)
{
    cell_error_t error = CELL_OK;

    if (build->filling == NULL)
        error = steps[operation->kind](build, operation);
    return error == CELL_OK && build->filling != NULL ? build_fill(build) : error;
}

/* As many operations as go in a piece. CELL_AGAIN: there are more. */
static cell_error_t run_some(struct build *build, struct plan_error *error)
{
    const struct plan *plan = build->plan;
    uint32_t left = PIECE_OPERATIONS;

    for (; build->at < plan->count; build->at++) {
        const struct plan_operation *operation = &plan->operations[build->at];

        if (left == 0)
            return CELL_AGAIN;
        reap_take(&left, cost_of(operation));
        cell_error_t code = pd_alive(build->pd) ? run_operation(build, operation) : CELL_GONE;

        if (code == CELL_AGAIN)
            return code;
        if (code != CELL_OK)
            return plan_fail(error, code, operation->line, "%s: %s",
                             plan_kind_name((enum plan_kind)operation->kind), cell_error_text(code));
    }
    return CELL_OK;
}

/* ---- A PD that is made in pieces ------------------------------------- */

static void making_free(struct making *making)
{
    build_filled(&making->build);
    plan_free(&making->plan);
}

/* A new PD, or a context of the creator. */
static cell_error_t begin_either(struct build *build)
{
    const struct plan *plan = build->plan;

    if (!plan->part) {
        cell_error_t error = begin(build, shared_with(plan));

        build->place = error == CELL_OK ? &build->pd->first : NULL;
        return error;
    }
    build->pd = build->creator;
    cell_error_t error = context_create(build->creator->account, &build->context);

    build->place = error == CELL_OK ? &build->context->place : NULL;
    return error;
}

cell_error_t making_begin(struct making *making, struct pd *creator, const struct config *config,
                          struct budget *budget, struct plan_error *error)
{
    /* The plan, which is large, begins with plan_make(). */
    making->view = view_of(creator);
    making->build = (struct build){.creator = creator, .plan = &making->plan, .budget = budget};
    cell_error_t code = plan_make(&making->view, config, &making->plan, error);

    if (code != CELL_OK)
        return code;
    code = begin_either(&making->build);
    if (code != CELL_OK) {
        plan_fail(error, code, config->line, "name: %s", cell_error_text(code));
        plan_free(&making->plan);
        return code;
    }
    object_refer(&making->build.pd->object);
    if (!making->plan.part)
        code = open_program(&making->build);
    if (code != CELL_OK)
        making_undo(making);
    return code;
}

cell_error_t making_go_on(struct making *making, struct made *made, struct plan_error *error)
{
    cell_error_t code = run_some(&making->build, error);

    if (code == CELL_AGAIN)
        return code;
    if (code != CELL_OK) {
        making_undo(making);
        return code;
    }
    *made = (struct made){making->build.pd, making->build.context};
    object_release(&making->build.pd->object);
    making_free(making);
    return CELL_OK;
}

void making_undo(struct making *making)
{
    struct pd *pd = making->build.pd;

    making_free(making);
    if (making->build.context != NULL)
        context_free(making->build.context);
    /* Somebody may have ended it. */
    else if (pd_alive(pd))
        pd_finish(pd);
    object_release(&pd->object);
}

void making_move(struct making *to, const struct making *from, const struct config *config)
{
    *to = *from;
    to->plan.config = config;
    to->plan.view = &to->view;
    if (from->plan.operations == from->plan.few)
        to->plan.operations = to->plan.few;
    to->build.plan = &to->plan;
}

static cell_error_t create_configured(struct pd *creator, const struct config *config, struct budget *budget,
                                      struct pd **made, struct plan_error *error)
{
    struct making making;
    struct made result = {0};
    cell_error_t code = making_begin(&making, creator, config, budget, error);

    if (code == CELL_OK)
        while ((code = making_go_on(&making, &result, error)) == CELL_AGAIN)
            ;
    *made = result.pd;
    return code;
}

cell_error_t config_read(struct pd *creator, const char *text, size_t length, uint32_t line,
                         struct config **read, size_t *size, struct plan_error *error)
{
    cell_error_t code = creator == &pd_root ? CELL_OK : config_fits(text, length, error);

    if (code != CELL_OK)
        return code;
    *size = config_memory(text, length);
    *read = heap_allocate(*size);
    if (*read == NULL)
        return plan_fail(error, CELL_NO_MEMORY, line, "no memory for the configuration");
    code = config_parse(text, length, line, *read, error);
    if (code != CELL_OK)
        heap_free(*read, *size);
    return code;
}

cell_error_t pd_make(struct pd *creator, const char *text, size_t length, uint32_t line,
                     struct budget *budget, struct pd **made, struct plan_error *error)
{
    struct config *config;
    size_t size;
    cell_error_t code = config_read(creator, text, length, line, &config, &size, error);

    if (code != CELL_OK)
        return code;
    code = create_configured(creator, config, budget, made, error);
    heap_free(config, size);
    return code;
}

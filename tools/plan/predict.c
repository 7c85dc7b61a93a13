/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/predict.c: see predict.h. Each block is planned on paper (paper.c); what the plan does, and what the program will do by
 * itself, is drawn (draw.c, uses.c). Bottom-up: blocks, trials, the system.
 */
#include "tools/plan/predict.h"

#include <stdio.h>
#include <string.h>

#include "lib/plan/presets.h"
#include "tools/plan/draw.h"

/* ---- Blocks ---------------------------------------------------------- */

/* The creator of a PD gets a handle. It has no right to read a PD that runs only when it is called. */
static void hold_created(struct predict *predict)
{
    char held[ID_SIZE];

    draw_core_id(held, PD_SPACE, predict->pd);
    draw_handle(predict, predict->creator, held,
                preset_of(predict->config->preset)->entry == ENTRY_CALL ? CELL_WRITE | CELL_EXECUTE : CELL_ALL);
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
    draw_pd_id(id, predict->pd);
    draw_note(predict, cm_graph_add_pd(predict->graph, cm_text_of(id), cm_text_of(pd->name),
                                       cm_text_of(""), &node));
    draw_core(predict, PD_SPACE, predict->pd, id);
    draw_pd_id(creator, predict->creator);
    draw_edge(predict, CM_PARENT, id, creator, 0);
    if (predict->creator != 0)
        hold_created(predict);
    for (uint32_t i = 0; i < plan->count && !predict->failed; i++)
        draw_operation(predict, &plan->operations[i]);
    cell_error_t code = CELL_OK;

    for (uint32_t i = 0; i < config->item_count && code == CELL_OK && !predict->failed; i++)
        code = draw_use(predict, &items[i], error);
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
 * are the caller's, as is the view for which the plan was made. */
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

/* The block's plan becomes a PD, which keeps the block and the plan. */
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
    draw_note(predict, cm_graph_add_pd(predict->graph, cm_text_of("PD_0"), cm_text_of("ROOT_TASK"),
                                       cm_text_of(""), &node));
    draw_core_spaces(predict);
    draw_core(predict, PCPU_SPACE, 0, "");
    draw_edge(predict, CM_HOLD, "PD_0", "PCPU_3_0", CM_READ | CM_WRITE | CM_GRANT);
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
        draw_handles(&predict);
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

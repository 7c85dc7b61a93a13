/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/describe.c: run -f FILE: starts the blocks of a description, as in systems/NAME, one after the other.
 * Before the next block starts, what a block serves is there, and the shell has an edge to it, so that later blocks can
 * name it. If a block fails, those before it are ended. FILE is a path if it begins with /, else a file of the boot archive.
 */
#include <cell/idl/ads.h>
#include <cell/idl/clock.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"
#include "lib/plan/config.h"

/* How long to wait for a server to make what it serves, and how often to look, in ns. */
#define PATIENCE UINT64_C(10000000000)
#define LOOK UINT64_C(10000000)

struct description {
    const struct words *words;
    const char *file, *text;
    size_t length, at, block; /* the block at hand */
    uint32_t line;            /* the block's first */
    struct job *jobs;         /* those that run, the last first */
};

/* Prints what is wrong with a line of the description; returns false. */
static bool tell(const struct description *description, uint32_t line, const char *text)
{
    complain(description->words, "%s:%u:%u: %s", description->file, line,
             config_column(description->text, description->length, line, text), text);
    return false;
}

/* ---- A block ------------------------------------------------------------------ */

static bool has_ended(const struct job *job)
{
    struct pd_facts facts = {.state = 0};

    return pd_info(job->pd, job->id, &facts.state, &facts.pages, &facts.objects, &facts.slots, &facts.page_limit,
                   &facts.time, facts.name) != CELL_OK ||
           facts.state == ENDED;
}

/* Waits for an edge to what the block serves, so that later blocks can be given one. */
static bool await(const struct description *description, const struct config *config, const struct config_item *item,
                  const struct job *job)
{
    char type[32] = "", text[96];
    cell_cap_t edge;
    cell_error_t error = CELL_NOT_FOUND;

    memcpy(type, config_string(config, item->text), item->text.length < sizeof type ? item->text.length : sizeof type - 1);
    for (uint64_t waited = 0; error == CELL_NOT_FOUND && waited < PATIENCE && !has_ended(job); waited += LOOK) {
        error = handle_edge_to(job->pd, job->id, type, &edge);
        if (error == CELL_NOT_FOUND)
            cell_sleep(LOOK);
    }
    if (error == CELL_OK)
        return true;
    snprintf(text, sizeof text, "serves: %s",
             error != CELL_NOT_FOUND ? cell_error_text(error) : "the PD has made no space of the type");
    return tell(description, item->line, text);
}

static bool await_all(const struct description *description, const struct config *config, const struct job *job)
{
    const struct config_item *items = config_items(config);

    for (uint32_t i = 0; i < config->item_count; i++)
        if (items[i].kind == ITEM_SERVES && (items[i].flags & CONFIG_ALL) == 0 &&
            !await(description, config, &items[i], job))
            return false;
    return true;
}

/* Starts the block, with lines of the shell's own added. */
static bool start(struct description *description, const struct config *config)
{
    struct spawn spawn = {0};
    struct spawned spawned;
    struct job *job = malloc(sizeof *job);
    char *text = malloc(description->block + 1);

    if (job == NULL || text == NULL) {
        free(job);
        free(text);
        return tell(description, description->line, cell_error_text(CELL_NO_MEMORY));
    }
    memcpy(text, description->text + description->at, description->block);
    text[description->block] = 0;
    spawn_text(&spawn, text);
    free(text);
    if (config->ceiling_line == 0)
        spawn_line(&spawn, "  ceiling %u", SHELL_CEILING);
    if (config->limits_line == 0)
        spawn_line(&spawn, "  limits");
    cell_error_t error = spawn_run(&spawn, &spawned);

    if (error != CELL_OK) {
        uint32_t line = spawned.line == 0 ? 1 : (uint32_t)spawned.line;

        free(job);
        return tell(description, description->line + line - 1, *spawned.text != 0 ? spawned.text : cell_error_text(error));
    }
    *job = (struct job){.pd = spawned.pd, .id = spawned.id, .next = description->jobs};
    memcpy(job->name, config_string(config, config->name), config->name.length);
    description->jobs = job;
    return await_all(description, config, job);
}

static bool read_and_start(struct description *description)
{
    const char *text = description->text + description->at;
    struct config *config = malloc(config_memory(text, description->block));
    struct plan_error error;
    bool good;

    if (config == NULL)
        return tell(description, description->line, cell_error_text(CELL_NO_MEMORY));
    if (config_parse(text, description->block, description->line, config, &error) != CELL_OK)
        good = tell(description, error.line, error.text);
    else
        good = start(description, config);
    free(config);
    return good;
}

static bool start_all(struct description *description)
{
    struct config_policy policy;
    struct plan_error error;

    if (config_policy(description->text, description->length, &policy, &error) != CELL_OK)
        return tell(description, error.line, error.text);
    if (policy.pd_depth != CONFIG_DEPTH_UNSAID || policy.space_depth != CONFIG_DEPTH_UNSAID)
        return tell(description, 1, "policy: it is for the description that was booted");
    while (config_next_block(description->text, description->length, &description->at, &description->line,
                             &description->block)) {
        if (!read_and_start(description))
            return false;
        for (size_t end = description->at + description->block; description->at < end; description->at++)
            description->line += description->text[description->at] == '\n';
    }
    return true;
}

/* ---- The command ---------------------------------------------------------------- */

/* Waits for the last PD, unless all is to run in the background, as the others do. */
static void go_on(const struct description *description)
{
    struct job *last = description->jobs;

    for (struct job *job = last == NULL ? NULL : last->next, *next; job != NULL; job = next) {
        next = job->next;
        job_keep(description->words, job);
        free(job);
    }
    if (last == NULL)
        complain(description->words, "%s has no block", description->file);
    else if (description->words->background)
        job_keep(description->words, last);
    else
        job_run(description->words, last);
    free(last);
}

static void end_all(struct description *description)
{
    while (description->jobs != NULL) {
        struct job *job = description->jobs;

        description->jobs = job->next;
        pd_terminate(job->pd, job->id, UINT8_MAX, UINT8_MAX);
        handle_drop(job->pd);
        free(job);
    }
}

/* Starts a description of the boot archive, which is mapped. */
static bool start_archived(struct description *description)
{
    uint64_t size, start = 0;
    cell_cap_t mo;
    cell_error_t error = mo_archive(cell_rde("MO"), description->file, strlen(description->file), &mo, &size);

    if (error == CELL_OK && size != 0) {
        error = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ, 0, &start);
        handle_drop(mo);
    }
    if (error != CELL_OK) {
        complain(description->words, "%s: %s", description->file,
                 error == CELL_NOT_FOUND ? "the boot archive has no such file" : cell_error_text(error));
        return false;
    }
    description->text = (const char *)start;
    description->length = size;
    bool well = size == 0 || start_all(description);

    if (size != 0)
        ads_remove(CSPACE_SELF, start);
    return well;
}

/* Starts a description that the file server has under a path. */
static bool start_file(struct description *description)
{
    char *text = redirect_load(description->words, description->words->word[2], &description->length);

    description->text = text;
    bool well = text != NULL && start_all(description);

    free(text);
    return well;
}

void run_description(const struct words *words)
{
    struct description description = {.words = words, .line = 1};

    if (words->count != 3) {
        complain(words, "one file is needed behind -f");
        return;
    }
    description.file = words->word[2];
    if (description.file[0] == '/' ? start_file(&description) : start_archived(&description))
        go_on(&description);
    else
        end_all(&description);
}

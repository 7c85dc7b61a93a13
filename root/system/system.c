/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/system.c: starting the system that was booted: systems/NAME of the boot
 * archive, block by block.
 *
 * A block may need a space that a server makes after its own start (`rde TOY from
 * server`): then it is tried again as soon as a space is made. When that takes
 * longer than START_SECONDS, the machine stops with a report.
 */
#include "root/system/system.h"

#include <stdio.h>
#include <string.h>

#include "root/base/options.h"
#include "root/channel/control.h"
#include "root/core/events.h"
#include "root/graph/graph.h"
#include "root/loop/loop.h"
#include "root/memory/archive_start.h"
#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/execute.h"
#include "root/pd/fault.h"
#include "root/pd/serves.h"
#include "root/serve/pd.h"
#include "root/serve/serve.h"
#include "root/spaces/last_answer.h"
#include "root/spaces/resspc.h"
#include "root/system/essential.h"
#include "root/system/restart.h"

#define START_SECONDS 20u

static struct {
    char name[ARCHIVE_NAME_SIZE];
    const char *text;
    size_t length, at;
    uint32_t line;
    bool started;
    struct task task;
    struct timeout patience;
    struct plan_error why;
} system;

void system_give_up(void)
{
    control_fail("root task: %s:%u:%u: %s", system.name, system.why.line,
                 config_column(system.text, system.length, system.why.line, system.why.text), system.why.text);
}

static void give_up(struct timeout *timeout)
{
    (void)timeout;
    system_give_up();
}

/* A block as a configuration, which is the caller's, with its *size. */
static struct config *read_block(size_t at, size_t block, uint32_t line, size_t *size)
{
    *size = config_memory(system.text + at, block);
    struct config *config = heap_allocate(*size);

    if (config == NULL)
        control_fail("root task: no memory for %s", system.name);
    if (config_parse(system.text + at, block, line, config, &system.why) != CELL_OK)
        system_give_up();
    return config;
}

/* Does a program make the PD, when it runs? */
static bool is_made_later(size_t at, size_t block, uint32_t line)
{
    size_t size;
    struct config *config = read_block(at, block, line, &size);
    bool made_later = config->maker.length != 0;

    heap_free(config, size);
    return made_later;
}

/* Starts as many blocks as can be; true: all of them. */
static bool start_blocks(void)
{
    size_t at = system.at, block;
    uint32_t line = system.line;

    while (config_next_block(system.text, system.length, &at, &line, &block)) {
        struct pd *pd = NULL;
        cell_error_t error = is_made_later(at, block, line)
                                 ? CELL_OK
                                 : pd_make(&pd_root, system.text + at, block, line, NULL, &pd, &system.why);

        if (error != CELL_OK && system.why.reason == CELL_REFUSED_NO_SPACE_YET)
            return false;
        if (error != CELL_OK)
            system_give_up();
        if (pd != NULL)
            block_started(system.text + at, pd);
        for (size_t i = at; i < at + block; i++)
            line += system.text[i] == '\n';
        at += block;
        system.at = at;
        system.line = line;
    }
    return true;
}

static void run(struct task *task)
{
    (void)task;
    if (system.started)
        return;
    if (start_blocks()) {
        system.started = true;
        timeout_cancel(&system.patience);
        event_happened(EVENT_PD_READY, NULL);
    }
}

/* Blocks may wait for a space of a server. */
static void space_made(struct pd *server)
{
    (void)server;
    if (!system.started)
        task_queue(&system.task);
}

bool system_is_started(void)
{
    return system.started;
}

/* The types that its blocks serve are theirs, also before they have started. */
static cell_error_t reserve_types(const struct config *config)
{
    const struct config_item *items = config_items(config);
    cell_error_t error = CELL_OK;

    /* What is no type's name is refused when the block is planned. */
    for (uint32_t i = 0; i < config->item_count && error == CELL_OK; i++)
        if (items[i].kind == ITEM_SERVES && (items[i].flags & CONFIG_ALL) == 0 &&
            items[i].text.length <= TYPE_NAME_LENGTH)
            error = serves_reserve(config_string(config, items[i].text), items[i].text.length);
    return error;
}

/* Reads all blocks before the first one starts. */
static void read_blocks(void)
{
    struct config_policy policy;
    size_t at = 0, block;

    if (config_policy(system.text, system.length, &policy, &system.why) != CELL_OK)
        system_give_up();
    cleanup_policy(policy.pd_depth, policy.space_depth);

    for (uint32_t line = 1; config_next_block(system.text, system.length, &at, &line, &block);) {
        size_t size;
        struct config *config = read_block(at, block, line, &size);

        if (reserve_types(config) != CELL_OK || block_read(system.text + at, block, line, config) != CELL_OK)
            control_fail("root task: no memory for %s", system.name);
        heap_free(config, size);
        for (size_t end = at + block; at < end; at++)
            line += system.text[at] == '\n';
    }
}

static void open_description(void)
{
    struct archive_file file;
    char name[ARCHIVE_NAME_SIZE - 8];

    option_text("system", name, sizeof name, "shell");
    snprintf(system.name, sizeof system.name, "systems/%s", name);
    if (archive_problem() != NULL)
        control_fail("root task: cannot read %s: %s", system.name, archive_problem());
    if (archive_open(system.name, &file) != CELL_OK)
        control_fail("root task: the boot archive has no %s", system.name);
    system.text = archive_bytes(&file, 0, file.size);
    if (system.text == NULL)
        control_fail("root task: no memory for %s", system.name);
    system.length = file.size;
    system.line = 1;
    read_blocks();
}

/* A mistyped policy would be another one in silence. */
static void check_options(void)
{
    static const char *const numbers[] = {"pd_depth", "space_depth", "extract", "ready_timeout",
                                          "heartbeat", "files"};
    enum { DEPTHS = 2 }; /* of the numbers, which may be `all` instead */

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!option_is_number(numbers[i]) && (i >= DEPTHS || !cleanup_depth_is_all(numbers[i])))
            control_fail("root task: boot option %s: its value is no number", numbers[i]);
}

void system_start(void)
{
    check_options();
    pd_init();
    resspc_init();
    gifts_init();
    cleanup_init();
    last_answer_init();
    fault_init();
    serve_start();
    serve_pd_start();
    serve_graph_start();
    graph_init();
    ready_init();
    event_listen(EVENT_SPACE_MADE, space_made);
    restart_init();
    essential_init();
    open_description();
    task_init(&system.task, run);
    timeout_set(&system.patience, clock_now() + START_SECONDS * UINT64_C(1000000000), TIMEOUT_FIRST,
                give_up);
    run(NULL);
}

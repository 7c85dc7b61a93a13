/* SPDX-License-Identifier: BSD-2-Clause */
/* root/system/restart.c: see restart.h. Bottom-up: evidence, edges, starting again, the end of a PD. */
#include "root/system/restart.h"

#include <stdio.h>
#include <string.h>

#include "root/core/events.h"
#include "root/memory/heap.h"
#include "root/pd/execute.h"
#include "root/pd/fault.h"
#include "root/pd/serves.h"
#include "root/spaces/heir.h"

#define SECOND UINT64_C(1000000000)

/* Before the first restart in a window, and at most before one that was preceded by others. */
#define DELAY_FIRST (SECOND / 100)
#define DELAY_MOST (10 * SECOND)
/* While the one before is being taken apart. */
#define DELAY_PARTS (SECOND / 1000)

/* The model of a PD is kept only if it pays for at most this many objects, slots and pages, as it is written down
 * in one step. */
#define EVIDENCE_MOST 2048u

static struct list blocks = LIST_EMPTY(blocks);
static uint32_t block_count;
static struct id_table running; /* by the id of the PD */

static struct described *block_of(struct list *entry)
{
    return CONTAINER(entry, struct described, list);
}

static struct described *block_running(const struct pd *pd)
{
    struct id_entry *entry = id_table_find(&running, pd->object.id);

    return entry == NULL ? NULL : CONTAINER(entry, struct described, entry);
}

struct described *block_next(uint64_t after)
{
    LIST_EACH (entry, &blocks)
        if (block_of(entry)->number > after)
            return block_of(entry);
    return NULL;
}

/* ---- Evidence -------------------------------------------------------- */

static void drop_evidence(struct described *block)
{
    if (block->report != NULL)
        heap_free(block->report, strlen(block->report) + 1);
    block->report = NULL;
    if (block->before != NULL)
        snapshot_free(block->before);
    block->before = NULL;
}

static void keep_report(struct described *block, const struct pd *pd)
{
    struct fault_report report = {.number = 0};
    const char *last = NULL;

    while (fault_report_next(report.number, &report))
        if (report.pd == pd->object.id)
            last = report.text;
    if (pd->cause == PD_FAULTED && last != NULL)
        block->report = heap_copy(last, strlen(last) + 1);
}

/* What the PD leaves behind, while it still has everything. */
static void keep_evidence(struct described *block, const struct pd *pd)
{
    uint64_t size = 0;

    drop_evidence(block);
    block->cause = pd->cause;
    block->code = pd->code;
    keep_report(block, pd);
    for (unsigned i = 0; i < ACCOUNT_UNITS; i++)
        size += pd->account->used[i];
    if (size > EVIDENCE_MOST || snapshot_now(&root_account, pd->object.id, &block->before) != CELL_OK)
        block->before = NULL;
}

/* ---- Edges ----------------------------------------------------------- */

/* Something with each space to which lines of a description lead: the first of its type, which has no name, and those that nobody
 * but the server made, by their names. */
static void each_space(struct described *block, const struct pd *pd, void (*visit)(struct described *, struct space *))
{
    if (pd->server == NULL)
        return;
    LIST_EACH (entry, &pd->server->spaces) {
        struct space *space = CONTAINER(entry, struct space, of_server);

        if (space->taken == 0 && (space->name[0] != 0 || space == space_of_type(space->object.type, pd)))
            visit(block, space);
    }
}

static void keep_edges(struct described *block, struct space *space)
{
    if (!space->keeps_edges)
        edges_keep(&block->kept, space);
}

static void inherit_edges(struct described *block, struct space *space)
{
    edges_inherit(&block->kept, space);
}

/* ---- Starting again -------------------------------------------------- */

static void tell(uint64_t pd, const char *what, const struct described *block, const char *why)
{
    char text[PLAN_TEXT + 160];

    snprintf(text, sizeof text, "restart: PD_%lx (%s) %s; %u restarts, at most %u in %lu seconds%s%s\n",
             (unsigned long)pd, block->name, what, block->restarts, block->most,
             (unsigned long)(block->window / SECOND), *why == 0 ? "" : ": ", why);
    fault_report_keep(pd, text);
}

static void give_up(struct described *block, const char *why)
{
    block->state = DESCRIBED_GIVEN_UP;
    edges_drop(&block->kept);
    tell(block->entry.id, "is not started again", block, why);
}

static void try(struct timeout *timeout);

static void try_later(struct described *block, uint64_t delay)
{
    if (timeout_set(&block->again, clock_after(delay), TIMEOUT_FIRST, try) != CELL_OK)
        give_up(block, cell_error_text(CELL_NO_MEMORY));
}

/* Restarts of the last window. */
static uint32_t recent(const struct described *block, uint64_t now)
{
    uint32_t count = 0, known = block->restarts < block->most ? block->restarts : block->most;

    for (uint32_t i = 0; i < known; i++)
        count += now - block->times[i] < block->window;
    return count;
}

/* Has it made again, after a while, unless that was often enough. */
static void start_again(struct described *block, const char *why)
{
    uint64_t now = clock_now();
    uint32_t count = recent(block, now);

    if (count == block->most) {
        give_up(block, why);
        return;
    }
    block->state = DESCRIBED_WAITS;
    block->lacks = false;
    block->delay = DELAY_FIRST;
    for (uint32_t i = 0; i < count && block->delay < DELAY_MOST; i++)
        block->delay *= 2;
    if (block->delay > DELAY_MOST)
        block->delay = DELAY_MOST;
    try_later(block, block->delay);
}

static void note_restart(struct described *block)
{
    block->times[block->restarts++ % block->most] = clock_now();
}

/* Its PD is there: what is made while the root task does this is not lost. */
static void run(struct described *block, struct pd *pd)
{
    block->entry.id = pd->object.id;
    block->state = DESCRIBED_RUNS;
    if (!id_table_add(&running, &block->entry)) {
        block->state = DESCRIBED_GIVEN_UP;
        edges_drop(&block->kept);
        return;
    }
    watch_begin(block);
}

/* A PD that is made again, in pieces. */
struct again {
    struct config *config;
    size_t size;
    struct making making;
};

static void again_free(struct described *block)
{
    heap_free(block->making->config, block->making->size);
    heap_free(block->making, sizeof *block->making);
    block->making = NULL;
}

static void failed(struct described *block, cell_error_t code, const char *why)
{
    /* A block that it names is to be started again, too? */
    block->lacks = code == CELL_NOT_FOUND;
    if (block->lacks) {
        block->delay = block->delay * 2 > DELAY_MOST ? DELAY_MOST : block->delay * 2;
        try_later(block, block->delay);
    } else {
        note_restart(block);
        start_again(block, why);
    }
}

/* CELL_AGAIN: it is begun. */
static cell_error_t begin(struct described *block, struct plan_error *error)
{
    struct again *again = heap_allocate(sizeof *again);

    if (again == NULL)
        return plan_fail(error, CELL_NO_MEMORY, block->line, "%s", cell_error_text(CELL_NO_MEMORY));
    block->making = again;
    cell_error_t code = config_read(&pd_root, block->text, block->length, block->line, &again->config, &again->size, error);

    if (code != CELL_OK) {
        heap_free(again, sizeof *again);
        block->making = NULL;
        return code;
    }
    code = making_begin(&again->making, &pd_root, again->config, block->budget, error);
    if (code != CELL_OK)
        again_free(block);
    return code == CELL_OK ? CELL_AGAIN : code;
}

static void try(struct timeout *timeout)
{
    struct described *block = CONTAINER(timeout, struct described, again);
    const struct pd *before = pd_known(block->entry.id);
    struct plan_error error;
    struct made made;

    /* What it had counts in its budget until it is gone. */
    if (before != NULL && before->state != PD_DEAD) {
        try_later(block, DELAY_PARTS);
        return;
    }
    cell_error_t code = block->making == NULL ? begin(block, &error) : making_go_on(&block->making->making, &made, &error);

    if (code == CELL_AGAIN) {
        try_later(block, 0);
        return;
    }
    if (block->making != NULL)
        again_free(block);
    if (code != CELL_OK) {
        failed(block, code, error.text);
        return;
    }
    note_restart(block);
    tell(made.pd->object.id, "is started again", block, "");
    run(block, made.pd);
}

/* What others wait for may be there; and edges to what it served lead to the new one. */
static void space_made(struct pd *server)
{
    struct described *block = block_running(server);

    if (block != NULL && !list_empty(&block->kept))
        each_space(block, server, inherit_edges);
    LIST_EACH (entry, &blocks)
        if (block_of(entry)->state == DESCRIBED_WAITS && block_of(entry)->lacks)
            try_later(block_of(entry), 0);
}

/* ---- The end of a PD ------------------------------------------------- */

static void pd_ends(struct pd *pd)
{
    struct described *block = running.count == 0 ? NULL : block_running(pd);

    if (block == NULL)
        return;
    id_table_remove(&running, &block->entry);
    watch_end(block);
    keep_evidence(block, pd);
    if (block->most == 0 || (pd->cause == PD_EXITED && pd->code == 0)) {
        block->state = DESCRIBED_ENDED;
        edges_drop(&block->kept);
        return;
    }
    each_space(block, pd, keep_edges);
    start_again(block, "");
}

/* ---- The description ------------------------------------------------- */

cell_error_t block_read(const char *text, size_t length, uint32_t line, const struct config *config)
{
    if ((config->restart_line == 0 && config->watch_line == 0) || config->maker.length != 0)
        return CELL_OK;
    struct described *block = heap_allocate(sizeof *block);

    if (block == NULL)
        return CELL_NO_MEMORY;
    *block = (struct described){.number = ++block_count,
                                .line = line,
                                .text = text,
                                .length = length,
                                .most = (uint32_t)config->restarts,
                                .window = config->restart_seconds * SECOND,
                                .watch = config->watch_seconds * SECOND};
    memcpy(block->name, config_string(config, config->name),
           config->name.length < sizeof block->name ? config->name.length : sizeof block->name - 1);
    list_init(&block->kept);
    list_append(&blocks, &block->list);
    if (block->most == 0)
        return CELL_OK;
    block->times = heap_allocate(block->most * sizeof *block->times);
    return block->times == NULL ? CELL_NO_MEMORY : CELL_OK;
}

void block_started(const char *text, struct pd *pd)
{
    LIST_EACH (entry, &blocks) {
        struct described *block = block_of(entry);

        if (block->text != text)
            continue;
        block->budget = pd->founded;
        budget_refer(block->budget);
        run(block, pd);
    }
}

void restart_init(void)
{
    event_listen(EVENT_PD_ENDS, pd_ends);
    event_listen(EVENT_SPACE_MADE, space_made);
    restart_serve_start();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/graph.c: see graph.h. Bottom-up: the servers that were asked, asking,
 * writing down, taking.
 */
#include "root/graph/graph.h"

#include <string.h>

#include "root/base/options.h"
#include "root/core/reaper.h"
#include "root/graph/pass.h"
#include "root/graph/select.h"
#include "root/graph/tables.h"
#include "root/loop/loop.h"
#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

/* ---- Who was asked --------------------------------------------------- */

/* A space whose server was asked. */
struct asked {
    struct list list;
    struct snapshot *snapshot;
    uint64_t space, pd;
    struct work *out;        /* no answer yet; else NULL */
    bool failed;             /* the answer was an error, or it died */
    char name[PD_NAME_SIZE]; /* for when it has ended */
};

/* What it costs, with the work in the server's queue. */
#define ASKED_OBJECTS RECORD_OBJECTS(sizeof(struct asked) + sizeof(struct work))

static struct asked *asked_of(struct list *entry)
{
    return CONTAINER(entry, struct asked, list);
}

static void run_finish(struct task *task);

static void told(struct work *work, cell_error_t result)
{
    struct asked *asked = work->context;

    asked->out = NULL;
    asked->failed = result != CELL_OK;
    if (--asked->snapshot->waiting == 0 && !asked->snapshot->ends && asked->snapshot->stage == SNAPSHOT_WAIT)
        task_queue(&asked->snapshot->task);
}

/* Units of work (reaper.h) of one. */
#define FORGET_UNITS 2u

static bool forget_asked(struct snapshot *snapshot, uint32_t *units)
{
    while (!list_empty(&snapshot->asked)) {
        struct asked *asked = asked_of(snapshot->asked.next);

        if (reap_take(units, FORGET_UNITS) == 0)
            return false;
        if (asked->out != NULL)
            work_drop(asked->out);
        list_remove(&asked->list);
        heap_free(asked, sizeof *asked);
        account_refund(snapshot->records.account, ACCOUNT_OBJECTS, ASKED_OBJECTS);
    }
    return true;
}

/* ---- Asking ---------------------------------------------------------- */

static bool is_served(const struct space *space)
{
    return space != NULL && space->server != NULL && pd_alive(space->manager);
}

/* A space whose server is to be asked. */
static void note(void *context, struct object *object)
{
    struct snapshot *snapshot = context;
    const struct space *space = CONTAINER(object, struct space, object);

    if (!is_served(space))
        return;
    pass_take(3);
    cell_error_t error = account_charge(snapshot->records.account, ACCOUNT_OBJECTS, ASKED_OBJECTS);
    struct asked *asked = error != CELL_OK ? NULL : heap_allocate(sizeof *asked);

    if (asked == NULL) {
        if (error == CELL_OK)
            account_refund(snapshot->records.account, ACCOUNT_OBJECTS, ASKED_OBJECTS);
        snapshot->records.failed = error == CELL_OK ? CELL_NO_MEMORY : error;
        return;
    }
    *asked = (struct asked){.snapshot = snapshot, .space = object->id, .pd = space->manager->object.id, .failed = true};
    memcpy(asked->name, space->manager->name, sizeof asked->name);
    list_append(&snapshot->asked, &asked->list);
}

static void ask(struct snapshot *snapshot, struct asked *asked)
{
    const struct space *space = space_by_id(asked->space);

    if (!is_served(space))
        return;
    asked->out = work_queue(space->server, NULL, WORK_EXTRACT, asked->space, option_number("files", 0) != 0, 0);
    if (asked->out == NULL)
        return;
    asked->failed = false;
    asked->out->done = told;
    asked->out->context = asked;
    snapshot->waiting++;
}

/* Its subject, as the system is now. CELL_NOT_FOUND, CELL_NO_MEMORY, CELL_TOO_LARGE. */
static cell_error_t choose(const struct snapshot *snapshot, struct selection *selection)
{
    if (snapshot->about[0] == GRAPH_SYSTEM) {
        select_all(selection);
        selection->addresses = snapshot->addresses;
        return CELL_OK;
    }
    select_none(selection);
    selection->addresses = snapshot->addresses;
    if (!snapshot->addresses)
        selection->left = SELECT_MOST;
    for (unsigned i = 0; i < 2 && snapshot->about[i] != GRAPH_SYSTEM; i++) {
        struct pd *pd = pd_by_id(snapshot->about[i]);

        if (pd == NULL)
            return CELL_NOT_FOUND;
        select_pd(selection, pd);
    }
    return selection->failed;
}

/* Notes the spaces whose servers are to be asked. */
static cell_error_t note_all(struct snapshot *snapshot, struct selection *selection)
{
    cell_error_t error = choose(snapshot, selection);

    if (error == CELL_OK)
        select_each(selection, &space_class, note, snapshot);
    return error == CELL_OK ? snapshot->records.failed : error;
}

/* Asks up to `most` of those that were noted; true: these were all. */
static bool ask_some(struct snapshot *snapshot, unsigned most)
{
    for (; snapshot->next_asked != &snapshot->asked; snapshot->next_asked = snapshot->next_asked->next) {
        if (most-- == 0)
            return false;
        ask(snapshot, asked_of(snapshot->next_asked));
    }
    return true;
}

/* ---- Writing down ---------------------------------------------------- */

/* One of several spaces of the same server counts for all. */
static bool is_first(const struct snapshot *snapshot, const struct asked *asked)
{
    LIST_EACH(entry, &snapshot->asked) {
        const struct asked *other = asked_of(entry);

        pass_take(1);
        if (other == asked)
            return true;
        if (other->pd == asked->pd && (other->out != NULL || other->failed))
            return false;
    }
    return true;
}

/* Those that did not tell are marked; those of them that have ended get a row. */
static void mark_late(struct snapshot *snapshot)
{
    graph_late++;
    LIST_EACH(entry, &snapshot->asked) {
        const struct asked *asked = asked_of(entry);
        struct pd *pd = asked->out != NULL || asked->failed ? pd_known(asked->pd) : NULL;

        pass_take(1);
        if (pd != NULL && !object_is_gone(&pd->object))
            pd->mark = graph_late;
        else if (asked->failed && is_first(snapshot, asked))
            graph_gone_pd(&snapshot->records, asked->pd, asked->name);
    }
}

static cell_error_t write_down(struct snapshot *snapshot, struct selection *selection)
{
    cell_error_t error = choose(snapshot, selection);

    if (error == CELL_OK) {
        mark_late(snapshot);
        graph_tables(&snapshot->records, selection);
        error = selection->failed != CELL_OK ? selection->failed : snapshot->records.failed;
    }
    return error;
}

/* ---- Choosing and writing, at once or in pieces ------------------------ */

/* The pass (pass.h) that is under way. */
static struct {
    struct snapshot *of; /* NULL: none */
    enum snapshot_stage stage;
    uint64_t step; /* of the loop: its last piece */
    struct selection selection;
    cell_error_t error;
} under_way;

/* Forgets its intermediate results; true: all of them. */
static bool clear(uint32_t *units)
{
    return graph_tables_clear(units) && select_free(&under_way.selection, units);
}

/* Units of work (reaper.h) of a piece of forgetting. */
#define FORGET_MOST 60u

/* Earlier results are forgotten first: they may have changed. */
static void run_pass(void)
{
    struct snapshot *snapshot = under_way.of;
    bool choose = under_way.stage == SNAPSHOT_CHOOSE;

    for (uint32_t units = FORGET_MOST;
         !clear(&units) || !records_free(&snapshot->records, &units) || (choose && !forget_asked(snapshot, &units));
         units = FORGET_MOST)
        pass_pause();
    under_way.error = choose ? note_all(snapshot, &under_way.selection) : write_down(snapshot, &under_way.selection);
    for (uint32_t units = FORGET_MOST; !clear(&units); units = FORGET_MOST)
        pass_pause();
}

static void begin_pass(struct snapshot *snapshot)
{
    under_way.of = snapshot;
    under_way.stage = snapshot->stage;
}

static cell_error_t do_at_once(struct snapshot *snapshot)
{
    begin_pass(snapshot);
    run_pass();
    under_way.of = NULL;
    return under_way.error;
}

/* How often a snapshot for a PD that may look at the system begins again; then it is made at once. */
#define TRIES_MOST 20u

/* Does a piece of choosing or writing; CELL_AGAIN: there is more to do. */
static cell_error_t do_piece(struct snapshot *snapshot)
{
    if (under_way.of != snapshot || under_way.stage != snapshot->stage || under_way.step + 1 != loop_steps) {
        if (snapshot->addresses && ++snapshot->tries > TRIES_MOST)
            return do_at_once(snapshot);
        begin_pass(snapshot);
        pass_begin(run_pass);
    }
    under_way.step = loop_steps;
    if (!pass_go_on())
        return CELL_AGAIN;
    under_way.of = NULL;
    return under_way.error;
}

/* Whatever others give up meanwhile: after this many rounds, the rest is done at once. */
#define ROUNDS 20u

/* PDs that are half gone are in no model of the system. False: there were some, and a piece was given back. */
static bool give_back(struct snapshot *snapshot)
{
    if (snapshot->about[0] != GRAPH_SYSTEM || !reap_waits())
        return true;
    if (snapshot->rounds == 0 || !reap_piece_until(snapshot->until)) {
        snapshot->until = reap_last;
        if (++snapshot->rounds > ROUNDS)
            reap_all();
    }
    return false;
}

/* Servers that are asked in a piece. */
#define ASK_MOST 20u

static uint64_t patience(void);
static void too_late(struct timeout *timeout);

static cell_error_t ask_piece(struct snapshot *snapshot)
{
    if (!ask_some(snapshot, ASK_MOST))
        return CELL_AGAIN;
    snapshot->stage = snapshot->waiting == 0 ? SNAPSHOT_WRITE : SNAPSHOT_WAIT;
    if (snapshot->waiting == 0)
        return CELL_AGAIN;
    cell_error_t error = timeout_set(&snapshot->patience, clock_now() + patience(), TIMEOUT_FIRST, too_late);

    return error == CELL_OK ? CELL_LATER : error;
}

cell_error_t snapshot_go_on(struct snapshot *snapshot)
{
    cell_error_t error;

    switch (snapshot->stage) {
    case SNAPSHOT_CHOOSE:
        error = do_piece(snapshot);
        if (error != CELL_OK)
            return error;
        snapshot->stage = SNAPSHOT_ASK;
        snapshot->next_asked = snapshot->asked.next;
        return CELL_AGAIN;
    case SNAPSHOT_ASK:
        return ask_piece(snapshot);
    case SNAPSHOT_WRITE:
        if (!give_back(snapshot))
            return CELL_AGAIN;
        error = do_piece(snapshot);
        if (error != CELL_OK)
            return error;
        snapshot->stage = SNAPSHOT_FORGET;
        return CELL_AGAIN;
    default:
        return forget_asked(snapshot, &(uint32_t){FORGET_MOST}) ? CELL_OK : CELL_AGAIN;
    }
}

static void finish(struct snapshot *snapshot)
{
    timeout_cancel(&snapshot->patience);
    snapshot->stage = SNAPSHOT_WRITE;
    if (snapshot->in_pieces) {
        snapshot->ready(snapshot, CELL_AGAIN);
        return;
    }
    if (!give_back(snapshot)) {
        task_queue(&snapshot->task);
        return;
    }
    cell_error_t error = do_at_once(snapshot);

    task_cancel(&snapshot->task);
    forget_asked(snapshot, &(uint32_t){UINT32_MAX});
    snapshot->ready(snapshot, error);
}

static void run_finish(struct task *task)
{
    finish(CONTAINER(task, struct snapshot, task));
}

static void too_late(struct timeout *timeout)
{
    finish(CONTAINER(timeout, struct snapshot, patience));
}

/* How long servers have. Of all files there may be many. */
static uint64_t patience(void)
{
    return option_number("files", 0) != 0 ? GRAPH_PATIENCE_FILES : GRAPH_PATIENCE;
}

/* ---- The interface --------------------------------------------------- */

#define SNAPSHOT_OBJECTS RECORD_OBJECTS(sizeof(struct snapshot))

/* With nobody asked yet. */
static cell_error_t begin(struct account *account, uint64_t about, uint64_t and_about, unsigned flags,
                          struct snapshot **made)
{
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, SNAPSHOT_OBJECTS);

    if (error != CELL_OK)
        return error;
    struct snapshot *snapshot = heap_allocate(sizeof *snapshot);

    if (snapshot == NULL) {
        account_refund(account, ACCOUNT_OBJECTS, SNAPSHOT_OBJECTS);
        return CELL_NO_MEMORY;
    }
    account_refer(account);
    records_init(&snapshot->records, account);
    list_init(&snapshot->asked);
    snapshot->reader.records = &snapshot->records;
    snapshot->about[0] = about;
    snapshot->about[1] = and_about;
    snapshot->addresses = (flags & SNAPSHOT_ADDRESSES) != 0;
    snapshot->in_pieces = (flags & SNAPSHOT_IN_PIECES) != 0;
    task_init(&snapshot->task, run_finish);
    *made = snapshot;
    return CELL_OK;
}

cell_error_t snapshot_take(struct account *account, uint64_t about, uint64_t and_about, unsigned flags,
                           void (*ready)(struct snapshot *, cell_error_t), void *context,
                           struct snapshot **made)
{
    struct snapshot *snapshot;
    cell_error_t error = begin(account, about, and_about, flags, &snapshot);

    if (error != CELL_OK)
        return error;
    snapshot->ready = ready;
    snapshot->context = context;
    *made = snapshot;
    if (snapshot->in_pieces)
        return CELL_OK;
    error = do_at_once(snapshot);
    snapshot->stage = SNAPSHOT_WAIT;
    snapshot->next_asked = snapshot->asked.next;
    if (error == CELL_OK)
        ask_some(snapshot, UINT32_MAX);
    if (error == CELL_OK && snapshot->waiting != 0)
        error = timeout_set(&snapshot->patience, clock_now() + patience(), TIMEOUT_FIRST, too_late);
    if (error != CELL_OK) {
        snapshot_free(snapshot);
        return error;
    }
    if (snapshot->waiting == 0)
        task_queue(&snapshot->task);
    return CELL_OK;
}

cell_error_t snapshot_now(struct account *account, uint64_t about, struct snapshot **made)
{
    cell_error_t error = begin(account, about, GRAPH_SYSTEM, SNAPSHOT_ADDRESSES, made);

    if (error != CELL_OK)
        return error;
    (*made)->stage = SNAPSHOT_WRITE;
    error = do_at_once(*made);
    if (error != CELL_OK)
        snapshot_free(*made);
    return error;
}

size_t snapshot_read(struct snapshot *snapshot, uint64_t offset, char *buffer, size_t room, uint32_t *records)
{
    return csv_read(&snapshot->reader, offset, buffer, room, records);
}

static bool free_some(struct snapshot *snapshot)
{
    if (under_way.of == snapshot) {
        if (!clear(&reap_left))
            return false;
        under_way.of = NULL;
    }
    if (!forget_asked(snapshot, &reap_left) || !records_free(&snapshot->records, &reap_left))
        return false;
    struct account *account = snapshot->records.account;

    heap_free(snapshot, sizeof *snapshot);
    account_refund(account, ACCOUNT_OBJECTS, SNAPSHOT_OBJECTS);
    account_release(account);
    return true;
}

static bool reap_snapshot(struct reap *reap)
{
    return free_some(CONTAINER(reap, struct snapshot, reap));
}

void snapshot_free(struct snapshot *snapshot)
{
    timeout_cancel(&snapshot->patience);
    task_cancel(&snapshot->task);
    snapshot->ends = true;
    if (!free_some(snapshot))
        reap_later(&snapshot->reap, snapshot->records.account, reap_snapshot);
}

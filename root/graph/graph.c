/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/graph.c: see graph.h. Bottom-up: the servers that were asked, asking,
 * writing down, taking.
 */
#include "root/graph/graph.h"

#include <string.h>

#include "root/base/options.h"
#include "root/core/reaper.h"
#include "root/graph/select.h"
#include "root/graph/tables.h"
#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

/* ---- Who was asked --------------------------------------------------- */

/* A space whose server was asked. */
struct asked {
    struct list list;
    struct snapshot *snapshot;
    uint64_t pd;
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
    if (--asked->snapshot->waiting == 0 && !asked->snapshot->ends)
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

static void ask(void *context, struct object *object)
{
    struct snapshot *snapshot = context;
    const struct space *space = CONTAINER(object, struct space, object);

    if (space->server == NULL || !pd_alive(space->manager))
        return;
    cell_error_t error = account_charge(snapshot->records.account, ACCOUNT_OBJECTS, ASKED_OBJECTS);
    struct asked *asked = error != CELL_OK ? NULL : heap_allocate(sizeof *asked);

    if (asked == NULL) {
        if (error == CELL_OK)
            account_refund(snapshot->records.account, ACCOUNT_OBJECTS, ASKED_OBJECTS);
        snapshot->records.failed = error == CELL_OK ? CELL_NO_MEMORY : error;
        return;
    }
    struct work *work = work_queue(space->server, NULL, WORK_EXTRACT, object->id, option_number("files", 0) != 0, 0);

    *asked = (struct asked){.snapshot = snapshot,
                            .pd = space->manager->object.id,
                            .out = work,
                            .failed = work == NULL};
    memcpy(asked->name, space->manager->name, sizeof asked->name);
    list_append(&snapshot->asked, &asked->list);
    if (work == NULL)
        return;
    work->done = told;
    work->context = asked;
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

static cell_error_t ask_all(struct snapshot *snapshot)
{
    struct selection selection;
    cell_error_t error = choose(snapshot, &selection);

    if (error == CELL_OK)
        select_each(&selection, &space_class, ask, snapshot);
    select_free(&selection);
    return error == CELL_OK ? snapshot->records.failed : error;
}

/* ---- Writing down ---------------------------------------------------- */

/* One of several spaces of the same server counts for all. */
static bool is_first(const struct snapshot *snapshot, const struct asked *asked)
{
    LIST_EACH(entry, &snapshot->asked) {
        const struct asked *other = asked_of(entry);

        if (other == asked)
            return true;
        if (other->pd == asked->pd && (other->out != NULL || other->failed))
            return false;
    }
    return true;
}

/* Those that did not tell are marked; those of them that have ended get a row. */
static void mark_late(struct snapshot *snapshot, bool late)
{
    LIST_EACH(entry, &snapshot->asked) {
        const struct asked *asked = asked_of(entry);
        struct pd *pd = asked->out != NULL || asked->failed ? pd_known(asked->pd) : NULL;

        if (pd != NULL && !object_is_gone(&pd->object))
            pd->mark = late ? GRAPH_LATE : 0;
        else if (late && asked->failed && is_first(snapshot, asked))
            graph_gone_pd(&snapshot->records, asked->pd, asked->name);
    }
}

static cell_error_t write_down(struct snapshot *snapshot)
{
    struct selection selection;
    cell_error_t error = choose(snapshot, &selection);

    if (error == CELL_OK) {
        mark_late(snapshot, true);
        graph_tables(&snapshot->records, &selection);
        mark_late(snapshot, false);
        error = selection.failed != CELL_OK ? selection.failed : snapshot->records.failed;
    }
    select_free(&selection);
    return error;
}

/* Whatever others give up meanwhile: after this many rounds, the rest is done at once. */
#define ROUNDS 20u

/* What is half gone is in no model of the system. False: a piece of it was given back. */
static bool give_back(struct snapshot *snapshot)
{
    if (snapshot->about[0] != GRAPH_SYSTEM)
        return true;
    if (snapshot->rounds == 0 || !reap_piece_until(snapshot->until)) {
        snapshot->until = reap_last;
        if (++snapshot->rounds > ROUNDS)
            reap_all();
    }
    return !reap_waits();
}

static void finish(struct snapshot *snapshot)
{
    timeout_cancel(&snapshot->patience);
    if (!give_back(snapshot)) {
        task_queue(&snapshot->task);
        return;
    }
    cell_error_t error = write_down(snapshot);

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
static cell_error_t begin(struct account *account, uint64_t about, uint64_t and_about, bool addresses,
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
    snapshot->addresses = addresses;
    task_init(&snapshot->task, run_finish);
    *made = snapshot;
    return CELL_OK;
}

cell_error_t snapshot_take(struct account *account, uint64_t about, uint64_t and_about, bool addresses,
                           void (*ready)(struct snapshot *, cell_error_t), void *context,
                           struct snapshot **made)
{
    struct snapshot *snapshot;
    cell_error_t error = begin(account, about, and_about, addresses, &snapshot);

    if (error != CELL_OK)
        return error;
    snapshot->ready = ready;
    snapshot->context = context;
    error = ask_all(snapshot);

    if (error == CELL_OK && snapshot->waiting != 0)
        error = timeout_set(&snapshot->patience, clock_now() + patience(), TIMEOUT_FIRST, too_late);
    if (error != CELL_OK) {
        snapshot_free(snapshot);
        return error;
    }
    if (snapshot->waiting == 0)
        task_queue(&snapshot->task);
    *made = snapshot;
    return CELL_OK;
}

cell_error_t snapshot_now(struct account *account, uint64_t about, struct snapshot **made)
{
    cell_error_t error = begin(account, about, GRAPH_SYSTEM, true, made);

    if (error != CELL_OK)
        return error;
    error = write_down(*made);
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

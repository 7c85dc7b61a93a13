/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph.c: see graph.h. Bottom-up: text in pieces, asking the servers,
 * taking the snapshot, the control channel.
 *
 * Servers are asked first, by work in their queues; they report what has changed
 * and say done. When the last one did, or GRAPH_PATIENCE is over, all rows are
 * written in one go into memory, so the snapshot is consistent; it is read from
 * there in pieces.
 */
#include "root/graph.h"

#include <stdio.h>
#include <string.h>

#include "root/boot.h"
#include "root/control.h"
#include "root/essential.h"
#include "root/graph_rows.h"
#include "root/heap.h"
#include "root/resspc.h"
#include "root/system.h"

/* ---- Text in pieces -------------------------------------------------- */

#define PIECE 16000u

struct piece {
    struct list list;
    size_t size;
    char bytes[PIECE];
};

static bool take(void *context, const char *bytes, size_t length)
{
    struct snapshot *snapshot = context;

    while (length != 0) {
        struct piece *last = list_empty(&snapshot->pieces)
                                 ? NULL
                                 : CONTAINER(snapshot->pieces.previous, struct piece, list);

        if (last == NULL || last->size == PIECE) {
            last = heap_allocate(sizeof *last);
            if (last == NULL)
                return false;
            list_append(&snapshot->pieces, &last->list);
        }
        size_t part = length < PIECE - last->size ? length : PIECE - last->size;

        memcpy(last->bytes + last->size, bytes, part);
        last->size += part;
        snapshot->bytes += part;
        bytes += part;
        length -= part;
    }
    return true;
}

void snapshot_free(struct snapshot *snapshot)
{
    timeout_cancel(&snapshot->patience);
    /* Work that is still out answers to nobody. */
    LIST_EACH(entry, &pd_class.all) {
        struct server *server = pd_of(CONTAINER(entry, struct object, all))->server;

        if (server != NULL)
            work_forget(server, snapshot);
    }
    while (!list_empty(&snapshot->pieces)) {
        struct piece *piece = CONTAINER(snapshot->pieces.next, struct piece, list);

        list_remove(&piece->list);
        heap_free(piece, sizeof *piece);
    }
    heap_free(snapshot, sizeof *snapshot);
}

size_t snapshot_read(const struct snapshot *snapshot, uint64_t offset, const char **bytes)
{
    LIST_EACH(entry, &snapshot->pieces) {
        const struct piece *piece = CONTAINER(entry, struct piece, list);

        if (offset < piece->size) {
            *bytes = piece->bytes + offset;
            return piece->size - offset;
        }
        offset -= piece->size;
    }
    return 0;
}

/* ---- Taking it ------------------------------------------------------- */

static void mark_late(struct snapshot *snapshot, bool late)
{
    LIST_EACH(entry, &pd_class.all) {
        struct pd *pd = pd_of(CONTAINER(entry, struct object, all));

        if (pd->server != NULL && work_is_out(pd->server, snapshot))
            pd->mark = late ? GRAPH_LATE : 0;
    }
}

static cell_error_t write_rows(struct snapshot *snapshot)
{
    char *buffer = heap_allocate(PAGE_SIZE);
    struct selection selection = {.all = snapshot->about == UINT64_MAX};
    struct cm_writer writer;
    struct rows rows = {.writer = &writer, .selection = &selection};
    struct pd *pd = selection.all ? NULL : pd_by_id(snapshot->about);

    if (buffer == NULL)
        return CELL_NO_MEMORY;
    if (!selection.all && pd == NULL) {
        heap_free(buffer, PAGE_SIZE);
        return CELL_NOT_FOUND;
    }
    if (pd != NULL)
        select_pd(&selection, pd);
    cm_writer_start(&writer, (struct cm_sink){take, snapshot}, buffer, PAGE_SIZE);
    enum cm_status status = graph_rows(&rows);
    enum cm_status end = cm_writer_end(&writer);
    bool failed = selection.failed || status != CM_OK || end != CM_OK;

    select_free(&selection);
    heap_free(buffer, PAGE_SIZE);
    return failed ? CELL_NO_MEMORY : CELL_OK;
}

static void finish(struct snapshot *snapshot)
{
    void (*ready)(struct snapshot *, cell_error_t) = snapshot->ready;

    timeout_cancel(&snapshot->patience);
    snapshot->ready = NULL;
    mark_late(snapshot, true);
    cell_error_t error = write_rows(snapshot);

    mark_late(snapshot, false);
    if (ready != NULL)
        ready(snapshot, error);
}

/* ---- Asking the servers ---------------------------------------------- */

static void told(struct work *work, cell_error_t result)
{
    struct snapshot *snapshot = work->context;

    (void)result;
    work->context = NULL;
    if (snapshot != NULL && --snapshot->waiting == 0 && snapshot->ready != NULL)
        task_queue(&snapshot->task);
}

static void run_finish(struct task *task)
{
    finish(CONTAINER(task, struct snapshot, task));
}

static void too_late(struct timeout *timeout)
{
    finish(CONTAINER(timeout, struct snapshot, patience));
}

/* Concerned: all servers; for one PD those of what it holds, and itself. */
static bool concerned(const struct snapshot *snapshot, struct pd *pd)
{
    if (snapshot->about == UINT64_MAX || snapshot->about == pd->object.id)
        return true;
    struct pd *about = pd_by_id(snapshot->about);
    cell_cap_t where = 0;
    uint32_t entry;

    while (about != &pd_root && about != NULL &&
           (entry = table_next(about->cspace.common, &where)) != SLOT_EMPTY) {
        struct space *space =
            entry == SLOT_BARE ? NULL : space_of_object(handle_by_index(entry)->object);

        if (space != NULL && space->manager == pd)
            return true;
    }
    return false;
}

static void ask(struct snapshot *snapshot)
{
    LIST_EACH(entry, &pd_class.all) {
        struct pd *pd = pd_of(CONTAINER(entry, struct object, all));

        if (pd->server == NULL || !concerned(snapshot, pd) || list_empty(&pd->server->spaces))
            continue;
        LIST_EACH(of_server, &pd->server->spaces) {
            struct space *space = CONTAINER(of_server, struct space, of_server);
            struct work *work = work_queue(pd->server, WORK_EXTRACT, space->object.id, 0, 0);

            if (work == NULL)
                continue;
            work->done = told;
            work->context = snapshot;
            snapshot->waiting++;
        }
    }
}

cell_error_t snapshot_take(uint64_t about, void (*ready)(struct snapshot *, cell_error_t),
                           struct snapshot **made)
{
    if (about != UINT64_MAX && pd_by_id(about) == NULL)
        return CELL_NOT_FOUND;
    struct snapshot *snapshot = heap_allocate(sizeof *snapshot);

    if (snapshot == NULL)
        return CELL_NO_MEMORY;
    list_init(&snapshot->pieces);
    snapshot->about = about;
    snapshot->ready = ready;
    *made = snapshot;
    task_init(&snapshot->task, run_finish);
    ask(snapshot);
    if (snapshot->waiting == 0)
        task_queue(&snapshot->task);
    else
        timeout_set(&snapshot->patience, clock_now() + GRAPH_PATIENCE, too_late);
    return CELL_OK;
}

/* ---- The control channel --------------------------------------------- */

static struct {
    struct snapshot *snapshot;
    uint64_t at;
    bool end; /* the machine ends afterwards */
    struct timeout patience;
} sending;

static void send_end(const char *text)
{
    control_send("model-end", text, strlen(text));
    if (sending.snapshot != NULL)
        snapshot_free(sending.snapshot);
    sending.snapshot = NULL;
    if (sending.end)
        control_exit(strcmp(text, "ok") == 0 ? 0 : 1);
}

static void send_pieces(void *context)
{
    const char *bytes;
    size_t size;

    (void)context;
    while ((size = snapshot_read(sending.snapshot, sending.at, &bytes)) != 0) {
        if (!control_ready()) {
            control_when_ready(send_pieces, NULL);
            return;
        }
        control_send("model", bytes, size);
        sending.at += size;
    }
    if (!control_ready()) {
        control_when_ready(send_pieces, NULL);
        return;
    }
    send_end("ok");
}

static void send_snapshot(struct snapshot *snapshot, cell_error_t error)
{
    sending.snapshot = snapshot;
    sending.at = 0;
    if (error != CELL_OK)
        send_end(cell_error_text(error));
    else
        send_pieces(NULL);
}

static void send_model(uint64_t about)
{
    struct snapshot *snapshot;
    cell_error_t error = sending.snapshot != NULL
                             ? CELL_BUSY
                             : snapshot_take(about, send_snapshot, &snapshot);

    if (error != CELL_OK) {
        const char *text = cell_error_text(error);

        control_send("model-end", text, strlen(text));
    } else {
        sending.snapshot = snapshot;
    }
}

static void on_model(const char *payload, size_t size)
{
    struct pd *pd = NULL;

    if (size != 0 && pd_by_name(payload, strnlen(payload, size), &pd) != CELL_OK) {
        control_send("model-end", "no such PD", 10);
        return;
    }
    send_model(pd == NULL ? UINT64_MAX : pd->object.id);
}

/* ---- extract=1 ------------------------------------------------------- */

static bool extracting;

static void extract_now(void)
{
    if (!extracting)
        return;
    extracting = false;
    timeout_cancel(&sending.patience);
    sending.end = true;
    send_model(UINT64_MAX);
}

/* The next one behind `entry` in the list of all that is yet to say that it is ready. */
static struct pd *next_unready(const struct list *entry)
{
    for (entry = entry->next; entry != &pd_class.all; entry = entry->next) {
        struct pd *pd = pd_of(CONTAINER(entry, struct object, all));

        if (pd_alive(pd) && pd != &pd_root && !pd->ready && pd->state == PD_RUNNING)
            return pd;
    }
    return NULL;
}

void system_check_ready(void)
{
    essential_check_ready();
    if (extracting && system_is_started() && next_unready(&pd_class.all) == NULL)
        extract_now();
}

/* The stated time is over: a system without all of its PDs has no model; with all of
 * them it has one, but who is not ready is told. */
static void give_up_waiting(struct timeout *timeout)
{
    (void)timeout;
    if (!system_is_started())
        system_give_up();
    for (struct pd *pd = next_unready(&pd_class.all); pd != NULL; pd = next_unready(&pd->object.all))
        control_send("unready", pd->name, strlen(pd->name));
    extract_now();
}

/* A class's list exists from its first object on; empty ones are walked here. */
static void init_lists(void)
{
    struct object_class *const classes[] = {&pd_class, &space_class, &resource_class, &ads_class,
                                            &cpu_class, &ep_class,   &mo_class,       &vmr_class};

    for (unsigned i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i]->all.next == NULL)
            list_init(&classes[i]->all);
}

void graph_init(void)
{
    init_lists();
    control_register("model", on_model);
    extracting = option_number("extract", 0) != 0;
    if (extracting)
        timeout_set(&sending.patience,
                    clock_now() + option_number("ready_timeout", 10) * UINT64_C(1000000000),
                    give_up_waiting);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/channel.c: the model over the control channel: when the runner asks
 * for it, and by itself when all programs are ready (boot option `extract`).
 */
#include <string.h>

#include "root/base/options.h"
#include "root/channel/control.h"
#include "root/core/ads.h"
#include "root/core/ep.h"
#include "root/graph/graph.h"
#include "root/pd/pd.h"
#include "root/spaces/resspc.h"
#include "root/system/essential.h"
#include "root/system/system.h"

/* ---- Sending ---------------------------------------------------------- */

/* Pieces that may be under way. QEMU drops what a virtio console writes while its
 * other end does not read (QEMU 7.2, hw/char/virtio-console.c, flush_buf), so the
 * runner says of each that it has it. All of them fit into a socket's buffer. */
#define PIECES_UNDER_WAY 4u

static struct {
    struct snapshot *snapshot;
    uint64_t at;
    unsigned under_way;
    bool begun; /* the snapshot is ready */
    bool end;   /* the machine ends afterwards */
    struct timeout patience;
} sending;

static void send_end(const char *text)
{
    control_send("model-end", text, strlen(text));
    if (sending.snapshot != NULL)
        snapshot_free(sending.snapshot);
    sending.snapshot = NULL;
    sending.begun = false;
    if (sending.end)
        control_exit(strcmp(text, "ok") == 0 ? 0 : 1);
}

/* As long as there is room in the ring, and the runner keeps up; goes on when that is
 * so again. */
static void send_pieces(void *context)
{
    static char text[CONTROL_PAYLOAD];

    (void)context;
    while (sending.begun && sending.under_way < PIECES_UNDER_WAY) {
        if (!control_ready()) {
            control_when_ready(send_pieces, NULL);
            return;
        }
        size_t size = snapshot_read(sending.snapshot, sending.at, text, sizeof text);

        if (size == 0) {
            send_end("ok");
            return;
        }
        control_send("model", text, size);
        sending.at += size;
        if (control_present())
            sending.under_way++;
    }
}

static void on_got(const char *payload, size_t size)
{
    (void)payload;
    (void)size;
    if (sending.under_way != 0)
        sending.under_way--;
    send_pieces(NULL);
}

static void send_snapshot(struct snapshot *snapshot, cell_error_t error)
{
    (void)snapshot;
    sending.at = 0;
    sending.begun = true;
    if (error != CELL_OK)
        send_end(cell_error_text(error));
    else
        send_pieces(NULL);
}

static void send_model(uint64_t about)
{
    cell_error_t error = sending.snapshot != NULL
                             ? CELL_BUSY
                             : snapshot_take(about, GRAPH_SYSTEM, send_snapshot, NULL,
                                             &sending.snapshot);

    if (error == CELL_BUSY)
        control_send("model-end", cell_error_text(error), strlen(cell_error_text(error)));
    else if (error != CELL_OK)
        send_end(cell_error_text(error));
}

static void on_model(const char *payload, size_t size)
{
    struct pd *pd = NULL;

    if (size != 0 && pd_by_name(payload, strnlen(payload, size), &pd) != CELL_OK) {
        control_send("model-end", "no such PD", 10);
        return;
    }
    send_model(pd == NULL ? GRAPH_SYSTEM : pd->object.id);
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
    send_model(GRAPH_SYSTEM);
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
    control_register("model-got", on_got);
    extracting = option_number("extract", 0) != 0;
    if (extracting)
        timeout_set(&sending.patience,
                    clock_now() + option_number("ready_timeout", 10) * UINT64_C(1000000000),
                    give_up_waiting);
}

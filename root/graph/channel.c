/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/channel.c: the model over the control channel, when the runner asks
 * for it, and as the last thing that a machine does (graph_send_last()).
 */
#include <string.h>

#include "root/channel/control.h"
#include "root/core/pd.h"
#include "root/graph/graph.h"

/* ---- Sending ---------------------------------------------------------- */

/* Pieces that may be under way. QEMU drops what a virtio console writes while its
 * other end does not read (QEMU 7.2, hw/char/virtio-console.c, flush_buf), so the
 * runner says of each that it has it. All of them fit into a socket's buffer. */
#define PIECES_UNDER_WAY 4u
/* Records that are written, or skipped, for one. */
#define PIECE_RECORDS 60u

static struct {
    struct snapshot *snapshot;
    uint64_t at;
    unsigned under_way;
    bool begun; /* the snapshot is ready */
    bool end;   /* the machine ends afterwards */
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

static void send_piece(struct task *task);
static struct task next_piece;

static void go_on(void *context)
{
    (void)context;
    task_queue(&next_piece);
}

/* Sends as long as there is room in the ring and the runner keeps up, and goes on when there is room again. */
static void send_piece(struct task *task)
{
    static char text[CONTROL_PAYLOAD];

    if (!sending.begun || sending.under_way >= PIECES_UNDER_WAY)
        return;
    if (!control_ready()) {
        control_when_ready(go_on, NULL);
        return;
    }
    uint32_t records = PIECE_RECORDS;
    size_t size = snapshot_read(sending.snapshot, sending.at, text, sizeof text, &records);

    if (size == 0 && records != 0) {
        send_end("ok");
        return;
    }
    if (size != 0)
        control_send("model", text, size);
    sending.at += size;
    if (size != 0 && control_present())
        sending.under_way++;
    task_queue(task);
}

static void on_got(const char *payload, size_t size)
{
    (void)payload;
    (void)size;
    if (sending.under_way != 0)
        sending.under_way--;
    go_on(NULL);
}

static void send_snapshot(struct snapshot *snapshot, cell_error_t error)
{
    (void)snapshot;
    sending.at = 0;
    sending.begun = true;
    if (error != CELL_OK)
        send_end(cell_error_text(error));
    else
        go_on(NULL);
}

static void send_model(uint64_t about)
{
    cell_error_t error = sending.snapshot != NULL
                             ? CELL_BUSY
                             : snapshot_take(&root_account, about, GRAPH_SYSTEM, SNAPSHOT_ADDRESSES, send_snapshot, NULL,
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

void graph_send_last(void)
{
    sending.end = true;
    send_model(GRAPH_SYSTEM);
}

/* ---- Start ------------------------------------------------------------ */

void graph_init(void)
{
    task_init(&next_piece, send_piece);
    control_register("model", on_model);
    control_register("model-got", on_got);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/graph.h: the model of the running system, as snapshots.
 *
 * A snapshot is taken in two steps. First the servers that are concerned are asked
 * by work in their queues, and tell what they have not told yet; the system goes
 * on meanwhile. When the last one is done, or GRAPH_PATIENCE is over, the root
 * task's tables are written down. As text it is read later, in pieces.
 *
 * For a PD that goes in pieces, at its priority, all of which see the same tables: if the loop did anything else in
 * between, it begins again. Those who could keep it from an end are above the asker, or beside it. The first could keep it from running;
 * and what is for a PD that may look at the system, and may take longer than its share of the time, is done at once when it has
 * begun again often enough. So is what the runner asks for.
 */
#pragma once

#include "root/base/list.h"
#include "root/core/reaper.h"
#include "root/graph/text.h"
#include "root/loop/clock.h"
#include "root/loop/request.h"

/* How long servers have to tell their part, ns; the part of one that takes longer is `partial`. */
#define GRAPH_PATIENCE UINT64_C(1000000000)
/* The same, if file servers tell of all their files (boot option `files`). */
#define GRAPH_PATIENCE_FILES (60 * GRAPH_PATIENCE)

/* A snapshot of everything, not of one PD. */
#define GRAPH_SYSTEM UINT64_MAX

/* The work that is done in pieces, and the answers awaited between them. */
enum snapshot_stage {
    SNAPSHOT_CHOOSE,
    SNAPSHOT_ASK,
    SNAPSHOT_WAIT, /* for servers */
    SNAPSHOT_WRITE,
    SNAPSHOT_FORGET,
};

struct snapshot {
    enum snapshot_stage stage;
    struct records records;
    struct csv_reader reader;
    uint64_t about[2];  /* ids of PDs; GRAPH_SYSTEM in the first: all; in the second: only one */
    bool addresses;     /* MOs with their physical addresses, 0 otherwise; and no bound on its subject */
    bool in_pieces;
    struct list asked;  /* struct asked of graph.c */
    struct list *next_asked; /* the first that is to be asked */
    uint32_t waiting;   /* questions that are yet to be answered */
    struct task task;
    uint32_t rounds, until; /* of giving back what has gone, before it is written down */
    uint32_t tries;         /* of choosing and writing in pieces */
    struct timeout patience;
    void (*ready)(struct snapshot *snapshot, cell_error_t error);
    void *context; /* the taker's */
    bool ends;
    struct reap reap; /* then */
};

/* Registers with the control channel. */
void graph_init(void);

/* Sends the model of the system over the control channel; then the machine ends. */
void graph_send_last(void);

/* Of a snapshot: for somebody who may look at the system; it is for snapshot_go_on() to do. */
#define SNAPSHOT_ADDRESSES 1u
#define SNAPSHOT_IN_PIECES 2u

/* Begins a snapshot of the system (GRAPH_SYSTEM), of one PD, or of two; calls `ready`
 * later, from the loop. The snapshot is the caller's from the start, and paid by `account`.
 * CELL_NOT_FOUND, CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t snapshot_take(struct account *account, uint64_t about, uint64_t and_about, unsigned flags,
                           void (*ready)(struct snapshot *snapshot, cell_error_t error),
                           void *context, struct snapshot **made);
/* Does a piece. CELL_OK: it is ready; CELL_AGAIN: there is more to do; CELL_LATER: so there is after `ready` has been called, with
 * CELL_AGAIN. CELL_NOT_FOUND, CELL_NO_MEMORY, CELL_QUOTA; CELL_TOO_LARGE: beyond SELECT_MOST. */
cell_error_t snapshot_go_on(struct snapshot *snapshot);
/* The part about a PD as the root task knows it, at once; its server, if it is one, is not asked. Costs what
 * the PD holds, serves and maps. */
cell_error_t snapshot_now(struct account *account, uint64_t about, struct snapshot **made);
/* Its CSV from `offset` on: how many bytes. 0: the end; or nothing yet, and *records is 0 by then (csv_read()).
 * Only when it is ready. */
size_t snapshot_read(struct snapshot *snapshot, uint64_t offset, char *buffer, size_t room, uint32_t *records);
/* At any time. What it takes is given back in pieces. */
void snapshot_free(struct snapshot *snapshot);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph.h: the model of the running system, as snapshots.
 */
#pragma once

#include "root/clock.h"
#include "root/list.h"
#include "root/request.h"

/* How long a server may take to tell its part, ns. */
#define GRAPH_PATIENCE UINT64_C(1000000000)

struct snapshot {
    struct list pieces;
    uint64_t bytes;
    uint64_t about;     /* id of a PD; UINT64_MAX: the system */
    uint32_t waiting;   /* servers that are yet to answer */
    struct task task;
    struct timeout patience;
    void (*ready)(struct snapshot *snapshot, cell_error_t error);
    void *context;      /* of whoever takes it */
};

/* Registers with the control channel. */
void graph_init(void);

/* Begins a snapshot; calls `ready` later, from the loop, with the snapshot, which
 * then is the callee's. CELL_NOT_FOUND, CELL_NO_MEMORY. */
cell_error_t snapshot_take(uint64_t about, void (*ready)(struct snapshot *, cell_error_t),
                           struct snapshot **made);
/* Bytes from `offset` on that lie together; 0: the end. */
size_t snapshot_read(const struct snapshot *snapshot, uint64_t offset, const char **bytes);
void snapshot_free(struct snapshot *snapshot);

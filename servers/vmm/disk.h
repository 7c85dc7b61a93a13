/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/disk.h: a machine's disk: a range of a disk (idl/block.idl), or a file (idl/file.idl). Their server is asked by a thread of
 * this server, a request at a time, so that nobody else waits for it; that a request is done is found out by disk_ended().
 */
#pragma once

#include "servers/vmm/machine.h"

/* Takes the range, or opens the file and locks it, to be read only if it may not be written; its size is the disk's, in whole sectors.
 * *disk: owned; NULL: none is wished. CELL_DENIED: there is no edge to such a server; CELL_OVERLAP: somebody has it; CELL_BAD_ARGUMENT:
 * it is no regular file, or too short; errors as block_take() and file_open(). */
cell_error_t disk_open(const struct disk_wish *wish, struct disk **disk);
/* Gives it back; NULL: nothing. */
void disk_close(struct disk *disk);
/* Forgets a request that is under way: the guest's memory is not touched any more. */
void disk_stop(struct disk *disk);

/* The handle of its range or file. */
cell_cap_t disk_store(const struct disk *disk);
uint64_t disk_bytes(const struct disk *disk);
bool disk_read_only(const struct disk *disk);

bool disk_is_busy(const struct disk *disk);
/* Begins a request that moves data or flushes; `chain` is copied. CELL_NO_MEMORY, CELL_QUOTA: no thread for it. */
cell_error_t disk_begin(struct disk *disk, const struct virtio_chain *chain, const struct disk_request *request);
/* Has the request that was begun ended? Then it is not busy any more; *status, and what was begun. */
bool disk_ended(struct disk *disk, struct virtio_chain *chain, struct disk_request *request, enum disk_status *status);

/* Changes whenever a request of any disk has ended. */
extern uint32_t disk_events;

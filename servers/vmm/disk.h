/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/disk.h: a machine's disk: a range of a disk (idl/block.idl), or a file (idl/file.idl). A thread of this server asks the
 * server of either, one request at a time, so that nobody else waits for it; disk_ended() says whether a request is done.
 */
#pragma once

#include "servers/vmm/machine.h"

/* Takes the range, or opens the file and locks it, read-only if it may not be written; the disk is as large as the file, in whole
 * sectors. *disk: owned by the caller; not set if no disk is wished. CELL_NO_SERVER: there is no edge to such a server; CELL_OVERLAP:
 * somebody else has it; CELL_BAD_ARGUMENT: it is no regular file, or too short; errors as block_take() and file_open(). */
cell_error_t disk_open(const struct disk_wish *wish, struct disk **disk);
/* Gives it back; harmless for NULL. */
void disk_close(struct disk *disk);
/* Gives up a request that is under way: the guest's memory is not touched any more. */
void disk_stop(struct disk *disk);

/* The handle of its range or file. */
cell_cap_t disk_store(const struct disk *disk);
uint64_t disk_bytes(const struct disk *disk);
bool disk_read_only(const struct disk *disk);

bool disk_is_busy(const struct disk *disk);
/* Begins a request that moves data or flushes; `chain` is copied. CELL_NO_MEMORY, CELL_QUOTA: a thread could not be made. */
cell_error_t disk_begin(struct disk *disk, const struct virtio_chain *chain, const struct disk_request *request);
/* Has the request that was begun ended? Then the disk is not busy any more; returns the request with its chain and status. */
bool disk_ended(struct disk *disk, struct virtio_chain *chain, struct disk_request *request, enum disk_status *status);

/* Counts requests of any disk that have ended. */
extern uint32_t disk_events;

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/block/ranges.h: the ranges of a disk that clients have. A range is a resource of type BLOCK; ranges may lie in one
 * another (block.part), but one that is taken lies where nobody has anything. What it costs to find out does not depend on
 * how many there are, but on its logarithm.
 */
#pragma once

#include <cell/errors.h>
#include <lib/server/server.h>
#include <stdbool.h>
#include <stdint.h>

#define BLOCK_BYTES 4096u

/* What is particular about a disk: flags of block.about. */
enum disk_flags { DISK_READ_ONLY = 1,
                  DISK_CAN_BE_MAPPED = 2,
                  DISK_NEEDS_FLUSH = 4,
                  DISK_IS_PROMPT = 8 };

struct disk {
    uint64_t blocks;
    uint64_t flags;
    uint64_t in_flight;
    cell_cap_t memory; /* MO that it is in; 0: none */
};

/* The one disk that the server serves, which fills it before the first request. */
extern struct disk disk;

/* The type to serve; its interface is that of block.idl, of which the server has the handlers that ranges.c has not. */
extern const struct server_type block_type;

/* Finds blocks of the range that a request came through: *block is the first one's number on the disk.
 * CELL_BAD_ARGUMENT: they are not all in the range. */
cell_error_t ranges_find(const struct server_request *request, uint64_t first, uint64_t count, uint64_t *block);
/* The same for writing. CELL_READ_ONLY. */
cell_error_t ranges_find_writable(const struct server_request *request, uint64_t first, uint64_t count,
                                  uint64_t *block);
/* Finds the memory for this many blocks that a request names, of which `at` is a multiple of the page size; errors as
 * server_bulk(). */
cell_error_t ranges_memory(const struct server_request *request, cell_cap_t mo, uint64_t at, uint64_t count,
                           unsigned rights, void **memory);

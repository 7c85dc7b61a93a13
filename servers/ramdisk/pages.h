/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/ramdisk/pages.h: the contents of the disk. Blocks that were never written take no memory. */
#pragma once

#include <cell/errors.h>
#include <lib/client/client.h>
#include <stdint.h>

/* Makes an empty disk of this many blocks; *mo is the memory object for its contents. Errors as mo_allocate() and
 * ads_attach(). */
cell_error_t pages_start(uint64_t blocks, cell_cap_t *mo);

/* Fills the disk with a file of the boot archive, which is read in place: only blocks that are written take memory.
 * *blocks: how many the file has. Errors as mo_archive() and ads_attach(). */
cell_error_t pages_fill(const char *name, uint64_t *blocks);

/* Clients can map the memory from now on, so blocks may change without a request. */
void pages_are_shared(void);

/* Copies blocks into the disk, or out of it. CELL_NO_MEMORY, CELL_QUOTA: some of the blocks may have been copied. */
cell_error_t pages_write(uint64_t block, uint64_t count, const void *from);
cell_error_t pages_read(uint64_t block, uint64_t count, void *to);
/* Fills blocks that were written with zeroes. */
void pages_clear(uint64_t block, uint64_t count);

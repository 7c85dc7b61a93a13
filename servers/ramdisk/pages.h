/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/ramdisk/pages.h: the contents of the disk. What was never written costs nothing. */
#pragma once

#include <cell/errors.h>
#include <lib/client/client.h>
#include <stdint.h>

/* Makes a disk of this many blocks without contents; *mo is the memory that it will be in. Errors as mo_allocate() and
 * ads_attach(). */
cell_error_t pages_start(uint64_t blocks, cell_cap_t *mo);

/* Fills the disk with a file of the boot archive, of which only what is written over is ever in memory twice;
 * *blocks: those that the file has. Errors as mo_archive() and ads_attach(). */
cell_error_t pages_fill(const char *name, uint64_t *blocks);

/* Clients see the memory from now on: what they write there has been written. */
void pages_are_shared(void);

/* Copies blocks into the disk and out of it. CELL_NO_MEMORY, CELL_QUOTA: of the blocks some may be done. */
cell_error_t pages_write(uint64_t block, uint64_t count, const void *from);
cell_error_t pages_read(uint64_t block, uint64_t count, void *to);
/* Fills blocks that were written with zeroes. */
void pages_clear(uint64_t block, uint64_t count);

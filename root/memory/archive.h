/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/archive.h: the boot archive (lib/archive/archive.h), in place in RAM
 * that user level has as device memory.
 *
 * Its pages are frames like others (frame_slot() knows them), made when first
 * used and never freed. Where the root task itself reads them, they are mapped
 * and stay so.
 */
#pragma once

#include "lib/archive/archive.h"
#include "root/base/errors.h"
#include "root/memory/memory.h"

/* A file of the archive. */
struct archive_file {
    const char *name;
    uint64_t size;       /* bytes */
    uint64_t offset;     /* from the archive's start, page aligned */
    uint64_t pages;
    page_t first_page;
};

/* The file called `name`: CELL_NOT_FOUND (also when there is no archive). */
cell_error_t archive_open(const char *name, struct archive_file *file);
/* File number `index` in order of names: CELL_NOT_FOUND behind the last. */
cell_error_t archive_file_at(uint32_t index, struct archive_file *file);

/* Makes a part of a file readable, as far as a piece of work goes; true: all of it is, or there is no memory. */
bool archive_prepare(const struct archive_file *file);

/*
 * Makes `size` bytes of a file from `offset` readable and returns where they
 * are; they stay there for good. NULL: outside of the file, or no memory (for
 * page tables).
 */
const void *archive_bytes(const struct archive_file *file, uint64_t offset, uint64_t size);

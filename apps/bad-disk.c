/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/bad-disk.c: the disk in memory (servers/ramdisk), but when a block is written that begins with one of these texts, it fails from
 * then on, for tests:
 *
 *   "bad-disk: writes"   reports an error for each write, this one included
 *   "bad-disk: reads"    the same for each read
 *   "bad-disk: holds"    does not answer reads
 *   "bad-disk: well"     works again, and answers those reads
 *   "bad-disk: stops"    answers neither reads, writes (this one included) nor flushes, until somebody discards a block
 *   "bad-disk: gone"     ends
 *   "bad-disk: hangs"    never comes back
 */
#include <cell/idl/block_server.h>
#include <lib/server/server.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/block/ranges.h"
#include "servers/ramdisk/pages.h"

/* The linker calls the functions with this prefix in place of those without (apps/apps.mk). */
cell_error_t __real_pages_write(uint64_t block, uint64_t count, const void *from);
cell_error_t __real_pages_read(uint64_t block, uint64_t count, void *to);
cell_error_t __real_block_read_serve(void *request, const struct block_read_in *in, struct block_read_out *out);
cell_error_t __wrap_block_read_serve(void *request, const struct block_read_in *in, struct block_read_out *out);
cell_error_t __real_block_write_serve(void *request, const struct block_write_in *in, struct block_write_out *out);
cell_error_t __wrap_block_write_serve(void *request, const struct block_write_in *in, struct block_write_out *out);
cell_error_t __real_block_flush_serve(void *request, const struct block_flush_in *in, struct block_flush_out *out);
cell_error_t __wrap_block_flush_serve(void *request, const struct block_flush_in *in, struct block_flush_out *out);
cell_error_t __real_block_discard_serve(void *request, const struct block_discard_in *in, struct block_discard_out *out);
cell_error_t __wrap_block_discard_serve(void *request, const struct block_discard_in *in, struct block_discard_out *out);
cell_error_t __real_cell_ready(void);
cell_error_t __wrap_cell_ready(void);
cell_error_t __wrap_pages_write(uint64_t block, uint64_t count, const void *from);
cell_error_t __wrap_pages_read(uint64_t block, uint64_t count, void *to);

static bool reads_fail, writes_fail, holds, stops;

static void obey(const char *block)
{
    if (strncmp(block, "bad-disk: ", 10) != 0)
        return;
    const char *what = block + 10;

    if (strncmp(what, "gone", 4) == 0)
        exit(0);
    while (strncmp(what, "hangs", 5) == 0)
        cell_sleep(UINT64_MAX);
    writes_fail |= strncmp(what, "writes", 6) == 0;
    reads_fail |= strncmp(what, "reads", 5) == 0;
    holds |= strncmp(what, "holds", 5) == 0;
    if (strncmp(what, "well", 4) == 0) {
        reads_fail = writes_fail = holds = false;
        server_again(1, UINT_MAX);
    }
}

cell_error_t __wrap_pages_write(uint64_t block, uint64_t count, const void *from)
{
    for (uint64_t i = 0; i < count; i++)
        obey((const char *)from + i * CELL_PAGE);
    return writes_fail ? CELL_IO : __real_pages_write(block, count, from);
}

cell_error_t __wrap_pages_read(uint64_t block, uint64_t count, void *to)
{
    return reads_fail ? CELL_IO : __real_pages_read(block, count, to);
}

cell_error_t __wrap_block_read_serve(void *request, const struct block_read_in *in, struct block_read_out *out)
{
    return holds || stops ? server_later(1, 0) : __real_block_read_serve(request, in, out);
}

/* Its clients must not take it for a disk that answers at once, and must flush it. */
cell_error_t __wrap_cell_ready(void)
{
    disk.flags = (disk.flags & ~(uint64_t)DISK_IS_PROMPT) | DISK_NEEDS_FLUSH;
    return __real_cell_ready();
}

/* Whether a block of a write says "stops", and the write is not one that is repeated. */
static bool says_stop(const struct server_request *request, const struct block_write_in *in)
{
    void *memory;

    if ((request->source != NULL && request->source->calls > 0) ||
        server_bulk(request, in->memory, in->at, in->count * CELL_PAGE, CELL_READ, &memory) != CELL_OK)
        return false;
    for (uint64_t i = 0; i < in->count; i++)
        if (strncmp((const char *)memory + i * CELL_PAGE, "bad-disk: stops", 15) == 0)
            return true;
    return false;
}

cell_error_t __wrap_block_write_serve(void *request, const struct block_write_in *in, struct block_write_out *out)
{
    stops = stops || says_stop(request, in);
    return stops ? server_later(1, 0) : __real_block_write_serve(request, in, out);
}

cell_error_t __wrap_block_flush_serve(void *request, const struct block_flush_in *in, struct block_flush_out *out)
{
    return stops ? server_later(1, 0) : __real_block_flush_serve(request, in, out);
}

cell_error_t __wrap_block_discard_serve(void *request, const struct block_discard_in *in, struct block_discard_out *out)
{
    if (stops) {
        stops = false;
        server_again(1, UINT_MAX);
    }
    return __real_block_discard_serve(request, in, out);
}

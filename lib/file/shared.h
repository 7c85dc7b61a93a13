/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/file/shared.h: the page beside a file's contents that its server and those who mapped it share (idl/file.idl, `map`).
 *
 * The server writes what the file is, and a state for each page of the contents; a client that may write the file writes a mark for each
 * page that it changed. The server reads nothing but the marks.
 *
 *   - What lies in a page is the file's if its state says so (FILE_PAGE_READ), as far as the file is long. A page that loses that,
 *     because the file was cut, reads as zeros from then on.
 *   - A client that changes bytes inside the file reads `epoch`, then the size and the states (FILE_PAGE_WRITE), changes the bytes, sets
 *     the marks, then `marked` and `stale`, and reads `epoch` again: if it differs, the file was cut meanwhile, and the write has to be
 * done by
 *     a request. What it wrote then is late, and nothing worse.
 *   - `sequence` is odd while the server changes `about`, and another one afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_page_state {
    FILE_PAGE_NONE,  /* not the file's: ask for it */
    FILE_PAGE_READ,  /* it is a hole, or nobody asked to write it */
    FILE_PAGE_WRITE, /* it has blocks on the disk */
};

/* What `stat` answers, word by word. */
struct file_about {
    uint64_t id, generation, mode, links, uid, gid, size, blocks, atime_s, atime_ns, mtime_s, mtime_ns, ctime_s, ctime_ns, btime_s,
        rdev;
};

struct file_shared {
    uint64_t sequence;
    struct file_about about; /* its size is also read alone */
    uint64_t epoch;
    uint64_t room;                /* states that follow, and as many marks behind them */
    _Alignas(64) uint64_t marked; /* not 0: there are marks */
    uint64_t stale;               /* not 0: some were set since the times in `about` were */
    _Alignas(64) uint8_t states[];
};

static inline uint8_t *file_marks(struct file_shared *shared, uint64_t room)
{
    return shared->states + room;
}

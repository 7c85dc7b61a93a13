/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/mapped.h: contents that clients have mapped (lib/file/shared.h).
 *
 * For each such file there is a memory object with the pages from its beginning on, and another one (control) that says what is
 * there. Both are the server's, which pays for them out of a number of pages that its arguments name. lib/ext4 knows nothing of
 * them: pages are filled by reading, and pages that clients have marked are collected by writing; so clients can reach nothing of
 * the disk but the data of that one file. Nothing is taken away while a client that mapped the file has it open.
 *
 * map.c makes and fills them, mapped.c keeps them and the disk's contents the same. NULL for a file that nobody has mapped is
 * allowed everywhere.
 */
#pragma once

#include <lib/file/shared.h>

#include "servers/files/files.h"

#define PAGE ((uint64_t)CELL_PAGE)

struct mapped {
    struct id_entry entry; /* its id is the inode's number */
    struct mapped *next, **link;
    unsigned users; /* open files */
    cell_cap_t data, control;
    uint8_t *memory;
    struct file_shared *shared;
    uint64_t pages, control_pages; /* of `memory`, of `shared` */
    uint64_t room;                 /* states in that */
    uint64_t size;
    uint8_t *states;   /* enum file_page_state, MAPPED_ANY_TIME; the server's own, as clients can write to those in `shared` */
    uint64_t any_time; /* pages that have it */
    bool writable;     /* somebody may have changed something */
};

#define MAPPED_STATE 0x7fu
#define MAPPED_ANY_TIME 0x80u /* of a page: it may be changed without a mark */

static inline uint8_t mapped_state(const struct mapped *mapped, uint64_t page)
{
    return mapped->states[page] & MAPPED_STATE;
}

static inline uint32_t mapped_inode(const struct mapped *mapped)
{
    return (uint32_t)mapped->entry.id;
}

/* ---- map.c --------------------------------------------------------------------------------------------------------- */

/* Sets how many pages there are for all mapped files; 0: none can be mapped. */
void mapped_start(uint64_t pages);
/* The mapped contents of a file; NULL: it is not mapped. */
struct mapped *mapped_of(uint32_t inode);
/* Reports to the model that a FILE has this memory. */
cell_error_t mapped_tell(const struct mapped *mapped, uint64_t space, uint64_t object);
/* The first in the list of all; NULL: there is none. */
struct mapped *mapped_first(void);
/* An open file that had mapped it is given up. */
void mapped_leave(struct mapped *mapped);

/* ---- about.c ------------------------------------------------------------------------------------------------------- */

/* Reads what a file is from the file system; changes that clients made in mapped contents may be missing. */
cell_error_t about_read(uint32_t inode, struct file_about *about);

/* ---- mapped.c ------------------------------------------------------------------------------------------------------- */

/* Sets the state of a page, and shows it to clients. */
void mapped_set_state(struct mapped *mapped, uint64_t page, uint8_t state);
/* Shows clients what stat answers now, after the file has changed. */
void mapped_refresh(struct mapped *mapped);

/* Before the disk's contents are used: writes what clients have changed. CELL_LATER: see disk_ready(). */
cell_error_t mapped_collect(struct mapped *mapped);
/* Before the answer of stat is used: if clients have changed something since, that was now. CELL_LATER. */
cell_error_t mapped_set_times(const struct server_request *request, struct mapped *mapped);
/* Writes what clients have changed, but waits where mapped_collect() returns CELL_LATER. */
cell_error_t mapped_collect_now(struct mapped *mapped);
/* The same for all files; *more: further changes can come without a request. */
cell_error_t mapped_collect_all(bool *more);

/* After `length` bytes were read from the disk's contents: replaces those that clients have changed in mapped pages. */
void mapped_read(const struct mapped *mapped, uint64_t offset, void *to, uint64_t length);
/* After that many were written there; 0: after the file may have become larger. */
void mapped_wrote(struct mapped *mapped, uint64_t offset, uint64_t length);
/* Before the size is set; mapped_refresh() afterwards. */
cell_error_t mapped_resize(struct mapped *mapped, uint64_t size);
/* Before, and after, holes are made in a range. */
cell_error_t mapped_punch_begin(struct mapped *mapped, uint64_t offset, uint64_t length);
void mapped_punch_end(struct mapped *mapped, uint64_t offset, uint64_t length);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/mappings.h: the table of what is mapped, and the regions of the root task behind it: what the files of lib/linux that
 * deal with memory share. Calls change the regions first and the table then; what the table needs for that is put aside before, so
 * that it cannot fail.
 */
#pragma once

#include "lib/linux/memory.h"

/* Held by a thread that changes either. */
extern lock_t mappings_lock;

/* Makes room in the table for what one change needs; false: no memory. */
bool mappings_put_aside(void);
/* Notes that nothing is in a range. */
void mappings_remove(uint64_t start, uint64_t end);
/* Notes what is in a range, together with what is alike beside it: as `what`, whose offset is that of the start. */
void mappings_add(uint64_t start, uint64_t end, const struct mapping *what);
/* The same of memory of its own. */
static inline void mappings_add_own(uint64_t start, uint64_t end, unsigned protection, bool shared)
{
    mappings_add(start, end, &(struct mapping){.protection = (uint8_t)protection, .shared = shared});
}
bool mappings_free(uint64_t start, uint64_t end);
/* The lowest place for this many bytes between two addresses; false: none. */
bool mappings_place(uint64_t low, uint64_t high, uint64_t bytes, uint64_t *address);

/* Rights of a range in the root task, not in the table. */
int64_t memory_change(uint64_t start, uint64_t end, unsigned protection);
/* The same in both. */
int64_t memory_protect(uint64_t start, uint64_t end, unsigned protection);
int64_t memory_clear(uint64_t start, uint64_t end);
/* Fresh memory, to be read and written, at a place where nothing is. */
int64_t memory_attach(uint64_t start, uint64_t end, bool on_touch);
/* What was written can be executed then. */
void memory_clean_code(uint64_t at, uint64_t end);

/* Is an address one of the heap that brk moves? */
bool memory_is_break(uint64_t start, uint64_t end);

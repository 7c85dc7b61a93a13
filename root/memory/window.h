/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/window.h: reading and writing pages of memory objects that the root task
 * has not mapped. One window of WINDOW_PAGES pages, one user at a time.
 */
#pragma once

#include "root/memory/memory.h"

#define WINDOW_PAGES 16u

/*
 * Maps `count` (1 to WINDOW_PAGES) frames one after another and returns the
 * first byte. NULL: no memory for slots (only when `mapped`). `mapped`: the
 * frames' own capabilities may be mapped somewhere else, so copies are used. The
 * window must be closed before it is opened again.
 */
void *window_open(const page_t *pages, uint32_t count, bool mapped);
void window_close(void);

/* The same of a frame of 2^order pages (large.h), by a copy of its capability; NULL: no memory, also for tables. */
void *window_open_large(unsigned order, page_t page);

/* Copies a frame to another, which is mapped nowhere, while the window is closed. Cannot fail once
 * window_prepare() has returned true (false: no memory). */
bool window_prepare(void);
cell_error_t window_copy(page_t to, page_t from);

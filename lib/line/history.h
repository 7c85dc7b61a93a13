/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/line/history.h: the lines entered before, newest first.
 */
#pragma once

#include <stddef.h>

/* Lines that are kept; an older one goes for a newer one. */
#define HISTORY_LINES 200u

struct history {
    char *lines[HISTORY_LINES]; /* a ring; owned */
    size_t next;                /* where the next line goes */
    size_t count;
};

/* Keeps a copy of a line, unless it is empty, the same as the newest, or there
 * is no memory for it. */
void history_add(struct history *history, const char *line, size_t length);

/* The line `back` steps ago, from 1 for the newest; NULL: none that old. */
const char *history_line(const struct history *history, size_t back);

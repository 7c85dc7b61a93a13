/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/line/history.c: see history.h. */
#include "lib/line/history.h"

#include <stdlib.h>
#include <string.h>

const char *history_line(const struct history *history, size_t back)
{
    if (back == 0 || back > history->count)
        return NULL;
    return history->lines[(history->next + HISTORY_LINES - back) % HISTORY_LINES];
}

void history_add(struct history *history, const char *line, size_t length)
{
    const char *newest = history_line(history, 1);

    if (length == 0 || (newest != NULL && strlen(newest) == length && memcmp(newest, line, length) == 0))
        return;
    char *copy = malloc(length + 1);

    if (copy == NULL)
        return;
    memcpy(copy, line, length);
    copy[length] = 0;
    free(history->lines[history->next]);
    history->lines[history->next] = copy;
    history->next = (history->next + 1) % HISTORY_LINES;
    if (history->count < HISTORY_LINES)
        history->count++;
}

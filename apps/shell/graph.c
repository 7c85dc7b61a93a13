/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/graph.c: the model, and other texts that the root
 * task writes into memory of the shell. */
#include <cell/idl/graph.h>
#include <cell/idl/report.h>
#include <stdio.h>

#include "apps/shell/shell.h"

/* Pieces in which the model is read. */
#define BUFFER_PAGES 4u

cell_error_t text_buffer(struct cell_memory **buffer)
{
    static struct cell_memory memory;
    cell_error_t error = memory.pages != 0 ? CELL_OK : cell_memory_make(BUFFER_PAGES, &memory);

    *buffer = &memory;
    return error;
}

/* ---- model -------------------------------------------------------------------- */

static cell_error_t print_snapshot(uint64_t snapshot, const struct cell_memory *buffer)
{
    uint64_t offset = 0, count;

    for (;;) {
        cell_error_t error = graph_read(snapshot, buffer->mo, offset, &count);

        if (error != CELL_OK || count == 0)
            return error;
        fwrite(buffer->address, 1, count, stdout);
        offset += count;
    }
}

void command_model(const struct words *words)
{
    struct cell_memory *buffer;
    uint64_t pd = 0, snapshot, bytes;

    if (words->count == 2 && !pd_named(words, words->word[1], &pd))
        return;
    cell_error_t error = text_buffer(&buffer);

    if (error == CELL_OK)
        error = graph_extract(root_handle(), pd, words->count == 1, pd, &snapshot, &bytes);
    if (error == CELL_OK) {
        error = print_snapshot(snapshot, buffer);
        graph_close(snapshot);
    }
    if (error != CELL_OK)
        complain(words, "%s", cell_error_text(error));
}

/* ---- Fault reports -------------------------------------------------------------- */

void reports_show(void)
{
    static uint64_t last;
    struct cell_memory *buffer;
    uint64_t pd;

    if (text_buffer(&buffer) != CELL_OK)
        return;
    while (report_next(root_handle(), 0, last, buffer->mo, &last, &pd) == CELL_OK)
        printf("%s", (const char *)buffer->address);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/restarts.c: shows which blocks of the system's description are started again, and what was kept of the last PD of one. */
#include <cell/idl/restart.h>
#include <stdio.h>
#include <string.h>

#include "apps/shell/shell.h"

struct block {
    uint64_t number, state, pd, restarts, cause, code, wait;
    char name[32];
};

static cell_error_t next(uint64_t after, struct block *block)
{
    return restart_next(root_handle(), 0, after, &block->number, &block->state, &block->pd, &block->restarts,
                        &block->cause, &block->code, &block->wait, block->name);
}

/* Prints how the last PD ended; causes and codes are those of pd.wait. */
static void print_end(const struct block *block)
{
    static const char *const causes[] = {"exited with", "terminated", "faulted", "with another"};

    if (block->restarts == 0 && block->state < 2)
        printf("-");
    else if (block->cause == 0)
        printf("%s %lu", causes[0], block->code);
    else
        printf("%s", block->cause < sizeof causes / sizeof *causes ? causes[block->cause] : "?");
}

static void print_all(const struct words *words)
{
    static const char *const states[] = {"not started", "runs", "waits", "given up", "ended"};
    struct block block = {.number = 0};
    cell_error_t error;

    printf("PD     state       restarts  name                             last end\n");
    while ((error = next(block.number, &block)) == CELL_OK) {
        printf("%-6lx %-11s %8lu  %-32.32s ", block.pd, block.state < 5 ? states[block.state] : "?", block.restarts,
               block.name);
        print_end(&block);
        printf("\n");
    }
    if (error != CELL_NOT_FOUND)
        complain(words, "%s", cell_error_text(error));
}

static cell_error_t print_evidence(uint64_t number, bool model)
{
    struct cell_memory *buffer;
    uint64_t offset = 0, bytes = 0;
    cell_error_t error = text_buffer(&buffer);

    do {
        if (error == CELL_OK)
            error = restart_evidence(root_handle(), 0, number, model, offset, buffer->mo, &bytes);
        if (error == CELL_OK)
            fwrite(buffer->address, 1, bytes, stdout);
        offset += bytes;
    } while (error == CELL_OK && bytes != 0);
    return error;
}

void command_restarts(const struct words *words)
{
    bool model = words->count == 3 && strcmp(words->word[2], "model") == 0;
    struct block block = {.number = 0};

    if (words->count == 1) {
        print_all(words);
        return;
    }
    if (words->count == 3 && !model) {
        complain(words, "'%s' is not model", words->word[2]);
        return;
    }
    while (next(block.number, &block) == CELL_OK) {
        if (strcmp(block.name, words->word[1]) != 0)
            continue;
        cell_error_t error = print_evidence(block.number, model);

        if (error != CELL_OK)
            complain(words, "%s", error == CELL_NOT_FOUND ? "nothing was kept" : cell_error_text(error));
        return;
    }
    complain(words, "no block '%s' is started again or watched", words->word[1]);
}

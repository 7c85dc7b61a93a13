/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/redirect.c: `<`, `>` and `>>`. A program opens the files itself (lib/client/redirect.h). The shell cannot: it is essential,
 * so it must not ask servers of a lower priority. It keeps the output of its own commands in memory, and the program `save` writes it
 * to the file. */
#include <errno.h>
#include <lib/client/redirect.h>
#include <lib/client/spawn.h>
#include <lib/runtime/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

#define PAGES_FIRST 16u
/* Files that the shell reads must be smaller. */
#define LOAD_PAGES 17u
/* The address of the memory in the program. */
#define SHARED_AT UINT64_C(0x6000000000)

static struct cell_memory kept;
static size_t kept_bytes;

static bool has_room(size_t more)
{
    struct cell_memory larger;

    if (kept_bytes + more <= kept.pages * CELL_PAGE)
        return true;
    if (cell_memory_make((kept_bytes + more) / CELL_PAGE * 2 + PAGES_FIRST, &larger) != CELL_OK)
        return false;
    memcpy(larger.address, kept.address, kept_bytes);
    if (kept.pages != 0)
        cell_memory_free(&kept);
    kept = larger;
    return true;
}

static ssize_t (*write_console)(int file, const void *buffer, size_t count);

static ssize_t keep(int file, const void *buffer, size_t count)
{
    if (file != 1)
        return write_console(file, buffer, count);
    if (!has_room(count))
        return -ENOMEM;
    memcpy((char *)kept.address + kept_bytes, buffer, count);
    kept_bytes += count;
    return (ssize_t)count;
}

void redirect_environment(const struct words *words, struct spawn *spawn)
{
    if (words->input != NULL)
        spawn_environment(spawn, REDIRECT_INPUT, words->input);
    if (words->output != NULL)
        spawn_environment(spawn, words->append ? REDIRECT_APPEND : REDIRECT_OUTPUT, words->output);
}

bool redirect_memory(const struct words *words, const char *program, const void *memory, size_t bytes)
{
    char address[24], count[24], what[32];
    struct job job = {0};
    char *const arguments[] = {address, count};
    struct spawned spawned;
    struct spawn spawn;

    snprintf(address, sizeof address, "%#lx", (unsigned long)SHARED_AT);
    snprintf(count, sizeof count, "%zu", bytes);
    snprintf(what, sizeof what, "program=%s", program);
    snprintf(job.name, sizeof job.name, "%s", program);
    spawn_begin(&spawn, program, "process", what);
    spawn_line(&spawn, "  region %#lx shared at=%#lx rights=%s on-touch", (unsigned long)memory, (unsigned long)SHARED_AT,
               words->output != NULL ? "r" : "rw");
    spawn_edges(&spawn);
    redirect_environment(words, &spawn);
    spawn_arguments(&spawn, 2, arguments);
    cell_error_t error = spawn_run(&spawn, &spawned);

    job.pd = spawned.pd;
    job.id = spawned.id;
    if (error == CELL_OK)
        return job_run(words, &job);
    complain(words, "%s: %s%s%s", program, cell_error_text(error), *spawned.text == 0 ? "" : ": ", spawned.text);
    return false;
}

char *redirect_load(const struct words *words, char *path, size_t *size)
{
    const size_t most = LOAD_PAGES * CELL_PAGE - sizeof(uint64_t);
    const struct words from = {.word = words->word, .count = words->count, .input = path};
    struct cell_memory memory;
    char *text = NULL;

    if (cell_memory_make(LOAD_PAGES, &memory) != CELL_OK) {
        complain(words, "%s: no memory left", path);
        return NULL;
    }
    volatile uint64_t *count = (volatile uint64_t *)((char *)memory.address + most);

    *count = UINT64_MAX;
    /* The count is read only once, as the program may still write to the memory. */
    uint64_t bytes = redirect_memory(&from, "load", memory.address, most) ? *count : UINT64_MAX;

    if (bytes < most)
        text = malloc(bytes + 1);
    if (text != NULL)
        memcpy(text, memory.address, bytes);
    *size = bytes;
    cell_memory_free(&memory);
    return text;
}

void redirect_command(const struct words *words, void (*run)(const struct words *words))
{
    if (words->output == NULL) {
        run(words);
        return;
    }
    fflush(stdout);
    kept_bytes = 0;
    write_console = runtime_hooks.write;
    bool well = has_room(1);

    if (well) {
        runtime_hooks.write = keep;
        run(words);
        well = fflush(stdout) == 0;
        runtime_hooks.write = write_console;
    }
    if (well)
        redirect_memory(words, "save", kept.address, kept_bytes);
    else
        complain(words, "%s: no memory left", words->output);
    if (kept.pages != 0)
        cell_memory_free(&kept);
    kept = (struct cell_memory){0};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/spawn.c: see spawn.h. Bottom-up: text, quoting, the request. */
#include <lib/client/spawn.h>

#include <cell/idl/pd.h>
#include <lib/runtime/runtime.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text --------------------------------------------------------------- */

static void add(struct spawn *spawn, const char *bytes, size_t count)
{
    if (spawn->failed)
        return;
    if (spawn->length + count > spawn->room) {
        size_t room = (spawn->length + count) * 2 + 128;
        char *larger = spawn->length + count > SPAWN_TEXT_BYTES ? NULL : realloc(spawn->text, room);

        if (larger == NULL) {
            spawn->failed = true;
            return;
        }
        spawn->text = larger;
        spawn->room = room;
    }
    memcpy(spawn->text + spawn->length, bytes, count);
    spawn->length += count;
}

static void add_text(struct spawn *spawn, const char *text)
{
    add(spawn, text, strlen(text));
}

/* In quotes, where a backslash keeps what follows, and \n is a line end (lib/plan/parse.c). */
static void add_inside(struct spawn *spawn, const char *word)
{
    while (*word != 0) {
        size_t plain = strcspn(word, "\"\\\n");

        add(spawn, word, plain);
        word += plain;
        if (*word == 0)
            break;
        add_text(spawn, "\\");
        add(spawn, *word == '\n' ? "n" : word, 1);
        word++;
    }
}

static void add_quoted(struct spawn *spawn, const char *word)
{
    add_text(spawn, "\"");
    add_inside(spawn, word);
    add_text(spawn, "\"");
}

void spawn_begin(struct spawn *spawn, const char *name, const char *preset, const char *more)
{
    *spawn = (struct spawn){0};
    add_text(spawn, "pd ");
    add_quoted(spawn, name);
    add_text(spawn, " ");
    add_text(spawn, preset);
    add_text(spawn, " ");
    add_text(spawn, more);
    add_text(spawn, "\n");
}

void spawn_line(struct spawn *spawn, const char *format, ...)
{
    char line[256];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= (int)sizeof line - 1) {
        spawn->failed = true;
        return;
    }
    line[length] = '\n';
    add(spawn, line, (size_t)length + 1);
}

void spawn_text(struct spawn *spawn, const char *lines)
{
    add_text(spawn, lines);
    add_text(spawn, "\n");
}

void spawn_edges(struct spawn *spawn)
{
    add_text(spawn, "  rde *\n");
}

void spawn_arguments(struct spawn *spawn, int count, char *const *arguments)
{
    if (count > 0)
        add_text(spawn, "  args");
    for (int i = 0; i < count; i++) {
        add_text(spawn, " ");
        add_quoted(spawn, arguments[i]);
    }
    if (count > 0)
        add_text(spawn, "\n");
}

void spawn_environment(struct spawn *spawn, const char *name, const char *value)
{
    add_text(spawn, "  env \"");
    add_inside(spawn, name);
    add_text(spawn, "=");
    add_inside(spawn, value);
    add_text(spawn, "\"\n");
}

/* ---- The request -------------------------------------------------------- */

/* Where configurations are handed over; kept, so that making many PDs costs no
 * more than the requests. */
static struct cell_memory page;

static cell_error_t prepare_page(size_t bytes)
{
    uint64_t pages = (bytes + CELL_PAGE - 1) / CELL_PAGE;

    if (page.pages >= pages)
        return CELL_OK;
    if (page.pages != 0)
        cell_memory_free(&page);
    return cell_memory_make(pages, &page);
}

/* Keeps what the planner says. */
static cell_error_t refused(struct spawned *spawned, cell_error_t error, const struct pd_make_fault *fault)
{
    if (fault->text_count != 0) {
        int prefix = snprintf(spawned->fault, sizeof spawned->fault, "line %lu: ", (unsigned long)fault->line);

        spawned->text = spawned->fault + prefix;
        snprintf(spawned->fault + prefix, sizeof spawned->fault - (size_t)prefix, "%s", fault->text);
    }
    spawned->line = fault->line;
    spawned->reason = (enum cell_refusal)fault->reason;
    return error;
}

/* A text that is longer than a message. */
static cell_error_t create_by_page(const struct spawn *spawn, cell_cap_t space, struct spawned *spawned,
                                   struct pd_make_fault *fault)
{
    struct pd_create_fault same;
    cell_error_t error = prepare_page(spawn->length);

    if (error != CELL_OK)
        return error;
    memcpy(page.address, spawn->text, spawn->length);
    error = pd_create(space, page.mo, spawn->length, &spawned->pd, &spawned->id, &same);
    memcpy(fault, &same, sizeof *fault);
    return error;
}

static cell_error_t create(const struct spawn *spawn, struct spawned *spawned)
{
    cell_cap_t space = cell_rde("PD");
    struct pd_make_fault fault = {0};

    if (space == 0)
        return CELL_DENIED;
    if (spawn->failed)
        return CELL_TOO_LARGE;
    cell_error_t error =
        spawn->length <= PD_MAKE_TEXT_MOST
            ? pd_make(space, spawn->text, spawn->length, &spawned->pd, &spawned->id, &fault)
            : create_by_page(spawn, space, spawned, &fault);

    return error == CELL_OK ? error : refused(spawned, error, &fault);
}

cell_error_t spawn_run(struct spawn *spawn, struct spawned *spawned)
{
    *spawned = (struct spawned){.text = spawned->fault};
    cell_error_t error = create(spawn, spawned);

    free(spawn->text);
    *spawn = (struct spawn){0};
    return error;
}

cell_error_t cell_fork(const char *name, struct spawned *child)
{
    struct spawn spawn;

    spawn_begin(&spawn, name, "fork", "");
    cell_error_t error = spawn_run(&spawn, child);

    /* The copy has no vector registers of its creator's; those that functions keep are saved. */
    __asm__ volatile(""
                     :
                     :
                     : "memory", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15");
    if (error == CELL_OK && child->id == 0)
        page = (struct cell_memory){0};
    return error;
}

cell_error_t cell_thread_create(int (*function)(void *), void *argument, struct spawned *spawned)
{
    cell_cap_t space = cell_rde("PD");

    *spawned = (struct spawned){.text = spawned->fault};
    return space == 0 ? CELL_DENIED
                      : pd_thread(space, (uintptr_t)function, (uintptr_t)argument, &spawned->pd,
                                  &spawned->id);
}

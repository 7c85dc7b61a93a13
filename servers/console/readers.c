/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/readers.c: see readers.h. Bytes stay as they were typed until
 * somebody reads, so a program that does not read echoes nothing, and what was
 * typed ahead appears behind the next prompt.
 */
#include "servers/console/readers.h"

#include <cell/idl/console.h>
#include <stdlib.h>
#include <string.h>

#include "servers/console/input.h"
#include "servers/console/screen.h"

struct reader {
    struct server_reply reply;
    const struct server_client *client;
    struct unread *unread;
    size_t most;
    bool history;
    struct reader *next;
};

static struct reader pool[SERVER_DEFERRED];
static struct reader *unused, *first, **last = &first;
static struct editor editor;
static struct history history;

/* ---- What is left of a line ------------------------------------------------ */

size_t unread_take(struct unread *unread, char *bytes, size_t most)
{
    size_t count = unread->length - unread->start;

    if (count > most)
        count = most;
    memcpy(bytes, unread->text + unread->start, count);
    unread->start += count;
    if (unread->start == unread->length)
        unread_free(unread);
    return count;
}

void unread_free(struct unread *unread)
{
    free(unread->text);
    *unread = (struct unread){0};
}

/* ---- The queue --------------------------------------------------------------- */

static void prepare(void)
{
    if (editor.write != NULL)
        return;
    editor_init(&editor, screen_echo, NULL);
    for (size_t i = 0; i < SERVER_DEFERRED; i++) {
        pool[i].next = unused;
        unused = &pool[i];
    }
}

struct editor *readers_editor(void)
{
    return first != NULL ? &editor : NULL;
}

static void remove_reader(struct reader **link)
{
    struct reader *reader = *link;

    *link = reader->next;
    if (last == &reader->next)
        last = link;
    reader->next = unused;
    unused = reader;
}

cell_error_t readers_add(struct server_request *request, bool keep, size_t most,
                         struct unread *unread)
{
    prepare();
    struct reader *reader = unused;

    if (reader == NULL)
        return CELL_BUSY;
    struct reader new = {
        .client = request->handle->client, .unread = unread, .most = most, .history = keep};
    cell_error_t error = server_defer(request, &new.reply);

    if (error != CELL_OK)
        return error;
    unused = reader->next;
    *reader = new;
    *last = reader;
    last = &reader->next;
    return CELL_OK;
}

void readers_forget(const struct server_client *client)
{
    for (struct reader **at = &first; *at != NULL;) {
        if ((*at)->client != client) {
            at = &(*at)->next;
            continue;
        }
        if (at == &first)
            editor_drop(&editor);
        server_answer(&(*at)->reply, CELL_GONE, NULL, 0);
        remove_reader(at);
    }
}

/* ---- Lines ------------------------------------------------------------------- */

/* Answers the first in the queue with `count` bytes: an `_out` structure of
 * console_read(), of which only what is used is sent. */
static void answer_first(cell_error_t error, const char *text, size_t count)
{
    struct {
        uint64_t count;
        char text[CONSOLE_READ_TEXT_MOST];
    } answer = {.count = count};

    memcpy(answer.text, text, count);
    server_answer(&first->reply, error, &answer, sizeof answer.count + count);
    remove_reader(&first);
}

/* The line goes to the first in the queue; what it did not ask for is kept. */
static void hand_over(void)
{
    size_t count = editor.length < first->most ? editor.length : first->most;
    size_t rest = editor.length - count;
    struct unread *unread = first->unread;

    if (rest != 0) {
        unread->text = malloc(rest);
        if (unread->text == NULL) {
            answer_first(CELL_NO_MEMORY, NULL, 0);
            return;
        }
        memcpy(unread->text, editor.line + count, rest);
        unread->length = rest;
    }
    answer_first(CELL_OK, editor.line, count);
}

static void run_event(enum editor_event event)
{
    if (event == EDITOR_MORE)
        return;
    screen_line_done();
    if (event == EDITOR_LINE)
        hand_over();
    else
        answer_first(event == EDITOR_END ? CELL_OK : CELL_INTERRUPTED, "", 0);
    /* What is shown from now on is not to bring the finished line back. */
    editor_drop(&editor);
}

void readers_feed(void)
{
    char byte;

    while (first != NULL && input_take(&byte)) {
        editor.history = first->history ? &history : NULL;
        run_event(editor_feed(&editor, byte));
    }
}

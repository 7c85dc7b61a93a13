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

#include "servers/console/foreground.h"
#include "servers/console/input.h"
#include "servers/console/screen.h"

static struct reader *first, **last = &first;
static struct editor editor;
static struct history history;
/* The reader that has the current line without waiting: it looks at the line behind a tab. */
static const struct server_client *holder;

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
}

/* The link to the reader that gets the next line: of those that may read, the one that has waited longest. It points to NULL if
 * there is none. */
static struct reader **next_reader(void)
{
    struct reader **at = &first;

    while (*at != NULL && !(*at)->chosen)
        at = &(*at)->next;
    return at;
}

bool readers_wait(void)
{
    return *next_reader() != NULL || holder != NULL;
}

/* The flags of the next reader; 0, as for a line, if there is only a holder. */
static unsigned next_flags(void)
{
    const struct reader *reader = *next_reader();

    return reader == NULL ? 0 : reader->flags;
}

struct editor *readers_editor(void)
{
    return readers_wait() && (next_flags() & (READER_BYTES | READER_HIDDEN)) == 0 ? &editor : NULL;
}

bool readers_take_interrupt(void)
{
    return (next_flags() & (READER_BYTES | READER_INTERRUPT)) == (READER_BYTES | READER_INTERRUPT);
}

static void remove_reader(struct reader **link)
{
    struct reader *reader = *link;

    *link = reader->next;
    if (last == &reader->next)
        last = link;
    reader->client = NULL;
    if (reader->owned)
        free(reader);
}

void readers_choose(void)
{
    const struct reader *before = *next_reader();

    for (struct reader *reader = first; reader != NULL; reader = reader->next)
        reader->chosen = foreground_reads(reader->client);
    if (holder != NULL && !foreground_reads(holder))
        holder = NULL;
    if (before != *next_reader() || (before == NULL && holder == NULL))
        editor_drop(&editor);
}

cell_error_t readers_add(struct server_request *request, unsigned flags, size_t most, struct unread *unread, struct reader *own)
{
    const struct server_client *client = request->handle->client;
    bool owned = own->client != NULL;
    struct reader *reader = owned ? malloc(sizeof *reader) : own;

    if (reader == NULL)
        return CELL_NO_MEMORY;
    *reader = (struct reader){
        .client = client, .unread = unread, .most = most, .flags = flags, .chosen = foreground_reads(client), .owned = owned};
    prepare();
    cell_error_t error = server_defer(request, &reader->reply);

    if (error != CELL_OK) {
        reader->client = NULL;
        if (owned)
            free(reader);
        return error;
    }
    *last = reader;
    last = &reader->next;
    if (holder == client)
        holder = NULL;
    return CELL_OK;
}

void readers_forget(const struct server_client *client)
{
    const struct reader *next = *next_reader();

    if (client == holder || (next != NULL && next->client == client)) {
        holder = NULL;
        editor_drop(&editor);
    }
    for (struct reader **at = &first; *at != NULL;) {
        if ((*at)->client != client) {
            at = &(*at)->next;
            continue;
        }
        server_answer(&(*at)->reply, CELL_GONE, NULL, 0);
        remove_reader(at);
    }
}

/* ---- Lines ------------------------------------------------------------------- */

/* Answers the next reader with `count` bytes: an `_out` structure of console_read(), of which only what is used is
 * sent. */
static void answer(cell_error_t error, const char *text, size_t count)
{
    struct reader **reader = next_reader();
    struct {
        uint64_t count;
        char text[CONSOLE_READ_TEXT_MOST];
    } out = {.count = count};

    memcpy(out.text, text, count);
    server_answer(&(*reader)->reply, error, &out, sizeof out.count + count);
    remove_reader(reader);
}

/* Gives the line to the next reader; what it has no room for is kept. */
static void hand_over(void)
{
    const struct reader *reader = *next_reader();
    size_t count = editor.length < reader->most ? editor.length : reader->most;
    size_t rest = editor.length - count;

    if (rest != 0) {
        server_works_for(reader->client);
        reader->unread->text = malloc(rest);
        if (reader->unread->text == NULL) {
            answer(CELL_NO_MEMORY, "", 0);
            return;
        }
        memcpy(reader->unread->text, editor.line + count, rest);
        reader->unread->length = rest;
    }
    answer(CELL_OK, editor.line, count);
}

/* Gives the reader the text before the cursor, with a tab; the line stays. */
static void show_tab(void)
{
    const struct reader *reader = *next_reader();
    char text[CONSOLE_READ_TEXT_MOST];

    if (editor.cursor >= reader->most) {
        editor_bell(&editor);
        return;
    }
    memcpy(text, editor.line, editor.cursor);
    text[editor.cursor] = '\t';
    holder = reader->client;
    answer(CELL_OK, text, editor.cursor + 1);
}

static void run_event(enum editor_event event)
{
    if (event == EDITOR_TAB)
        show_tab();
    if (event == EDITOR_MORE || event == EDITOR_TAB)
        return;
    screen_line_done();
    if (event == EDITOR_LINE)
        hand_over();
    else
        answer(event == EDITOR_END ? CELL_OK : CELL_INTERRUPTED, "", 0);
    /* Output from now on must not show the finished line again. */
    editor_drop(&editor);
}

/* Gives the next reader what was typed, unedited; false: nothing was typed. */
static bool hand_over_bytes(void)
{
    size_t most = (*next_reader())->most, count = 0;
    char bytes[CONSOLE_READ_TEXT_MOST];

    while (count < most && count < sizeof bytes && input_take(&bytes[count]))
        count++;
    if (count != 0)
        answer(CELL_OK, bytes, count);
    return count != 0;
}

static void feed_line(const struct reader *reader, char byte)
{
    editor.history = (reader->flags & READER_HISTORY) != 0 ? &history : NULL;
    editor.tabs = (reader->flags & READER_TABS) != 0;
    editor.write = (reader->flags & READER_HIDDEN) != 0 ? screen_nothing : screen_echo;
    run_event(editor_feed(&editor, byte));
}

void readers_feed(void)
{
    const struct reader *reader;

    while ((reader = *next_reader()) != NULL) {
        char byte;

        if ((reader->flags & READER_BYTES) != 0) {
            if (!hand_over_bytes()) /* or the reader is gone */
                break;
        } else if (input_take(&byte)) {
            feed_line(reader, byte);
        } else {
            break;
        }
    }
}

bool readers_insert(const struct server_client *client, const char *text, size_t count)
{
    if (client != holder)
        return false;
    for (size_t i = 0; i < count; i++)
        if ((unsigned char)text[i] >= ' ' && editor.length < EDITOR_LINE_BYTES - 2)
            editor_feed(&editor, text[i]);
    return true;
}

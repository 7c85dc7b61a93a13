/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/line/editor.c: see editor.h. Bottom-up: drawing, changing the line,
 * history, keys (a table), escape sequences, one byte.
 */
#include "lib/line/editor.h"

#include <string.h>

#define CONTROL(letter) ((letter) & 0x1f)
#define KEY_BACKSPACE 0x7f
#define KEY_ESCAPE 0x1b
/* Room for the line end. */
#define TEXT_BYTES (EDITOR_LINE_BYTES - 1)

/* ---- Drawing --------------------------------------------------------- */

static void put(struct editor *editor, const char *bytes, size_t count)
{
    if (count != 0)
        editor->write(editor->context, bytes, count);
}

/* Does a UTF-8 character begin with this byte? */
static bool begins(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t columns(const char *bytes, size_t count)
{
    size_t number = 0;

    for (size_t i = 0; i < count; i++)
        number += begins(bytes[i]);
    return number;
}

static void put_times(struct editor *editor, char byte, size_t times)
{
    while (times-- > 0)
        put(editor, &byte, 1);
}

void editor_bell(struct editor *editor)
{
    put(editor, "\a", 1);
}

/* The text from the cursor on was changed: draws it, blanks what was longer, and
 * goes back. `erased`: columns that went. */
static void draw_tail(struct editor *editor, size_t erased)
{
    const char *tail = editor->line + editor->cursor;
    size_t bytes = editor->length - editor->cursor;

    put(editor, tail, bytes);
    put_times(editor, ' ', erased);
    put_times(editor, '\b', columns(tail, bytes) + erased);
}

static void move_to(struct editor *editor, size_t cursor)
{
    if (cursor < editor->cursor)
        put_times(editor, '\b', columns(editor->line + cursor, editor->cursor - cursor));
    else
        put(editor, editor->line + editor->cursor, cursor - editor->cursor);
    editor->cursor = cursor;
}

void editor_redraw(struct editor *editor)
{
    const char *tail = editor->line + editor->cursor;

    put(editor, editor->line, editor->length);
    put_times(editor, '\b', columns(tail, editor->length - editor->cursor));
}

/* ---- Changing the line ----------------------------------------------- */

static size_t before(const struct editor *editor, size_t at)
{
    while (at > 0 && !begins(editor->line[--at]))
        ;
    return at;
}

static size_t after(const struct editor *editor, size_t at)
{
    if (at < editor->length)
        at++;
    while (at < editor->length && !begins(editor->line[at]))
        at++;
    return at;
}

/* Removes bytes `from` to `to` - 1, around or next to the cursor. */
static void erase(struct editor *editor, size_t from, size_t to)
{
    size_t erased = columns(editor->line + from, to - from);

    move_to(editor, from);
    memmove(editor->line + from, editor->line + to, editor->length - to);
    editor->length -= to - from;
    draw_tail(editor, erased);
}

static void insert(struct editor *editor, char byte)
{
    size_t tail = editor->length - editor->cursor;

    memmove(editor->line + editor->cursor + 1, editor->line + editor->cursor, tail);
    editor->line[editor->cursor++] = byte;
    editor->length++;
    put(editor, &byte, 1);
    /* A character of several bytes is complete on the screen with its last; what
     * is drawn before that is drawn again. */
    if (tail != 0)
        draw_tail(editor, 0);
}

static void replace(struct editor *editor, const char *text, size_t length)
{
    size_t old = columns(editor->line, editor->length);
    size_t new = columns(text, length);

    move_to(editor, 0);
    memcpy(editor->line, text, length);
    editor->length = length;
    put(editor, text, length);
    editor->cursor = length;
    if (old > new)
        draw_tail(editor, old - new);
}

void editor_drop(struct editor *editor)
{
    editor->length = editor->cursor = 0;
    editor->back = 0;
    editor->escape = 0;
    editor->ready = false;
    editor->after_end = false;
}

/* ---- History --------------------------------------------------------- */

static void walk(struct editor *editor, size_t back)
{
    const char *text = back == 0 ? editor->saved : NULL;
    size_t length = editor->saved_length;

    if (back != 0 && editor->history != NULL)
        text = history_line(editor->history, back);
    if (text == NULL) {
        editor_bell(editor);
        return;
    }
    if (editor->back == 0) {
        memcpy(editor->saved, editor->line, editor->length);
        editor->saved_length = editor->length;
    }
    if (back != 0)
        length = strlen(text);
    replace(editor, text, length);
    editor->back = back;
}

/* ---- Keys ------------------------------------------------------------ */

static enum editor_event key_left(struct editor *editor)
{
    move_to(editor, before(editor, editor->cursor));
    return EDITOR_MORE;
}

static enum editor_event key_right(struct editor *editor)
{
    move_to(editor, after(editor, editor->cursor));
    return EDITOR_MORE;
}

static enum editor_event key_home(struct editor *editor)
{
    move_to(editor, 0);
    return EDITOR_MORE;
}

static enum editor_event key_end(struct editor *editor)
{
    move_to(editor, editor->length);
    return EDITOR_MORE;
}

static enum editor_event key_older(struct editor *editor)
{
    walk(editor, editor->back + 1);
    return EDITOR_MORE;
}

static enum editor_event key_newer(struct editor *editor)
{
    if (editor->back == 0)
        editor_bell(editor);
    else
        walk(editor, editor->back - 1);
    return EDITOR_MORE;
}

static enum editor_event key_backspace(struct editor *editor)
{
    if (editor->cursor == 0)
        editor_bell(editor);
    else
        erase(editor, before(editor, editor->cursor), editor->cursor);
    return EDITOR_MORE;
}

static enum editor_event key_delete(struct editor *editor)
{
    if (editor->cursor == editor->length)
        editor_bell(editor);
    else
        erase(editor, editor->cursor, after(editor, editor->cursor));
    return EDITOR_MORE;
}

static enum editor_event key_erase_begin(struct editor *editor)
{
    erase(editor, 0, editor->cursor);
    return EDITOR_MORE;
}

static enum editor_event key_erase_end(struct editor *editor)
{
    erase(editor, editor->cursor, editor->length);
    return EDITOR_MORE;
}

static enum editor_event key_erase_word(struct editor *editor)
{
    size_t from = editor->cursor;

    while (from > 0 && editor->line[from - 1] == ' ')
        from--;
    while (from > 0 && editor->line[from - 1] != ' ')
        from--;
    erase(editor, from, editor->cursor);
    return EDITOR_MORE;
}

static enum editor_event hand_over(struct editor *editor)
{
    editor->ready = true;
    return EDITOR_LINE;
}

static enum editor_event key_enter(struct editor *editor)
{
    move_to(editor, editor->length);
    put(editor, "\n", 1);
    if (editor->history != NULL)
        history_add(editor->history, editor->line, editor->length);
    editor->line[editor->length++] = '\n';
    return hand_over(editor);
}

static enum editor_event key_return(struct editor *editor)
{
    editor->after_return = true;
    return key_enter(editor);
}

static enum editor_event key_end_of_input(struct editor *editor)
{
    if (editor->length == 0)
        return EDITOR_END;
    if (editor->cursor != editor->length)
        return key_delete(editor);
    if (editor->history != NULL && !editor->after_end) {
        editor->after_end = true;
        editor_bell(editor);
        return EDITOR_MORE;
    }
    put(editor, "\n", 1);
    return hand_over(editor);
}

static enum editor_event key_interrupt(struct editor *editor)
{
    put(editor, "^C\n", 3);
    editor_drop(editor);
    return EDITOR_INTERRUPT;
}

static enum editor_event key_escape(struct editor *editor)
{
    editor->escape = KEY_ESCAPE;
    editor->parameter = 0;
    return EDITOR_MORE;
}

typedef enum editor_event (*key_action)(struct editor *editor);

static const key_action keys[0x20] = {
    [CONTROL('A')] = key_home,         [CONTROL('B')] = key_left,
    [CONTROL('C')] = key_interrupt,    [CONTROL('D')] = key_end_of_input,
    [CONTROL('E')] = key_end,          [CONTROL('F')] = key_right,
    [CONTROL('H')] = key_backspace,    [CONTROL('J')] = key_enter,
    [CONTROL('K')] = key_erase_end,    [CONTROL('M')] = key_return,
    [CONTROL('N')] = key_newer,        [CONTROL('P')] = key_older,
    [CONTROL('U')] = key_erase_begin,  [CONTROL('W')] = key_erase_word,
    [KEY_ESCAPE] = key_escape,
};

/* ---- Escape sequences ------------------------------------------------ */

struct sequence {
    char final;     /* ESC [ … final, or ESC O final */
    char parameter; /* of ESC [ parameter ~, else 0 */
    key_action action;
};

/* As VT220 and xterm send them (ECMA-48 control sequences). */
static const struct sequence sequences[] = {
    {'A', 0, key_older}, {'B', 0, key_newer}, {'C', 0, key_right}, {'D', 0, key_left},
    {'H', 0, key_home},  {'F', 0, key_end},   {'~', '1', key_home}, {'~', '7', key_home},
    {'~', '4', key_end}, {'~', '8', key_end}, {'~', '3', key_delete},
};

static enum editor_event feed_escape(struct editor *editor, char byte)
{
    if (editor->escape == KEY_ESCAPE) {
        editor->escape = byte == '[' || byte == 'O' ? (unsigned)byte : 0;
        return EDITOR_MORE;
    }
    if (byte >= 0x20 && byte < 0x40) { /* parameters */
        if (editor->parameter == 0)
            editor->parameter = byte;
        return EDITOR_MORE;
    }
    editor->escape = 0;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        const struct sequence *known = &sequences[i];

        if (known->final == byte && (byte != '~' || known->parameter == editor->parameter))
            return known->action(editor);
    }
    return EDITOR_MORE;
}

/* ---- One byte -------------------------------------------------------- */

void editor_init(struct editor *editor,
                 void (*write)(void *context, const char *bytes, size_t count), void *context)
{
    memset(editor, 0, sizeof *editor);
    editor->write = write;
    editor->context = context;
}

enum editor_event editor_feed(struct editor *editor, char byte)
{
    bool line_end_seen = editor->after_return;

    editor->after_return = false;
    editor->after_end = editor->after_end && byte == CONTROL('D');
    if (editor->ready)
        editor_drop(editor);
    if (line_end_seen && byte == '\n')
        return EDITOR_MORE;
    if (editor->escape != 0)
        return feed_escape(editor, byte);
    if (byte == KEY_BACKSPACE)
        return key_backspace(editor);
    if ((unsigned char)byte < 0x20) {
        key_action action = keys[(unsigned char)byte];

        if (byte == '\t' && editor->tabs)
            return EDITOR_TAB;
        if (byte == '\t')
            byte = ' ';
        else if (action == NULL)
            return EDITOR_MORE;
        else
            return action(editor);
    }
    insert(editor, byte);
    return editor->length == TEXT_BYTES ? hand_over(editor) : EDITOR_MORE;
}

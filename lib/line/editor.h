/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/line/editor.h: a line editor for a terminal that understands backspace.
 *
 * Keys: left, right, Home, End, Ctrl-A, Ctrl-E, Ctrl-B, Ctrl-F move; Backspace,
 * Delete, Ctrl-U, Ctrl-K, Ctrl-W delete; up, down, Ctrl-P, Ctrl-N walk through
 * the history; Ctrl-C drops the line; Ctrl-D ends the input on an empty line,
 * deletes a character inside of one, and hands a line over as it is at its end; with a
 * history (at a prompt) the second one in a row does, and the first one rings.
 *
 * Bytes above 0x7f are taken as UTF-8, one column per character. What is drawn
 * uses backspaces only, so the line has to fit the terminal's width for editing
 * in its middle to look right (appending always does).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/line/history.h"

/* Bytes of a line, with its line end. A longer one is handed over in parts. */
#define EDITOR_LINE_BYTES 4096u

enum editor_event {
    EDITOR_MORE,      /* nothing yet */
    EDITOR_LINE,      /* a line is ready: editor->line, editor->length bytes */
    EDITOR_END,       /* end of input */
    EDITOR_INTERRUPT, /* the line was dropped */
    EDITOR_TAB,       /* a tab, with editor->tabs: nothing has changed */
};

struct editor {
    char line[EDITOR_LINE_BYTES];
    size_t length;
    size_t cursor;             /* in bytes */
    bool ready;                /* the line was handed over: the next byte begins a new one */
    bool after_return;         /* a line feed that follows is part of the line end */
    bool after_end;            /* Ctrl-D was typed behind the line */
    bool tabs;                 /* a tab is EDITOR_TAB, else a blank */
    unsigned escape;           /* state in an escape sequence */
    char parameter;            /* first digit of its number, or 0 */
    size_t back;               /* steps into the history; 0: the line being typed */
    char saved[EDITOR_LINE_BYTES]; /* the line being typed, while walking */
    size_t saved_length;
    struct history *history;   /* NULL: none */
    void (*write)(void *context, const char *bytes, size_t count);
    void *context;
};

/* `write` shows bytes on the terminal. */
void editor_init(struct editor *editor,
                 void (*write)(void *context, const char *bytes, size_t count), void *context);

/* Takes one typed byte. With EDITOR_LINE the line ends in a line feed, except
 * where Ctrl-D or EDITOR_LINE_BYTES ended it; it is valid until the next byte. */
enum editor_event editor_feed(struct editor *editor, char byte);

/* Draws the line so far again, behind a prompt that the caller wrote. */
void editor_redraw(struct editor *editor);

/* Says that a key does nothing here. */
void editor_bell(struct editor *editor);

/* Forgets the line so far. */
void editor_drop(struct editor *editor);

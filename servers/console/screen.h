/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/screen.h: what is shown. Each text of a program is shown in
 * one piece; if a line is being edited meanwhile, it is shown again below.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/line/editor.h"

/* How much of an unfinished line (a prompt) is shown again; the rest is cut. */
#define SCREEN_PROMPT_BYTES 128u

/* Shows text of a program. `editor`: the one whose line is on the screen, or NULL. */
void screen_show(const char *text, size_t count, struct editor *editor);

/* Shows what the editor draws (an editor's `write`). */
void screen_echo(void *context, const char *text, size_t count);
/* The same for a line that is not shown. */
void screen_nothing(void *context, const char *text, size_t count);

/* The line that was edited is finished: what comes next begins a line. */
void screen_line_done(void);

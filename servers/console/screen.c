/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/console/screen.c: see screen.h. */
#include "servers/console/screen.h"

#include <string.h>

#include "servers/console/uart.h"

/* What programs wrote since the last line end. */
static char prompt[SCREEN_PROMPT_BYTES];
static size_t prompt_length;

/* Line feeds become carriage return and line feed. */
static void send(const char *text, size_t count)
{
    while (count > 0) {
        const char *end = memchr(text, '\n', count);
        size_t length = end == NULL ? count : (size_t)(end - text);

        uart_send(text, length);
        if (end == NULL)
            return;
        uart_send("\r\n", 2);
        text += length + 1;
        count -= length + 1;
    }
}

static void remember(const char *text, size_t count)
{
    for (size_t at = count; at > 0; at--) {
        if (text[at - 1] == '\n') {
            prompt_length = 0;
            text += at;
            count -= at;
            break;
        }
    }
    if (count > sizeof prompt - prompt_length)
        count = sizeof prompt - prompt_length;
    memcpy(prompt + prompt_length, text, count);
    prompt_length += count;
}

void screen_show(const char *text, size_t count, struct editor *editor)
{
    if (count == 0)
        return;
    if (editor == NULL || prompt_length + editor->length == 0) {
        send(text, count);
        remember(text, count);
        return;
    }
    /* The text goes below the line that is being edited, which is then shown again. */
    send("\n", 1);
    send(text, count);
    if (text[count - 1] != '\n')
        send("\n", 1);
    send(prompt, prompt_length);
    editor_redraw(editor);
}

void screen_echo(void *context, const char *text, size_t count)
{
    (void)context;
    send(text, count);
}

void screen_nothing(void *context, const char *text, size_t count)
{
    (void)context;
    (void)text;
    (void)count;
}

void screen_line_done(void)
{
    prompt_length = 0;
}

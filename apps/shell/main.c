/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/main.c: the shell: reads a line, splits it (words.c), and runs the
 * command that its first word names (commands.c). The end of its input powers the
 * machine off.
 */
#include <cell/idl/console.h>
#include <cell/idl/machine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

#define PROMPT "cell> "

struct line {
    char *text;
    size_t length, room;
};

/* Appends a part of the line; false: no memory. */
static bool append(struct line *line, const char *bytes, size_t count)
{
    if (line->length + count + 1 > line->room) {
        size_t room = (line->length + count) * 2 + 256;
        char *larger = realloc(line->text, room);

        if (larger == NULL)
            return false;
        line->text = larger;
        line->room = room;
    }
    memcpy(line->text + line->length, bytes, count);
    line->length += count;
    line->text[line->length] = 0;
    return true;
}

/* Flags of console_read(): lines go into the history; a tab ends the request at once. */
#define READ_FLAGS 3u

/* Reads up to the end of a line or of input, and completes words at tabs. An empty line
 * without a line end: the input has ended. */
static cell_error_t read_line(struct line *line)
{
    cell_cap_t console = cell_rde("CONSOLE");
    char part[CONSOLE_READ_TEXT_MOST];
    uint64_t count;

    line->length = 0;
    for (;;) {
        cell_error_t error = console_read(console, READ_FLAGS, sizeof part, part, &count);

        if (error != CELL_OK)
            return error;
        if (count != 0 && part[count - 1] == '\t') {
            part[count - 1] = 0;
            complete(part);
            continue;
        }
        if (!append(line, part, count))
            return CELL_NO_MEMORY;
        if (count == 0 || part[count - 1] == '\n')
            return CELL_OK;
    }
}

static void run_line(const char *line)
{
    struct words words;
    enum words_result result = words_split(line, &words);

    if (result != WORDS_OK) {
        printf("shell: %s\n", words_text(result, &words));
        return;
    }
    command_run(&words);
    words_free(&words);
}

/* How long to wait before reading again after an error. */
#define RETRY_NS UINT64_C(100000000)

int main(void)
{
    struct line line = {0};
    bool first = true;

    console_foreground(cell_rde("CONSOLE"), 0, 0); /* from now on the shell decides who reads */
    cell_ready();
    for (;;) {
        reports_show();
        jobs_tell();
        printf(PROMPT);
        fflush(stdout);
        if (first)
            tell_boot_time();
        first = false;
        cell_error_t error = read_line(&line);

        if (error == CELL_OK && line.length == 0)
            break;
        if (error == CELL_OK)
            run_line(line.text);
        else if (error != CELL_INTERRUPTED) {
            printf("shell: %s\n", cell_error_text(error));
            cell_sleep(RETRY_NS); /* so that others can go on */
        }
        if (error == CELL_GONE)
            return 1;
    }
    printf("\n");
    fflush(stdout);
    run_sync();
    machine_power_off(root_handle(), 0, 0);
    return 1;
}

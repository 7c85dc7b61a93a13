/* SPDX-License-Identifier: BSD-2-Clause */
/* tools/runner_terminal.c: the terminal of the person who runs the machine. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tools/runner.h"

#define CONTROL_A 0x01

static struct termios saved;
static bool is_terminal;
static bool after_control_a;

static void restore(void)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

void terminal_raw(void)
{
    struct termios raw;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved) != 0)
        return;
    is_terminal = true;
    raw = saved;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST; /* the machine ends lines with \n */
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    atexit(restore);
}

static enum terminal_command command_of(uint8_t byte)
{
    switch (byte) {
    case 'x':
        return TERMINAL_QUIT;
    case 'm':
        return TERMINAL_MODEL;
    case 'p':
        return TERMINAL_POWEROFF;
    default:
        return TERMINAL_NONE;
    }
}

size_t terminal_filter(uint8_t *bytes, size_t size, enum terminal_command *command)
{
    size_t kept = 0;

    *command = TERMINAL_NONE;
    if (!is_terminal)
        return size;
    for (size_t i = 0; i < size; i++) {
        if (after_control_a) {
            after_control_a = false;
            if (bytes[i] == CONTROL_A)
                bytes[kept++] = CONTROL_A;
            else if (command_of(bytes[i]) != TERMINAL_NONE)
                *command = command_of(bytes[i]);
        } else if (bytes[i] == CONTROL_A) {
            after_control_a = true;
        } else {
            bytes[kept++] = bytes[i];
        }
    }
    return kept;
}

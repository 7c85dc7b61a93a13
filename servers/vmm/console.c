/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/console.c: where the output of machines goes; see machine.h. */
#include <stdarg.h>
#include <stdio.h>

#include "servers/vmm/machine.h"

static const struct machine *in_front; /* NULL: none is */

static void flush(struct machine *machine)
{
    struct console *console = &machine->console;

    if (in_front != NULL && in_front != machine)
        return;
    for (; console->shown != console->put; console->shown++)
        putchar(console->text[console->shown % CONSOLE_KEPT]);
    fflush(stdout);
}

void console_put(struct machine *machine, unsigned cpu, char character)
{
    struct console *console = &machine->console;

    console->text[console->put++ % CONSOLE_KEPT] = character;
    if (console->put - console->shown > CONSOLE_KEPT)
        console->shown = console->put - CONSOLE_KEPT;
    console->cpu = cpu;
    console->in_line = character != '\n';
    if (!console->in_line || console->put - console->shown == CONSOLE_LINE)
        flush(machine);
}

void console_rests(struct machine *machine, unsigned cpu)
{
    if (machine->console.cpu == cpu)
        flush(machine);
}

void console_end_line(struct machine *machine)
{
    if (machine->console.in_line)
        console_put(machine, machine->console.cpu, '\n');
    flush(machine);
}

void console_say(struct machine *machine, const char *format, ...)
{
    char text[400];
    va_list arguments;

    console_end_line(machine);
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *at = text; *at != 0; at++)
        console_put(machine, machine->console.cpu, *at);
}

void console_front(struct machine *machine)
{
    in_front = machine;
    if (machine != NULL)
        flush(machine);
}

void console_gone(const struct machine *machine)
{
    if (in_front == machine)
        in_front = NULL;
}

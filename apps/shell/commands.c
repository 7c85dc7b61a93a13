/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/commands.c: the table of commands, and the shortest commands. */
#include <cell/idl/machine.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/shell/shell.h"

void complain(const struct words *words, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", words->word[0]);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
}

bool number_of(const struct words *words, const char *word, uint64_t *number)
{
    char *end;

    *number = strtoull(word, &end, 0);
    if (word[0] >= '0' && word[0] <= '9' && *end == 0)
        return true;
    complain(words, "'%s' is not a number", word);
    return false;
}

/* ---- Short commands ------------------------------------------------------------ */

static void command_help(const struct words *words)
{
    (void)words;
    for (const struct command *command = commands; command->name != NULL; command++) {
        char call[64];

        snprintf(call, sizeof call, "%s %s", command->name, command->arguments);
        printf("%-36s %s\n", call, command->summary);
    }
}

static void command_echo(const struct words *words)
{
    for (int i = 1; i < words->count; i++)
        printf("%s%s", i == 1 ? "" : " ", words->word[i]);
    printf("\n");
}

static void command_poweroff(const struct words *words)
{
    unsigned long status = 0;

    if (words->count == 2) {
        char *end;

        status = strtoul(words->word[1], &end, 10);
        if (*end != 0 || end == words->word[1] || status > 255) {
            complain(words, "'%s' is not a status from 0 to 255", words->word[1]);
            return;
        }
    }
    run_sync();
    cell_error_t error = machine_power_off(root_handle(), 0, status);

    complain(words, "%s", cell_error_text(error));
}

/* ---- The table ------------------------------------------------------------------ */

const struct command commands[] = {
    {"help", "", "lists the commands", 0, 0, false, command_help},
    {"ps", "", "lists the PDs: state, memory, CPU time", 0, 0, false, command_ps},
    {"run", "[OPTION=N] PROGRAM [ARG] [&]", "runs a program, or -f FILE: a description; & in the background", 1, -1, true,
     command_run_program},
    {"repeat", "N PROGRAM [ARG]", "runs a program N times", 2, -1, false, command_repeat},
    {"kill", "[OPTION] PD", "ends a PD, and what it made or what depends on it", 1, 8, false, command_kill},
    {"wait", "[PD]", "waits for a PD, or all in the background", 0, 1, false, command_wait},
    {"jobs", "", "lists what runs in the background", 0, 0, false, command_jobs},
    {"limit", "PD [pages=N] [objects=N] [slots=N]", "limits what a PD may use", 2, 4, false, command_limit},
    {"mem", "", "tells what the machine has and uses", 0, 0, false, command_mem},
    {"restarts", "[NAME [model]]", "what is started again; what the last one left", 0, 2, false, command_restarts},
    {"rde", "PD", "lists whom a PD may ask", 1, 1, false, command_rde},
    {"held", "PD", "lists what a PD holds", 1, 1, false, command_held},
    {"model", "[PD]", "prints the graph of the system, or of a PD", 0, 1, false, command_model},
    {"rsi", "PD PD", "how much two PDs share, by type", 2, 2, false, command_rsi},
    {"fr", "PD PD", "how far the nearest PD is that can fail both", 2, 2, false, command_fr},
    {"echo", "[WORD]", "prints words", 0, -1, false, command_echo},
    {"vm", "start|fork|snapshot|restore|list|console|pause|resume|reboot|registers|stop [WORD]", "virtual machines", 1, -1, false,
     command_vm},
    {"poweroff", "[STATUS]", "ends the machine", 0, 1, false, command_poweroff},
    {0},
};

const struct command *command_find(const char *name, size_t length)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strlen(command->name) == length && memcmp(command->name, name, length) == 0)
            return command;
    return NULL;
}

void command_run(const struct words *words)
{
    if (words->count == 0)
        return;
    const struct command *command = command_find(words->word[0], strlen(words->word[0]));
    int arguments = words->count - 1;
    const char *wrong = NULL;

    if (command == NULL) {
        if (!run_by_name(words))
            printf("shell: no command or program '%s'; 'help' lists them\n", words->word[0]);
        return;
    }
    if (arguments < command->least)
        wrong = "too few arguments";
    else if (command->most >= 0 && arguments > command->most)
        wrong = command->most == 0 ? "takes no arguments" : "too many arguments";
    else if (words->background && !command->background)
        wrong = "cannot run in the background";
    /* programs that these start open the files themselves */
    if (wrong == NULL && (command->run == command_run_program || command->run == command_repeat))
        command->run(words);
    else if (wrong == NULL)
        redirect_command(words, command->run);
    else
        complain(words, "%s; usage: %s%s%s", wrong, command->name,
                 *command->arguments == 0 ? "" : " ", command->arguments);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel: questions to a model of a system. Finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static void list_commands(FILE *to)
{
    fputs("usage: cellmodel COMMAND FILE ...\n\n", to);
    for (const struct cm_command *const *command = cm_commands; *command != NULL; command++) {
        fprintf(to, "  %-10s %s\n", (*command)->name, (*command)->summary);
    }
    fputs("\ncellmodel COMMAND --help tells more. FILE may be - for standard input.\n"
          "Exit status: 0 success, 1 something is wrong with the model or the answer is no, 2 wrong usage.\n",
          to);
}

static const struct cm_command *find_command(const char *name)
{
    for (const struct cm_command *const *command = cm_commands; *command != NULL; command++) {
        if (strcmp((*command)->name, name) == 0) {
            return *command;
        }
    }
    return NULL;
}

static bool wants_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static int help(const struct cm_command *command)
{
    printf("usage: cellmodel %s %s\n\n%s.\n", command->name, command->arguments, command->summary);
    if (command->help != NULL) {
        printf("\n%s", command->help);
    }
    return CM_EXIT_OK;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        list_commands(stderr);
        return CM_EXIT_USAGE;
    }
    if (wants_help(arguments[1]) || strcmp(arguments[1], "help") == 0) {
        list_commands(stdout);
        return CM_EXIT_OK;
    }
    const struct cm_command *command = find_command(arguments[1]);
    if (command == NULL) {
        fprintf(stderr, "cellmodel: no command %s (cellmodel --help lists them)\n", arguments[1]);
        return CM_EXIT_USAGE;
    }
    for (int i = 2; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (wants_help(arguments[i])) {
            return help(command);
        }
    }
    return (int)command->run(command, count - 2, arguments + 2);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Command-line arguments: see command.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

static const struct cm_option *find_option(const struct cm_option *options, const char *argument, size_t length)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (strlen(options->name) == length && memcmp(options->name, argument, length) == 0) {
            return options;
        }
    }
    return NULL;
}

static bool parse_number(const char *text, uint32_t *number)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value >= UINT32_MAX) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

static bool add_string(struct cm_strings *strings, const char *value)
{
    const char **items = realloc(strings->items, (strings->count + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    strings->items = items;
    items[strings->count++] = value;
    return true;
}

void cm_arguments_free(struct cm_strings *strings)
{
    free(strings->items);
    *strings = (struct cm_strings){0};
}

static bool store(const struct cm_command *command, const struct cm_option *option, const char *value)
{
    switch (option->kind) {
    case CM_FLAG:
        *(bool *)option->place = true;
        return true;
    case CM_STRING:
        *(const char **)option->place = value;
        return true;
    case CM_STRINGS:
        if (add_string(option->place, value)) {
            return true;
        }
        fprintf(stderr, "cellmodel %s: no memory\n", command->name);
        return false;
    case CM_NUMBER:
        if (parse_number(value, option->place)) {
            return true;
        }
        fprintf(stderr, "cellmodel %s: %s takes a number from 1, not %s\n", command->name, option->name, value);
        return false;
    }
    return false;
}

/* One option at arguments[*at], and its value, which may follow a `=` or be the next argument. */
static bool take_option(const struct cm_command *command, const struct cm_option *options, int count, char **arguments,
                        int *at)
{
    const char *argument = arguments[*at];
    const char *equals = strchr(argument, '=');
    size_t length = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    const struct cm_option *option = find_option(options, argument, length);
    if (option == NULL) {
        fprintf(stderr, "cellmodel %s: unknown option %s\n", command->name, argument);
        return false;
    }
    if (option->kind == CM_FLAG) {
        if (equals != NULL) {
            fprintf(stderr, "cellmodel %s: %s takes no value\n", command->name, option->name);
            return false;
        }
        return store(command, option, NULL);
    }
    if (equals == NULL && *at + 1 >= count) {
        fprintf(stderr, "cellmodel %s: %s needs a value\n", command->name, option->name);
        return false;
    }
    return store(command, option, equals != NULL ? equals + 1 : arguments[++*at]);
}

/* What was collected is not used. */
static int give_up(const struct cm_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        if (options->kind == CM_STRINGS) {
            cm_arguments_free(options->place);
        }
    }
    return -1;
}

int cm_arguments(const struct cm_command *command, int count, char **arguments, const struct cm_option *options,
                 int least, int most)
{
    int kept = 0;
    bool ended = false;
    for (int i = 0; i < count; i++) {
        char *argument = arguments[i];
        if (!ended && strcmp(argument, "--") == 0) {
            ended = true;
        } else if (!ended && argument[0] == '-' && argument[1] != '\0') {
            if (!take_option(command, options, count, arguments, &i)) {
                return give_up(options);
            }
        } else {
            arguments[kept++] = argument;
        }
    }
    if (kept < least || kept > most) {
        fprintf(stderr, "usage: cellmodel %s %s\n", command->name, command->arguments);
        return give_up(options);
    }
    return kept;
}

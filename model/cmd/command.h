/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subcommand of cellmodel. Each is a file cmd/cmd_NAME.c that defines `const struct cm_command cm_command_NAME`; the
 * build makes the table from the files that are there, so a new one needs no list to be edited.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "../host/load.h"

/* The kind of an option's argument. */
enum cm_option_kind {
    CM_FLAG,   /* nothing; `place` is a bool * */
    CM_NUMBER, /* a decimal number from 1; `place` is a uint32_t * */
    CM_STRING, /* `place` is a const char ** */
    CM_STRINGS /* may be given often; `place` is a struct cm_strings * */
};

struct cm_strings {
    const char **items; /* freed with cm_arguments_free() */
    uint32_t count;
};

struct cm_option {
    const char *name; /* "--json" */
    enum cm_option_kind kind;
    void *place;
};

struct cm_command {
    const char *name, *arguments, *summary; /* "rsi", "FILE A B [--json]", one line */
    const char *help;                       /* further lines, each ended by \n; may be NULL */
    enum cm_exit (*run)(const struct cm_command *command, int count, char **arguments);
};

/*
 * Sorts arguments into options (anywhere; `--` ends them) and the rest, which is moved to the front. Checks that the rest
 * has `least` to `most` members. Returns how many, or -1 after a message on standard error; then lists
 * are empty again.
 */
int cm_arguments(const struct cm_command *command, int count, char **arguments, const struct cm_option *options,
                 int least, int most);
void cm_arguments_free(struct cm_strings *strings);

/* The table, made by the build; ended by NULL. */
extern const struct cm_command *const cm_commands[];

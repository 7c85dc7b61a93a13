/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/shell/words.h: a command line as words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum words_result {
    WORDS_OK,
    WORDS_NO_MEMORY,
    WORDS_OPEN_QUOTE,  /* a quote is not closed */
    WORDS_OPEN_ESCAPE, /* the line ends in a backslash */
    WORDS_AMPERSAND,   /* an & that is not at the end */
    WORDS_OPERATOR,    /* | or ; outside of quotes, which the shell does not support */
    WORDS_NO_PATH,     /* < or > without a path or a command, or twice */
};

struct words {
    char **word;         /* count of them and a NULL; owned */
    int count;
    bool background;     /* it ended in & */
    char *input, *output; /* paths behind < and >; NULL: there is none */
    bool append;          /* it was >> */
    char operator;       /* the one of WORDS_OPERATOR */
};

/*
 * Splits a line. Blanks separate words; 'single' quotes keep everything as it is, "double"
 * quotes everything but backslash, which keeps the next character as it is; a #
 * that begins a word begins a comment. After WORDS_OK, the caller frees the words with
 * words_free().
 */
enum words_result words_split(const char *line, struct words *words);
void words_free(struct words *words);

/* The message for a result other than WORDS_OK; valid until the next call. */
const char *words_text(enum words_result result, const struct words *words);

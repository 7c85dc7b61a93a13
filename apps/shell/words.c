/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/shell/words.c: see words.h. All words lie in one block of memory, behind the pointers
 * to them. */
#include "apps/shell/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct splitter {
    const char *at;  /* in the line */
    char *to;        /* where the next character goes */
    struct words *words;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_operator(char byte)
{
    return byte != 0 && strchr("|<>;", byte) != NULL;
}

static enum words_result quoted(struct splitter *splitter)
{
    char quote = *splitter->at++;

    while (*splitter->at != quote) {
        if (*splitter->at == '\\' && quote == '"')
            splitter->at++;
        if (*splitter->at == 0)
            return WORDS_OPEN_QUOTE;
        *splitter->to++ = *splitter->at++;
    }
    splitter->at++;
    return WORDS_OK;
}

/* Takes one word; `at` is at its first character. */
static enum words_result word(struct splitter *splitter)
{
    enum words_result result = WORDS_OK;

    splitter->words->word[splitter->words->count++] = splitter->to;
    while (result == WORDS_OK && *splitter->at != 0 && !is_blank(*splitter->at) &&
           *splitter->at != '&' && !is_operator(*splitter->at)) {
        if (*splitter->at == '\'' || *splitter->at == '"') {
            result = quoted(splitter);
            continue;
        }
        if (*splitter->at == '\\' && *++splitter->at == 0)
            return WORDS_OPEN_ESCAPE;
        *splitter->to++ = *splitter->at++;
    }
    *splitter->to++ = 0;
    return result;
}

/* Takes `<`, `>` or `>>`, and the path behind it, which does not count as a word of the line. */
static enum words_result redirection(struct splitter *splitter)
{
    struct words *words = splitter->words;
    char **path = *splitter->at == '<' ? &words->input : &words->output;

    words->append |= splitter->at[0] == '>' && splitter->at[1] == '>';
    splitter->at += splitter->at[0] == '>' && splitter->at[1] == '>' ? 2 : 1;
    while (is_blank(*splitter->at))
        splitter->at++;
    if (*path != NULL || *splitter->at == 0 || *splitter->at == '#' || *splitter->at == '&' || is_operator(*splitter->at))
        return WORDS_NO_PATH;
    enum words_result result = word(splitter);

    *path = words->word[--words->count];
    return result;
}

static enum words_result split(struct splitter *splitter)
{
    for (;;) {
        while (is_blank(*splitter->at))
            splitter->at++;
        if (*splitter->at == 0 || *splitter->at == '#')
            return WORDS_OK;
        if (*splitter->at == '|' || *splitter->at == ';') {
            splitter->words->operator = *splitter->at;
            return WORDS_OPERATOR;
        }
        if (splitter->words->background)
            return WORDS_AMPERSAND;
        if (*splitter->at == '&') {
            splitter->words->background = true;
            splitter->at++;
            continue;
        }
        enum words_result result = is_operator(*splitter->at) ? redirection(splitter) : word(splitter);

        if (result != WORDS_OK)
            return result;
    }
}

enum words_result words_split(const char *line, struct words *words)
{
    /* Every word but the last has at least one character and a separator, so that with its zero it is no longer than in the line;
     * the last one may take one byte more. */
    size_t length = strlen(line);
    size_t most = length / 2 + 2;

    *words = (struct words){0};
    words->word = malloc(most * sizeof *words->word + length + most);
    if (words->word == NULL)
        return WORDS_NO_MEMORY;
    struct splitter splitter = {line, (char *)(words->word + most), words};
    enum words_result result = split(&splitter);

    words->word[words->count] = NULL;
    if (result == WORDS_OK && words->background && words->count == 0)
        result = WORDS_AMPERSAND;
    if (result == WORDS_OK && words->count == 0 && (words->input != NULL || words->output != NULL))
        result = WORDS_NO_PATH;
    if (result != WORDS_OK)
        words_free(words);
    return result;
}

void words_free(struct words *words)
{
    free(words->word);
    *words = (struct words){.operator = words->operator};
}

const char *words_text(enum words_result result, const struct words *words)
{
    static char operator_text[80];
    static const char *const texts[] = {
        [WORDS_OK] = "ok",
        [WORDS_NO_MEMORY] = "no memory left",
        [WORDS_OPEN_QUOTE] = "a quote is not closed",
        [WORDS_OPEN_ESCAPE] = "the line ends in a backslash",
        [WORDS_AMPERSAND] = "& may only stand at the end of a command",
        [WORDS_OPERATOR] = operator_text,
        [WORDS_NO_PATH] = "< and > may each stand once, behind a command, and need a path behind them",
    };

    snprintf(operator_text, sizeof operator_text, "'%c' is not an operator here; in quotes it is an ordinary character",
             words->operator);
    return texts[result];
}

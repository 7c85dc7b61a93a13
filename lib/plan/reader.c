/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/plan/reader.c: see reader.h. Bottom-up: tokens, values, options of a line. */
#include "lib/plan/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

cell_error_t plan_fail(struct plan_error *error, cell_error_t code, uint32_t line,
                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->error = code;
    error->reason = CELL_REFUSED_OTHERWISE;
    error->line = line;
    return code;
}

/* ---- Tokens ---------------------------------------------------------- */

/* A quoted word, from behind the quote: a backslash takes away the meaning of what
 * follows, \n is a line end. It is unescaped where it stands. */
static void quoted_token(struct reader *reader, char quote, struct token *token)
{
    char *to = (char *)reader->at;

    token->at = to;
    while (reader->at < reader->end && *reader->at != quote) {
        if (*reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
            *to++ = *reader->at == 'n' ? '\n' : *reader->at;
        } else {
            *to++ = *reader->at;
        }
        reader->at++;
    }
    token->length = (size_t)(to - token->at);
    if (reader->at < reader->end)
        reader->at++;
    else
        reader->open_quote = true;
}

/* The next word of the line; quotes may surround it. False: no more. */
bool reader_next(struct reader *reader, struct token *token)
{
    while (reader->at < reader->end && is_blank(*reader->at))
        reader->at++;
    if (reader->at == reader->end || *reader->at == '#')
        return false;
    char quote = *reader->at == '"' || *reader->at == '\'' ? *reader->at : 0;

    if (quote != 0) {
        reader->at++;
        quoted_token(reader, quote, token);
        return true;
    }
    token->at = reader->at;
    while (reader->at < reader->end && !is_blank(*reader->at))
        reader->at++;
    token->length = (size_t)(reader->at - token->at);
    return true;
}

bool token_is(struct token token, const char *word)
{
    return token.length == strlen(word) && memcmp(token.at, word, token.length) == 0;
}

struct config_text reader_text(const struct reader *reader, struct token token)
{
    return (struct config_text){(uint32_t)(token.at - (const char *)reader->config),
                                (uint32_t)token.length};
}

cell_error_t reader_need(struct reader *reader, const char *what, struct token *token)
{
    if (!reader_next(reader, token) || token->length == 0)
        return FAIL(reader, "%s: %s is missing", reader->field, what);
    return CELL_OK;
}

/* Finds a word in a list; the number of words if it is not there. */
unsigned token_choice(struct token token, const char *const *words, unsigned count)
{
    unsigned i = 0;

    while (i < count && !token_is(token, words[i]))
        i++;
    return i;
}

/* ---- Values ---------------------------------------------------------- */

cell_error_t reader_number(struct reader *reader, struct token token, uint64_t *value)
{
    bool hexadecimal = token.length > 2 && token.at[0] == '0' && token.at[1] == 'x';
    unsigned base = hexadecimal ? 16 : 10;

    *value = 0;
    for (size_t i = hexadecimal ? 2 : 0; i < token.length; i++) {
        char c = token.at[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;

        if (digit >= base)
            return FAIL(reader, "%s: '%.*s' is not a number", reader->field, (int)token.length,
                        token.at);
        if (*value > (UINT64_MAX - digit) / base)
            return FAIL(reader, "%s: %.*s is too large", reader->field, (int)token.length, token.at);
        *value = *value * base + digit;
    }
    return token.length == 0 ? FAIL(reader, "%s: a number is missing", reader->field) : CELL_OK;
}

static cell_error_t read_rights(struct reader *reader, struct token token, uint8_t *rights)
{
    *rights = 0;
    for (size_t i = 0; i < token.length; i++) {
        unsigned right = cell_right_of(token.at[i]);

        if (right == 0)
            return FAIL(reader, "%s: rights '%.*s' are not of the letters " CELL_RIGHTS_LETTERS,
                        reader->field, (int)token.length, token.at);
        *rights |= (uint8_t)right;
    }
    return CELL_OK;
}

/* ---- Options of a line ----------------------------------------------- */

static cell_error_t read_option(struct reader *reader, const struct option *option,
                                struct token value)
{
    switch (option->kind) {
    case OPTION_NUMBER:
        return reader_number(reader, value, option->to);
    case OPTION_RIGHTS:
        return read_rights(reader, value, option->to);
    case OPTION_TEXT:
        if (value.length == 0)
            return FAIL(reader, "%s: %s is empty", reader->field, option->key);
        *(struct config_text *)option->to = reader_text(reader, value);
        return CELL_OK;
    default:
        *(uint32_t *)option->to |= option->flag;
        return CELL_OK;
    }
}

/* Reads the rest of the line; `options` ends with a key NULL. `from` and `of` are
 * followed by a word of their own, the others by = and the value. */
cell_error_t reader_options(struct reader *reader, const struct option *options)
{
    struct token word;

    while (reader_next(reader, &word)) {
        const char *equals = memchr(word.at, '=', word.length);
        struct token key = {word.at, equals == NULL ? word.length : (size_t)(equals - word.at)};
        struct token value = {key.at + key.length + 1, word.length - key.length - 1};
        const struct option *option = options;

        while (option->key != NULL && !token_is(key, option->key))
            option++;
        if (option->key == NULL)
            return FAIL(reader, "%s: '%.*s' is not known here", reader->field, (int)key.length,
                        key.at);
        if (option->kind == OPTION_FLAG ? equals != NULL : equals == NULL) {
            bool spaced = option->kind == OPTION_TEXT && equals == NULL;

            if (!spaced || !reader_next(reader, &value))
                return FAIL(reader, "%s: %s %s", reader->field, option->key,
                            option->kind == OPTION_FLAG ? "takes no value" : "needs a value");
        }
        cell_error_t error = read_option(reader, option, value);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

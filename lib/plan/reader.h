/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/reader.h: words, values and options of a line of a configuration; for lib/plan
 * only. What is wrong is noted in reader->error, with the line and its first word.
 */
#pragma once

#include "lib/plan/config.h"

struct token {
    const char *at;
    size_t length;
};

struct reader {
    struct config *config;
    const char *text; /* the configuration's own copy */
    const char *at, *end; /* of the current line */
    uint32_t line;
    const char *field; /* first word of the line */
    bool open_quote;   /* a quote of the line was not closed */
    struct config_item *next;
    struct plan_error *error;
};

#define FAIL(reader, ...) plan_fail((reader)->error, CELL_BAD_CONFIG, (reader)->line, __VA_ARGS__)

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; quotes may surround it. False: no more. */
bool reader_next(struct reader *reader, struct token *token);
/* The same; CELL_BAD_CONFIG if it is missing. `what`: its name, for the message. */
cell_error_t reader_need(struct reader *reader, const char *what, struct token *token);

bool token_is(struct token token, const char *word);
/* Its number in a list of words; `count` if it is not there. */
unsigned token_choice(struct token token, const char *const *words, unsigned count);
/* Its place in the configuration. */
struct config_text reader_text(const struct reader *reader, struct token token);

/* A number, decimal or 0x and hexadecimal: CELL_BAD_CONFIG. */
cell_error_t reader_number(struct reader *reader, struct token token, uint64_t *value);

/* What `key=value` and single words of a line may be, and where they go. */
enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_RIGHTS, OPTION_FLAG };

struct option {
    const char *key;
    enum option_kind kind;
    void *to;      /* uint64_t, struct config_text, uint8_t; uint32_t of flags */
    uint32_t flag;
};

/* Reads the rest of the line; `options` ends with a key NULL. Options of kind text may stand
 * before their value as a word of their own, the others have = and the value. */
cell_error_t reader_options(struct reader *reader, const struct option *options);

/* Reads one line, which may be empty (lines.c). */
cell_error_t reader_line(struct reader *reader);

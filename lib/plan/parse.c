/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/parse.c: the text form of configurations, see config.h: one block, and the blocks
 * of a description. Lines are lines.c's.
 *
 * Every item comes from a line or from a word of one, so the number of words
 * bounds the number of items and one piece of memory is enough.
 */
#include <string.h>

#include "lib/plan/reader.h"

/* ---- The block ------------------------------------------------------- */

/* An upper bound of the items of a text: its words. */
static size_t count_words(const char *text, size_t length)
{
    size_t count = 0;
    bool between = true;

    for (size_t i = 0; i < length; i++) {
        bool blank = is_blank(text[i]) || text[i] == '\n';

        count += between && !blank;
        between = blank || text[i] == '"' || text[i] == '\'';
    }
    return count;
}

/* Where the items stand: behind the text's copy. */
static size_t items_offset(size_t length)
{
    return (sizeof(struct config) + length + 8) & ~(size_t)7;
}

size_t config_memory(const char *text, size_t length)
{
    return items_offset(length) + count_words(text, length) * sizeof(struct config_item);
}

cell_error_t config_fits(const char *text, size_t length, struct plan_error *error)
{
    uint32_t count = 1;

    if (length > CONFIG_PD_LIMIT)
        return plan_fail(error, CELL_TOO_LARGE, 1, "the configuration has more than %u bytes",
                         CONFIG_PD_LIMIT);
    for (size_t i = 0; i + 1 < length; i++)
        count += text[i] == '\n';
    return count <= CONFIG_PD_LINES
               ? CELL_OK
               : plan_fail(error, CELL_TOO_LARGE, CONFIG_PD_LINES + 1,
                           "the configuration has more than %u lines", CONFIG_PD_LINES);
}

/* The text ends too early. */
static cell_error_t zero_byte(struct reader *reader, const char *text)
{
    for (; *text != 0; text++)
        reader->line += *text == '\n';
    return FAIL(reader, "a zero byte in the text");
}

cell_error_t config_parse(const char *text, size_t length, uint32_t line, void *memory,
                          struct plan_error *error)
{
    struct config *config = memory;
    char *copy = (char *)(config + 1);

    if (length > CONFIG_LIMIT)
        return plan_fail(error, CELL_TOO_LARGE, line, "the configuration has more than %u bytes",
                         CONFIG_LIMIT);
    memcpy(copy, text, length);
    copy[length] = 0;
    *config = (struct config){.pages = CONFIG_UNLIMITED,
                              .objects = CONFIG_UNLIMITED,
                              .slots = CONFIG_UNLIMITED,
                              .priority = CONFIG_DEFAULT_PRIORITY,
                              .ceiling = CONFIG_DEFAULT_PRIORITY,
                              .items = (uint32_t)items_offset(length)};
    struct reader reader = {.config = config,
                            .text = copy,
                            .line = line,
                            .next = (struct config_item *)((char *)config + items_offset(length)),
                            .error = error};

    if (strlen(copy) != length)
        return zero_byte(&reader, copy);
    for (const char *at = copy; at < copy + length; reader.line++) {
        const char *end = memchr(at, '\n', (size_t)(copy + length - at));

        reader.at = at;
        reader.end = end == NULL ? copy + length : end;
        cell_error_t code = reader_line(&reader);

        if (code != CELL_OK)
            return code;
        at = reader.end + 1;
    }
    if (config->name.length == 0)
        return plan_fail(error, CELL_BAD_CONFIG, line, "pd: the pd line is missing");
    return CELL_OK;
}

/* ---- Blocks of a system ---------------------------------------------- */

static bool begins_with(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0 &&
           (at + length == end || is_blank(at[length]));
}

enum line_sort { LINE_EMPTY,
                 LINE_PD,
                 LINE_POLICY,
                 LINE_OTHER };

static enum line_sort sort_of(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at == end || *at == '#'          ? LINE_EMPTY
           : begins_with(at, end, "pd")     ? LINE_PD
           : begins_with(at, end, "policy") ? LINE_POLICY
                                            : LINE_OTHER;
}

bool config_next_block(const char *text, size_t length, size_t *at, uint32_t *line, size_t *block)
{
    size_t start = 0;
    uint32_t start_line = 0;
    bool started = false;

    for (uint32_t number = *line; *at < length; number++) {
        const char *end = memchr(text + *at, '\n', length - *at);
        size_t next = end == NULL ? length : (size_t)(end - text) + 1;
        enum line_sort sort = sort_of(text + *at, end == NULL ? text + length : end);

        if (sort == LINE_PD && started)
            break;
        if ((sort == LINE_PD || sort == LINE_OTHER) && !started) {
            started = true;
            start = *at;
            start_line = number;
        }
        *at = next;
    }
    if (!started)
        return false;
    *block = *at - start;
    *at = start;
    *line = start_line;
    return true;
}

/* ---- What stands before them ----------------------------------------- */

static cell_error_t read_depth(struct reader *reader, struct token token, unsigned *depth)
{
    uint64_t value = CONFIG_DEPTH_ALL;
    cell_error_t error = token_is(token, "all") ? CELL_OK : reader_number(reader, token, &value);

    if (error == CELL_OK && value > CONFIG_DEPTH_MOST && !token_is(token, "all"))
        return FAIL(reader, "policy: a depth is at most %u, or all", CONFIG_DEPTH_MOST);
    *depth = (unsigned)value;
    return error;
}

static cell_error_t read_policy(struct reader *reader, struct config_policy *policy)
{
    static const char *const words[] = {"pd-depth=", "space-depth="};
    unsigned *const depths[] = {&policy->pd_depth, &policy->space_depth};
    cell_error_t error = CELL_OK;
    struct token token;

    /* Words in quotes would be unescaped in place, and the text is not the reader's own. */
    for (const char *at = reader->at; at < reader->end; at++)
        if (*at == '\'' || *at == '"')
            return FAIL(reader, "policy: quotes are not known here");
    reader_next(reader, &token);
    while (error == CELL_OK && reader_next(reader, &token)) {
        unsigned i = 0;

        while (i < 2 && (token.length < strlen(words[i]) || memcmp(token.at, words[i], strlen(words[i])) != 0))
            i++;
        if (i == 2)
            return FAIL(reader, "policy: '%.*s' is not known here", (int)token.length, token.at);
        token.at += strlen(words[i]);
        token.length -= strlen(words[i]);
        error = read_depth(reader, token, depths[i]);
    }
    return error;
}

cell_error_t config_policy(const char *text, size_t length, struct config_policy *policy,
                           struct plan_error *error)
{
    struct reader reader = {.line = 1, .field = "policy", .error = error};
    cell_error_t code = CELL_OK;

    *policy = (struct config_policy){CONFIG_DEPTH_UNSAID, CONFIG_DEPTH_UNSAID};
    for (const char *at = text; code == CELL_OK && at < text + length; at = reader.end + 1, reader.line++) {
        const char *end = memchr(at, '\n', (size_t)(text + length - at));

        reader.at = at;
        reader.end = end == NULL ? text + length : end;
        enum line_sort sort = sort_of(at, reader.end);

        if (sort == LINE_PD || sort == LINE_OTHER)
            break;
        if (sort == LINE_POLICY)
            code = read_policy(&reader, policy);
    }
    return code;
}

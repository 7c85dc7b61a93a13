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

/* Does the line at `at` hold anything, and does that begin a block? */
static bool line_holds(const char *at, const char *end, bool *begins)
{
    while (at < end && is_blank(*at))
        at++;
    *begins = end - at >= 3 && memcmp(at, "pd", 2) == 0 && is_blank(at[2]);
    return at < end && *at != '#';
}

bool config_next_block(const char *text, size_t length, size_t *at, uint32_t *line, size_t *block)
{
    size_t start = 0;
    uint32_t start_line = 0;
    bool started = false;

    for (uint32_t number = *line; *at < length; number++) {
        const char *end = memchr(text + *at, '\n', length - *at);
        size_t next = end == NULL ? length : (size_t)(end - text) + 1;
        bool begins;
        bool holds = line_holds(text + *at, end == NULL ? text + length : end, &begins);

        if (begins && started)
            break;
        if (holds && !started) {
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

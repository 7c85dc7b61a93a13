/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/plan/column.c: where in its line an error is; see config.h. */
#include <string.h>

#include "lib/plan/config.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool begins_word(const char *line, const char *at)
{
    return at == line || is_blank(at[-1]);
}

/* The first place at or behind `from` where a word of the line begins with `word`, or (`inside`) where
 * that stands anywhere; NULL: nowhere. */
static const char *find(const char *line, const char *from, const char *end, const char *word, size_t length,
                        bool inside)
{
    for (const char *at = from; length != 0 && at + length <= end; at++) {
        bool whole = at + length == end || is_blank(at[length]) || at[length] == '=';

        if (memcmp(at, word, length) == 0 && (inside || (begins_word(line, at) && whole)))
            return at;
    }
    return NULL;
}

/* The line of a text with a number from 1, and its end. */
static const char *find_line(const char *text, size_t length, uint32_t number, const char **end)
{
    const char *at = text, *last = text + length;

    for (uint32_t i = 1; i < number && at < last; i++) {
        const char *next = memchr(at, '\n', (size_t)(last - at));

        at = next == NULL ? last : next + 1;
    }
    *end = memchr(at, '\n', (size_t)(last - at));
    if (*end == NULL)
        *end = last;
    return at;
}

uint32_t config_column(const char *text, size_t length, uint32_t number, const char *message)
{
    const char *end, *line = find_line(text, length, number, &end), *place = line;
    const char *quoted = strchr(message, '\''), *colon;

    while (place < end && is_blank(*place))
        place++;
    /* `FIELD: OPTION: what is wrong`: the fields are words of the line, one behind the other. */
    for (const char *field = message; (colon = strchr(field, ':')) != NULL; field = colon + 1) {
        const char *found;

        while (*field == ' ')
            field++;
        if (memchr(field, ' ', (size_t)(colon - field)) != NULL)
            break;
        found = find(line, place, end, field, (size_t)(colon - field), false);
        place = found == NULL ? place : found;
    }
    if (quoted != NULL) {
        const char *close = strchr(quoted + 1, '\'');
        const char *found = close == NULL ? NULL
                                          : find(line, place, end, quoted + 1, (size_t)(close - quoted - 1), true);

        place = found == NULL ? place : found;
    }
    return (uint32_t)(place - line) + 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/options.c: see options.h. */
#include "root/base/options.h"

#include <string.h>


static const char *options = "";
static uint32_t options_length;

void options_init(const char *text, uint32_t length)
{
    options = text;
    options_length = (uint32_t)strnlen(text, length);
}

/* The value of the last option with that key, and its length; NULL: none. */
static const char *find(const char *key, size_t *length)
{
    size_t key_length = strlen(key);
    const char *found = NULL;

    for (uint32_t at = 0; at < options_length;) {
        uint32_t end = at;

        while (end < options_length && options[end] != ' ')
            end++;
        if (end - at > key_length && strncmp(options + at, key, key_length) == 0 &&
            options[at + key_length] == '=') {
            found = options + at + key_length + 1;
            *length = end - at - key_length - 1;
        }
        at = end + 1;
    }
    return found;
}

const char *option_text(const char *key, char *value, size_t size, const char *otherwise)
{
    size_t length;
    const char *found = find(key, &length);

    if (found == NULL) {
        found = otherwise;
        length = strlen(otherwise);
    }
    if (length > size - 1)
        length = size - 1;
    memcpy(value, found, length);
    value[length] = 0;
    return value;
}

/* false: it is given, and no decimal number of 64 bits. */
static bool read_number(const char *key, uint64_t *number)
{
    size_t length;
    const char *found = find(key, &length);
    uint64_t value = 0;

    if (found == NULL)
        return true;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(found[i] - '0');

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (length == 0)
        return false;
    *number = value;
    return true;
}

bool option_is_number(const char *key)
{
    uint64_t number;

    return read_number(key, &number);
}

uint64_t option_number(const char *key, uint64_t otherwise)
{
    uint64_t number = otherwise;

    read_number(key, &number);
    return number;
}

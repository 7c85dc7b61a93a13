/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/words/name.h: what may be the name of a PD. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the UTF-8 character that a byte begins; 0: none. */
static inline size_t name_character(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* Is it text: at least one character, all of them UTF-8, no control characters (U+0000 to U+001F, U+007F to U+009F)? */
static inline bool name_is_text(const char *name, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)name;
    for (size_t i = 0; i < length;) {
        if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
            i++;
            continue;
        }
        size_t count = name_character(bytes[i]);
        if (count <= 1 || count > length - i) {
            return false;
        }
        for (size_t k = 1; k < count; k++) {
            if ((bytes[i + k] & 0xc0) != 0x80) {
                return false;
            }
        }
        if (bytes[i] == 0xc2 && bytes[i + 1] < 0xa0) {
            return false;
        }
        i += count;
    }
    return length != 0;
}

/* Does it look like a PD's number: PD_ and hexadecimal digits? */
static inline bool name_is_number(const char *name, size_t length)
{
    if (length < 4 || name[0] != 'P' || name[1] != 'D' || name[2] != '_') {
        return false;
    }
    for (size_t i = 3; i < length; i++) {
        char c = name[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) {
            return false;
        }
    }
    return true;
}

/* Does it stand for the root task? */
static inline bool name_is_root(const char *name, size_t length)
{
    return length == 4 && name[0] == 'r' && name[1] == 'o' && name[2] == 'o' && name[3] == 't';
}

/* May a PD have this name? */
static inline bool name_is_good(const char *name, size_t length)
{
    return name_is_text(name, length) && !name_is_number(name, length) && !name_is_root(name, length);
}

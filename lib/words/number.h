/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/words/number.h: numbers as text. Each function writes without a zero at the end and returns where the text ends. */
#pragma once

#include <stdint.h>

/* Writes 1 to 16 hexadecimal digits, lower case. */
static inline char *number_put_hex(char *at, uint64_t number)
{
    unsigned shift = number == 0 ? 0 : (63u - (unsigned)__builtin_clzll(number)) & ~3u;

    for (;; shift -= 4) {
        *at++ = "0123456789abcdef"[number >> shift & 15];
        if (shift == 0)
            return at;
    }
}

/* Writes 1 to 20 decimal digits. */
static inline char *number_put(char *at, uint64_t number)
{
    char digits[20];
    unsigned count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count != 0)
        *at++ = digits[--count];
    return at;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* memcmp, strlen, strcmp by words of eight bytes (the C library's go byte by byte). Compiled so that the compiler does
 * not turn the loops back into calls of the same functions.
 *
 * A string is read in aligned words, which never cross into a page that the string does not touch. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Words may alias anything and stand anywhere. */
typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;
typedef uint64_t __attribute__((may_alias)) aligned_word;

/* A bit 7 in the lowest zero byte (and perhaps above it). */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    while (count >= sizeof(uint64_t)) {
        uint64_t x = *(const any_word *)a;
        uint64_t y = *(const any_word *)b;
        if (x != y) {
            /* Little-endian: the first byte is the lowest. */
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
        }
        a += sizeof x;
        b += sizeof x;
        count -= sizeof x;
    }
    for (; count > 0; count--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}

size_t strlen(const char *string)
{
    const char *at = string;
    for (; ((uintptr_t)at & 7) != 0; at++) {
        if (*at == '\0') {
            return (size_t)(at - string);
        }
    }
    uint64_t zeros;
    while ((zeros = zero_bytes(*(const aligned_word *)at)) == 0) {
        at += sizeof zeros;
    }
    return (size_t)(at - string) + (size_t)__builtin_ctzll(zeros) / 8;
}

int strcmp(const char *left, const char *right)
{
    /* By words only while both are aligned alike; else a word of one could reach into a page that is not its own. */
    if ((((uintptr_t)left ^ (uintptr_t)right) & 7) == 0) {
        for (; ((uintptr_t)left & 7) != 0; left++, right++) {
            if (*left != *right || *left == '\0') {
                return (unsigned char)*left - (unsigned char)*right;
            }
        }
        while (*(const aligned_word *)left == *(const aligned_word *)right &&
               zero_bytes(*(const aligned_word *)left) == 0) {
            left += 8;
            right += 8;
        }
    }
    while (*left == *right && *left != '\0') {
        left++;
        right++;
    }
    return (unsigned char)*left - (unsigned char)*right;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the bytes that matter in CSV text, 64 at a time: a bit per byte that is a comma, a line end or a quote.
 * x86-64 always has SSE2; elsewhere the same is done with eight bytes in a word.
 */
#pragma once

#include <stdint.h>
#include <string.h>

#define SCAN_BLOCK 64

#ifdef __SSE2__
#include <emmintrin.h>

static inline uint64_t scan_marks(const char *block)
{
    const __m128i comma = _mm_set1_epi8(','), end = _mm_set1_epi8('\n'), quote = _mm_set1_epi8('"');
    uint64_t marks = 0;
    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i));
        __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, comma), _mm_cmpeq_epi8(bytes, end)),
                                    _mm_cmpeq_epi8(bytes, quote));
        marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(hits) << (16 * i);
    }
    return marks;
}

#else

/* The top bit of each byte of `word` that equals the byte `wanted` is repeated from; exact, no carries between bytes. */
static inline uint64_t scan_equal(uint64_t word, uint64_t wanted)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7full;
    uint64_t difference = word ^ wanted;
    return ~(((difference & low) + low) | difference | low);
}

static inline uint64_t scan_marks(const char *block)
{
    const uint64_t each = 0x0101010101010101ull;
    uint64_t marks = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t word;
        memcpy(&word, block + 8 * i, 8);
        uint64_t hits = scan_equal(word, each * ',') | scan_equal(word, each * '\n') | scan_equal(word, each * '"');
        /* gathers the top bits of eight bytes into one byte (little-endian) */
        marks |= ((hits >> 7) * 0x0102040810204080ull >> 56) << (8 * i);
    }
    return marks;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/bits.h: bits of a word that are set. */
#pragma once

#include <stdint.h>

/* Counts the bits of 16 that are set. __builtin_popcount() would call a function of the compiler's library, which uses a floating
 * point register; then the kernel would have to switch these. */
static inline unsigned bits_count(uint16_t bits)
{
    uint32_t sums = bits - (bits >> 1 & 0x5555u);

    sums = (sums & 0x3333u) + (sums >> 2 & 0x3333u);
    sums = (sums + (sums >> 4)) & 0x0f0fu;
    return (sums + (sums >> 8)) & 0x1fu;
}

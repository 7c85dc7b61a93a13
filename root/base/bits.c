/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/bits.c: what the compiler calls for __builtin_popcount(). The one of its own library counts in a floating
 * point register, which the kernel would have to switch.
 */
#include <stdint.h>

int __popcountdi2(uint64_t bits);

int __popcountdi2(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (int)(bits * UINT64_C(0x0101010101010101) >> 56);
}

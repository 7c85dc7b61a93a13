/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/base.h: types and small helpers that every file uses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nucleus/layout.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* What is seldom needed, so that it costs no registers and no stack where it is not. */
#define ASIDE __attribute__((noinline))
/* What is to be part of its callers whatever its size. */
#define INLINE static inline __attribute__((always_inline))

#define PAGE_BITS 12
#define PAGE_SIZE (UINT64_C(1) << PAGE_BITS)
#define CACHE_LINE 64

/* A word with the low `bits` bits set; 0 to 64. */
static inline uint64_t mask_bits(unsigned bits)
{
    return bits >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
}

static inline uint64_t align_up(uint64_t value, unsigned bits)
{
    return (value + mask_bits(bits)) & ~mask_bits(bits);
}

static inline bool aligned(uint64_t value, unsigned bits)
{
    return (value & mask_bits(bits)) == 0;
}

/* The kernel's address of RAM, and back. Only for addresses inside the window. */
static inline void *window(uint64_t physical)
{
    return (void *)(physical | WINDOW_BASE);
}

static inline uint64_t physical_of(const void *address)
{
    return (uint64_t)address & ~(uint64_t)WINDOW_BASE;
}

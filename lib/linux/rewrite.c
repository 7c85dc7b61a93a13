/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/rewrite.c: see rewrite.h. Encodings: Arm ARM, C6.2. */
#include "lib/linux/rewrite.h"

#define POP_X16_X30 UINT32_C(0xa8c17bf0)  /* ldp x16, x30, [sp], #16 */
#define LOAD_X16 UINT32_C(0x58000050)     /* ldr x16, . + 8 */
#define BRANCH_X16 UINT32_C(0xd61f0200)   /* br x16 */
#define BRANCH UINT32_C(0x14000000)       /* b */
#define BRANCH_LINK UINT32_C(0x94000000)  /* bl */

/* Words that a branch reaches, forwards and backwards. */
#define REACH (INT64_C(1) << 25)

/* The branch at `from` to `to`; 0: that is too far. */
static uint32_t branch(uint32_t opcode, uint64_t from, uint64_t to)
{
    int64_t words = (int64_t)(to - from) / 4;

    return words < -REACH || words >= REACH ? 0 : opcode | ((uint32_t)words & 0x3ffffff);
}

/* ---- Finding calls --------------------------------------------------------- */

/* Words that are looked at together, two in one; most often none is a call. */
#define BLOCK 16u
#define BOTH(word) ((uint64_t)(word) << 32 | (word))

/* Of a block that is aligned for two. */
static bool has_call(const uint32_t *block)
{
    const uint64_t *pairs = __builtin_assume_aligned(block, 8);
    uint64_t found = 0;

#pragma GCC unroll 8
    for (unsigned i = 0; i < BLOCK / 2; i++) {
        uint64_t zero = pairs[i] ^ BOTH(INSTRUCTION_SVC); /* in the half that is a call */

        found |= (zero - BOTH(UINT32_C(1))) & ~zero;
    }
    return (found & BOTH(UINT32_C(1) << 31)) != 0;
}

/* The first call at or behind a word; `words`: there is none. */
static uint64_t next_call(const uint32_t *code, uint64_t at, uint64_t words)
{
    while (at < words && code[at] != INSTRUCTION_SVC) {
        at++;
        while ((uintptr_t)(code + at) % 8 == 0 && words - at >= BLOCK && !has_call(code + at))
            at += BLOCK;
    }
    return at;
}

uint64_t rewrite_count(const uint32_t *code, uint64_t words)
{
    uint64_t count = 0;

    for (uint64_t at = 0; (at = next_call(code, at, words)) < words; at++)
        count++;
    return count;
}

/* ---- Replacing them -------------------------------------------------------- */

bool stubs_begin(struct stubs *stubs, uint64_t entry)
{
    if (stubs->bytes < STUB_BYTES)
        return false;
    stubs->memory[0] = LOAD_X16;
    stubs->memory[1] = BRANCH_X16;
    stubs->memory[2] = (uint32_t)entry;
    stubs->memory[3] = (uint32_t)(entry >> 32);
    stubs->used = STUB_BYTES;
    return true;
}

bool rewrite_code(struct stubs *stubs, uint32_t *code, uint64_t address, uint64_t words)
{
    for (uint64_t i = 0; (i = next_call(code, i, words)) < words; i++) {
        uint64_t site = address + i * 4, stub = stubs->address + stubs->used;
        uint32_t there = branch(BRANCH, site, stub), back = branch(BRANCH, stub + STUB_B, site + 4);

        if (there == 0 || back == 0 || stubs->bytes - stubs->used < STUB_BYTES)
            return false;
        uint32_t *at = stubs->memory + stubs->used / 4;

        at[0] = STUB_FIRST;
        at[1] = branch(BRANCH_LINK, stub + 4, stubs->address);
        at[2] = POP_X16_X30;
        at[3] = back;
        code[i] = there;
        stubs->used += STUB_BYTES;
    }
    return true;
}

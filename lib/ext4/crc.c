/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/crc.c: CRC-32C (Castagnoli), eight bytes at a time: by the processor's instruction, or by tables that are made when first
 * needed. */
#include "lib/ext4/internal.h"

#include <string.h>
#ifdef __ARM_FEATURE_CRC32
#include <arm_acle.h>
#endif

#define POLYNOMIAL 0x82f63b78u /* reversed */

static uint32_t tables[8][256];
static uint8_t by_highest[256]; /* the index of tables[0] by an entry's highest byte, which no other one has */

static void make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        tables[0][i] = crc;
        by_highest[crc >> 24] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int table = 1; table < 8; table++)
            tables[table][i] = tables[table - 1][i] >> 8 ^ tables[0][tables[table - 1][i] & 0xff];
}

#ifdef __ARM_FEATURE_CRC32
uint32_t ext4_crc(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    for (; bytes > 0 && (uintptr_t)at % 8 != 0; bytes--)
        crc = __crc32cb(crc, *at++);
    for (; bytes >= 64; bytes -= 64, at += 64) {
        const uint64_t *words = (const uint64_t *)(const void *)at;

        crc = __crc32cd(crc, words[0]);
        crc = __crc32cd(crc, words[1]);
        crc = __crc32cd(crc, words[2]);
        crc = __crc32cd(crc, words[3]);
        crc = __crc32cd(crc, words[4]);
        crc = __crc32cd(crc, words[5]);
        crc = __crc32cd(crc, words[6]);
        crc = __crc32cd(crc, words[7]);
    }
    for (; bytes >= 8; bytes -= 8, at += 8)
        crc = __crc32cd(crc, *(const uint64_t *)(const void *)at);
    for (; bytes > 0; bytes--)
        crc = __crc32cb(crc, *at++);
    return crc;
}
#else
uint32_t ext4_crc(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    if (tables[0][1] == 0)
        make_tables();
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint32_t low, high;

        memcpy(&low, at, 4);
        memcpy(&high, at + 4, 4);
        low ^= crc;
        crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^
              tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^ tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    for (; bytes > 0; bytes--, at++)
        crc = crc >> 8 ^ tables[0][(crc ^ *at) & 0xff];
    return crc;
}
#endif

/* ---- Zeros ------------------------------------------------------------------------------------------------------------------ */

/* The effect of a number of zeros on a CRC is linear in the CRC's bits: so there is a table for 64 zeros, one for twice as many, and
 * so on, with the results of each four bits. */
#define FEWEST 64u
#define STEPS 7u

static uint32_t behind_zeros[STEPS][8][16];

static uint32_t apply(unsigned step, uint32_t crc)
{
    uint32_t result = 0;

    for (unsigned i = 0; i < 8; i++)
        result ^= behind_zeros[step][i][crc >> 4 * i & 15];
    return result;
}

/* What zeros make of a single bit. */
static uint32_t behind_bit(unsigned step, uint32_t bit)
{
    static const uint8_t zeros[FEWEST];

    return step == 0 ? ext4_crc(bit, zeros, FEWEST) : apply(step - 1, apply(step - 1, bit));
}

static void make_steps(void)
{
    for (unsigned step = 0; step < STEPS; step++)
        for (unsigned i = 0; i < 8; i++) {
            uint32_t *of = behind_zeros[step][i];

            for (uint32_t bits = 1; bits < 16; bits++)
                of[bits] = (bits & (bits - 1)) == 0 ? behind_bit(step, bits << 4 * i) : of[bits & (bits - 1)] ^ of[bits & -bits];
        }
}

uint32_t ext4_crc_zeros(uint32_t crc, size_t bytes)
{
    static const uint8_t zeros[FEWEST];

    if (behind_zeros[0][0][1] == 0)
        make_steps();
    crc = ext4_crc(crc, zeros, bytes % FEWEST);
    bytes /= FEWEST;
    for (unsigned step = 0; bytes != 0; step++, bytes /= 2)
        if (bytes % 2 != 0)
            crc = apply(step, crc);
    return crc;
}

/* ---- What makes a CRC another one ------------------------------------------------------------------------------------------- */

/* The CRC before a byte, of that behind it. */
static uint32_t back(uint32_t crc, uint8_t byte)
{
    uint32_t index = by_highest[crc >> 24];

    return (crc ^ tables[0][index]) << 8 | (index ^ byte);
}

uint32_t ext4_crc_filler(uint32_t before, const void *data, size_t bytes, uint32_t wanted)
{
    const uint8_t *at = (const uint8_t *)data + bytes;

    if (tables[0][1] == 0)
        make_tables();
    while (bytes-- > 0)
        wanted = back(wanted, *--at);
    for (int i = 0; i < 4; i++)
        wanted = back(wanted, 0);
    return before ^ wanted;
}

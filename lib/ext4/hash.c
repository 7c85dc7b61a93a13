/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ext4/hash.c: the hash of names in indices of directories: MD4 cut to three rounds of eight steps. ("Hash Tree Directories") */
#include "lib/ext4/internal.h"

#include <string.h>

#define PART_WORDS 8u
#define LAST 0xfffffffeu /* marks the end */

struct state {
    uint32_t word[4];
};

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t choice(uint32_t x, uint32_t y, uint32_t z)
{
    return z ^ (x & (y ^ z));
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) + ((x ^ y) & z);
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

static const struct round {
    uint32_t (*mix)(uint32_t x, uint32_t y, uint32_t z);
    uint32_t constant;
    uint8_t order[PART_WORDS], bits[4];
} rounds[3] = {
    {choice, 0, {0, 1, 2, 3, 4, 5, 6, 7}, {3, 7, 11, 19}},
    {majority, 0x5a827999, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 5, 9, 13}},
    {parity, 0x6ed9eba1, {3, 7, 2, 6, 1, 5, 0, 4}, {3, 9, 11, 15}},
};

static void transform(struct state *state, const uint32_t part[PART_WORDS])
{
    struct state was = *state;
    uint32_t *word = state->word;

    for (unsigned number = 0; number < 3; number++) {
        const struct round *round = &rounds[number];

        /* a, d, c, b in turn */
        for (unsigned i = 0; i < PART_WORDS; i++) {
            uint32_t *a = &word[(4 - i % 4) % 4], b = word[(5 - i % 4) % 4], c = word[(6 - i % 4) % 4], d = word[(7 - i % 4) % 4];

            *a = rotate(*a + round->mix(b, c, d) + part[round->order[i]] + round->constant, round->bits[i % 4]);
        }
    }
    for (unsigned i = 0; i < 4; i++)
        word[i] += was.word[i];
}

/* Up to 32 bytes of a name as words; what is missing is the length. */
static void take_part(const struct ext4 *fs, const char *name, size_t length, uint32_t part[PART_WORDS])
{
    bool is_signed = (fs->super_data->flags & EXT4_FLAG_SIGNED_HASH) != 0;
    uint32_t pad = (uint32_t)length | (uint32_t)length << 8;

    pad |= pad << 16;
    for (unsigned i = 0; i < PART_WORDS; i++) {
        part[i] = pad;
        for (size_t at = i * 4; at < i * 4 + 4 && at < length; at++) {
            int32_t byte = is_signed ? (int8_t)name[at] : (uint8_t)name[at];

            part[i] = (part[i] << 8) + (uint32_t)byte;
        }
    }
}

bool ext4_can_hash(const struct ext4 *fs)
{
    return (fs->super_data->flags & (EXT4_FLAG_SIGNED_HASH | EXT4_FLAG_UNSIGNED_HASH)) != 0;
}

struct ext4_hash ext4_hash(const struct ext4 *fs, const char *name, size_t length)
{
    static const struct state usual = {{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
    static const struct state none;
    struct state state;
    uint32_t part[PART_WORDS];

    memcpy(&state, fs->super_data->hash_seed, sizeof state);
    if (memcmp(&state, &none, sizeof state) == 0)
        state = usual;
    for (size_t at = 0; at < length; at += sizeof part) {
        take_part(fs, name + at, length - at, part);
        transform(&state, part);
    }
    uint32_t major = state.word[1] & ~1u;

    return (struct ext4_hash){major == LAST ? LAST - 2 : major, state.word[2]};
}

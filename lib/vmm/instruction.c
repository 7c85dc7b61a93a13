/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/instruction.c: see instruction.h. */
#include "lib/vmm/instruction.h"

#define STACK_POINTER 31u

static unsigned bits(uint32_t word, unsigned first, unsigned count)
{
    return word >> first & ((1u << count) - 1);
}

/* The number in `count` bits, which may be negative. */
static int signed_bits(uint32_t word, unsigned first, unsigned count)
{
    const int value = (int)bits(word, first, count);

    return value >> (count - 1) == 0 ? value : value - (1 << count);
}

/* STP, LDP, LDPSW. */
static bool pair(uint32_t word, struct instruction *instruction)
{
    const unsigned size = bits(word, 30, 2), mode = bits(word, 23, 2);
    const bool write = bits(word, 22, 1) == 0;

    if (size == 3 || (size == 1 && (write || mode == 0)))
        return false;
    const uint8_t bytes = size == 2 ? 8 : 4;
    const struct exit access = {.kind = EXIT_ACCESS, .write = write, .bytes = bytes, .extend = size == 1, .wide = size != 0};

    *instruction = (struct instruction){.access = {access, access}, .accesses = 2, .changes = (mode & 1) != 0};
    instruction->access[0].target = (uint8_t)bits(word, 0, 5);
    instruction->access[1].target = (uint8_t)bits(word, 10, 5);
    instruction->change = (int16_t)(signed_bits(word, 15, 7) * bytes);
    return true;
}

/* STR and LDR of one register, and those of 8 and 16 bits, that change the address before or after. */
static bool indexed(uint32_t word, struct instruction *instruction)
{
    const unsigned size = bits(word, 30, 2), what = bits(word, 22, 2);

    if (what >= 2 && (size == 3 || (size == 2 && what == 3)))
        return false; /* there is no more to extend to */
    instruction->access[0] = (struct exit){.kind = EXIT_ACCESS,
                                           .write = what == 0,
                                           .extend = what >= 2,
                                           .wide = what == 2 || size == 3,
                                           .bytes = (uint8_t)(1u << size),
                                           .target = (uint8_t)bits(word, 0, 5)};
    instruction->accesses = 1;
    instruction->changes = true;
    instruction->change = (int16_t)signed_bits(word, 12, 9);
    return true;
}

bool instruction_decode(uint32_t word, struct instruction *instruction)
{
    bool known = false;

    *instruction = (struct instruction){0};
    if (bits(word, 25, 5) == 0x14)
        known = pair(word, instruction);
    else if (bits(word, 24, 6) == 0x38 && bits(word, 21, 1) == 0 && bits(word, 10, 1) == 1)
        known = indexed(word, instruction);
    instruction->base = (uint8_t)bits(word, 5, 5);
    return known && instruction->base != STACK_POINTER;
}

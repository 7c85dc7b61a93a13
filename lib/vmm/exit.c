/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/vmm/exit.c: see exit.h. */
#include "lib/vmm/exit.h"

/* Exception classes. */
enum {
    CLASS_WAIT = 0x01,
    CLASS_HVC = 0x16,
    CLASS_SMC = 0x17,
    CLASS_REGISTER = 0x18,
    CLASS_FETCH = 0x20,
    CLASS_DATA = 0x24,
};

static unsigned bits(uint64_t word, unsigned first, unsigned count)
{
    return (unsigned)(word >> first) & ((1u << count) - 1);
}

static struct exit access(uint64_t syndrome)
{
    if (bits(syndrome, 24, 1) == 0)
        return (struct exit){.kind = EXIT_BLIND, .write = bits(syndrome, 6, 1) != 0};
    return (struct exit){
        .kind = EXIT_ACCESS,
        .write = bits(syndrome, 6, 1) != 0,
        .extend = bits(syndrome, 21, 1) != 0,
        .wide = bits(syndrome, 15, 1) != 0,
        .bytes = (uint8_t)(1u << bits(syndrome, 22, 2)),
        .target = (uint8_t)bits(syndrome, 16, 5),
    };
}

struct exit exit_decode(uint64_t syndrome)
{
    switch (bits(syndrome, 26, 6)) {
    case CLASS_DATA:
        return access(syndrome);
    case CLASS_FETCH:
        return (struct exit){.kind = EXIT_FETCH};
    case CLASS_WAIT:
        return (struct exit){.kind = EXIT_WAIT, .event = bits(syndrome, 0, 1) != 0};
    case CLASS_HVC:
        return (struct exit){.kind = EXIT_HVC, .number = (uint16_t)bits(syndrome, 0, 16)};
    case CLASS_SMC:
        return (struct exit){.kind = EXIT_SMC, .number = (uint16_t)bits(syndrome, 0, 16)};
    case CLASS_REGISTER:
        return (struct exit){.kind = EXIT_REGISTER,
                             .write = bits(syndrome, 0, 1) == 0,
                             .target = (uint8_t)bits(syndrome, 5, 5),
                             .system = (uint32_t)(syndrome & 0x3ffc1e)};
    default:
        return (struct exit){.kind = EXIT_OTHER};
    }
}

uint64_t exit_extend(const struct exit *exit, uint64_t value)
{
    const unsigned bits_read = exit->bytes * 8u;

    if (bits_read < 64)
        value &= (UINT64_C(1) << bits_read) - 1;
    if (exit->extend && bits_read < 64 && (value >> (bits_read - 1) & 1) != 0)
        value |= ~UINT64_C(0) << bits_read;
    return exit->wide ? value : value & UINT32_MAX;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers, and options from the device tree that comes with bootinfo (Devicetree Specification 0.4, 5: header,
 * structure block, strings; numbers are big-endian). */
#include "tests/nucleus/fuzz/fuzz.h"

enum { fdt_begin = 1, fdt_end = 2, fdt_property = 3, fdt_nop = 4 };

seL4_Word random_next(seL4_Word *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1d;
}

seL4_Word random_below(seL4_Word *state, seL4_Word limit)
{
    return (random_next(state) >> 16) % limit;
}

static unsigned big(const unsigned *word)
{
    return __builtin_bswap32(*word);
}

static int same(const char *one, const char *other)
{
    while (*one != '\0' && *one == *other) {
        one++;
        other++;
    }
    return *one == *other;
}

/* The value of the first property called bootargs, or null. */
static const char *boot_options(const unsigned *tree)
{
    const char *strings = (const char *)tree + big(&tree[3]);
    const unsigned *at = (const unsigned *)(const void *)((const char *)tree + big(&tree[2]));
    const unsigned *end = at + big(&tree[9]) / sizeof *at;
    while (at < end) {
        unsigned token = big(at++);
        if (token == fdt_begin) {
            const char *name = (const char *)at;
            seL4_Word length = 0;
            while (name[length] != '\0') {
                length++;
            }
            at += length / sizeof *at + 1;
        } else if (token == fdt_property) {
            if (same(strings + big(&at[1]), "bootargs")) {
                return (const char *)&at[2];
            }
            at += 2 + (big(&at[0]) + 3) / sizeof *at;
        } else if (token != fdt_end && token != fdt_nop) {
            break;
        }
    }
    return 0;
}

static const char *find_options(void)
{
    seL4_Word at = (seL4_Word)boot_info + seL4_BootInfoFrameSize;
    seL4_Word end = at + boot_info->extraLen;
    while (at < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)at;
        if (header->id == SEL4_BOOTINFO_HEADER_FDT) {
            return boot_options((const unsigned *)(const void *)(header + 1));
        }
        at += header->len;
    }
    return 0;
}

seL4_Word option_number(const char *name, seL4_Word otherwise)
{
    const char *at = find_options();
    while (at != 0 && *at != '\0') {
        const char *wanted = name;
        while (*wanted != '\0' && *at == *wanted) {
            at++;
            wanted++;
        }
        if (*wanted == '\0' && *at == '=') {
            seL4_Word value = 0;
            for (at++; *at >= '0' && *at <= '9'; at++) {
                value = value * 10 + (seL4_Word)(*at - '0');
            }
            return value;
        }
        while (*at != '\0' && *at != ' ') {
            at++;
        }
        while (*at == ' ') {
            at++;
        }
    }
    return otherwise;
}

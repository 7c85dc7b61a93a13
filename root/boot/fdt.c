/* SPDX-License-Identifier: BSD-2-Clause */
/* root/boot/fdt.c: see fdt.h. The tree comes from outside, so every offset is checked. */
#include "root/boot/fdt.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MAGIC 0xd00dfeedu

enum token { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOTHING = 4, END = 9 };

/* Offsets of header fields. */
#define OFFSET_TOTAL_SIZE 4
#define OFFSET_STRUCTURE 8
#define OFFSET_STRINGS 12
#define HEADER_SIZE 40

struct cursor {
    const uint8_t *tree;
    uint64_t size, at;
    uint32_t strings;
};

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

uint64_t fdt_number(const void *value, uint32_t length)
{
    const uint8_t *bytes = value;

    if (length == 4)
        return big_endian(bytes);
    if (length == 8)
        return (uint64_t)big_endian(bytes) << 32 | big_endian(bytes + 4);
    return 0;
}

static bool next_word(struct cursor *cursor, uint32_t *word)
{
    if (cursor->size - cursor->at < 4)
        return false;
    *word = big_endian(cursor->tree + cursor->at);
    cursor->at += 4;
    return true;
}

/* The string at `offset`, if it ends within the tree. */
static const char *string_at(const struct cursor *cursor, uint64_t offset)
{
    if (offset >= cursor->size ||
        memchr(cursor->tree + offset, 0, cursor->size - offset) == NULL)
        return NULL;
    return (const char *)cursor->tree + offset;
}

static bool skip(struct cursor *cursor, uint64_t bytes)
{
    bytes = (bytes + 3) & ~UINT64_C(3);
    if (bytes > cursor->size - cursor->at)
        return false;
    cursor->at += bytes;
    return true;
}

struct property {
    const char *name;
    const void *value;
    uint32_t length;
};

static bool read_property(struct cursor *cursor, struct property *property)
{
    uint32_t length, name;

    if (!next_word(cursor, &length) || !next_word(cursor, &name))
        return false;
    property->name = string_at(cursor, (uint64_t)cursor->strings + name);
    property->value = cursor->tree + cursor->at;
    property->length = length;
    return property->name != NULL && skip(cursor, length);
}

const void *fdt_property(const void *tree, uint64_t size, const char *node, const char *name,
                         uint32_t *length)
{
    struct cursor cursor = {.tree = tree, .size = size};
    struct property property;
    uint32_t token, depth = 0, inside = 0;

    if (size < HEADER_SIZE || big_endian(cursor.tree) != MAGIC ||
        big_endian(cursor.tree + OFFSET_TOTAL_SIZE) > size)
        return NULL;
    cursor.at = big_endian(cursor.tree + OFFSET_STRUCTURE);
    cursor.strings = big_endian(cursor.tree + OFFSET_STRINGS);
    if (cursor.at > size)
        return NULL;
    while (next_word(&cursor, &token) && token != END) {
        if (token == BEGIN_NODE) {
            const char *text = string_at(&cursor, cursor.at);

            if (text == NULL || !skip(&cursor, strlen(text) + 1))
                return NULL;
            if (++depth == 2 && strcmp(text, node) == 0)
                inside = depth;
        } else if (token == END_NODE) {
            if (depth-- == inside)
                return NULL;
        } else if (token == PROPERTY) {
            if (!read_property(&cursor, &property))
                return NULL;
            if (inside != 0 && depth == inside && strcmp(property.name, name) == 0) {
                *length = property.length;
                return property.value;
            }
        } else if (token != NOTHING) {
            return NULL;
        }
    }
    return NULL;
}

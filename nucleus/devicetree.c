/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/devicetree.c: reads the flattened device tree (Devicetree Specification 0.4, chapter 5).
 *
 * The tree comes from outside, so nothing is read beyond its size.
 */
#include "nucleus/devicetree.h"

enum {
    HEADER_MAGIC = 0,
    HEADER_TOTAL = 1,
    HEADER_STRUCTURE = 2,
    HEADER_STRINGS = 3,
    HEADER_WORDS = 10,

    TOKEN_BEGIN = 1,
    TOKEN_END = 2,
    TOKEN_PROPERTY = 3,
    TOKEN_NOP = 4,
};

#define MAGIC 0xd00dfeed

struct tree {
    const uint32_t *words;
    uint64_t count;   /* words in it */
    uint64_t strings; /* byte offset */
};

static uint32_t word(const struct tree *tree, uint64_t i)
{
    return i < tree->count ? __builtin_bswap32(tree->words[i]) : 0;
}

/* The zero-terminated text at byte `offset` starts with `prefix`. */
static bool starts_with(const struct tree *tree, uint64_t offset, const char *prefix, bool to_the_end)
{
    const char *bytes = (const char *)tree->words;
    uint64_t size = tree->count * 4;

    for (; *prefix != '\0'; prefix++, offset++)
        if (offset >= size || bytes[offset] != *prefix)
            return false;
    return !to_the_end || (offset < size && bytes[offset] == '\0');
}

static uint64_t text_words(const struct tree *tree, uint64_t i)
{
    const char *bytes = (const char *)(tree->words + i);
    uint64_t limit = i < tree->count ? (tree->count - i) * 4 : 0;
    uint64_t n = 0;

    while (n < limit && bytes[n] != '\0')
        n++;
    return n / 4 + 1;
}

static uint64_t cells(const struct tree *tree, uint64_t i, unsigned count)
{
    uint64_t value = 0;

    for (unsigned n = 0; n < count; n++)
        value = value << 32 | word(tree, i + n);
    return value;
}

/* The tree's root says how many words an address and a size in `reg` have. */
struct search {
    uint64_t address;
    unsigned address_cells;
    unsigned size_cells;
    uint64_t *start;
    uint64_t *end;
};

/* A `reg` property: pairs of address and size. */
static bool find_region(const struct tree *tree, const struct search *search, uint64_t i, uint64_t words)
{
    unsigned pair = search->address_cells + search->size_cells;

    if (pair == 0)
        return false;
    for (uint64_t n = 0; n + pair <= words; n += pair) {
        uint64_t start = cells(tree, i + n, search->address_cells);
        uint64_t size = cells(tree, i + n + search->address_cells, search->size_cells);

        if (search->address - start < size) {
            *search->start = start;
            *search->end = start + size;
            return true;
        }
    }
    return false;
}

/* Walks the structure: `depth` 1 is the root, 2 its children. Memory nodes are named memory@…. */
static bool find_memory(const struct tree *tree, uint64_t i, struct search *search)
{
    unsigned depth = 0;
    bool in_memory = false;

    while (i < tree->count) {
        uint32_t token = word(tree, i++);

        if (token == TOKEN_BEGIN) {
            depth++;
            in_memory = depth == 2 && (starts_with(tree, i * 4, "memory@", false) ||
                                       starts_with(tree, i * 4, "memory", true));
            i += text_words(tree, i);
        } else if (token == TOKEN_END) {
            depth--;
            in_memory = false;
        } else if (token == TOKEN_PROPERTY) {
            uint64_t words = (word(tree, i) + UINT64_C(3)) / 4;
            uint64_t name = tree->strings + word(tree, i + 1);

            i += 2;
            if (depth == 1 && starts_with(tree, name, "#address-cells", true))
                search->address_cells = word(tree, i);
            if (depth == 1 && starts_with(tree, name, "#size-cells", true))
                search->size_cells = word(tree, i);
            if (in_memory && starts_with(tree, name, "reg", true) && find_region(tree, search, i, words))
                return true;
            i += words;
        } else if (token != TOKEN_NOP) {
            return false;
        }
    }
    return false;
}

bool devicetree_memory(const void *tree, uint64_t size, uint64_t address, uint64_t *start, uint64_t *end)
{
    struct tree view = {tree, size / 4, 0};
    struct search search = {address, 2, 1, start, end};

    if (view.count < HEADER_WORDS || word(&view, HEADER_MAGIC) != MAGIC)
        return false;
    if (word(&view, HEADER_TOTAL) / 4 < view.count)
        view.count = word(&view, HEADER_TOTAL) / 4;
    view.strings = word(&view, HEADER_STRINGS);
    return find_memory(&view, word(&view, HEADER_STRUCTURE) / 4, &search);
}

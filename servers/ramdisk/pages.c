/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/ramdisk/pages.c: see pages.h. The disk is one memory object, mapped as one region, that has no pages at first. When a
 * block is written for the first time, a request that can fail makes its page, and nothing here touches blocks without pages: so
 * the server never faults for want of memory.
 */
#include "servers/ramdisk/pages.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/idtable/idtable.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Flags of mo_allocate() and ads_attach(): pages come later. */
#define ON_TOUCH 1u
/* Pages of one ads_commit(), at most. */
#define COMMIT_MOST 64u

/* Which blocks have pages: a bit for each. */
struct leaf {
    struct id_entry entry; /* its id is the number of its first block / LEAF_BLOCKS */
    uint64_t bits[64];
};

#define LEAF_BLOCKS (64 * 64u)

static struct id_table leaves;
static char *contents;
static bool shared;
static const char *image; /* contents of the first blocks, as far as they have no pages */
static uint64_t image_blocks;

/* ---- Which blocks have pages ------------------------------------------------ */

static struct leaf *leaf_of(uint64_t block)
{
    struct id_entry *entry = id_table_find(&leaves, block / LEAF_BLOCKS);

    return entry == NULL ? NULL : ID_RECORD(entry, struct leaf, entry);
}

static bool is_there(uint64_t block)
{
    const struct leaf *leaf = leaf_of(block);

    return leaf != NULL && (leaf->bits[block % LEAF_BLOCKS / 64] >> block % 64 & 1) != 0;
}

/* How many blocks from `block` on, at most `most`, are like the first one; *there: whether they have pages. */
static uint64_t row(uint64_t block, uint64_t most, bool *there)
{
    uint64_t count = 1;

    *there = is_there(block);
    while (count < most && is_there(block + count) == *there)
        count++;
    return count;
}

static struct leaf *make_leaf(uint64_t block)
{
    struct leaf *leaf = leaf_of(block);

    if (leaf != NULL)
        return leaf;
    leaf = calloc(1, sizeof *leaf);
    if (leaf == NULL)
        return NULL;
    leaf->entry.id = block / LEAF_BLOCKS;
    if (id_table_add(&leaves, &leaf->entry))
        return leaf;
    free(leaf);
    return NULL;
}

static char *address_of(uint64_t block)
{
    return contents + block * CELL_PAGE;
}

/* Makes pages for blocks that have none. */
static cell_error_t make(uint64_t block, uint64_t count)
{
    for (uint64_t end = block + count; block < end;) {
        uint64_t part = end - block < COMMIT_MOST ? end - block : COMMIT_MOST;
        uint64_t to_leaf = LEAF_BLOCKS - block % LEAF_BLOCKS;
        struct leaf *leaf = make_leaf(block);

        if (part > to_leaf)
            part = to_leaf;
        cell_error_t error = leaf == NULL ? CELL_NO_MEMORY
                                          : ads_commit(CSPACE_SELF, (uint64_t)address_of(block), part);

        if (error != CELL_OK)
            return error;
        for (; part > 0; part--, block++)
            leaf->bits[block % LEAF_BLOCKS / 64] |= UINT64_C(1) << block % 64;
    }
    return CELL_OK;
}

static cell_error_t make_missing(uint64_t block, uint64_t count)
{
    cell_error_t error = CELL_OK;
    bool there;

    for (uint64_t end = block + count, part; block < end && error == CELL_OK; block += part) {
        part = row(block, end - block, &there);
        if (!there)
            error = make(block, part);
    }
    return error;
}

/* ---- The interface ------------------------------------------------------------ */

cell_error_t pages_start(uint64_t blocks, cell_cap_t *mo)
{
    uint64_t start;
    cell_error_t error = mo_allocate(cell_rde("MO"), blocks, ON_TOUCH, mo);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, *mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, ON_TOUCH, &start);
    contents = error == CELL_OK ? (char *)start : NULL;
    return error;
}

cell_error_t pages_fill(const char *name, uint64_t *blocks)
{
    uint64_t start, bytes;
    cell_cap_t file;
    cell_error_t error = mo_archive(cell_rde("MO"), name, strlen(name), &file, &bytes);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, file, 0, CELL_REGION_GENERIC, CELL_READ, 0, &start);
    if (error != CELL_OK)
        return error;
    image = (const char *)start;
    *blocks = image_blocks = (bytes + CELL_PAGE - 1) / CELL_PAGE;
    return CELL_OK;
}

/* Reads blocks that have no pages. */
static void read_missing(uint64_t block, uint64_t count, char *to)
{
    uint64_t filled = block >= image_blocks ? 0 : image_blocks - block < count ? image_blocks - block : count;

    if (filled != 0)
        memcpy(to, image + block * CELL_PAGE, filled * CELL_PAGE);
    memset(to + filled * CELL_PAGE, 0, (count - filled) * CELL_PAGE);
}

void pages_are_shared(void)
{
    shared = true;
}

cell_error_t pages_write(uint64_t block, uint64_t count, const void *from)
{
    cell_error_t error = make_missing(block, count);

    if (error == CELL_OK)
        memcpy(address_of(block), from, count * CELL_PAGE);
    return error;
}

cell_error_t pages_read(uint64_t block, uint64_t count, void *to)
{
    /* A client may have written what the server has not. */
    cell_error_t error = shared ? make_missing(block, count) : CELL_OK;
    char *at = to;
    bool there;

    if (error != CELL_OK)
        return error;
    for (uint64_t end = block + count, part; block < end; block += part, at += part * CELL_PAGE) {
        part = row(block, end - block, &there);
        if (there)
            memcpy(at, address_of(block), part * CELL_PAGE);
        else
            read_missing(block, part, at);
    }
    return CELL_OK;
}

void pages_clear(uint64_t block, uint64_t count)
{
    bool there;

    for (uint64_t end = block + count, part; block < end; block += part) {
        part = row(block, end - block, &there);
        if (there)
            memset(address_of(block), 0, part * CELL_PAGE);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/archive/archive.c: see archive.h. Freestanding: needs no C library. */
#include "lib/archive/archive.h"

static const char *const error_texts[] = {
    [ARCHIVE_OK] = "no error",
    [ARCHIVE_TRUNCATED] = "the archive is cut short",
    [ARCHIVE_BAD_MAGIC] = "not an archive",
    [ARCHIVE_BAD_HEADER] = "the sizes in the archive's header do not fit",
    [ARCHIVE_BAD_NAME] = "a name is empty or not terminated",
    [ARCHIVE_BAD_ORDER] = "the names are not in order",
    [ARCHIVE_BAD_POSITION] = "a file is not where one can be",
};

const char *archive_error_text(enum archive_error error)
{
    if ((size_t)error >= sizeof error_texts / sizeof *error_texts)
        return "unknown archive error";
    return error_texts[error];
}

static const struct archive_entry *entries(const void *archive)
{
    return (const struct archive_entry *)((const char *)archive + sizeof(struct archive_header));
}

static int has_magic(const struct archive_header *header)
{
    for (int i = 0; i < ARCHIVE_MAGIC_SIZE; i++)
        if (header->magic[i] != ARCHIVE_MAGIC[i])
            return 0;
    return 1;
}

/* As strcmp(). */
static int compare(const char *a, const char *b)
{
    while (*a != 0 && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

static uint64_t page_up(uint64_t value)
{
    return (value + ARCHIVE_PAGE - 1) & ~(uint64_t)(ARCHIVE_PAGE - 1);
}

uint64_t archive_header_bytes(const void *first_page)
{
    const struct archive_header *header = first_page;

    return has_magic(header) ? (uint64_t)header->header_pages * ARCHIVE_PAGE : 0;
}

static enum archive_error check_header(const struct archive_header *header, uint64_t readable,
                                       uint64_t size)
{
    uint64_t pages = (uint64_t)header->header_pages * ARCHIVE_PAGE;
    uint64_t needed = sizeof *header + (uint64_t)header->count * sizeof(struct archive_entry);

    if (pages < needed || header->total_size % ARCHIVE_PAGE != 0 || header->total_size < pages)
        return ARCHIVE_BAD_HEADER;
    if (readable < pages || size < header->total_size)
        return ARCHIVE_TRUNCATED;
    return ARCHIVE_OK;
}

static enum archive_error check_name(const struct archive_entry *entry)
{
    if (entry->name[0] == 0)
        return ARCHIVE_BAD_NAME;
    for (int i = 0; i < ARCHIVE_NAME_SIZE; i++)
        if (entry->name[i] == 0)
            return ARCHIVE_OK;
    return ARCHIVE_BAD_NAME;
}

/* `free_from` is where the file before this one ended. */
static enum archive_error check_position(const struct archive_entry *entry, uint64_t free_from,
                                         uint64_t total_size)
{
    if (entry->offset % ARCHIVE_PAGE != 0 || entry->offset < free_from)
        return ARCHIVE_BAD_POSITION;
    if (entry->offset > total_size || entry->size > total_size - entry->offset)
        return ARCHIVE_BAD_POSITION;
    return ARCHIVE_OK;
}

enum archive_error archive_check(const void *archive, uint64_t readable, uint64_t size,
                                 uint32_t *entry)
{
    const struct archive_header *header = archive;
    const struct archive_entry *list = entries(archive);
    enum archive_error error;
    uint64_t free_from;

    *entry = 0;
    if (readable < sizeof *header)
        return ARCHIVE_TRUNCATED;
    if (!has_magic(header))
        return ARCHIVE_BAD_MAGIC;
    error = check_header(header, readable, size);
    free_from = (uint64_t)header->header_pages * ARCHIVE_PAGE;
    for (uint32_t i = 0; error == ARCHIVE_OK && i < header->count; i++) {
        *entry = i;
        error = check_name(&list[i]);
        if (error == ARCHIVE_OK && i > 0 && compare(list[i - 1].name, list[i].name) >= 0)
            error = ARCHIVE_BAD_ORDER;
        if (error == ARCHIVE_OK)
            error = check_position(&list[i], free_from, header->total_size);
        free_from = page_up(list[i].offset + list[i].size);
    }
    return error;
}

uint32_t archive_count(const void *archive)
{
    return ((const struct archive_header *)archive)->count;
}

const struct archive_entry *archive_entry(const void *archive, uint32_t index)
{
    return &entries(archive)[index];
}

const struct archive_entry *archive_find(const void *archive, const char *name)
{
    const struct archive_entry *list = entries(archive);
    uint32_t low = 0;
    uint32_t high = archive_count(archive);

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(name, list[middle].name);

        if (order == 0)
            return &list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/memory/archive.c: see archive.h. Offset n of the archive is read at SPACE_ARCHIVE + n. */
#include "root/memory/archive.h"

#include "root/memory/archive_start.h"
#include "root/memory/devices.h"
#include "root/memory/heap.h"
#include "root/memory/own_space.h"

static page_t first_page;
static uint64_t page_count;
static uint64_t *mapped; /* a bit per page */
static const char *problem = "no boot archive was given";

/* Makes pages from `first` readable. */
static bool map_pages(uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        page_t page = first_page + (page_t)i;

        if (mapped[i / 64] == ~UINT64_C(0))
            i |= 63;
        if ((mapped[i / 64] >> i % 64 & 1) != 0)
            continue;
        if (foreign_frames(page, 1) != CELL_OK ||
            !space_map(SPACE_ARCHIVE + i * PAGE_SIZE, frame_slot(page), false, false))
            return false;
        mapped[i / 64] |= UINT64_C(1) << i % 64;
    }
    return true;
}

static const void *archive(void)
{
    return (const void *)SPACE_ARCHIVE;
}

/* Maps the header and checks it; NULL or what is wrong. */
static const char *open_archive(uint64_t size)
{
    uint32_t entry;

    if (!map_pages(0, 1))
        return "no memory to read the boot archive";
    uint64_t header = archive_header_bytes(archive());

    if (header == 0 || header > page_count * PAGE_SIZE)
        return archive_error_text(header == 0 ? ARCHIVE_BAD_MAGIC : ARCHIVE_TRUNCATED);
    if (!map_pages(0, header / PAGE_SIZE))
        return "no memory to read the boot archive";
    enum archive_error error = archive_check(archive(), header, size, &entry);

    return error == ARCHIVE_OK ? NULL : archive_error_text(error);
}

void archive_init(uint64_t start, uint64_t end)
{
    if (start == 0 || end <= start || start % PAGE_SIZE != 0)
        return;
    first_page = (page_t)(start / PAGE_SIZE);
    page_count = (end - start + PAGE_SIZE - 1) / PAGE_SIZE;
    mapped = heap_allocate((page_count + 63) / 64 * sizeof *mapped);
    problem = mapped == NULL ? "no memory to read the boot archive" : open_archive(end - start);
}

const char *archive_problem(void)
{
    return problem;
}

static void fill(struct archive_file *file, const struct archive_entry *entry)
{
    file->name = entry->name;
    file->size = entry->size;
    file->offset = entry->offset;
    file->pages = (entry->size + PAGE_SIZE - 1) / PAGE_SIZE;
    file->first_page = first_page + (page_t)(entry->offset / PAGE_SIZE);
}

cell_error_t archive_open(const char *name, struct archive_file *file)
{
    const struct archive_entry *entry = problem == NULL ? archive_find(archive(), name) : NULL;

    if (entry == NULL)
        return CELL_NOT_FOUND;
    fill(file, entry);
    return CELL_OK;
}

cell_error_t archive_file_at(uint32_t index, struct archive_file *file)
{
    if (problem != NULL || index >= archive_count(archive()))
        return CELL_NOT_FOUND;
    fill(file, archive_entry(archive(), index));
    return CELL_OK;
}

static bool is_mapped(uint64_t page)
{
    return (mapped[page / 64] >> page % 64 & 1) != 0;
}

/* Pages that are made readable in a piece. */
#define PIECE_PAGES 100u

bool archive_prepare(const struct archive_file *file)
{
    uint64_t first = file->offset / PAGE_SIZE, left = PIECE_PAGES;

    for (uint64_t page = first; page < first + file->pages; page++) {
        if (is_mapped(page))
            continue;
        if (left-- == 0)
            return false;
        /* Without memory, the reader gets an error. */
        if (!map_pages(page, 1))
            return true;
    }
    return true;
}

const void *archive_bytes(const struct archive_file *file, uint64_t offset, uint64_t size)
{
    if (size > file->size || offset > file->size - size)
        return NULL;
    uint64_t at = file->offset + offset;
    uint64_t first = at / PAGE_SIZE;

    if (size != 0 && !map_pages(first, (at + size - 1) / PAGE_SIZE - first + 1))
        return NULL;
    return (const void *)(SPACE_ARCHIVE + at);
}

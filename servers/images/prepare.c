/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/images/prepare.c: from an executable to its image (lib/linux/image.h). */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <string.h>

#include "lib/linux/executable.h"
#include "lib/linux/image.h"
#include "lib/linux/rewrite.h"
#include "servers/images/images.h"

#define PAGE ((uint64_t)CELL_PAGE)
#define CACHE_LINE 64u
#define PROTECT_PAGES 64u /* at a time: their regions are joined again */

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE - 1) / PAGE;
}

/* Fills in the header; *pages is the number of the image's pages. False: there are too many segments, or the interpreter's name is
 * too long. */
static bool describe(const struct executable *executable, struct image_header *header, uint64_t *pages)
{
    struct executable_segment segment;

    *header = (struct image_header){.movable = executable->movable,
                                    .entry = executable->entry,
                                    .start = executable->start,
                                    .end = executable->end,
                                    .headers = executable->headers,
                                    .header_count = executable->header_count,
                                    .stubs = pages_of(rewrite_area(executable->calls))};
    *pages = 1 + header->stubs;
    for (uint32_t at = 0; executable_segment(executable, &at, &segment); header->segments++) {
        uint64_t inside = segment.address % PAGE, count = segment.file_bytes == 0 ? 0 : pages_of(inside + segment.file_bytes);

        if (header->segments == IMAGE_SEGMENTS)
            return false;
        header->segment[header->segments] = (struct image_segment){
            segment.address, segment.offset, segment.file_bytes, segment.memory_bytes, *pages, count, segment.rights};
        *pages += count;
    }
    if (executable->interpreter != NULL && strlen(executable->interpreter) >= sizeof header->interpreter)
        return false;
    strcpy(header->interpreter, executable->interpreter == NULL ? "" : executable->interpreter);
    return true;
}

/* Copies whole pages of the file, including what is around a segment. */
static void copy(const struct executable *executable, const struct image_segment *segment, uint8_t *image)
{
    uint64_t inside = segment->address % PAGE, from = segment->offset - inside, bytes = segment->pages * PAGE;

    memcpy(image + segment->page * PAGE, executable->bytes + from, bytes < executable->size - from ? bytes : executable->size - from);
}

static bool replace_calls(const struct executable *executable, const struct image_header *header, uint8_t *image)
{
    struct stubs stubs = {
        .memory = (uint32_t *)(void *)(image + PAGE), .address = header->start - header->stubs * PAGE, .bytes = header->stubs * PAGE};
    struct executable_code code;

    if (!stubs_begin(&stubs, IMAGE_ENTRY))
        return false;
    for (uint32_t at = 0; executable_code(executable, &at, &code);)
        for (uint64_t i = 0; i < header->segments; i++) {
            const struct image_segment *segment = &header->segment[i];

            if (!image_is_shared(segment) || code.offset < segment->offset || code.offset - segment->offset >= segment->file_bytes)
                continue;
            uint8_t *words = image + segment->page * PAGE + segment->address % PAGE + (code.offset - segment->offset);

            if (!rewrite_code(&stubs, (uint32_t *)(void *)words, code.address, code.words))
                return false;
        }
    return true;
}

/* Makes the caches agree, so that what was written can be executed by others. */
static void clean(const uint8_t *image, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes; at += CACHE_LINE)
        __asm__ volatile("dc cvau, %0"
                         :
                         : "r"(image + at)
                         : "memory");
    __asm__ volatile("dsb ish"
                     :
                     :
                     : "memory");
    for (uint64_t at = 0; at < bytes; at += CACHE_LINE)
        __asm__ volatile("ic ivau, %0"
                         :
                         : "r"(image + at)
                         : "memory");
    __asm__ volatile("dsb ish\n isb"
                     :
                     :
                     : "memory");
}

static bool write_image(const struct executable *executable, const struct image_header *header, uint8_t *image, uint64_t pages)
{
    memcpy(image, header, sizeof *header);
    for (uint64_t i = 0; i < header->segments; i++)
        copy(executable, &header->segment[i], image);
    bool good = replace_calls(executable, header, image);

    clean(image, pages * PAGE);
    return good;
}

cell_error_t prepare(const void *bytes, uint64_t size, struct prepared *prepared)
{
    static struct image_header header;
    struct executable executable;

    *prepared = (struct prepared){0};
    if (executable_open(&executable, bytes, size) != EXECUTABLE_OK || !describe(&executable, &header, &prepared->pages))
        return CELL_BAD_ELF;
    cell_error_t error = mo_allocate(cell_rde("MO"), prepared->pages, 0, &prepared->memory);

    if (error != CELL_OK)
        return error;
    error = ads_attach(CSPACE_SELF, prepared->memory, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &prepared->address);
    if (error == CELL_OK && !write_image(&executable, &header, (uint8_t *)prepared->address, prepared->pages))
        error = CELL_BAD_ELF;
    for (uint64_t page = 0; page < prepared->pages && error == CELL_OK; page += PROTECT_PAGES) {
        uint64_t left = prepared->pages - page;

        error = ads_change_rights(CSPACE_SELF, prepared->address + page * PAGE, left < PROTECT_PAGES ? left : PROTECT_PAGES, CELL_READ);
    }
    if (error != CELL_OK)
        prepared_end(prepared);
    return error;
}

void prepared_end(const struct prepared *prepared)
{
    if (prepared->address != 0)
        ads_remove_part(CSPACE_SELF, prepared->address, prepared->pages);
    mo_release(prepared->memory);
}

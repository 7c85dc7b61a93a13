/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/images.c: see images.h. */
#include "lib/linux/images.h"

#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/image.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/mappings.h"

/* ---- Finding ---------------------------------------------------------------- */

static int64_t attach(cell_error_t error, struct image *image)
{
    uint64_t address = 0;

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, image->memory, 0, CELL_REGION_GENERIC, CELL_READ, ATTACH_TOUCHED, &address);
    image->header = (const struct image_header *)address;
    return error == CELL_OK ? 0 : -ENOENT;
}

static cell_cap_t images_edge(void)
{
    return process.strace ? 0 : process_edge("PROGRAM");
}

int64_t images_open_archive(const char *path, struct image *image)
{
    cell_cap_t edge = images_edge(), held;

    while (*path == '/')
        path++;
    uint64_t length = text_length(path);

    if (edge == 0 || length == 0 || length > IMAGE_ARCHIVE_NAME_MOST)
        return -ENOENT;
    /* The handle on the image stays, so that it is known who runs it. */
    return attach(image_archive(edge, path, length, &held, &image->memory), image);
}

int64_t images_open(const struct description *file, struct image *image)
{
    cell_cap_t edge = images_edge(), there, held;

    if (file->kind == &file_archive && file->name != NULL)
        return images_open_archive(file->name, image);
    if (edge == 0 || file->kind != &file_disk || handle_give_to_server(edge, file->data, CELL_READ, &there) != CELL_OK)
        return -ENOENT;
    return attach(image_open(edge, there, &held, &image->memory), image);
}

void images_close(const struct image *image)
{
    ads_remove(CSPACE_SELF, (uint64_t)image->header);
    mo_release(image->memory);
}

/* ---- Mapping ------------------------------------------------------------------- */

static int64_t map(const struct image *image, uint64_t page, uint64_t pages, uint64_t address, unsigned protection)
{
    uint64_t there;
    cell_error_t error = ads_attach_part(CSPACE_SELF, image->memory, page, pages, address, 0, CELL_REGION_GENERIC,
                                         CELL_READ | ((protection & PROT_EXEC) != 0 ? CELL_EXECUTE : 0), ATTACH_TOUCHED, &there);

    if (error == CELL_OK)
        mappings_add(address, address + pages * PAGE, &(struct mapping){.protection = (uint8_t)protection, .image = true});
    return error_number(error);
}

int64_t images_map_pages(const struct image *image, const struct image_segment *segment, uint64_t base, uint64_t pages)
{
    return map(image, segment->page, pages, base + PAGE_DOWN(segment->address), (unsigned)segment->rights);
}

int64_t images_map(const struct image *image, const struct image_segment *segment, uint64_t base, uint64_t pages)
{
    const struct image_header *header = image->header;
    uint64_t start = base + header->start, stubs = start - header->stubs * PAGE;

    if (stubs < MEMORY_LOWEST || stubs > start || !mappings_free(stubs, start))
        return -EEXIST;
    /* Most often the code is what stands right behind them, in memory as in the image. */
    if (PAGE_DOWN(segment->address) == header->start && segment->page == 1 + header->stubs && (segment->rights & PROT_EXEC) != 0)
        return map(image, 1, header->stubs + pages, stubs, (unsigned)segment->rights);
    int64_t result = map(image, 1, header->stubs, stubs, PROT_READ | PROT_EXEC);

    if (result == 0)
        result = mappings_put_aside() ? images_map_pages(image, segment, base, pages) : -ENOMEM;
    return result;
}

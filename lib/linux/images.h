/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/images.h: executables and libraries that servers/images has prepared (image.h), whose code all who run them share. */
#pragma once

#include "lib/linux/files.h"
#include "lib/linux/image.h"

struct image {
    cell_cap_t memory;
    const struct image_header *header; /* in the zone, with all that follows */
};

/* Finds, or has prepared, the image of an open file, or of a file of the boot archive. -ENOENT: nobody prepares it, or it cannot be; and
 * a process whose calls are traced has none. */
int64_t images_open(const struct description *file, struct image *image);
int64_t images_open_archive(const char *path, struct image *image);
void images_close(const struct image *image);

/* Maps stubs, and pages of a shared segment, at its address with this base. With the lock, mappings put aside, and nothing there.
 * -EEXIST: something is where the stubs go. */
int64_t images_map(const struct image *image, const struct image_segment *segment, uint64_t base, uint64_t pages);
/* Pages of a shared segment alone. */
int64_t images_map_pages(const struct image *image, const struct image_segment *segment, uint64_t base, uint64_t pages);

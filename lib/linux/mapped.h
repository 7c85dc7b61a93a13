/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/mapped.h: pages of files that the program has mapped.
 *
 * What the file's memory has is attached where the program wants it, to be read; touching a page that is not there, or writing to one
 * for the first time, comes back as a fault. A page of a shared mapping is then loaded to be written at any time, one of a private
 * mapping is copied; behind the end of the file it is SIGBUS.
 */
#pragma once

#include "lib/linux/mappings.h"

/* Maps a range of a file where nothing is, as `what` says, whose offset is that of the start. With the lock, and mappings put aside.
 * -ENODEV: its pages cannot be mapped. */
int64_t mapped_attach(uint64_t start, uint64_t end, const struct mapping *what);

/* Whether all pages that the file has in a range can be mapped. */
bool mapped_fits(struct description *file, uint64_t offset, uint64_t bytes);

/* The rights that a mapping with this protection has in the root task. */
unsigned mapped_protection(const struct mapping *mapping, unsigned protection);

/* Makes copies of all pages that a private mapping of a file, or an image, has in a range, which is in one mapping. With the lock. */
int64_t mapped_copy(uint64_t start, uint64_t end);

/* What a fault of an address was. */
enum mapped_touch {
    MAPPED_FAULT,  /* nothing is mapped there, or no file */
    MAPPED_DENIED, /* the mapping's protection does not allow it */
    MAPPED_AGAIN,  /* it can be touched now */
    MAPPED_BUS,    /* the file has no such page, or it cannot be loaded */
};
enum mapped_touch mapped_touch(uint64_t address, unsigned access); /* PROT_READ, WRITE or EXEC */

/* A file was made shorter: copies of pages that were behind the end go. */
void mapped_shortened(const struct description *file, uint64_t size);

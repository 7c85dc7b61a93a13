/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/archive/archive.h: the boot archive, read on the machine and on the host.
 *
 * An archive holds programs and system descriptions under names. The boot
 * program puts it into memory; the root task maps pages of it straight into
 * address spaces, so every file starts on a page and is zero-padded to one.
 *
 *   struct archive_header
 *   struct archive_entry[count]     sorted by name, as strcmp does
 *   zeros up to header_pages pages
 *   the files, in the order of the entries
 *
 * All numbers are little-endian. An archive comes from outside: call
 * archive_check() once, before anything else; the other functions trust it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_MAGIC "CELLAR01"
#define ARCHIVE_MAGIC_SIZE 8
#define ARCHIVE_PAGE 4096
/* Bytes of a name with its terminating zero. */
#define ARCHIVE_NAME_SIZE 48

struct archive_header {
    char magic[ARCHIVE_MAGIC_SIZE];
    uint32_t count;        /* entries */
    uint32_t header_pages; /* pages of header and entries; at least 1 */
    uint64_t total_size;   /* bytes of the archive, a multiple of the page size */
};

struct archive_entry {
    char name[ARCHIVE_NAME_SIZE]; /* not empty, zero-padded */
    uint64_t offset;              /* from the start of the archive, page aligned */
    uint64_t size;                /* bytes of the file, without the padding */
};

enum archive_error {
    ARCHIVE_OK,
    ARCHIVE_TRUNCATED,    /* fewer bytes than header, entries or total_size say */
    ARCHIVE_BAD_MAGIC,    /* not an archive */
    ARCHIVE_BAD_HEADER,   /* header_pages or total_size does not fit the rest */
    ARCHIVE_BAD_NAME,     /* a name that is empty or not terminated */
    ARCHIVE_BAD_ORDER,    /* a name that is not behind the one before it */
    ARCHIVE_BAD_POSITION, /* a file off a page, over another or outside */
};

/* Words for a person. */
const char *archive_error_text(enum archive_error error);

/* Bytes of header and entries of the archive that begins with the page at
 * `first_page`, so that the caller can make that much readable; 0 if it is not
 * an archive. */
uint64_t archive_header_bytes(const void *first_page);

/*
 * Checks everything that the functions below rely on; reads nothing but header
 * and entries. `readable` bytes at `archive` can be read, and the archive has
 * `size` bytes in all. On an error that concerns an entry, *entry is its
 * index.
 */
enum archive_error archive_check(const void *archive, uint64_t readable, uint64_t size,
                                 uint32_t *entry);

uint32_t archive_count(const void *archive);

/* The entry at `index` < archive_count(). */
const struct archive_entry *archive_entry(const void *archive, uint32_t index);

/* The entry called `name`, or NULL; takes log2(count) comparisons. */
const struct archive_entry *archive_find(const void *archive, const char *name);

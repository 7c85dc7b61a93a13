/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/image.h: a prepared executable, or library, as servers/images makes it and the personality maps it (idl/image.idl).
 *
 * Its pages: this header; stubs; the pages of each segment that the file has, one behind the other. The stubs are for the addresses
 * right below the first page of the file; calls in segments that are executed, and not written, are branches to them.
 */
#pragma once

#include <stdint.h>

#define IMAGE_SEGMENTS 16u
/* Where a stub leads: the lowest address of the personality (entry.S). */
#define IMAGE_ENTRY UINT64_C(0x3f80000000)

struct image_segment {
    uint64_t address, offset;          /* of the first byte in memory and in the file, at the same place in its page */
    uint64_t file_bytes, memory_bytes; /* zeros behind those of the file */
    uint64_t page, pages;              /* of the image: those of the file, as whole pages */
    uint64_t rights;                   /* as PROT_READ, PROT_WRITE, PROT_EXEC */
};

struct image_header {
    uint64_t movable;               /* addresses count from where it is loaded */
    uint64_t entry, start, end;     /* addresses: where it begins, of its pages */
    uint64_t headers, header_count; /* address of the program headers; 0: not in memory */
    uint64_t stubs;                 /* pages of them, from page 1 on */
    uint64_t segments;
    struct image_segment segment[IMAGE_SEGMENTS];
    char interpreter[256]; /* its loader; empty: it needs none */
};

/* Is it the same in memory for all who run it? */
static inline int image_is_shared(const struct image_segment *segment)
{
    return (segment->rights & 2) == 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/payload.h: what the image packer (tools/image.c) leaves for the
 * loader: where each piece of the kernel and of the root task goes.
 *
 * The packer reads and checks the ELF files on the host, so the loader only
 * copies. An image is
 *
 *   loader                            ends on a page
 *   struct payload_header             at the loader's symbol `payload`
 *   struct payload_piece[kernel.pieces + root.pieces]
 *   the bytes of the pieces, each at an offset that agrees with its destination
 *   in the low 6 bits, so that both are aligned for the copy
 *
 * All numbers are little-endian. Offsets count from the start of the image.
 */
#pragma once

#include <stdint.h>

#define PAYLOAD_MAGIC UINT64_C(0x31544f4f424c4c43) /* "CLLBOOT1" */
#define PAYLOAD_ALIGNMENT 64

/* A segment of an ELF file. Pieces are sorted by destination and do not overlap;
 * the memory from file_size to memory_size is zeroed. */
struct payload_piece {
    uint64_t source;      /* offset in the image */
    uint64_t destination; /* offset in the program's memory */
    uint64_t file_size;
    uint64_t memory_size; /* >= file_size; reaches up to the next piece of the same program */
};

/* A program in memory; its pieces follow each other in the table. */
struct payload_program {
    uint64_t virtual; /* first address */
    uint64_t size;
    uint64_t entry; /* virtual */
    uint64_t first_piece;
    uint64_t pieces;
};

struct payload_header {
    uint64_t magic;
    uint64_t image_size; /* of the whole image, loader included */

    uint64_t kernel_physical;      /* first address; it and the virtual one are multiples of 2 MiB */
    struct payload_program kernel; /* in memory from kernel_physical */
    struct payload_program root;   /* virtual and size are multiples of the page size */
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/images/images.h: what the source files of the server share. Bottom-up: prepare.c, source.c, main.c. */
#pragma once

#include <lib/server/server.h>

/* An image. It stays attached, read-only: so a PD that maps it pays for the pages that it touches, and its end does not pay for all of
 * them. */
struct prepared {
    cell_cap_t memory;
    uint64_t address, pages;
};

/* Prepares an executable. CELL_BAD_ELF; errors as mo_allocate(). */
cell_error_t prepare(const void *bytes, uint64_t size, struct prepared *prepared);
void prepared_end(const struct prepared *prepared);

/* A file's contents in memory. */
struct source {
    const void *bytes;
    uint64_t size;
    cell_cap_t memory, there; /* there: as the file server knows the memory */
};
/* Reads a file of the file server, or attaches one of the boot archive. CELL_BAD_ELF: it is empty, or shorter than `size`;
 * CELL_TOO_LARGE; CELL_UNSUPPORTED: the file is another server's, or there is none to be asked; errors as mo_allocate(), mo_archive(). */
cell_error_t source_read(cell_cap_t file, uint64_t size, struct source *source);
cell_error_t source_archive(const char *name, uint64_t length, struct source *source);
void source_end(struct source *source);

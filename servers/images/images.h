/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/images/images.h: what the files of the server share. Bottom-up: prepare.c, source.c, main.c. */
#pragma once

#include <lib/server/server.h>

/* An image. It stays attached, to be read: whoever maps it then pays for the pages that it touches, and not for all of them when it ends. */
struct prepared {
    cell_cap_t memory;
    uint64_t address, pages;
};

/* Prepares an executable. CELL_BAD_ELF; and as mo_allocate(). */
cell_error_t prepare(const void *bytes, uint64_t size, struct prepared *prepared);
void prepared_end(const struct prepared *prepared);

/* A file's contents in memory, or why not. */
struct source {
    const void *bytes;
    uint64_t size;
    cell_cap_t memory, there; /* there: as the file server knows it */
};
cell_error_t source_read(cell_cap_t file, uint64_t size, struct source *source);
cell_error_t source_archive(const char *name, uint64_t length, struct source *source);
void source_end(struct source *source);

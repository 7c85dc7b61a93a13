/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/files/files.h: files (idl/file.idl) for programs that read and write them a piece at a time. */
#pragma once

#include <lib/client/client.h>
#include <stdbool.h>

/* Flags of file_open(). */
enum { FILES_READ = 1,
       FILES_WRITE = 2,
       FILES_EXECUTE = 4,
       FILES_CREATE = 16,
       FILES_TRUNCATE = 64,
       FILES_DIRECTORY = 128,
       FILES_NO_FOLLOW = 256 };

/* The root of the namespace, and memory that its server reads from and writes to. */
extern cell_cap_t files_root;
extern struct cell_memory files_piece;
#define FILES_PIECE_BYTES 65536u

/* Opens the namespace; false, with a message: that failed. */
bool files_begin(void);
/* The program's name, for messages. */
extern const char *program;

/* Opens a file; 0, with a message: that failed. */
cell_cap_t files_open(const char *path, unsigned flags, unsigned mode);
/* Reads into files_piece, or writes from it. */
cell_error_t files_read(cell_cap_t file, uint64_t offset, uint64_t *length);
cell_error_t files_write(cell_cap_t file, uint64_t offset, uint64_t length);
/* Lists entries into files_piece, from *cookie on. */
cell_error_t files_list(cell_cap_t directory, uint64_t *cookie, uint64_t *length);
bool files_is_directory(const char *path);
/* Prints "PROGRAM: PATH: ERROR" if there is an error; true: there is none. */
bool files_well(const char *path, cell_error_t error);

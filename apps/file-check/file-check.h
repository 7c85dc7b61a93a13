/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-check/file-check.h: what the source files of the program share. */
#pragma once

#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <lib/client/client.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CHECKER "file-check"
#include "apps/check.h"

/* Flags of file.open. */
enum { READ = 1,
       WRITE = 2,
       APPEND = 8,
       CREATE = 16,
       EXCLUSIVE = 32,
       TRUNCATE = 64,
       DIRECTORY = 128,
       NO_FOLLOW = 256,
       PATH = 512 };

/* ---- Files (files.c) ---------------------------------------------------------------------------------------------------- */

/* The edge to the server, and the root of its namespace. */
extern cell_cap_t server, root;
/* Memory for requests, PAGES pages, and the server's handle on it. */
#define PAGES 80u
extern struct cell_memory memory;
extern cell_cap_t there;

/* Makes these. */
cell_error_t begin(void);

/* Requests with paths, from a directory or from the root. */
cell_error_t open_at(cell_cap_t directory, const char *path, uint64_t flags, cell_cap_t *file);
cell_error_t open_file(const char *path, uint64_t flags, cell_cap_t *file);
cell_error_t remove_file(const char *path, uint64_t flags);
cell_error_t make_directory(const char *path);

/* Writes bytes that their offsets determine, and compares them; `hole`: zeros must be there instead. */
void write_pattern(cell_cap_t file, uint64_t offset, uint64_t length);
void check_pattern(cell_cap_t file, uint64_t offset, uint64_t length, bool hole);

/* Counts the entries of a directory, `.` and `..` included. */
unsigned count_entries(const char *path);

/* ---- Ways to run (the other files) ---------------------------------------------------------------------------------------- */

/* What is done with one file: reads, writes, sizes, holes. */
void check_contents(void);

void work(unsigned rounds);
void rights(unsigned rounds);
void wild(unsigned rounds);
void many(unsigned count);
void tree(unsigned count);
void die(unsigned rounds);
void full(unsigned rounds);
void bad(unsigned rounds);
void on(unsigned rounds);

/* The word behind `bad`. */
extern const char *word;

/* SPDX-License-Identifier: BSD-2-Clause */
/* What all readers of /proc need: paths in it, whole files, lines, growing arrays. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for any path that lx_path() makes. */
enum { LX_PATH = 4096 };

/* `<proc>/<id>/<what>` into LX_PATH bytes. Threads that are no process's first have such a folder too, though it is not
 * listed (proc(5)). Returns `path`. */
char *lx_path(char *path, pid_t id, const char *what);

/* A whole file as a string, to be freed; NULL with errno if it cannot be read or there is no memory. */
char *lx_read_file(const char *path);

/* The same for `<proc>/<id>/<what>`. */
char *lx_read(pid_t id, const char *what);

/* Ends the line that begins at `line` with a NUL. Returns the next one; NULL: that was the last. */
char *lx_next_line(char *line);

/* Room for one more element in an array that doubles from 1. False: no memory. */
bool lx_grow(void **array, size_t count, size_t element);

/* The numeric names in a folder, ascending, to be freed; NULL with errno: it cannot be read, or no memory. */
pid_t *lx_numbers(const char *path, size_t *count);

/* 64 bits that tell texts apart (FNV-1a); made into numbers of ids, the same each time. */
uint64_t lx_hash(const char *text);

bool lx_begins(const char *text, const char *with);

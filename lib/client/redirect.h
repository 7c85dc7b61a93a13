/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/redirect.h: standard input and output that are files (idl/file.idl) of the server behind the request edge for FILE, and not
 * the console. The environment names their paths; a program opens them before main, and ends with status 1 if it cannot.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define REDIRECT_INPUT "STDIN_FILE"
#define REDIRECT_OUTPUT "STDOUT_FILE"  /* is made if it is not there, and emptied */
#define REDIRECT_APPEND "STDOUT_ATEND" /* the same, but it keeps what it has */

/* Whether descriptor 0 or 1 is a file. */
bool redirect_is_file(int file);
/* As read(2) and write(2); errors are -errno. */
ssize_t redirect_read(void *buffer, size_t count);
ssize_t redirect_write(const void *buffer, size_t count);

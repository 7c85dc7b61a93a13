/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/host.h: what the host tools share: one form of error message, and whole
 * files in and out.
 *
 * A message is one line on stderr: the object at fault, a colon, what is wrong.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit status of a tool that was called wrongly, and of one that failed. */
#define STATUS_USAGE 2
#define STATUS_FAILED 1

struct host_file {
    const char *path; /* the caller's string */
    uint8_t *bytes;   /* owned; released with free() */
    size_t size;
};

/* Prints "subject: text" and exits with STATUS_FAILED. */
_Noreturn void host_fail(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints "tool: text", a line naming --help, and exits with STATUS_USAGE. */
_Noreturn void host_usage_fail(const char *tool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Reads all of `path`; fails with the system's word for the reason. */
struct host_file host_read(const char *path);

/* Where a tool writes, and what it is called in messages. */
struct host_output {
    FILE *stream; /* NULL: nothing is written */
    const char *name;
};

/* Writes and flushes; a failure ends the tool. */
void host_output_write(const struct host_output *output, const void *bytes, size_t size);

/* The same for a text, to standard output. */
void host_print(const char *text);

/* Standard streams that are closed are opened such that reading gives the end and writing an
 * error: else a file that is opened later would be taken for them. */
void host_open_standard(void);

/* Rewrites the file, through a temporary name beside it, so that a failed
 * run leaves no half of a file. A link stays one, and its target is written; what is no
 * ordinary file (a device, a pipe) is written as it is. */
void host_write(const char *path, const void *bytes, size_t size);

/* malloc and realloc that end the tool when memory is out. */
void *host_allocate(size_t size);
void *host_reallocate(void *memory, size_t size);

/* The value of option argv[*index] and steps over it; a usage error without. */
const char *host_option_value(const char *tool, int argc, char **argv, int *index);

/* A decimal number from `least` to `most`, or a usage error naming `option`. */
uint64_t host_option_number(const char *tool, const char *option, const char *text, uint64_t least,
                            uint64_t most);

/* Path of a file beside the running tool's folder: "DIR/../RELATIVE", owned by
 * the caller. */
char *host_sibling(const char *relative);

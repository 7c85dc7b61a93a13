/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/executable.h: reading an ELF executable or shared library for Linux on AArch64 (System V ABI, "Object Files").
 * The bytes are not trusted: every offset is checked before it is followed. Nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum executable_error {
    EXECUTABLE_OK,
    EXECUTABLE_NOT_ELF,     /* no ELF magic, or shorter than a header */
    EXECUTABLE_MACHINE,     /* not a 64-bit little-endian AArch64 executable or shared library */
    EXECUTABLE_HEADER,      /* the program headers are outside of the file, or of another size */
    EXECUTABLE_NO_SEGMENT,  /* nothing to load */
    EXECUTABLE_SEGMENT,     /* a segment outside of the file or the address space, or off its page, or the code of several */
    EXECUTABLE_ORDER,       /* segments are not in ascending order */
    EXECUTABLE_ENTRY,       /* the entry point is in no executable segment */
    EXECUTABLE_INTERPRETER, /* the name of its loader is outside of the file, or has no end */
    EXECUTABLE_NATIVE,      /* it is for this system itself */
};

/* Words for a person. */
const char *executable_error_text(enum executable_error error);

/* Segments end at or below this address, counted from where the file is loaded. */
#define EXECUTABLE_LIMIT (UINT64_C(1) << 37)

struct executable {
    const uint8_t *bytes; /* must stay readable, and as they are */
    uint64_t size;
    bool movable; /* may lie anywhere: its addresses count from 0 */
    uint64_t entry;
    uint64_t headers; /* address of the program headers in memory; 0: they are not loaded */
    uint32_t header_count;
    uint64_t start, end;     /* addresses of its pages */
    const char *interpreter; /* its loader of shared libraries; NULL: it needs none */
    uint64_t calls;          /* system calls in its code */
    uint64_t table;          /* offset of the program headers */
    uint64_t sections;       /* offset of the section headers, and how many; 0: none that can be used */
    uint32_t section_count;
};

/* Rights of a segment: as PROT_READ, PROT_WRITE, PROT_EXEC. */
struct executable_segment {
    uint64_t address, offset;          /* of the first byte in memory and in the file, at the same place in its page */
    uint64_t file_bytes, memory_bytes; /* zeros behind those of the file */
    uint32_t rights;
};

/* A range of the file that is code. */
struct executable_code {
    uint64_t address, offset, words;
};

/* Checks a file, so that the functions below can rely on it. */
enum executable_error executable_open(struct executable *executable, const void *bytes, uint64_t size);

/* The next segment to be loaded; *at is 0 at first. False: no further one. */
bool executable_segment(const struct executable *executable, uint32_t *at, struct executable_segment *segment);

/* The next range of code: executable sections, or where there are no sections executable segments. */
bool executable_code(const struct executable *executable, uint32_t *at, struct executable_code *code);

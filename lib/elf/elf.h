/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/elf/elf.h: reading 64-bit little-endian AArch64 ELF executables (System V
 * ABI, "Object Files", and the ELF supplement for the Arm 64-bit architecture).
 *
 * The bytes are not trusted: every offset is checked before it is followed, and
 * elf_open() refuses what cannot be loaded. Nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum elf_error {
    ELF_OK,
    ELF_TRUNCATED,       /* shorter than its headers say */
    ELF_NOT_ELF,         /* no ELF magic */
    ELF_WRONG_MACHINE,   /* not a 64-bit little-endian AArch64 executable with fixed addresses */
    ELF_BAD_HEADER,      /* sizes of the header's tables are wrong */
    ELF_NO_SEGMENT,      /* nothing to load */
    ELF_BAD_SEGMENT,     /* a segment outside of the file, wrapping, or off its page */
    ELF_BAD_ORDER,       /* segments overlap or share a page, or are not in ascending order */
    ELF_WRITABLE_CODE,   /* a segment that is writable and executable */
    ELF_BAD_ENTRY,       /* the entry point is in no executable segment */
    ELF_BAD_TLS,         /* thread-local variables of more than ELF_TLS_LIMIT, or of a wrong alignment */
};

/* Words for a person. */
const char *elf_error_text(enum elf_error error);

#define ELF_PAGE 4096u
/* Most bytes of thread-local variables. */
#define ELF_TLS_LIMIT (UINT64_C(1) << 30)
/* Segments end at or below this address. */
#define ELF_ADDRESS_LIMIT (UINT64_C(1) << 38)

/* An open file; the bytes must stay readable. */
struct elf {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t entry;
    uint64_t headers; /* offset of the program headers */
    uint32_t header_count;
    uint64_t symbols, symbol_count; /* offset of the symbol table; count 0: none */
    uint64_t names, names_size;     /* its string table */
    bool foreign;                   /* for AArch64, without the note of programs for this system (lib/runtime/crt.S) */
    uint64_t tls;                   /* bytes that a thread's variables take, at most (segment PT_TLS) */
};

/* Rights of a segment, as the model counts them. */
#define ELF_READ 1u
#define ELF_WRITE 2u
#define ELF_EXECUTE 4u

struct elf_segment {
    uint64_t address;     /* of the first byte */
    uint64_t offset;      /* of the first byte in the file; same offset in its page as the address */
    uint64_t file_size;   /* bytes from the file */
    uint64_t memory_size; /* bytes in memory, zero behind those of the file; above 0 */
    uint32_t rights;      /* ELF_… */
};

/* Checks a file, so that the functions below can rely on it. elf->foreign is set also with errors that come of
 * the type or the segments. */
enum elf_error elf_open(struct elf *elf, const void *bytes, uint64_t size);

/* Fills in the loadable segment number `*at` or the next after it, and puts *at
 * behind it. False: no further one. Start with *at = 0. */
bool elf_segment_next(const struct elf *elf, uint32_t *at, struct elf_segment *segment);

/* The first page of a segment, and how many pages it touches. */
static inline uint64_t elf_segment_start(const struct elf_segment *segment)
{
    return segment->address & ~(uint64_t)(ELF_PAGE - 1);
}
static inline uint64_t elf_segment_pages(const struct elf_segment *segment)
{
    return (segment->address + segment->memory_size - elf_segment_start(segment) + ELF_PAGE - 1) /
           ELF_PAGE;
}

/* The address of the symbol called `name` (`length` bytes). False: none, or it
 * is not defined. Reads the whole table. */
bool elf_symbol_find(const struct elf *elf, const char *name, size_t length, uint64_t *address);

/* An address in code, and the function that contains it. */
struct elf_place {
    uint64_t address;
    const char *name; /* zero-terminated, in the file; NULL: no function is known */
    uint64_t offset;  /* from its start */
};

/* Looks for the functions of places, the names of which are NULL at first, among the symbols from number *symbol on, `most` of
 * them. True: those were all; else *symbol is the next one. */
bool elf_places_name(const struct elf *elf, struct elf_place *places, unsigned count,
                     uint64_t *symbol, uint64_t most);

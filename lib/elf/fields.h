/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/elf/fields.h: offsets and values of ELF64 (System V ABI, "Object Files"),
 * for lib/elf and lib/linux.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    HEADER_CLASS = 4,
    HEADER_DATA = 5,
    HEADER_TYPE = 16,
    HEADER_MACHINE = 18,
    HEADER_ENTRY = 24,
    HEADER_PROGRAMS = 32,
    HEADER_SECTIONS = 40,
    HEADER_PROGRAM_SIZE = 54,
    HEADER_PROGRAM_COUNT = 56,
    HEADER_SECTION_SIZE = 58,
    HEADER_SECTION_COUNT = 60,
    HEADER_SIZE = 64,

    PROGRAM_TYPE = 0,
    PROGRAM_FLAGS = 4,
    PROGRAM_OFFSET = 8,
    PROGRAM_ADDRESS = 16,
    PROGRAM_FILE = 32,
    PROGRAM_MEMORY = 40,
    PROGRAM_ALIGN = 48,
    PROGRAM_SIZE = 56,

    SECTION_TYPE = 4,
    SECTION_FLAGS = 8,
    SECTION_ADDRESS = 16,
    SECTION_OFFSET = 24,
    SECTION_BYTES = 32,
    SECTION_LINK = 40,
    SECTION_SIZE = 64,

    SYMBOL_NAME = 0,
    SYMBOL_INFO = 4,
    SYMBOL_SECTION = 6,
    SYMBOL_VALUE = 8,
    SYMBOL_BYTES = 16,
    SYMBOL_SIZE = 24,

    CLASS_64 = 2,
    DATA_LITTLE = 1,
    TYPE_EXECUTABLE = 2,
    TYPE_SHARED = 3,
    MACHINE_AARCH64 = 183,
    TYPE_LOAD = 1,
    TYPE_INTERPRETER = 3,
    TYPE_NOTE = 4,
    TYPE_TLS = 7,
    FLAG_EXECUTE = 1,
    FLAG_WRITE = 2,
    FLAG_READ = 4,
    TYPE_CONTENTS = 1,
    SECTION_EXECUTABLE = 4,
    TYPE_SYMBOLS = 2,
    SYMBOL_FUNCTION = 2,
};

static inline uint32_t elf_half(const uint8_t *at, unsigned offset)
{
    return at[offset] | (uint32_t)at[offset + 1] << 8;
}

static inline uint32_t elf_word(const uint8_t *at, unsigned offset)
{
    return elf_half(at, offset) | elf_half(at, offset + 2) << 16;
}

static inline uint64_t elf_long(const uint8_t *at, unsigned offset)
{
    return elf_word(at, offset) | (uint64_t)elf_word(at, offset + 4) << 32;
}

/* Is a program header, of a file of `size` bytes, that of the note by which programs for this system are known (lib/runtime/crt.S)? */
static inline bool elf_is_native_note(const uint8_t *bytes, uint64_t size, const uint8_t *header)
{
    uint64_t offset = elf_long(header, PROGRAM_OFFSET), length = 21; /* three words, and the name with its end */

    if (elf_word(header, PROGRAM_TYPE) != TYPE_NOTE || elf_long(header, PROGRAM_FILE) < length || offset > size || length > size - offset)
        return false;
    const uint8_t *note = bytes + offset;

    return elf_word(note, 0) == 9 && elf_word(note, 4) == 0 && elf_word(note, 8) == 1 && elf_word(note, 12) == UINT32_C(0x6c6c6543) &&
           elf_word(note, 16) == UINT32_C(0x534f6c75) && note[20] == 0; /* "CellulOS" */
}

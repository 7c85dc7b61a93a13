/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/executable.c: see executable.h. Bottom-up: segments, code, checks, opening. */
#include "lib/linux/executable.h"

#include <stddef.h>

#include "lib/elf/fields.h"
#include "lib/linux/rewrite.h"

#define PAGE_MASK UINT64_C(4095)

const char *executable_error_text(enum executable_error error)
{
    static const char *const texts[] = {
        [EXECUTABLE_OK] = "no error",
        [EXECUTABLE_NOT_ELF] = "not an ELF file",
        [EXECUTABLE_MACHINE] = "not a 64-bit little-endian AArch64 executable",
        [EXECUTABLE_HEADER] = "its program headers lie outside of the file",
        [EXECUTABLE_NO_SEGMENT] = "nothing in it to load",
        [EXECUTABLE_SEGMENT] = "a segment lies outside of the file, off its page, or where another one is",
        [EXECUTABLE_ORDER] = "its segments are out of order",
        [EXECUTABLE_ENTRY] = "the entry point is in no executable segment",
        [EXECUTABLE_INTERPRETER] = "the name of its loader has no end",
        [EXECUTABLE_NATIVE] = "made for this system, not for Linux",
    };

    return texts[error];
}

static bool within(const struct executable *executable, uint64_t offset, uint64_t size)
{
    return offset <= executable->size && size <= executable->size - offset;
}

static const uint8_t *header_at(const struct executable *executable, uint32_t number)
{
    return executable->bytes + executable->table + (uint64_t)number * PROGRAM_SIZE;
}

/* ---- Segments and code ------------------------------------------------- */

bool executable_segment(const struct executable *executable, uint32_t *at, struct executable_segment *segment)
{
    while (*at < executable->header_count) {
        const uint8_t *header = header_at(executable, (*at)++);
        uint32_t flags = elf_word(header, PROGRAM_FLAGS);

        if (elf_word(header, PROGRAM_TYPE) != TYPE_LOAD || elf_long(header, PROGRAM_MEMORY) == 0)
            continue;
        *segment = (struct executable_segment){
            .address = elf_long(header, PROGRAM_ADDRESS),
            .offset = elf_long(header, PROGRAM_OFFSET),
            .file_bytes = elf_long(header, PROGRAM_FILE),
            .memory_bytes = elf_long(header, PROGRAM_MEMORY),
            .rights = ((flags & FLAG_READ) != 0 ? 1u : 0) | ((flags & FLAG_WRITE) != 0 ? 2u : 0) |
                      ((flags & FLAG_EXECUTE) != 0 ? 4u : 0)};
        return true;
    }
    return false;
}

/* Where a range of the file lies in memory, if all of it is in one executable segment. */
static bool is_loaded(const struct executable *executable, uint64_t address, uint64_t offset, uint64_t size)
{
    struct executable_segment segment;

    for (uint32_t at = 0; executable_segment(executable, &at, &segment);)
        if ((segment.rights & 4) != 0 && offset >= segment.offset && offset - segment.offset <= segment.file_bytes &&
            size <= segment.file_bytes - (offset - segment.offset))
            return address - segment.address == offset - segment.offset;
    return false;
}

static bool next_section(const struct executable *executable, uint32_t *at, struct executable_code *code)
{
    while (*at < executable->section_count) {
        const uint8_t *section = executable->bytes + executable->sections + (uint64_t)(*at)++ * SECTION_SIZE;
        uint64_t size = elf_long(section, SECTION_BYTES);

        if (elf_word(section, SECTION_TYPE) != TYPE_CONTENTS ||
            (elf_long(section, SECTION_FLAGS) & SECTION_EXECUTABLE) == 0)
            continue;
        *code = (struct executable_code){elf_long(section, SECTION_ADDRESS), elf_long(section, SECTION_OFFSET), size / 4};
        if (code->offset % 4 == 0 && is_loaded(executable, code->address, code->offset, size))
            return true;
    }
    return false;
}

bool executable_code(const struct executable *executable, uint32_t *at, struct executable_code *code)
{
    struct executable_segment segment;

    if (executable->section_count != 0)
        return next_section(executable, at, code);
    while (executable_segment(executable, at, &segment)) {
        uint64_t skip = -segment.offset & 3;

        if ((segment.rights & 4) == 0 || segment.file_bytes < skip)
            continue;
        *code = (struct executable_code){segment.address + skip, segment.offset + skip, (segment.file_bytes - skip) / 4};
        return true;
    }
    return false;
}

/* ---- Checks -------------------------------------------------------------- */

static bool is_good(const struct executable *executable, const struct executable_segment *segment)
{
    return within(executable, segment->offset, segment->file_bytes) && segment->file_bytes <= segment->memory_bytes &&
           segment->address <= EXECUTABLE_LIMIT && segment->memory_bytes <= EXECUTABLE_LIMIT - segment->address &&
           ((segment->address - segment->offset) & PAGE_MASK) == 0;
}

static enum executable_error check_segments(struct executable *executable)
{
    struct executable_segment segment;
    uint64_t end = 0;
    bool entry = false, first = true;

    for (uint32_t at = 0; executable_segment(executable, &at, &segment); first = false) {
        if (!is_good(executable, &segment))
            return EXECUTABLE_SEGMENT;
        if (!first && segment.address < end)
            return EXECUTABLE_ORDER;
        if (first)
            executable->start = segment.address & ~PAGE_MASK;
        end = segment.address + segment.memory_bytes;
        entry |= (segment.rights & 4) != 0 && executable->entry >= segment.address && executable->entry < end;
        if (executable->table >= segment.offset &&
            executable->table + (uint64_t)executable->header_count * PROGRAM_SIZE <= segment.offset + segment.file_bytes)
            executable->headers = segment.address + (executable->table - segment.offset);
    }
    executable->end = (end + PAGE_MASK) & ~PAGE_MASK;
    return first ? EXECUTABLE_NO_SEGMENT : entry ? EXECUTABLE_OK
                                                 : EXECUTABLE_ENTRY;
}

/* The contents of headers besides segments. */
static enum executable_error read_others(struct executable *executable)
{
    for (uint32_t i = 0; i < executable->header_count; i++) {
        const uint8_t *header = header_at(executable, i);
        uint64_t offset = elf_long(header, PROGRAM_OFFSET), size = elf_long(header, PROGRAM_FILE);

        if (elf_is_native_note(executable->bytes, executable->size, header))
            return EXECUTABLE_NATIVE;
        if (elf_word(header, PROGRAM_TYPE) != TYPE_INTERPRETER)
            continue;
        if (!within(executable, offset, size) || size < 2 || executable->bytes[offset + size - 1] != 0)
            return EXECUTABLE_INTERPRETER;
        executable->interpreter = (const char *)executable->bytes + offset;
    }
    return EXECUTABLE_OK;
}

/* Looking for the segments of that many sections takes no longer than the rest. */
#define LOOKS_MOST (UINT64_C(1) << 20)

/* Sections say where code is; anything wrong with them means that segments are asked. */
static void find_sections(struct executable *executable)
{
    uint64_t sections = elf_long(executable->bytes, HEADER_SECTIONS);
    uint32_t count = elf_half(executable->bytes, HEADER_SECTION_COUNT);
    struct executable_code code;
    uint32_t at = 0;

    if (elf_half(executable->bytes, HEADER_SECTION_SIZE) != SECTION_SIZE ||
        !within(executable, sections, (uint64_t)count * SECTION_SIZE) || (uint64_t)count * executable->header_count > LOOKS_MOST)
        return;
    executable->sections = sections;
    executable->section_count = count;
    if (!next_section(executable, &at, &code))
        executable->section_count = 0;
}

/* False: there is more code than the file has bytes, as parts of it are code several times. */
static bool count_calls(struct executable *executable)
{
    uint64_t left = executable->size / 4;
    struct executable_code code;

    executable->calls = 0;
    for (uint32_t at = 0; executable_code(executable, &at, &code); left -= code.words) {
        if (code.words > left)
            return false;
        executable->calls += rewrite_count((const uint32_t *)(const void *)(executable->bytes + code.offset), code.words);
    }
    return true;
}

/* ---- Opening -------------------------------------------------------------- */

enum executable_error executable_open(struct executable *executable, const void *bytes, uint64_t size)
{
    const uint8_t *header = bytes;

    *executable = (struct executable){.bytes = bytes, .size = size};
    if (size < HEADER_SIZE || elf_word(header, 0) != UINT32_C(0x464c457f))
        return EXECUTABLE_NOT_ELF;
    uint32_t type = elf_half(header, HEADER_TYPE);

    if (header[HEADER_CLASS] != CLASS_64 || header[HEADER_DATA] != DATA_LITTLE || elf_half(header, HEADER_MACHINE) != MACHINE_AARCH64 ||
        (type != TYPE_EXECUTABLE && type != TYPE_SHARED))
        return EXECUTABLE_MACHINE;
    executable->movable = type == TYPE_SHARED;
    executable->entry = elf_long(header, HEADER_ENTRY);
    executable->table = elf_long(header, HEADER_PROGRAMS);
    executable->header_count = elf_half(header, HEADER_PROGRAM_COUNT);
    if (elf_half(header, HEADER_PROGRAM_SIZE) != PROGRAM_SIZE ||
        !within(executable, executable->table, (uint64_t)executable->header_count * PROGRAM_SIZE))
        return EXECUTABLE_HEADER;
    enum executable_error error = check_segments(executable);

    if (error == EXECUTABLE_OK)
        error = read_others(executable);
    if (error != EXECUTABLE_OK)
        return error;
    find_sections(executable);
    if (count_calls(executable))
        return EXECUTABLE_OK;
    executable->section_count = 0;
    return count_calls(executable) ? EXECUTABLE_OK : EXECUTABLE_SEGMENT;
}

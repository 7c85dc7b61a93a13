/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/elf/elf.c: see elf.h. Fields are read at their offsets byte by byte, so
 * the file needs no alignment. Bottom-up: fields, segments, the symbol table's
 * place, opening.
 */
#include "lib/elf/elf.h"

#include <string.h>

#include "lib/elf/fields.h"

const char *elf_error_text(enum elf_error error)
{
    static const char *const texts[] = {
        [ELF_OK] = "no error",
        [ELF_TRUNCATED] = "the file is shorter than its headers say",
        [ELF_NOT_ELF] = "not an ELF file",
        [ELF_WRONG_MACHINE] = "not a 64-bit little-endian AArch64 executable",
        [ELF_BAD_HEADER] = "the ELF header is wrong",
        [ELF_NO_SEGMENT] = "nothing in it to load",
        [ELF_BAD_SEGMENT] = "a segment lies outside of the file or off its page",
        [ELF_BAD_ORDER] = "segments overlap, share a page or are out of order",
        [ELF_WRITABLE_CODE] = "a segment is writable and executable",
        [ELF_BAD_ENTRY] = "the entry point is in no executable segment",
        [ELF_BAD_TLS] = "its thread-local variables are too large, or of a wrong alignment",
    };

    return texts[error];
}

/* ---- Segments -------------------------------------------------------- */

bool elf_segment_next(const struct elf *elf, uint32_t *at, struct elf_segment *segment)
{
    for (; *at < elf->header_count; ++*at) {
        const uint8_t *header = elf->bytes + elf->headers + (uint64_t)*at * PROGRAM_SIZE;
        uint32_t flags = elf_word(header, PROGRAM_FLAGS);

        if (elf_word(header, PROGRAM_TYPE) != TYPE_LOAD || elf_long(header, PROGRAM_MEMORY) == 0)
            continue;
        segment->offset = elf_long(header, PROGRAM_OFFSET);
        segment->address = elf_long(header, PROGRAM_ADDRESS);
        segment->file_size = elf_long(header, PROGRAM_FILE);
        segment->memory_size = elf_long(header, PROGRAM_MEMORY);
        segment->rights = ((flags & FLAG_READ) != 0 ? ELF_READ : 0) |
                          ((flags & FLAG_WRITE) != 0 ? ELF_WRITE : 0) |
                          ((flags & FLAG_EXECUTE) != 0 ? ELF_EXECUTE : 0);
        ++*at;
        return true;
    }
    return false;
}

static enum elf_error check_segment(const struct elf *elf, const struct elf_segment *segment)
{
    if (segment->offset > elf->size || segment->file_size > elf->size - segment->offset)
        return ELF_TRUNCATED;
    if (segment->file_size > segment->memory_size || segment->address == 0 ||
        segment->address > ELF_ADDRESS_LIMIT ||
        segment->memory_size > ELF_ADDRESS_LIMIT - segment->address ||
        (segment->address - segment->offset) % ELF_PAGE != 0 || segment->rights == 0)
        return ELF_BAD_SEGMENT;
    if ((segment->rights & ELF_WRITE) != 0 && (segment->rights & ELF_EXECUTE) != 0)
        return ELF_WRITABLE_CODE;
    return ELF_OK;
}

static enum elf_error check_segments(const struct elf *elf)
{
    struct elf_segment segment;
    uint64_t end = 0;
    bool entry = false;
    uint32_t count = 0;

    for (uint32_t at = 0; elf_segment_next(elf, &at, &segment); count++) {
        enum elf_error error = check_segment(elf, &segment);

        if (error != ELF_OK)
            return error;
        if (elf_segment_start(&segment) < end)
            return ELF_BAD_ORDER;
        end = elf_segment_start(&segment) + elf_segment_pages(&segment) * ELF_PAGE;
        if ((segment.rights & ELF_EXECUTE) != 0 && elf->entry >= segment.address &&
            elf->entry - segment.address < segment.file_size)
            entry = true;
    }
    if (count == 0)
        return ELF_NO_SEGMENT;
    return entry ? ELF_OK : ELF_BAD_ENTRY;
}

/* What a thread's block takes: a head as large as the alignment, at least 16 bytes, the variables, and what
 * aligning the whole may lose (ELF for the Arm 64-bit Architecture, "Thread Local Storage"). */
static enum elf_error find_tls(struct elf *elf)
{
    for (uint32_t i = 0; i < elf->header_count; i++) {
        const uint8_t *header = elf->bytes + elf->headers + (uint64_t)i * PROGRAM_SIZE;

        if (elf_word(header, PROGRAM_TYPE) != TYPE_TLS)
            continue;
        uint64_t size = elf_long(header, PROGRAM_MEMORY), align = elf_long(header, PROGRAM_ALIGN);

        if (size > ELF_TLS_LIMIT || align > ELF_TLS_LIMIT || (align & (align - 1)) != 0)
            return ELF_BAD_TLS;
        elf->tls = size + 2 * (align < 16 ? 16 : align);
    }
    return ELF_OK;
}

/* ---- For which system ------------------------------------------------ */

static bool within(const struct elf *elf, uint64_t offset, uint64_t size)
{
    return offset <= elf->size && size <= elf->size - offset;
}

static bool is_native(const struct elf *elf)
{
    for (uint32_t i = 0; i < elf->header_count; i++)
        if (elf_is_native_note(elf->bytes, elf->size, elf->bytes + elf->headers + (uint64_t)i * PROGRAM_SIZE))
            return true;
    return false;
}

/* ---- The symbol table's place ---------------------------------------- */

/* Notes where the symbols are. Sections are for people only, so anything wrong
 * with them means no symbols. */
static void find_symbols(struct elf *elf)
{
    uint64_t sections = elf_long(elf->bytes, HEADER_SECTIONS);
    uint32_t count = elf_half(elf->bytes, HEADER_SECTION_COUNT);

    if (elf_half(elf->bytes, HEADER_SECTION_SIZE) != SECTION_SIZE ||
        !within(elf, sections, (uint64_t)count * SECTION_SIZE))
        return;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *section = elf->bytes + sections + (uint64_t)i * SECTION_SIZE;
        uint32_t link = elf_word(section, SECTION_LINK);

        if (elf_word(section, SECTION_TYPE) != TYPE_SYMBOLS || link >= count)
            continue;
        const uint8_t *names = elf->bytes + sections + (uint64_t)link * SECTION_SIZE;
        uint64_t offset = elf_long(section, SECTION_OFFSET), size = elf_long(section, SECTION_BYTES);
        uint64_t text = elf_long(names, SECTION_OFFSET), text_size = elf_long(names, SECTION_BYTES);

        /* The last byte being zero ends every name. */
        if (!within(elf, offset, size) || !within(elf, text, text_size) || text_size == 0 ||
            elf->bytes[text + text_size - 1] != 0)
            return;
        elf->symbols = offset;
        elf->symbol_count = size / SYMBOL_SIZE;
        elf->names = text;
        elf->names_size = text_size;
        return;
    }
}

/* ---- Opening --------------------------------------------------------- */

enum elf_error elf_open(struct elf *elf, const void *bytes, uint64_t size)
{
    static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

    *elf = (struct elf){.bytes = bytes, .size = size};
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return ELF_NOT_ELF;
    if (size < HEADER_SIZE)
        return ELF_TRUNCATED;
    uint32_t type = elf_half(bytes, HEADER_TYPE);

    if (elf->bytes[HEADER_CLASS] != CLASS_64 || elf->bytes[HEADER_DATA] != DATA_LITTLE ||
        (type != TYPE_EXECUTABLE && type != TYPE_SHARED) ||
        elf_half(bytes, HEADER_MACHINE) != MACHINE_AARCH64)
        return ELF_WRONG_MACHINE;
    elf->entry = elf_long(bytes, HEADER_ENTRY);
    elf->headers = elf_long(bytes, HEADER_PROGRAMS);
    elf->header_count = elf_half(bytes, HEADER_PROGRAM_COUNT);
    if (elf->header_count != 0 && elf_half(bytes, HEADER_PROGRAM_SIZE) != PROGRAM_SIZE)
        return ELF_BAD_HEADER;
    if (!within(elf, elf->headers, (uint64_t)elf->header_count * PROGRAM_SIZE))
        return ELF_TRUNCATED;
    elf->foreign = !is_native(elf);
    if (type != TYPE_EXECUTABLE)
        return ELF_WRONG_MACHINE;
    enum elf_error error = check_segments(elf);

    if (error == ELF_OK)
        error = find_tls(elf);
    if (error == ELF_OK)
        find_symbols(elf);
    return error;
}

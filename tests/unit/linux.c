/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading executables for Linux, and replacing their system calls (lib/linux). */
#include "lib/elf/fields.h"
#include "lib/linux/executable.h"
#include "lib/linux/rewrite.h"
#include "tests/harness/unit.h"

/* ---- A small executable --------------------------------------------------- */

#define BASE UINT64_C(0x400000)
#define SIZE 0x3000u
#define CODE 0x1000u

static _Alignas(8) uint8_t file[SIZE];
static struct executable executable;

static void put16(unsigned at, unsigned value)
{
    memcpy(file + at, &(uint16_t){(uint16_t)value}, 2);
}
static void put32(unsigned at, uint32_t value)
{
    memcpy(file + at, &value, 4);
}
static void put64(unsigned at, uint64_t value)
{
    memcpy(file + at, &value, 8);
}

static unsigned header(unsigned number)
{
    return HEADER_SIZE + number * PROGRAM_SIZE;
}

static void put_segment(unsigned number, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size, uint64_t memory)
{
    put32(header(number) + PROGRAM_TYPE, type);
    put32(header(number) + PROGRAM_FLAGS, flags);
    put64(header(number) + PROGRAM_OFFSET, offset);
    put64(header(number) + PROGRAM_ADDRESS, BASE + offset);
    put64(header(number) + PROGRAM_FILE, size);
    put64(header(number) + PROGRAM_MEMORY, memory);
}

/* Headers and two pages of code, three calls in it; a page of data with zeros behind. */
static void make(void)
{
    static const uint8_t start[] = {0x7f, 'E', 'L', 'F', CLASS_64, DATA_LITTLE, 1};

    memset(file, 0, sizeof file);
    memcpy(file, start, sizeof start);
    put16(HEADER_TYPE, TYPE_EXECUTABLE);
    put16(HEADER_MACHINE, MACHINE_AARCH64);
    put64(HEADER_ENTRY, BASE + CODE);
    put64(HEADER_PROGRAMS, HEADER_SIZE);
    put16(HEADER_PROGRAM_SIZE, PROGRAM_SIZE);
    put16(HEADER_PROGRAM_COUNT, 2);
    put_segment(0, TYPE_LOAD, FLAG_READ | FLAG_EXECUTE, 0, 0x2000, 0x2000);
    put_segment(1, TYPE_LOAD, FLAG_READ | FLAG_WRITE, 0x2000, 0x800, 0x4000);
    put32(CODE, INSTRUCTION_SVC);
    put32(CODE + 8, INSTRUCTION_SVC);
    put32(CODE + 12, INSTRUCTION_SVC | 1 << 5); /* svc #1 is no system call */
    put32(0x1ffc, INSTRUCTION_SVC);
    put32(0x2000, INSTRUCTION_SVC); /* not code */
}

static enum executable_error open_file(void)
{
    return executable_open(&executable, file, sizeof file);
}

/* ---- Reading -------------------------------------------------------------- */

static void test_good(void)
{
    struct executable_segment segment;
    uint32_t at = 0;

    make();
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    CHECK(!executable.movable);
    CHECK_EQUAL(executable.start, BASE);
    CHECK_EQUAL(executable.end, BASE + 0x6000);
    CHECK_EQUAL(executable.headers, BASE + HEADER_SIZE);
    CHECK_EQUAL(executable.calls, 3);
    CHECK(executable.interpreter == NULL);
    CHECK(executable_segment(&executable, &at, &segment) && executable_segment(&executable, &at, &segment));
    CHECK_EQUAL(segment.memory_bytes, 0x4000);
    CHECK_EQUAL(segment.rights, 3);
    CHECK(!executable_segment(&executable, &at, &segment));
}

static void test_sections(void)
{
    /* A section of code with one call of three: the others are data in the same segment. */
    unsigned at = 0x2800;

    make();
    put64(HEADER_SECTIONS, at);
    put16(HEADER_SECTION_SIZE, SECTION_SIZE);
    put16(HEADER_SECTION_COUNT, 1);
    put32(at + SECTION_TYPE, TYPE_CONTENTS);
    put64(at + SECTION_FLAGS, SECTION_EXECUTABLE);
    put64(at + SECTION_ADDRESS, BASE + CODE);
    put64(at + SECTION_OFFSET, CODE);
    put64(at + SECTION_BYTES, 8);
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    CHECK_EQUAL(executable.calls, 1);
    /* One that is not where its segment is counts for nothing: then segments are asked. */
    put64(at + SECTION_ADDRESS, BASE + CODE + 4);
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    CHECK_EQUAL(executable.calls, 3);
}

static void put_section(uint8_t *at, uint64_t offset, uint64_t bytes)
{
    memset(at, 0, SECTION_SIZE);
    memcpy(at + SECTION_TYPE, &(uint32_t){TYPE_CONTENTS}, 4);
    memcpy(at + SECTION_FLAGS, &(uint64_t){SECTION_EXECUTABLE}, 8);
    memcpy(at + SECTION_ADDRESS, &(uint64_t){BASE + offset}, 8);
    memcpy(at + SECTION_OFFSET, &offset, 8);
    memcpy(at + SECTION_BYTES, &bytes, 8);
}

/* A file may say so often that the same bytes are code, and in so many places, that reading it would take hours. */
static void test_code_again_and_again(void)
{
    enum { HEADERS = 257,
           SECTIONS = 4096,
           HEADERS_AT = SIZE,
           SECTIONS_AT = 0x7000 };
    static _Alignas(8) uint8_t large[SECTIONS_AT + SECTIONS * SECTION_SIZE];

    make();
    put64(HEADER_SECTIONS, 0x2800);
    put16(HEADER_SECTION_SIZE, SECTION_SIZE);
    put16(HEADER_SECTION_COUNT, 2);
    put_section(file + 0x2800, 0, 0x2000);
    put_section(file + 0x2800 + SECTION_SIZE, 0, 0x2000);
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    CHECK_EQUAL(executable.calls, 3);
    put_segment(1, TYPE_LOAD, FLAG_READ | FLAG_EXECUTE, 0, 0x2000, 0x2000);
    put64(header(1) + PROGRAM_ADDRESS, BASE + 0x2000);
    CHECK_EQUAL(open_file(), EXECUTABLE_SEGMENT);

    make();
    put64(HEADER_PROGRAMS, HEADERS_AT);
    put16(HEADER_PROGRAM_COUNT, HEADERS);
    put64(HEADER_SECTIONS, SECTIONS_AT);
    put16(HEADER_SECTION_SIZE, SECTION_SIZE);
    put16(HEADER_SECTION_COUNT, SECTIONS);
    memcpy(large, file, sizeof file);
    memcpy(large + HEADERS_AT, file + HEADER_SIZE, 2 * PROGRAM_SIZE);
    for (unsigned i = 0; i < SECTIONS; i++)
        put_section(large + SECTIONS_AT + i * SECTION_SIZE, CODE, 4);
    CHECK_EQUAL(executable_open(&executable, large, sizeof large), EXECUTABLE_OK);
    CHECK_EQUAL(executable.calls, 3);
}

static void test_interpreter(void)
{
    make();
    put16(HEADER_TYPE, TYPE_SHARED);
    put16(HEADER_PROGRAM_COUNT, 3);
    put_segment(2, TYPE_INTERPRETER, FLAG_READ, 0x800, 8, 8);
    memcpy(file + 0x800, "/lib/ld", 8);
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    CHECK(executable.movable && strcmp(executable.interpreter, "/lib/ld") == 0);
    file[0x807] = 'x';
    CHECK_EQUAL(open_file(), EXECUTABLE_INTERPRETER);
    put64(header(2) + PROGRAM_OFFSET, SIZE - 4);
    CHECK_EQUAL(open_file(), EXECUTABLE_INTERPRETER);
}

static void test_native(void)
{
    make();
    put16(HEADER_PROGRAM_COUNT, 3);
    put_segment(2, TYPE_NOTE, FLAG_READ, 0x800, 24, 24);
    memcpy(file + 0x800, "\x9\0\0\0\0\0\0\0\x1\0\0\0CellulOS", 21);
    CHECK_EQUAL(open_file(), EXECUTABLE_NATIVE);
    file[0x814] = 'x';
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
    file[0x814] = 0;
    put64(header(2) + PROGRAM_OFFSET, SIZE - 20);
    CHECK_EQUAL(open_file(), EXECUTABLE_OK);
}

static void test_bad(void)
{
    static const struct {
        unsigned at, bytes;
        uint64_t value;
        enum executable_error error;
    } wrong[] = {
        {0, 1, 'X', EXECUTABLE_NOT_ELF},
        {HEADER_CLASS, 1, 1, EXECUTABLE_MACHINE},
        {HEADER_DATA, 1, 2, EXECUTABLE_MACHINE},
        {HEADER_MACHINE, 2, 62, EXECUTABLE_MACHINE},
        {HEADER_TYPE, 2, 1, EXECUTABLE_MACHINE},
        {HEADER_PROGRAM_SIZE, 2, 55, EXECUTABLE_HEADER},
        {HEADER_PROGRAMS, 8, SIZE, EXECUTABLE_HEADER},
        {HEADER_PROGRAMS, 8, UINT64_MAX, EXECUTABLE_HEADER},
        {HEADER_PROGRAM_COUNT, 2, 0, EXECUTABLE_NO_SEGMENT},
        {HEADER_ENTRY, 8, BASE + 0x2000, EXECUTABLE_ENTRY},
        {HEADER_SIZE + PROGRAM_FILE, 8, 0x2001, EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_MEMORY, 8, UINT64_MAX, EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_OFFSET, 8, 0x10000, EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_OFFSET, 8, UINT64_C(0xfffffffffffff000), EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_ADDRESS, 8, BASE + 1, EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_ADDRESS, 8, UINT64_C(0xffffffffff400000), EXECUTABLE_SEGMENT},
        {HEADER_SIZE + PROGRAM_ADDRESS, 8, BASE + 0x8000, EXECUTABLE_ORDER},
    };

    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        make();
        memcpy(file + wrong[i].at, &wrong[i].value, wrong[i].bytes);
        CHECK_EQUAL(open_file(), wrong[i].error);
    }
    make();
    CHECK_EQUAL(executable_open(&executable, file, HEADER_SIZE - 1), EXECUTABLE_NOT_ELF);
    CHECK_EQUAL(executable_open(&executable, file, header(2) - 1), EXECUTABLE_HEADER);
    CHECK_EQUAL(executable_open(&executable, file, 0x27ff), EXECUTABLE_SEGMENT);
}

/* Whatever the file says, nothing outside of it is read (the sanitizer checks), and the reported ranges are inside. */
static void test_any_bytes(void)
{
    static const unsigned places[] = {HEADER_TYPE, HEADER_ENTRY, HEADER_PROGRAMS, HEADER_SECTIONS, HEADER_PROGRAM_SIZE,
                                      HEADER_PROGRAM_COUNT, HEADER_SECTION_SIZE, HEADER_SECTION_COUNT};
    uint64_t state = 1;

    for (unsigned round = 0; round < 200000; round++) {
        make();
        put64(HEADER_SECTIONS, 0x2800);
        put16(HEADER_SECTION_SIZE, SECTION_SIZE);
        put16(HEADER_SECTION_COUNT, 3);
        for (unsigned i = 0; i < 1 + round % 5; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            uint64_t random = state >> 16;
            unsigned at = random % 3 == 0 ? places[random / 3 % 8] : random % 3 == 1 ? HEADER_SIZE + (unsigned)(random / 3 % 168)
                                                                                     : 0x2800 + (unsigned)(random / 3 % 192);

            file[at] = (uint8_t)(random >> 32);
            if ((random >> 40 & 7) == 0)
                memset(file + at, 0xff, 8 < SIZE - at ? 8 : SIZE - at);
        }
        uint64_t size = round % 7 == 0 ? state % SIZE : SIZE;
        uint8_t *copy = malloc(size + 1);

        memcpy(copy, file, size);
        struct executable_segment segment;
        struct executable_code code;

        if (executable_open(&executable, copy, size) == EXECUTABLE_OK) {
            for (uint32_t at = 0; executable_segment(&executable, &at, &segment);)
                CHECK(segment.address >= executable.start && segment.address + segment.memory_bytes <= executable.end &&
                      segment.offset + segment.file_bytes <= size);
            for (uint32_t at = 0; executable_code(&executable, &at, &code);)
                CHECK(code.offset + code.words * 4 <= size && code.address + code.words * 4 <= executable.end);
        }
        free(copy);
    }
}

/* ---- Replacing -------------------------------------------------------------- */

#define STUBS UINT64_C(0x3f0000)
#define ENTRY UINT64_C(0x3f80000040)

/* Where the branch `word` at `from` leads. */
static uint64_t target(uint32_t word, uint64_t from)
{
    return from + (uint64_t)((int64_t)((uint64_t)word << 38) >> 36);
}

static void test_rewrite(void)
{
    uint32_t code[4] = {INSTRUCTION_SVC, 0xd503201f, INSTRUCTION_SVC | 1 << 5, INSTRUCTION_SVC}, area[12];
    struct stubs stubs = {.memory = area, .address = STUBS, .bytes = sizeof area};

    CHECK_EQUAL(rewrite_count(code, 4), 2);
    CHECK_EQUAL(rewrite_area(2), sizeof area);
    CHECK(stubs_begin(&stubs, ENTRY) && rewrite_code(&stubs, code, BASE, 4));
    CHECK_EQUAL(stubs.used, sizeof area);
    CHECK_EQUAL((uint64_t)area[3] << 32 | area[2], ENTRY);
    CHECK_EQUAL(code[0] >> 26, 5);
    CHECK_EQUAL(target(code[0], BASE), STUBS + 16);
    CHECK_EQUAL(target(code[3], BASE + 12), STUBS + 32);
    CHECK(code[1] == 0xd503201f && code[2] == (INSTRUCTION_SVC | 1 << 5));
    CHECK_EQUAL(area[4], 0xa9bf7bf0);
    CHECK_EQUAL(area[5] >> 26, 37);
    CHECK_EQUAL(target(area[5], STUBS + 20), STUBS);
    CHECK_EQUAL(area[6], 0xa8c17bf0);
    CHECK_EQUAL(target(area[7], STUBS + 28), BASE + 4);
    CHECK_EQUAL(target(area[11], STUBS + 44), BASE + 16);
}

static void test_no_room(void)
{
    uint32_t code[2] = {INSTRUCTION_SVC, INSTRUCTION_SVC}, area[8];
    struct stubs stubs = {.memory = area, .address = STUBS, .bytes = sizeof area};

    CHECK(stubs_begin(&stubs, ENTRY) && !rewrite_code(&stubs, code, BASE, 2));
    CHECK(code[0] != INSTRUCTION_SVC && code[1] == INSTRUCTION_SVC);
    code[0] = INSTRUCTION_SVC;
    CHECK(stubs_begin(&stubs, ENTRY) && !rewrite_code(&stubs, code, STUBS + (UINT64_C(128) << 20) + 64, 1));
    CHECK_EQUAL(code[0], INSTRUCTION_SVC);
    stubs.bytes = 12;
    CHECK(!stubs_begin(&stubs, ENTRY));
}

static const struct unit_test tests[] = {{"good", test_good},
                                         {"sections", test_sections},
                                         {"code_again_and_again", test_code_again_and_again},
                                         {"interpreter", test_interpreter},
                                         {"native", test_native},
                                         {"bad", test_bad},
                                         {"any_bytes", test_any_bytes},
                                         {"rewrite", test_rewrite},
                                         {"no_room", test_no_room}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

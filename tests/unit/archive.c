/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/archive.c: the archive reader on good, bad and random archives. */
#include "lib/archive/archive.h"
#include "tests/harness/unit.h"

/* Room for a header page and four pages of files. */
static _Alignas(4096) uint8_t memory[5 * ARCHIVE_PAGE];

static struct archive_header *header(void)
{
    return (struct archive_header *)memory;
}

static struct archive_entry *entry(int index)
{
    return (struct archive_entry *)(memory + sizeof(struct archive_header)) + index;
}

/* Three files: one page, empty, and two pages. */
static void make(void)
{
    memset(memory, 0, sizeof memory);
    *header() = (struct archive_header){
        .magic = ARCHIVE_MAGIC, .count = 3, .header_pages = 1, .total_size = 5 * ARCHIVE_PAGE};
    *entry(0) = (struct archive_entry){.name = "apple", .offset = 4096, .size = 10};
    *entry(1) = (struct archive_entry){.name = "banana", .offset = 8192, .size = 0};
    *entry(2) = (struct archive_entry){.name = "cherry", .offset = 8192, .size = 4097};
}

static void expect(enum archive_error error, uint32_t at)
{
    uint32_t where;

    CHECK_EQUAL(archive_check(memory, sizeof memory, sizeof memory, &where), error);
    CHECK_EQUAL(where, at);
}

static void test_good(void)
{
    make();
    CHECK_EQUAL(archive_header_bytes(memory), 4096);
    expect(ARCHIVE_OK, 2);
    CHECK_EQUAL(archive_count(memory), 3);
    CHECK(archive_find(memory, "apple") == entry(0));
    CHECK(archive_find(memory, "banana") == entry(1));
    CHECK(archive_find(memory, "cherry") == entry(2));
    CHECK(archive_find(memory, "app") == NULL);
    CHECK(archive_find(memory, "apples") == NULL);
    CHECK(archive_find(memory, "aaa") == NULL);
    CHECK(archive_find(memory, "zebra") == NULL);
    CHECK(archive_find(memory, "") == NULL);
}

static void test_empty(void)
{
    memset(memory, 0, sizeof memory);
    *header() = (struct archive_header){
        .magic = ARCHIVE_MAGIC, .header_pages = 1, .total_size = ARCHIVE_PAGE};
    expect(ARCHIVE_OK, 0);
    CHECK(archive_find(memory, "apple") == NULL);
}

static void test_magic(void)
{
    make();
    memory[7]++;
    expect(ARCHIVE_BAD_MAGIC, 0);
    CHECK_EQUAL(archive_header_bytes(memory), 0);
}

static void test_truncated(void)
{
    uint32_t at;

    make();
    CHECK_EQUAL(archive_check(memory, 10, sizeof memory, &at), ARCHIVE_TRUNCATED);
    CHECK_EQUAL(archive_check(memory, 4095, sizeof memory, &at), ARCHIVE_TRUNCATED);
    CHECK_EQUAL(archive_check(memory, 4096, sizeof memory - 1, &at), ARCHIVE_TRUNCATED);
    CHECK_EQUAL(archive_check(memory, 4096, sizeof memory, &at), ARCHIVE_OK);
}

static void test_header(void)
{
    make();
    header()->header_pages = 0;
    expect(ARCHIVE_BAD_HEADER, 0);
    make();
    header()->count = 0x7fffffff;
    expect(ARCHIVE_BAD_HEADER, 0);
    make();
    header()->total_size = 100;
    expect(ARCHIVE_BAD_HEADER, 0);
    make();
    header()->total_size = 0;
    expect(ARCHIVE_BAD_HEADER, 0);
}

static void test_names(void)
{
    make();
    memset(entry(1)->name, 'b', ARCHIVE_NAME_SIZE);
    expect(ARCHIVE_BAD_NAME, 1);
    make();
    entry(0)->name[0] = 0;
    expect(ARCHIVE_BAD_NAME, 0);
    make();
    strcpy(entry(2)->name, "banana");
    expect(ARCHIVE_BAD_ORDER, 2);
    make();
    strcpy(entry(1)->name, "aardvark");
    expect(ARCHIVE_BAD_ORDER, 1);
}

static void test_positions(void)
{
    make();
    entry(0)->offset = 0; /* over the header */
    expect(ARCHIVE_BAD_POSITION, 0);
    make();
    entry(2)->offset += 8; /* off the page */
    expect(ARCHIVE_BAD_POSITION, 2);
    make();
    entry(0)->size = 4097; /* into the next */
    expect(ARCHIVE_BAD_POSITION, 1);
    make();
    entry(2)->size = 3 * ARCHIVE_PAGE + 1; /* past the end */
    expect(ARCHIVE_BAD_POSITION, 2);
    make();
    entry(2)->size = UINT64_MAX; /* wraps round */
    expect(ARCHIVE_BAD_POSITION, 2);
}

/* Random damage: either refused, or everything that it promises can be read. */
static void test_random(void)
{
    uint64_t state = 88172645463325252;
    int rounds = unit_long() ? 20000000 : 200000;

    for (int round = 0; round < rounds; round++) {
        uint32_t at;

        make();
        for (int damage = 0; damage < 3; damage++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            memory[state % 216] = (uint8_t)(state >> 40);
        }
        if (archive_check(memory, sizeof memory, sizeof memory, &at) != ARCHIVE_OK)
            continue;
        for (uint32_t i = 0; i < archive_count(memory); i++) {
            const struct archive_entry *found = archive_entry(memory, i);

            CHECK(archive_find(memory, found->name) == found);
            CHECK(found->offset + found->size <= sizeof memory);
        }
    }
}

static void test_error_texts(void)
{
    for (int i = ARCHIVE_OK; i <= ARCHIVE_BAD_POSITION + 1; i++)
        CHECK(archive_error_text((enum archive_error)i)[0] != 0);
}

static const struct unit_test tests[] = {
    {"good", test_good},           {"empty", test_empty},
    {"magic", test_magic},         {"truncated", test_truncated},
    {"header", test_header},       {"names", test_names},
    {"positions", test_positions}, {"random", test_random},
    {"error-texts", test_error_texts},
};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

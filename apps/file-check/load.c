/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-check/load.c: random requests, many files, and an end with files open. */
#include "apps/file-check/file-check.h"
#include "apps/random.h"

/* ---- Random requests --------------------------------------------------------------------------------------------------- */

static uint64_t wild_word(cell_cap_t file)
{
    static const uint64_t edges[] = {0, 1, 4096, UINT64_C(1) << 31, UINT64_C(1) << 44, INT64_MAX, UINT64_MAX};
    const cell_cap_t handles[] = {there, root, server, memory.mo, CSPACE_SELF, file, random_next()};

    switch (random_next() % 4) {
    case 0:
        return handles[random_next() % (sizeof handles / sizeof *handles)];
    case 1:
        return random_next() % 300;
    case 2:
        return there;
    default:
        return edges[random_next() % (sizeof edges / sizeof *edges)] + random_next() % 5 - 2;
    }
}

void wild(unsigned rounds)
{
    cell_cap_t file = 0;

    expect("create", open_file("wild", READ | WRITE | CREATE, &file), CELL_OK);
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t words[12], label = (uint64_t)FILE_INTERFACE << 16 | (random_next() % 27);
        static const char *const paths[] = {"wild", "../..", "x/../y", "", "a\0b", "/", "w", ".", "s/s"};

        for (unsigned w = 0; w < 12; w++)
            words[w] = wild_word(file);
        memcpy(&words[random_next() % 6], paths[random_next() % 9], 4);
        if (random_next() % 2 == 0)
            words[0] = there;
        cell_error_t error = cell_call(random_next() % 2 == 0 ? root : file, label, words, (unsigned)(random_next() % 13), 4);

        if (error == CELL_OK && ((label & 0xffff) == 2 || (label & 0xffff) == 1))
            handle_drop(words[0]);
    }
    handle_drop(file);
    /* The server works as before. */
    remove_file("wild", 0);
    check_contents();
}

/* ---- Many files -------------------------------------------------------------------------------------------------------- */

void many(unsigned count)
{
    cell_cap_t file = 0;
    char name[40];

    expect("mkdir", make_directory("many"), CELL_OK);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "many/file-%u", i);
        expect(name, open_file(name, WRITE | CREATE, &file), CELL_OK);
        write_pattern(file, 0, 100);
        handle_drop(file);
    }
    equal("entries", count_entries("many"), count + 2);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "many/file-%u", i);
        expect(name, remove_file(name, 0), CELL_OK);
    }
    expect("rmdir", remove_file("many", 1), CELL_OK);
}

#define IN_ONE 1000u

static void name_in_tree(char name[40], unsigned number)
{
    snprintf(name, 40, "tree/%u/file-%u", number / IN_ONE, number % IN_ONE);
}

static void make_tree(unsigned count)
{
    cell_cap_t file = 0;
    char name[40];

    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "tree/%u", i / IN_ONE);
        if (i % IN_ONE == 0)
            expect(name, make_directory(name), CELL_OK);
        name_in_tree(name, i);
        expect(name, open_file(name, WRITE | CREATE | EXCLUSIVE, &file), CELL_OK);
        if (i % 10 == 0)
            write_pattern(file, 0, 100);
        handle_drop(file);
    }
}

static void remove_tree(unsigned count)
{
    cell_cap_t file = 0;
    char name[40];

    for (unsigned i = 0; i < count; i++) {
        name_in_tree(name, i);
        if (i % 10 == 0) {
            expect(name, open_file(name, READ, &file), CELL_OK);
            check_pattern(file, 0, 100, false);
            handle_drop(file);
        }
        expect(name, remove_file(name, 0), CELL_OK);
        snprintf(name, sizeof name, "tree/%u", i / IN_ONE);
        if (i % IN_ONE == IN_ONE - 1 || i == count - 1)
            expect(name, remove_file(name, 1), CELL_OK);
    }
}

static void free_now(uint64_t *blocks, uint64_t *files)
{
    uint64_t size, all, all_files, id, flags;

    expect("sync", file_sync(root, 1), CELL_OK);
    expect("statfs", file_statfs(root, &size, &all, blocks, &all_files, files, &id, &flags), CELL_OK);
}

void tree(unsigned count)
{
    uint64_t blocks = 0, files = 0, blocks_after = 0, files_after = 0;
    char name[40];

    free_now(&blocks, &files);
    expect("mkdir", make_directory("tree"), CELL_OK);
    make_tree(count);
    for (unsigned i = 0; i < count; i += IN_ONE) {
        snprintf(name, sizeof name, "tree/%u", i / IN_ONE);
        equal(name, count_entries(name), (count - i < IN_ONE ? count - i : IN_ONE) + 2);
    }
    free_now(&blocks_after, &files_after);
    equal("files that are not free", files - files_after, 1 + (count + IN_ONE - 1) / IN_ONE + count);
    remove_tree(count);
    expect("rmdir", remove_file("tree", 1), CELL_OK);
    free_now(&blocks_after, &files_after);
    equal("free blocks", blocks_after, blocks);
    equal("free files", files_after, files);
}

/* ---- A sudden end ------------------------------------------------------------------------------------------------------ */

void die(unsigned rounds)
{
    cell_cap_t file = 0;

    (void)rounds;
    expect("create", open_file("short-lived", READ | WRITE | CREATE, &file), CELL_OK);
    write_pattern(file, 0, 200000);
    expect("remove", remove_file("short-lived", 0), CELL_OK);
    check_pattern(file, 0, 200000, false);
    expect("open", open_file("/", READ | DIRECTORY, &file), CELL_OK);
}

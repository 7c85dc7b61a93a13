/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-check.c: a client of a file server (idl/file.idl), for tests:
 *
 *   work             each operation, with what must come of it
 *   rights           handles with less than all rights, and paths that try to leave
 *   wild ROUNDS      random requests: handles, offsets near 2^63, lengths near 2^64
 *   many COUNT       makes files, and removes them
 *   tree COUNT       makes files in directories of 1 000, lists, reads and removes them: free blocks and files are as before
 *   die              ends with files open, one of them without a name
 *   full             fills the disk
 *   bad WHAT         a disk that fails to write, to read, or goes (apps/bad-disk.c)
 *   on               makes, writes and syncs files until the server or its disk is gone
 *
 * It says "file-check: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <lib/client/client.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKER "file-check"
#include "apps/check.h"

#define PAGES 80u
enum { READ = 1,
       WRITE = 2,
       APPEND = 8,
       CREATE = 16,
       EXCLUSIVE = 32,
       TRUNCATE = 64,
       DIRECTORY = 128,
       NO_FOLLOW = 256,
       PATH = 512 };

static cell_cap_t server, root, there;
static struct cell_memory memory;
static cell_error_t begin(void)
{
    server = cell_rde("FILE");
    cell_error_t error = cell_memory_make(PAGES, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    return error == CELL_OK ? file_root(server, &root) : error;
}

static cell_error_t open_at(cell_cap_t directory, const char *path, uint64_t flags, cell_cap_t *file)
{
    uint64_t id, mode, size;

    return file_open(directory, flags, 0640, path, strlen(path), file, &id, &mode, &size);
}

static cell_error_t open_file(const char *path, uint64_t flags, cell_cap_t *file)
{
    return open_at(root, path, flags, file);
}

static cell_error_t two_paths(bool link, cell_cap_t to, uint64_t flags, const char *first, const char *second)
{
    char paths[872];
    int length = snprintf(paths, sizeof paths, "%s%s", first, second);

    return link ? file_link(root, to, flags, strlen(first), paths, (uint64_t)length)
                : file_rename(root, to, flags, strlen(first), paths, (uint64_t)length);
}

static cell_error_t remove_file(const char *path, uint64_t flags)
{
    return file_remove(root, flags, path, strlen(path));
}

static cell_error_t make_directory(const char *path)
{
    return file_make_directory(root, 0755, path, strlen(path));
}

static cell_error_t make_link(const char *target, const char *path)
{
    char paths[880];
    int length = snprintf(paths, sizeof paths, "%s%s", target, path);

    return file_symlink(root, strlen(target), paths, (uint64_t)length);
}

/* ---- Contents ---------------------------------------------------------------------------------------------------------- */

static uint8_t byte_of(uint64_t at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

static void write_pattern(cell_cap_t file, uint64_t offset, uint64_t length)
{
    uint8_t *bytes = memory.address;
    uint64_t done = 0, size;

    for (uint64_t i = 0; i < length; i++)
        bytes[i] = byte_of(offset + i);
    expect("write", file_write(file, there, 0, length, offset, &done, &size), CELL_OK);
    equal("bytes written", done, length);
}

/* `hole`: zeros are there. */
static void check_pattern(cell_cap_t file, uint64_t offset, uint64_t length, bool hole)
{
    const uint8_t *bytes = memory.address;
    uint64_t done = 0, wrong = 0;

    memset(memory.address, 0xee, length);
    expect("read", file_read(file, there, 0, length, offset, &done), CELL_OK);
    equal("bytes read", done, length);
    for (uint64_t i = 0; i < length; i++)
        wrong += bytes[i] != (hole ? 0 : byte_of(offset + i));
    equal("bytes that are wrong", wrong, 0);
}

static void check_contents(void)
{
    cell_cap_t file = 0, again = 0;
    uint64_t done = 0, size = 0, found = 0;

    expect("create", open_file("data", READ | WRITE | CREATE | EXCLUSIVE, &file), CELL_OK);
    expect("create again", open_file("data", WRITE | CREATE | EXCLUSIVE, &again), CELL_EXISTS);
    write_pattern(file, 0, 303104); /* a multiple of all block sizes */
    check_pattern(file, 0, 300000, false);
    check_pattern(file, 12345, 54321, false);
    write_pattern(file, UINT64_C(5) << 30, 5000);
    check_pattern(file, 1000000, 8192, true);
    expect("seek data", file_seek(file, 400000, 0, &found), CELL_OK);
    equal("found data", found, UINT64_C(5) << 30);
    expect("seek hole", file_seek(file, 0, 1, &found), CELL_OK);
    equal("found a hole", found, 303104);
    expect("resize", file_resize(file, 100000), CELL_OK);
    expect("resize", file_resize(file, 200000), CELL_OK);
    check_pattern(file, 0, 100000, false);
    check_pattern(file, 100000, 100000, true);
    expect("append", open_file("data", READ | WRITE | APPEND, &again), CELL_OK);
    expect("write at the end", file_write(again, there, 0, 10, 5, &done, &size), CELL_OK);
    equal("size after it", size, 200010);
    expect("punch", file_allocate(file, 3, 4096, 8192), CELL_OK);
    check_pattern(file, 4096, 8192, true);
    expect("allocate", file_allocate(file, 0, 300000, 100000), CELL_OK);
    check_pattern(file, 390000, 10000, true);
    expect("too large", file_resize(file, UINT64_C(1) << 50), CELL_TOO_LARGE);
    expect("sync", file_sync(file, 1), CELL_OK);
    handle_drop(again);
    expect("truncate", open_file("data", WRITE | TRUNCATE, &again), CELL_OK);
    expect("read at the end", file_read(file, there, 0, 10, 0, &done), CELL_OK);
    equal("bytes at the end", done, 0);
    handle_drop(file);
    handle_drop(again);
    expect("remove", remove_file("data", 0), CELL_OK);
}

static void check_copies(void)
{
    cell_cap_t file = 0, other = 0, given = 0;
    uint64_t done = 0;

    expect("create", open_file("from", READ | WRITE | CREATE, &file), CELL_OK);
    expect("create", open_file("to", READ | WRITE | CREATE, &other), CELL_OK);
    write_pattern(file, 0, 200000);
    expect("give", handle_give_to_server(server, other, CELL_READ | CELL_WRITE, &given), CELL_OK);
    expect("copy", file_copy_range(file, given, 1000, 1000, 300000, &done), CELL_OK);
    equal("bytes copied", done, 199000);
    check_pattern(other, 1000, 199000, false);
    check_pattern(other, 0, 1000, true);
    expect("copy within", file_copy_range(file, 0, 0, 200000, 200000, &done), CELL_OK);
    expect("copy onto itself", file_copy_range(file, 0, 0, 100, 101, &done), CELL_BAD_ARGUMENT);
    expect("copy behind the end", file_copy_range(file, 0, 500000, 0, 100, &done), CELL_OK);
    equal("bytes behind the end", done, 0);
    expect("copy too far", file_copy_range(file, 0, 0, UINT64_MAX - 10, 100, &done), CELL_TOO_LARGE);
    handle_drop(other);
    expect("append", open_file("to", APPEND, &other), CELL_OK);
    expect("give", handle_give_to_server(server, other, CELL_WRITE, &given), CELL_OK);
    expect("copy to the end", file_copy_range(file, given, 0, 0, 10, &done), CELL_BAD_ARGUMENT);
    handle_drop(other);
    handle_drop(file);
    expect("open", open_file("from", READ, &file), CELL_OK);
    expect("copy without w", file_copy_range(file, 0, 0, 200000, 10, &done), CELL_DENIED);
    handle_drop(file);
    expect("remove", remove_file("from", 0), CELL_OK);
    expect("remove", remove_file("to", 0), CELL_OK);
}

/* ---- Names -------------------------------------------------------------------------------------------------------------- */

static unsigned count_entries(const char *path)
{
    cell_cap_t directory = 0;
    uint64_t cookie = 0, length = 1;
    unsigned count = 0;

    expect("open a directory", open_file(path, READ | DIRECTORY, &directory), CELL_OK);
    while (length > 0) {
        expect("list", file_list(directory, cookie, there, 0, 256 + CELL_PAGE, &length, &cookie), CELL_OK);
        for (uint64_t at = 0; at < length; count++)
            at += *(uint16_t *)((char *)memory.address + at + 16);
    }
    handle_drop(directory);
    return count;
}

static void check_names(void)
{
    char target[896];
    uint64_t length = 0;
    cell_cap_t file = 0, directory = 0;

    expect("mkdir", make_directory("d"), CELL_OK);
    expect("mkdir", make_directory("d/e"), CELL_OK);
    expect("mkdir again", make_directory("d/e"), CELL_EXISTS);
    expect("create", open_file("/d/e/../f", WRITE | CREATE, &file), CELL_OK);
    expect("a directory, for writing", open_file("d", WRITE, &directory), CELL_IS_DIRECTORY);
    expect("a file as a directory", open_file("d/f/x", READ, &directory), CELL_NOT_DIRECTORY);
    expect("link", two_paths(true, 0, 0, "d/f", "d/g"), CELL_OK);
    expect("symlink", make_link("e/../g", "d/s"), CELL_OK);
    expect("read_link", file_read_link(root, "d/s", 3, target, &length), CELL_OK);
    equal("length of the target", length, 6);
    expect("open a link", open_file("d/s", READ, &directory), CELL_OK);
    handle_drop(directory);
    expect("open the link itself", open_file("d/s", READ | NO_FOLLOW, &directory), CELL_LOOP);
    expect("link in a circle", make_link("d/loop", "loop"), CELL_OK);
    expect("link in a circle", make_link("../loop", "d/loop"), CELL_OK);
    expect("open a circle", open_file("loop", READ, &directory), CELL_LOOP);
    equal("entries", count_entries("d"), 7);
    expect("rename", two_paths(false, 0, 1, "d/f", "d/g"), CELL_EXISTS);
    expect("rename into itself", two_paths(false, 0, 0, "d", "d/e/x"), CELL_LOOP);
    expect("not empty", remove_file("d", 1), CELL_NOT_EMPTY);
    expect("no directory", remove_file("d/f", 1), CELL_NOT_DIRECTORY);
    expect("a directory", remove_file("d/e", 0), CELL_IS_DIRECTORY);
    expect("remove", remove_file("d/g", 0), CELL_OK);
    expect("remove", remove_file("d/f", 0), CELL_OK);
    write_pattern(file, 0, 5000);
    handle_drop(file);
    expect("open what is gone", open_file("d/f", READ, &file), CELL_NOT_FOUND);
    expect("long name", make_directory("d/0123456789012345678901234567890123456789012345678901234567890123456789"
                                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                                       "0123456789012345678901234567890123456789012345"),
           CELL_NAME_TOO_LONG);
    expect("remove", remove_file("d/s", 0), CELL_OK);
    expect("remove", remove_file("d/loop", 0), CELL_OK);
    expect("remove", remove_file("loop", 0), CELL_OK);
    expect("rmdir", remove_file("d/e", 1), CELL_OK);
    expect("rmdir", remove_file("d", 1), CELL_OK);
}

static void check_two_directories(void)
{
    cell_cap_t a = 0, b = 0, given = 0, file = 0;
    const char *const paths = "xy";

    expect("mkdir", make_directory("a"), CELL_OK);
    expect("mkdir", make_directory("b"), CELL_OK);
    expect("open", open_file("a", READ | WRITE | DIRECTORY, &a), CELL_OK);
    expect("open", open_file("b", READ | WRITE | DIRECTORY, &b), CELL_OK);
    expect("create", open_at(a, "x", WRITE | CREATE, &file), CELL_OK);
    handle_drop(file);
    expect("give", handle_give_to_server(server, b, CELL_READ | CELL_WRITE, &given), CELL_OK);
    expect("rename", file_rename(a, given, 0, 1, paths, 2), CELL_OK);
    expect("open", open_at(a, "x", READ, &file), CELL_NOT_FOUND);
    expect("open", open_at(b, "y", READ, &file), CELL_OK);
    handle_drop(file);
    expect("remove", remove_file("b/y", 0), CELL_OK);
    expect("rmdir", remove_file("a", 1), CELL_OK);
    expect("rmdir", remove_file("b", 1), CELL_OK);
    expect("create in what is gone", open_at(a, "x", WRITE | CREATE, &file), CELL_NOT_FOUND);
    handle_drop(a);
    handle_drop(b);
}

static void work(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        check_contents();
        check_copies();
        check_names();
        check_two_directories();
    }
}

static void rights(unsigned rounds)
{
    cell_cap_t file = 0, directory = 0, other = 0;
    uint64_t done, size, id = 0, mode, root_id = 0;

    (void)rounds;
    expect("create", open_file("r", READ | WRITE | CREATE, &file), CELL_OK);
    handle_drop(file);
    expect("open", open_file("r", READ, &file), CELL_OK);
    expect("write", file_write(file, there, 0, 1, 0, &done, &size), CELL_DENIED);
    expect("resize", file_resize(file, 0), CELL_DENIED);
    handle_drop(file);
    expect("open", open_file("r", WRITE, &file), CELL_OK);
    expect("read", file_read(file, there, 0, 1, 0, &done), CELL_DENIED);
    handle_drop(file);
    expect("open", open_file(".", READ | DIRECTORY, &directory), CELL_OK);
    expect("open for more", open_at(directory, "r", WRITE, &file), CELL_DENIED);
    expect("create", open_at(directory, "new", READ | CREATE, &file), CELL_DENIED);
    expect("mkdir", file_make_directory(directory, 0755, "new", 3), CELL_DENIED);
    expect("remove", file_remove(directory, 0, "r", 1), CELL_DENIED);
    expect("open to look", open_file(".", PATH, &other), CELL_OK);
    expect("open for more", open_at(other, "r", READ, &file), CELL_DENIED);
    handle_drop(other);
    handle_drop(directory);
    expect("above the root", file_open(root, PATH, 0, "../../..", 8, &other, &root_id, &mode, &size), CELL_OK);
    handle_drop(other);
    expect("root", file_open(root, PATH, 0, "/", 1, &other, &id, &mode, &size), CELL_OK);
    equal("the root is its own parent", id, root_id);
    handle_drop(other);
    expect("remove", remove_file("r", 0), CELL_OK);
}

/* ---- Hostile, many, sudden ---------------------------------------------------------------------------------------------- */

static uint64_t state = 88172645463325252u;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t wild_word(cell_cap_t file)
{
    static const uint64_t edges[] = {0, 1, 4096, UINT64_C(1) << 31, UINT64_C(1) << 44, INT64_MAX, UINT64_MAX};
    const cell_cap_t handles[] = {there, root, server, memory.mo, CSPACE_SELF, file, next()};

    switch (next() % 4) {
    case 0:
        return handles[next() % (sizeof handles / sizeof *handles)];
    case 1:
        return next() % 300;
    case 2:
        return there;
    default:
        return edges[next() % (sizeof edges / sizeof *edges)] + next() % 5 - 2;
    }
}

static void wild(unsigned rounds)
{
    cell_cap_t file = 0;

    expect("create", open_file("wild", READ | WRITE | CREATE, &file), CELL_OK);
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t words[12], label = (uint64_t)FILE_INTERFACE << 16 | (next() % 27);
        static const char *const paths[] = {"wild", "../..", "x/../y", "", "a\0b", "/", "w", ".", "s/s"};

        for (unsigned w = 0; w < 12; w++)
            words[w] = wild_word(file);
        memcpy(&words[next() % 6], paths[next() % 9], 4);
        if (next() % 2 == 0)
            words[0] = there;
        cell_error_t error = cell_call(next() % 2 == 0 ? root : file, label, words, (unsigned)(next() % 13), 4);

        if (error == CELL_OK && ((label & 0xffff) == 2 || (label & 0xffff) == 1))
            handle_drop(words[0]);
    }
    handle_drop(file);
    /* It works as before. */
    remove_file("wild", 0);
    check_contents();
}

static void many(unsigned count)
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

static void tree(unsigned count)
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

static void die(unsigned rounds)
{
    cell_cap_t file = 0;

    (void)rounds;
    expect("create", open_file("short-lived", READ | WRITE | CREATE, &file), CELL_OK);
    write_pattern(file, 0, 200000);
    expect("remove", remove_file("short-lived", 0), CELL_OK);
    check_pattern(file, 0, 200000, false);
    expect("open", open_file("/", READ | DIRECTORY, &file), CELL_OK);
}

/* ---- Disks that fail ----------------------------------------------------------------------------------------------------- */

static cell_error_t fill_disk(cell_cap_t file, uint64_t *length)
{
    cell_error_t error = CELL_OK;
    uint64_t done, size;

    for (*length = 0; error == CELL_OK; *length += error == CELL_OK ? done : 0)
        error = file_write(file, there, 0, PAGES * CELL_PAGE, *length, &done, &size);
    return error;
}

static void full(unsigned rounds)
{
    cell_cap_t file = 0, other = 0;
    uint64_t length, again;

    for (unsigned i = 0; i < rounds; i++) {
        expect("create", open_file("full", READ | WRITE | CREATE, &file), CELL_OK);
        expect("fill", fill_disk(file, &length), CELL_FULL);
        expect("sync", file_sync(file, 1), CELL_OK);
        expect("create", open_file("more", WRITE | CREATE, &other), CELL_OK);
        expect("fill again", fill_disk(other, &again), CELL_FULL);
        equal("bytes of the second file", again, 0);
        handle_drop(other);
        check_pattern(file, length, 0, false);
        expect("remove", remove_file("more", 0), CELL_OK);
        handle_drop(file);
        expect("remove", remove_file("full", 0), CELL_OK);
        expect("sync", file_sync(root, 1), CELL_OK);
        check_contents();
    }
}

/* What the disk does from here on. */
static cell_error_t tell_disk(cell_cap_t file, const char *what)
{
    uint64_t done, size;

    memset(memory.address, 0, CELL_PAGE);
    snprintf(memory.address, CELL_PAGE, "bad-disk: %s", what);
    expect("write", file_write(file, there, 0, CELL_PAGE, 0, &done, &size), CELL_OK);
    return file_sync(file, 0);
}

static void bad_writes(void)
{
    cell_cap_t file = 0, seen = 0;

    expect("open", open_file("good", READ, &seen), CELL_OK);
    expect("open", open_file("text", READ | WRITE, &file), CELL_OK);
    expect("sync", tell_disk(file, "writes"), CELL_IO);
    expect("sync of another file", file_sync(seen, 0), CELL_IO);
    expect("create", open_file("new", WRITE | CREATE, &file), CELL_READ_ONLY);
    expect("mkdir", make_directory("new"), CELL_READ_ONLY);
    check_pattern(seen, 0, 100000, false);
}

static void bad_reads(void)
{
    cell_cap_t file = 0, seen = 0;
    uint64_t done;

    expect("open", open_file("good", READ, &seen), CELL_OK);
    expect("open", open_file("text", READ | WRITE, &file), CELL_OK);
    expect("sync", tell_disk(file, "reads"), CELL_OK);
    check_pattern(seen, 0, 4096, false); /* in the cache */
    for (uint64_t at = 0; at < UINT64_C(8) << 20; at += PAGES * CELL_PAGE) {
        cell_error_t error = file_read(seen, there, 0, PAGES * CELL_PAGE, (UINT64_C(2) << 20) + at, &done);

        if (error == CELL_IO)
            break;
        expect("read", error, CELL_OK);
        equal("an error of the disk", at < UINT64_C(7) << 20, true);
    }
    expect("sync", tell_disk(file, "well"), CELL_OK);
    expect("read", file_read(seen, there, 0, 4096, UINT64_C(2) << 20, &done), CELL_OK);
    expect("mkdir", make_directory("new"), CELL_OK);
    expect("remove", remove_file("new", 1), CELL_OK);
}

static void bad_gone(void)
{
    cell_cap_t file = 0;

    expect("open", open_file("text", READ | WRITE, &file), CELL_OK);
    expect("sync", tell_disk(file, "gone"), CELL_GONE);
    expect("create", open_file("new", WRITE | CREATE, &file), CELL_READ_ONLY);
}

static const char *word;

static void bad(unsigned rounds)
{
    cell_cap_t file = 0;
    uint64_t done, size;

    (void)rounds;
    expect("create", open_file("good", READ | WRITE | CREATE, &file), CELL_OK);
    write_pattern(file, 0, 100000);
    for (uint64_t at = UINT64_C(2) << 20; at < UINT64_C(16) << 20; at += PAGES * CELL_PAGE)
        expect("write", file_write(file, there, 0, PAGES * CELL_PAGE, at, &done, &size), CELL_OK);
    expect("create", open_file("text", READ | WRITE | CREATE, &file), CELL_OK);
    write_pattern(file, 0, 4096);
    expect("sync", file_sync(file, 1), CELL_OK);
    expect("open", open_file("good", READ, &file), CELL_OK);
    check_pattern(file, 0, 100000, false); /* it is in the cache from now on */
    if (strcmp(word, "writes") == 0)
        bad_writes();
    else if (strcmp(word, "reads") == 0)
        bad_reads();
    else
        bad_gone();
}

static void on(unsigned rounds)
{
    cell_error_t error = CELL_OK;
    cell_cap_t file = 0;
    uint64_t done, size;
    char name[32];

    (void)rounds;
    for (unsigned i = 0; error == CELL_OK; i++) {
        snprintf(name, sizeof name, "on-%u", i % 50);
        error = open_file(name, READ | WRITE | CREATE, &file);
        for (unsigned k = 0; k < 4 && error == CELL_OK; k++)
            error = file_write(file, there, 0, 50000, k * 50000, &done, &size);
        if (error == CELL_OK && i % 3 == 0)
            error = file_sync(file, 1);
        if (error == CELL_OK && i % 7 == 6)
            error = remove_file(name, 0);
        handle_drop(file);
        if (i == 60)
            printf("file-check: on: it goes on\n");
    }
    printf("file-check: on: %s\n", cell_error_text(error));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(unsigned rounds);
    } ways[] = {{"work", work}, {"rights", rights}, {"wild", wild}, {"many", many}, {"tree", tree}, {"die", die}, {"full", full}, {"bad", bad}, {"on", on}};
    cell_error_t error = begin();

    expect("begin", error, CELL_OK);
    word = argc > 2 ? argv[2] : "";
    for (size_t i = 0; error == CELL_OK && i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            ways[i].run(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
    return checked(argc > 1 ? argv[1] : "");
}

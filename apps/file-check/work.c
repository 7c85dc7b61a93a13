/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-check/work.c: every operation, with the result that it must have; and rights. */
#include "apps/file-check/file-check.h"

/* ---- Contents ---------------------------------------------------------------------------------------------------------- */

void check_contents(void)
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

/* ---- Names ------------------------------------------------------------------------------------------------------------- */

static cell_error_t two_paths(bool link, cell_cap_t to, uint64_t flags, const char *first, const char *second)
{
    char paths[872];
    int length = snprintf(paths, sizeof paths, "%s%s", first, second);

    return link ? file_link(root, to, flags, strlen(first), paths, (uint64_t)length)
                : file_rename(root, to, flags, strlen(first), paths, (uint64_t)length);
}

static cell_error_t make_link(const char *target, const char *path)
{
    char paths[880];
    int length = snprintf(paths, sizeof paths, "%s%s", target, path);

    return file_symlink(root, strlen(target), paths, (uint64_t)length);
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

void work(unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        check_contents();
        check_copies();
        check_names();
        check_two_directories();
    }
}

/* ---- Rights ------------------------------------------------------------------------------------------------------------ */

void rights(unsigned rounds)
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

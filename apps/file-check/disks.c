/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/file-check/disks.c: disks that are full, fail (apps/bad-disk.c), or go. */
#include "apps/file-check/file-check.h"

static cell_error_t fill_disk(cell_cap_t file, uint64_t *length)
{
    cell_error_t error = CELL_OK;
    uint64_t done, size;

    for (*length = 0; error == CELL_OK; *length += error == CELL_OK ? done : 0)
        error = file_write(file, there, 0, PAGES * CELL_PAGE, *length, &done, &size);
    return error;
}

void full(unsigned rounds)
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

/* Writes what the disk is to do from now on, and syncs; returns the sync's error. */
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

const char *word;

void bad(unsigned rounds)
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
    check_pattern(file, 0, 100000, false); /* so that it is in the cache */
    if (strcmp(word, "writes") == 0)
        bad_writes();
    else if (strcmp(word, "reads") == 0)
        bad_reads();
    else
        bad_gone();
}

void on(unsigned rounds)
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

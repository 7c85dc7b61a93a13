/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/file-exercise.c: a client that uses files at random in all ways, and compares them with a model in memory, for tests:
 *
 *   random ROUNDS    writes, reads, cuts, punches holes into, links, renames, removes, lists and syncs a few files with several names
 *                    each, by mapped memory and by requests; removes all at the end
 *   leave ROUNDS     the same, but leaves the files, and prints their names, sizes and checksums
 *   cuts ROUNDS      writes to a file that it maps, and to others, and notes in the file `progress` how much of that is on the disk
 *
 * Several may run at once, each in a directory of its own. It says "file-exercise: NAME: as it should be", or what was wrong.
 */
#include <stdlib.h>

#define CHECKER "file-exercise"
#include "apps/file-copy.h"

#define FILES 6u
#define NAMES 16u
#define MOST 120000u

/* An open file, with or without names, and what it should hold. */
struct file {
    struct file_map map; /* `file` 0: there is none */
    bool mapped;         /* else only requests are possible */
    struct copy copy;
    uint64_t links;
    uint8_t bytes[MOST];
};

static struct file files[FILES];
static struct file *names[NAMES]; /* what each leads to; NULL: nothing */
static char directory[32];

static const char *path_of(uint64_t name)
{
    static char paths[2][64];
    static unsigned turn;

    /* two directories, and names of all lengths */
    turn ^= 1;
    snprintf(paths[turn], sizeof paths[turn], "%s/%c/n%0*lu", directory, (int)('a' + name % 2), (int)(name + 1), name);
    return paths[turn];
}

static uint64_t some_name(bool used)
{
    uint64_t start = next(NAMES), name = start;

    do
        name = (name + 1) % NAMES;
    while ((names[name] != NULL) != used && name != start);
    return name;
}

/* ---- Files and names ---------------------------------------------------------------------------------------------------- */

static void open_at(struct file *file, uint64_t name, uint64_t flags)
{
    cell_cap_t handle = open_file(path_of(name), READ | WRITE | flags);
    cell_error_t error = file_map_open(&file->map, handle, true);

    file->mapped = error == CELL_OK;
    file->map.file = handle;
    if (error != CELL_UNSUPPORTED && error != CELL_QUOTA)
        expect("map", error, CELL_OK);
}

static void close_file(struct file *file)
{
    cell_cap_t handle = file->map.file;

    if (file->mapped)
        file_map_close(&file->map);
    handle_drop(handle);
    file->map.file = 0;
}

static void make(uint64_t name)
{
    struct file *file = &files[next(FILES)];

    if (file->map.file != 0 && file->links > 0)
        return;
    if (file->map.file != 0) /* it has no name any more */
        close_file(file);
    open_at(file, name, CREATE | EXCLUSIVE);
    file->copy = (struct copy){file->bytes, 0, MOST};
    file->links = 1;
    memset(file->bytes, 0, sizeof file->bytes);
    names[name] = file;
}

static void open_again(uint64_t name)
{
    struct file *file = names[name];

    close_file(file);
    open_at(file, name, 0);
}

static void unlink_name(uint64_t name)
{
    const char *path = path_of(name);

    expect("remove", file_remove(root, 0, path, strlen(path)), CELL_OK);
    names[name]->links--;
    names[name] = NULL;
}

/* Writes both paths one behind the other, as requests take them. */
static size_t two_paths(char both[128], uint64_t from, uint64_t to, size_t *first)
{
    *first = strlen(path_of(from));
    return (size_t)snprintf(both, 128, "%s%s", path_of(from), path_of(to));
}

static void link_name(uint64_t from, uint64_t to)
{
    char both[128];
    size_t first, length = two_paths(both, from, to, &first);

    expect("link", file_link(root, 0, 0, first, both, length), names[to] == NULL ? CELL_OK : CELL_EXISTS);
    if (names[to] != NULL)
        return;
    names[to] = names[from];
    names[to]->links++;
}

static void rename_name(uint64_t from, uint64_t to, uint64_t how)
{
    char both[128];
    size_t first, length = two_paths(both, from, to, &first);
    cell_error_t right = how == 1 && names[to] != NULL ? CELL_EXISTS : how == 2 && names[to] == NULL ? CELL_NOT_FOUND
                                                                                                     : CELL_OK;

    expect("rename", file_rename(root, 0, how, first, both, length), right);
    if (right != CELL_OK || names[from] == names[to]) /* two names of one file both stay */
        return;
    struct file *other = names[to];

    names[to] = names[from];
    names[from] = how == 2 ? other : NULL;
    if (other != NULL && how != 2)
        other->links--;
}

static unsigned names_in(char which)
{
    unsigned count = 2; /* `.` and `..` */

    for (unsigned name = 0; name < NAMES; name++)
        count += names[name] != NULL && (char)('a' + name % 2) == which;
    return count;
}

static void list(char which)
{
    char path[48];
    uint64_t cookie = 0, filled = 1;
    unsigned seen = 0;

    snprintf(path, sizeof path, "%s/%c", directory, which);
    cell_cap_t handle = open_file(path, READ);

    while (filled > 0 && faults == 0) {
        expect("list", file_list(handle, cookie, there, 0, 256, &filled, &cookie), CELL_OK);
        for (uint64_t at = 0; at < filled; seen++)
            at += ((const uint16_t *)((const uint8_t *)memory.address + at))[8];
    }
    handle_drop(handle);
    equal("entries", seen, names_in(which));
}

/* ---- Rounds --------------------------------------------------------------------------------------------------------------- */

static void on_names(void)
{
    uint64_t used = some_name(true), unused = some_name(false), any = next(NAMES);

    if (names[unused] == NULL && (names[used] == NULL || next(3) == 0)) {
        make(unused);
        return;
    }
    if (names[used] == NULL)
        return;
    switch (next(8)) {
    case 0:
        unlink_name(used);
        break;
    case 1:
        link_name(used, any);
        break;
    case 2:
        rename_name(used, any, 0);
        break;
    case 3:
        rename_name(used, any, 1 + next(2));
        break;
    case 4:
        open_again(used);
        break;
    case 5:
        list((char)('a' + next(2)));
        break;
    default:
        expect("sync", file_sync(names[used]->map.file, next(2)), CELL_OK);
    }
}

static void make_directories(void)
{
    char path[48];

    cell_error_t error = CELL_EXISTS;

    /* what an earlier run has left stays */
    for (unsigned run = 0; error == CELL_EXISTS; run++) {
        snprintf(directory, sizeof directory, "exercise-%lu-%u", cell_pd_id(), run);
        error = file_make_directory(root, 0755, directory, strlen(directory));
    }
    expect("mkdir", error, CELL_OK);
    for (char which = 'a'; which <= 'b'; which++) {
        snprintf(path, sizeof path, "%s/%c", directory, which);
        expect("mkdir", file_make_directory(root, 0755, path, strlen(path)), CELL_OK);
    }
    random_state += cell_pd_id();
}

static void exercise(unsigned rounds)
{
    make_directories();
    for (unsigned i = 0; i < rounds && faults == 0; i++) {
        struct file *file = &files[next(FILES)];

        if (next(4) == 0 || file->map.file == 0)
            on_names();
        else if (next(12) == 0)
            equal("links", stat_of(file->map.file, STAT_LINKS), file->links);
        else
            copy_step(&file->copy, &file->map, file->mapped);
    }
}

static uint32_t sum(const uint8_t *bytes, uint64_t length)
{
    uint32_t crc = ~0u;

    for (uint64_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* Compares all files, by each of their names. */
static void check_all(bool print)
{
    for (uint64_t name = 0; name < NAMES; name++) {
        if (names[name] == NULL)
            continue;
        const struct copy *copy = &names[name]->copy;

        copy_check(copy, path_of(name));
        if (print)
            printf("left %s %lu %08x\n", path_of(name), copy->size, sum(copy->bytes, copy->size));
    }
}

static void leave(unsigned rounds)
{
    exercise(rounds);
    check_all(true);
    expect("sync", file_sync(root, 1), CELL_OK);
}

static void random_rounds(unsigned rounds)
{
    char path[48];

    exercise(rounds);
    check_all(false);
    for (uint64_t name = 0; name < NAMES; name++)
        if (names[name] != NULL)
            unlink_name(name);
    for (unsigned i = 0; i < FILES; i++)
        if (files[i].map.file != 0)
            close_file(&files[i]);
    for (char which = 'a'; which <= 'b'; which++) {
        snprintf(path, sizeof path, "%s/%c", directory, which);
        expect("rmdir", file_remove(root, 1, path, strlen(path)), CELL_OK);
    }
    expect("rmdir", file_remove(root, 1, directory, strlen(directory)), CELL_OK);
}

/* ---- Cuts ----------------------------------------------------------------------------------------------------------------- */

#define CUT_PAGES 8u

/* Round N fills page N % 8 of `data`, which is mapped, with N, makes a file `new`, and renames it to `done-N`; when all of that is on
 * the disk, it writes N to `progress`. */
static void cut_round(struct file_map *data, cell_cap_t progress, uint64_t number)
{
    static uint64_t page[CELL_PAGE / 8];
    char both[32];
    uint64_t done = 0;
    cell_cap_t new = open_file("new", READ | WRITE | CREATE | EXCLUSIVE);

    for (size_t i = 0; i < CELL_PAGE / 8; i++)
        page[i] = number;
    expect("write", file_map_write(data, page, CELL_PAGE, number % CUT_PAGES * CELL_PAGE, &done), CELL_OK);
    write_by_request(new, 0, page, 100);
    expect("rename", file_rename(root, 0, 0, 3, both, (size_t)snprintf(both, sizeof both, "newdone-%lu", number)), CELL_OK);
    expect("sync", file_sync(data->file, number % 2), CELL_OK);
    write_by_request(progress, 0, &number, sizeof number);
    expect("sync", file_sync(progress, 0), CELL_OK);
    handle_drop(new);
    if (number >= 4) {
        int length = snprintf(both, sizeof both, "done-%lu", number - 3);

        expect("remove", file_remove(root, 0, both, (uint64_t)length), CELL_OK);
    }
}

static void cuts(unsigned rounds)
{
    static uint8_t zeros[CUT_PAGES * CELL_PAGE];
    cell_cap_t file = open_file("data", READ | WRITE | CREATE), progress = open_file("progress", READ | WRITE | CREATE);
    struct file_map data;

    write_by_request(progress, 0, zeros, 8);
    write_by_request(file, 0, zeros, sizeof zeros);
    expect("sync", file_sync(file, 1), CELL_OK);
    expect("map", file_map_open(&data, file, true), CELL_OK);
    for (uint64_t i = 1; i <= rounds && faults == 0; i++)
        cut_round(&data, progress, i);
    file_map_close(&data);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(unsigned rounds);
    } ways[] = {{"random", random_rounds}, {"leave", leave}, {"cuts", cuts}};
    cell_error_t error = begin();

    expect("begin", error, CELL_OK);
    for (size_t i = 0; error == CELL_OK && i < sizeof ways / sizeof *ways; i++)
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
            ways[i].run(argc > 2 ? (unsigned)atoi(argv[2]) : 1);
    return checked(argc > 1 ? argv[1] : "");
}

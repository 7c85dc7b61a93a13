/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/namespaces.c: namespaces of a file server, for tests:
 *
 *   work            makes some, tries to leave them, links a file into two of them, ends them
 *   limits          blocks and inodes
 *   many COUNT      makes COUNT of them, and ends them
 *   maker PATH      makes one of a directory that it makes, and stays
 *   keep NAME       makes the file NAME in its own namespace, opens it, checks that nothing else is there, and stays
 *   visit           makes one, gives it to `guest`, which it starts, and ends it while `guest` uses it
 *   guest           opens a file again and again until that fails
 *
 * It says "namespaces: NAME: as it should be", or what was wrong.
 */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <lib/client/spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKER "namespaces"
#include "apps/check.h"

enum { READ = 1,
       WRITE = 2,
       APPEND = 8,
       CREATE = 16,
       EXCLUSIVE = 32,
       DIRECTORY = 128,
       PATH = 512 };

#define ALL (CELL_READ | CELL_WRITE | CELL_EXECUTE)
#define PIECE 65536u

static cell_cap_t server, root, there;
static struct cell_memory memory;
static cell_error_t open_at(cell_cap_t directory, const char *path, uint64_t flags, cell_cap_t *file, uint64_t *id)
{
    uint64_t mode, size;

    return file_open(directory, flags, 0700, path, strlen(path), file, id, &mode, &size);
}

/* Opens a file and closes it; returns the error, and the file's number. */
static cell_error_t try_open(cell_cap_t directory, const char *path, uint64_t flags, uint64_t *id)
{
    cell_cap_t file;
    cell_error_t error = open_at(directory, path, flags, &file, id);

    if (error == CELL_OK)
        handle_drop(file);
    return error;
}

static cell_error_t remove_at(cell_cap_t directory, const char *path, bool of_directory)
{
    return file_remove(directory, of_directory, path, strlen(path));
}

static cell_error_t two_paths(bool link, cell_cap_t from, cell_cap_t to, const char *first, const char *second)
{
    char paths[256];
    int length = snprintf(paths, sizeof paths, "%s%s", first, second);

    return link ? file_link(from, to, 0, strlen(first), paths, (uint64_t)length)
                : file_rename(from, to, 0, strlen(first), paths, (uint64_t)length);
}

static cell_error_t make_link(cell_cap_t directory, const char *target, const char *path)
{
    char paths[256];
    int length = snprintf(paths, sizeof paths, "%s%s", target, path);

    return file_symlink(directory, strlen(target), paths, (uint64_t)length);
}

/* ---- A namespace ------------------------------------------------------------------------------------------------------- */

struct space {
    cell_cap_t stands, edge, root;
    uint64_t id;
};

static cell_error_t make_of(cell_cap_t directory, uint64_t blocks, uint64_t inodes, const char *name, struct space *space)
{
    cell_error_t error = file_make_namespace(directory, blocks, inodes, ALL, name, &space->stands, &space->edge, &space->id);

    return error == CELL_OK ? file_root(space->edge, &space->root) : error;
}

/* Makes a directory, and a namespace of it. */
static cell_error_t make_at(cell_cap_t from, const char *path, uint64_t blocks, uint64_t inodes, struct space *space)
{
    cell_cap_t directory;
    uint64_t id;
    cell_error_t error = file_make_directory(from, 0755, path, strlen(path));

    if (error == CELL_OK || error == CELL_EXISTS)
        error = open_at(from, path, READ | WRITE | 4 | DIRECTORY, &directory, &id);
    if (error != CELL_OK)
        return error;
    error = make_of(directory, blocks, inodes, path, space);
    handle_drop(directory);
    return error;
}

static void begin(void)
{
    server = cell_rde("FILE");
    cell_error_t error = cell_memory_make(PIECE / CELL_PAGE, &memory);

    if (error == CELL_OK)
        error = handle_give_to_server(server, memory.mo, CELL_READ | CELL_WRITE, &there);
    if (error == CELL_OK)
        error = file_root(server, &root);
    if (error != CELL_OK) {
        printf("namespaces: %s\n", cell_error_text(error));
        exit(1);
    }
}

/* How many files can still be made in a namespace. */
static uint64_t free_files(cell_cap_t file)
{
    uint64_t block, blocks, free = 0, files, left = 0, id, flags;

    file_statfs(file, &block, &blocks, &free, &files, &left, &id, &flags);
    return left;
}

static uint64_t free_blocks(cell_cap_t file)
{
    uint64_t block, blocks, free = 0, files, left, id, flags;

    file_statfs(file, &block, &blocks, &free, &files, &left, &id, &flags);
    return free;
}

/* ---- Leaving ------------------------------------------------------------------------------------------------------------- */

static void try_to_leave(const struct space *space)
{
    static const char *const ways[] = {"/secret", "../secret", "../../secret", "/../secret", "in/../../secret",
                                       "./../in/.././../secret", "out", "out/secret", "up/secret", "in/far"};
    uint64_t id;

    expect("link out", make_link(space->root, "/secret", "/out"), CELL_OK);
    expect("link up", make_link(space->root, "../../..", "/up"), CELL_OK);
    expect("directory", file_make_directory(space->root, 0755, "/in", 3), CELL_OK);
    expect("far link", make_link(space->root, "../../../../secret", "/in/far"), CELL_OK);
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++)
        expect(ways[i], try_open(space->root, ways[i], READ, &id), CELL_NOT_FOUND);
}

/* `..` of the root is the root itself, also by its number. */
static void look_at_parent(const struct space *space)
{
    uint64_t id, parent, filled = 0, next;
    uint8_t *record = memory.address;

    expect("root", try_open(space->root, "/", READ | DIRECTORY, &id), CELL_OK);
    expect("parent", try_open(space->root, "..", READ | DIRECTORY, &parent), CELL_OK);
    equal("parent", parent, id);
    expect("list", file_list(space->root, 0, there, 0, PIECE, &filled, &next), CELL_OK);
    for (uint64_t at = 0; at < filled; at += *(uint16_t *)(record + at + 16))
        if (strcmp((char *)record + at + 19, "..") == 0)
            equal("number of the parent", *(uint64_t *)(record + at), id);
}

/* Handles of one namespace do not reach files of another. */
static void mix(const struct space *a, const struct space *b)
{
    cell_cap_t given, file;
    uint64_t id;

    expect("file", open_at(a->root, "/mine", WRITE | CREATE, &file, &id), CELL_OK);
    handle_drop(file);
    expect("the other's", try_open(b->root, "/mine", READ, &id), CELL_NOT_FOUND);
    expect("give", handle_give_to_server(server, b->root, ALL, &given), CELL_OK);
    expect("rename into another", two_paths(false, a->root, given, "/mine", "/yours"), CELL_OTHER_DISK);
    expect("rename out of another", two_paths(false, root, 0, "/a/mine", "/mine"), CELL_OTHER_DISK);
    expect("move a directory out", two_paths(false, root, 0, "/a/in", "/in"), CELL_OTHER_DISK);
    expect("remove a root", remove_at(root, "/a", true), CELL_BUSY);
    expect("stand-in as a directory", try_open(a->stands, "mine", READ, &id), CELL_NOT_FOUND);
    expect("end by a directory", file_end_namespace(a->root), CELL_BAD_ARGUMENT);
}

/* A file with names in two namespaces is one file, and is freed with its last name. */
static void share(const struct space *a, const struct space *b)
{
    uint64_t id, other, done, size, free = free_blocks(root);
    cell_cap_t given, file, twin;

    expect("file", open_at(a->root, "/shared", READ | WRITE | CREATE, &file, &id), CELL_OK);
    expect("give", handle_give_to_server(server, b->root, ALL, &given), CELL_OK);
    expect("link into another", two_paths(true, a->root, given, "/shared", "/twin"), CELL_OK);
    expect("open the twin", open_at(b->root, "/twin", READ | WRITE, &twin, &other), CELL_OK);
    equal("its number", other, id);
    memset(memory.address, 'x', CELL_PAGE);
    expect("write", file_write(file, there, 0, CELL_PAGE, 0, &done, &size), CELL_OK);
    memset(memory.address, 0, CELL_PAGE);
    expect("read", file_read(twin, there, 0, CELL_PAGE, 0, &done), CELL_OK);
    equal("what is read", *(uint8_t *)memory.address, 'x');
    expect("remove", remove_at(a->root, "/shared", false), CELL_OK);
    expect("remove the twin", remove_at(b->root, "/twin", false), CELL_OK);
    handle_drop(file);
    handle_drop(twin);
    expect("sync", file_sync(root, 1), CELL_OK);
    equal("free blocks", free_blocks(root), free);
}

/* No handle leads out of a namespace when the namespace's root is renamed. */
static void move_root(const struct space *space)
{
    uint64_t id;

    expect("move", two_paths(false, root, 0, "/a", "/elsewhere"), CELL_OK);
    expect("still there", try_open(space->root, "/mine", READ, &id), CELL_OK);
    expect("not above", try_open(space->root, "../secret", READ, &id), CELL_NOT_FOUND);
    expect("move back", two_paths(false, root, 0, "/elsewhere", "/a"), CELL_OK);
}

static void work(void)
{
    struct space a, b, inner;
    cell_cap_t file;
    uint64_t id;

    expect("secret", try_open(root, "/secret", WRITE | CREATE, &id), CELL_OK);
    expect("a", make_at(root, "/a", 0, 0, &a), CELL_OK);
    expect("b", make_at(root, "/b", 0, 0, &b), CELL_OK);
    expect("in a", make_at(a.root, "/sub", 0, 0, &inner), CELL_OK);
    try_to_leave(&a);
    look_at_parent(&a);
    look_at_parent(&inner);
    mix(&a, &b);
    share(&a, &b);
    move_root(&a);
    expect("open", open_at(inner.root, "/kept", WRITE | CREATE, &file, &id), CELL_OK);
    expect("end", file_end_namespace(a.stands), CELL_OK);
    expect("what was opened", file_sync(file, 0), CELL_GONE);
    expect("its root", try_open(a.root, "/mine", READ, &id), CELL_GONE);
    expect("its edge", file_root(a.edge, &file), CELL_GONE);
    expect("the inner one", file_root(inner.edge, &file), CELL_GONE);
    expect("the file stays", try_open(root, "/a/sub/kept", READ, &id), CELL_OK);
    expect("give the stand-in up", handle_drop(b.stands), CELL_OK);
    expect("the other's edge", file_root(b.edge, &file), CELL_GONE);
}

static void clear(void)
{
    static const char *const paths[] = {"/a/out", "/a/up", "/a/in/far", "/a/mine", "/a/sub/kept", "/secret"};
    static const char *const directories[] = {"/a/in", "/a/sub", "/a", "/b"};

    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++)
        expect(paths[i], remove_at(root, paths[i], false), CELL_OK);
    for (unsigned i = 0; i < sizeof directories / sizeof directories[0]; i++)
        expect(directories[i], remove_at(root, directories[i], true), CELL_OK);
}

/* ---- Limits --------------------------------------------------------------------------------------------------------------- */

static void fill(const struct space *space)
{
    uint64_t id, done = 0, size, total = 0;
    cell_cap_t file;

    expect("open", open_at(space->root, "/big", WRITE | CREATE, &file, &id), CELL_OK);
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && total < 100 * CELL_PAGE) {
        done = 0;
        error = file_write(file, there, 0, CELL_PAGE, total, &done, &size);
        total += done;
    }
    expect("beyond the limit", error, CELL_QUOTA);
    equal("free blocks at the limit", free_blocks(space->root), 0);
    expect("overwrite at the limit", file_write(file, there, 0, CELL_PAGE, 0, &done, &size), CELL_OK);
    expect("cut", file_resize(file, 0), CELL_OK);
    equal("free blocks after that", free_blocks(space->root), 9);
    handle_drop(file);
    expect("remove", remove_at(space->root, "/big", false), CELL_OK);
}

static void limits(void)
{
    struct space outer, inner, again;
    uint64_t id;

    expect("outer", make_at(root, "/outer", 10, 4, &outer), CELL_OK);
    equal("free blocks", free_blocks(outer.root), 9);
    equal("free files", free_files(outer.root), 4);
    fill(&outer);
    for (unsigned i = 0; i < 3; i++) {
        char name[] = {'/', (char)('0' + i)};

        expect("file", file_make_node(outer.root, 0644, name, 2), CELL_OK);
    }
    /* files of an inner namespace count in the outer one, too, whatever the inner one's limits are */
    expect("inner", make_at(outer.root, "/inner", 1000, 1000, &inner), CELL_OK);
    equal("free files there", free_files(inner.root), 0);
    expect("one too many", try_open(inner.root, "/4", WRITE | CREATE, &id), CELL_QUOTA);
    expect("by who is outside", try_open(root, "/outer/4", WRITE | CREATE, &id), CELL_QUOTA);
    expect("remove", remove_at(root, "/outer/0", false), CELL_OK);
    expect("now", try_open(inner.root, "/4", WRITE | CREATE, &id), CELL_OK);
    expect("end", file_end_namespace(outer.stands), CELL_OK);
    expect("no limit any more", try_open(root, "/outer/5", WRITE | CREATE, &id), CELL_OK);
    expect("again", make_at(root, "/outer", 10, 10, &again), CELL_OK);
    equal("what is there counts", free_files(again.root), 5);
    equal("and its blocks", free_blocks(again.root), 8);
    expect("end", file_end_namespace(again.stands), CELL_OK);
    static const char *const paths[] = {"/outer/1", "/outer/2", "/outer/5", "/outer/inner/4"};

    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++)
        expect(paths[i], remove_at(root, paths[i], false), CELL_OK);
    expect("remove", remove_at(root, "/outer/inner", true), CELL_OK);
    expect("remove", remove_at(root, "/outer", true), CELL_OK);
}

/* ---- Others ----------------------------------------------------------------------------------------------------------------- */

static void many(unsigned count)
{
    struct space *spaces = calloc(count, sizeof *spaces);

    expect("allow", handle_allow(server, 4 * count + 1024), CELL_OK);
    for (unsigned i = 0; i < count; i++)
        expect("make", make_at(root, "/many", 0, 0, &spaces[i]), i < 15 ? CELL_OK : CELL_TOO_LARGE);
    for (unsigned i = 0; i < count && i < 15; i++)
        expect("end", file_end_namespace(spaces[i * 7 % 15].stands), CELL_OK);
    for (unsigned i = 0; i < count; i++) {
        char path[32];

        snprintf(path, sizeof path, "/many/%u", i);
        expect("make", make_at(root, path, 0, 0, &spaces[i]), CELL_OK);
    }
    for (unsigned i = 0; i < count; i++) {
        char path[32];

        snprintf(path, sizeof path, "/many/%u", i);
        expect("end", file_end_namespace(spaces[i].stands), CELL_OK);
        handle_drop(spaces[i].edge);
        expect("remove", remove_at(root, path, true), CELL_OK);
    }
    expect("remove", remove_at(root, "/many", true), CELL_OK);
    free(spaces);
}

static void stay(void)
{
    fflush(stdout);
    cell_ready();
    for (;;)
        cell_sleep(UINT64_C(1000000000));
}

static void maker(const char *path)
{
    struct space space;

    expect("make", make_at(root, path, 0, 0, &space), CELL_OK);
    printf("namespaces: maker: %s\n", path);
    stay();
}

/* It must see only its own file, and what every file system begins with. */
static void keep(const char *name)
{
    static const char *const others[] = {"/app", "/lib", "/../lib", "../app/a", "../../lib/b"};
    uint64_t id, filled, next;
    cell_cap_t file;

    expect("make", open_at(root, name, READ | WRITE | CREATE, &file, &id), CELL_OK);
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        expect(others[i], try_open(root, others[i], PATH, &id), CELL_NOT_FOUND);
    expect("list", file_list(root, 0, there, 0, PIECE, &filled, &next), CELL_OK);
    if (faults == 0)
        printf("namespaces: keep: as it should be\n");
    stay();
}

static int guest(void)
{
    cell_error_t error = CELL_OK;
    uint64_t id, opened = 0;

    for (; error == CELL_OK; opened++)
        error = try_open(root, "/here", WRITE | CREATE, &id);
    printf("namespaces: guest: %s\n", cell_error_text(error));
    return error != CELL_GONE || opened < 2;
}

static void visit(void)
{
    static char *arguments[] = {"guest"};
    struct space space;
    struct spawn spawn;
    struct spawned spawned;
    uint64_t cause, code, id;

    expect("make", make_at(root, "/visited", 0, 0, &space), CELL_OK);
    spawn_begin(&spawn, "guest", "process", "program=namespaces");
    spawn_line(&spawn, "  rde MO");
    spawn_line(&spawn, "  rde ADS");
    spawn_line(&spawn, "  rde CONSOLE");
    spawn_line(&spawn, "  rde FILE space=/visited");
    spawn_arguments(&spawn, 1, arguments);
    cell_error_t error = spawn_run(&spawn, &spawned);

    expect("start", error, CELL_OK);
    while (error == CELL_OK && try_open(root, "/visited/here", READ, &id) != CELL_OK)
        cell_sleep(UINT64_C(1000000));
    expect("end", file_end_namespace(space.stands), CELL_OK);
    if (error == CELL_OK && pd_wait(spawned.pd, spawned.id, &cause, &code) == CELL_OK)
        equal("the guest's exit code", code, 0);
    expect("remove", remove_at(root, "/visited/here", false), CELL_OK);
    expect("remove", remove_at(root, "/visited", true), CELL_OK);
}

int main(int argc, char **argv)
{
    const char *what = argc < 2 ? "" : argv[1];

    begin();
    if (strcmp(what, "work") == 0) {
        work();
        clear();
    } else if (strcmp(what, "limits") == 0) {
        limits();
    } else if (strcmp(what, "many") == 0 && argc > 2) {
        many((unsigned)strtoul(argv[2], NULL, 0));
    } else if (strcmp(what, "maker") == 0 && argc > 2) {
        maker(argv[2]);
    } else if (strcmp(what, "keep") == 0 && argc > 2) {
        keep(argv[2]);
    } else if (strcmp(what, "visit") == 0) {
        visit();
    } else if (strcmp(what, "guest") == 0) {
        return guest();
    } else {
        printf("usage: namespaces work|limits|many COUNT|maker PATH|keep NAME|visit\n");
        return 1;
    }
    return checked(what);
}

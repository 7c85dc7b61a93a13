/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/files: the usual commands for files, on the file server behind the request edge for FILE:
 *
 *   ls [-l] [PATH]…   cat [PATH]…   cp FROM TO   mv FROM TO   rm [-d] PATH…   mkdir PATH…   df   mount   sync
 *
 * All are the same program, which acts by its name. The exit status is 1 if something failed.
 */
#include "apps/files/files.h"

#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *program;

/* ---- Listing ------------------------------------------------------------------------------------------------------------ */

static void print_about(const char *path, const char *name)
{
    static const char kinds[] = "?pc?d?b?-?l?s???";
    struct {
        uint64_t id, generation, mode, links, uid, gid, size, blocks, at_s, at_ns, mt_s, mt_ns, ct_s, ct_ns, bt_s, rdev;
    } is = {0};
    char whole[1200];

    snprintf(whole, sizeof whole, "%s/%s", path, name);
    if (!files_well(whole, file_stat_path(files_root, 1, whole, strlen(whole), &is.id, &is.generation, &is.mode, &is.links, &is.uid,
                                          &is.gid, &is.size, &is.blocks, &is.at_s, &is.at_ns, &is.mt_s, &is.mt_ns, &is.ct_s,
                                          &is.ct_ns, &is.bt_s, &is.rdev)))
        return;
    printf("%c%04o %3u %8llu ", kinds[is.mode >> 12 & 15], (unsigned)(is.mode & 07777), (unsigned)is.links,
           (unsigned long long)is.size);
}

/* A record of a list. */
struct record {
    uint64_t id, cookie;
    uint16_t length;
    uint8_t kind;
    char name[];
};

static bool list(const char *path, bool with_more)
{
    cell_cap_t directory = files_open(path, FILES_READ, 0);
    uint64_t cookie = 0, length = 1;
    cell_error_t error = CELL_OK;

    while (directory != 0 && error == CELL_OK && length > 0) {
        error = files_list(directory, &cookie, &length);
        for (uint64_t at = 0; error == CELL_OK && at < length;) {
            const struct record *record = (const struct record *)((char *)files_piece.address + at);

            at += record->length;
            if (strcmp(record->name, ".") == 0 || strcmp(record->name, "..") == 0)
                continue;
            if (with_more)
                print_about(path, record->name);
            printf("%s%s\n", record->name, record->kind == 4 ? "/" : "");
        }
    }
    if (directory != 0)
        handle_drop(directory);
    return directory != 0 && files_well(path, error);
}

static bool do_ls(int count, char **word)
{
    bool with_more = count > 0 && strcmp(word[0], "-l") == 0, well = true;

    if (count == (with_more ? 1 : 0))
        return list("/", with_more);
    for (int i = with_more ? 1 : 0; i < count; i++)
        well &= list(word[i], with_more);
    return well;
}

/* ---- Contents --------------------------------------------------------------------------------------------------------------- */

static bool print_file(const char *path)
{
    cell_cap_t file = files_open(path, FILES_READ, 0);
    uint64_t length = 1;
    cell_error_t error = CELL_OK;

    for (uint64_t at = 0; file != 0 && error == CELL_OK && length > 0; at += length) {
        error = files_read(file, at, &length);
        if (error == CELL_OK)
            fwrite(files_piece.address, 1, length, stdout);
    }
    return file != 0 && files_well(path, error);
}

static bool do_cat(int count, char **word)
{
    bool well = true;

    for (int i = 0; i < count; i++)
        well &= print_file(word[i]);
    return well;
}

/* `cat` without arguments prints its input. */
static int print_input(void)
{
    int byte;

    while ((byte = getchar()) != EOF)
        putchar(byte);
    return 0;
}

/* The path that a copy gets: `to`, or, if that is a directory, the name of `from` in it. */
static const char *target(const char *from, const char *to, char *whole, size_t bytes)
{
    const char *slash = strrchr(from, '/');

    if (!files_is_directory(to))
        return to;
    snprintf(whole, bytes, "%s/%s", to, slash == NULL ? from : slash + 1);
    return whole;
}

static bool do_cp(int count, char **word)
{
    char whole[1200];
    cell_cap_t from = files_open(word[0], FILES_READ, 0);

    (void)count;
    if (from == 0)
        return false;
    const char *name = target(word[0], word[1], whole, sizeof whole);
    cell_cap_t to = files_open(name, FILES_WRITE | FILES_CREATE | FILES_TRUNCATE, 0644);
    cell_cap_t given;
    uint64_t length = 1;
    bool well = to != 0;

    for (uint64_t at = 0; well && length > 0; at += length) {
        cell_error_t error = handle_give_to_server(cell_rde("FILE"), to, CELL_WRITE, &given);

        if (error == CELL_OK)
            error = file_copy_range(from, given, at, at, UINT64_MAX, &length);
        well = files_well(name, error);
    }
    return well;
}

/* ---- Names ------------------------------------------------------------------------------------------------------------------ */

static bool do_mv(int count, char **word)
{
    char whole[1200], paths[872];
    const char *name = target(word[0], word[1], whole, sizeof whole);
    size_t first = strlen(word[0]), second = strlen(name);

    (void)count;
    if (first + second > sizeof paths)
        return files_well(word[0], CELL_NAME_TOO_LONG);
    memcpy(paths, word[0], first);
    memcpy(paths + first, name, second);
    return files_well(word[0], file_rename(files_root, 0, 0, first, paths, first + second));
}

static bool do_rm(int count, char **word)
{
    bool directories = strcmp(word[0], "-d") == 0, well = true;

    for (int i = directories ? 1 : 0; i < count; i++)
        well &= files_well(word[i], file_remove(files_root, directories ? 1 : 0, word[i], strlen(word[i])));
    return well;
}

static bool do_mkdir(int count, char **word)
{
    bool well = true;

    for (int i = 0; i < count; i++)
        well &= files_well(word[i], file_make_directory(files_root, 0755, word[i], strlen(word[i])));
    return well;
}

static bool do_df(int count, char **word)
{
    uint64_t size = 0, blocks = 0, free = 0, files = 0, free_files = 0, id, flags = 0;
    cell_error_t error = file_statfs(files_root, &size, &blocks, &free, &files, &free_files, &id, &flags);

    (void)count;
    (void)word;
    if (error == CELL_OK)
        printf("%llu blocks of %llu bytes, %llu free; %llu files, %llu free%s\n", (unsigned long long)blocks,
               (unsigned long long)size, (unsigned long long)free, (unsigned long long)files, (unsigned long long)free_files,
               flags & 1 ? "; read-only" : "");
    return files_well("/", error);
}

/* Prints ", TAKEN of MOST NAME", or nothing if there is no limit. */
static void print_limit(const char *name, uint64_t taken, uint64_t most)
{
    if (most != 0)
        printf(", %lu of %lu %s", taken, most, name);
}

static bool do_mount(int count, char **word)
{
    uint64_t giver, here, object, rights, id = 0, blocks, inodes, used_blocks, used_inodes, length;
    char type[32], name[32], path[640];
    cell_error_t error = handle_about(cell_rde("FILE"), &giver, &here, &object, &rights, type);

    (void)count;
    (void)word;
    if (error == CELL_OK)
        printf("/: FILE_SPACE_%lx\n", here);
    while (error == CELL_OK) {
        error = file_namespaces(cell_rde("FILE"), id, &id, &blocks, &inodes, &used_blocks, &used_inodes, name, path, &length);
        if (error != CELL_OK)
            break;
        printf("%.*s: FILE_SPACE_%lx '%.31s'", (int)length, path, id, name);
        print_limit("blocks", used_blocks, blocks);
        print_limit("files", used_inodes, inodes);
        printf("\n");
    }
    return files_well("/", error == CELL_NOT_FOUND ? CELL_OK : error);
}

static bool do_sync(int count, char **word)
{
    (void)count;
    (void)word;
    return files_well("/", file_sync(files_root, 1));
}

static const struct {
    const char *name;
    int least, most;
    const char *arguments;
    bool (*act)(int count, char **word);
} programs[] = {
    {"ls", 0, 100, "[-l] [PATH]…", do_ls},
    {"cat", 0, 100, "[PATH]…", do_cat},
    {"cp", 2, 2, "FROM TO", do_cp},
    {"mv", 2, 2, "FROM TO", do_mv},
    {"rm", 1, 100, "[-d] PATH…", do_rm},
    {"mkdir", 1, 100, "PATH…", do_mkdir},
    {"df", 0, 0, "", do_df},
    {"mount", 0, 0, "", do_mount},
    {"sync", 0, 0, "", do_sync},
};

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc == 1 && strcmp(program, "cat") == 0)
        return print_input();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (strcmp(program, programs[i].name) != 0)
            continue;
        if (argc - 1 < programs[i].least || argc - 1 > programs[i].most) {
            fprintf(stderr, "usage: %s %s\n", program, programs[i].arguments);
            return 1;
        }
        return files_begin() && programs[i].act(argc - 1, argv + 1) ? 0 : 1;
    }
    fprintf(stderr, "%s: not the name of a program for files\n", program);
    return 1;
}

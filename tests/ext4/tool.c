/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/ext4/tool.c: carries out commands on an image, for tests in Python.
 *
 *   tool [-r] [-m] [-c KIB] IMAGE COMMAND [WORD]…
 *
 * mounts the image (-r: read-only; -m: makes an empty file system first; -c: with a cache of so many KiB), reads further commands from
 * the standard input after
 * those of the command line (`-` as COMMAND), unmounts, and writes the image back. A command that fails prints its error,
 * and makes the exit status 1. Numbers are decimal.
 */
#include "tests/ext4/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct disk disk;
static struct ext4 *fs;
static int status;

/* ---- Paths ---------------------------------------------------------------------------------------------------------------- */

/* The inode of a path from the root; links are not followed. */
static cell_error_t walk(const char *path, size_t length, uint32_t *inode)
{
    *inode = EXT4_ROOT;
    for (size_t at = 0; at < length;) {
        size_t end = at;

        while (end < length && path[end] != '/')
            end++;
        if (end > at) {
            cell_error_t error = ext4_lookup(fs, *inode, path + at, end - at, inode);

            if (error != CELL_OK)
                return error;
        }
        at = end + 1;
    }
    return CELL_OK;
}

static cell_error_t find(const char *path, uint32_t *inode)
{
    return walk(path, strlen(path), inode);
}

/* The directory of a path, and its last name. */
static cell_error_t find_parent(const char *path, uint32_t *directory, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash == NULL ? path : slash + 1;
    return walk(path, (size_t)(*name - path), directory);
}

/* ---- Commands ---------------------------------------------------------------------------------------------------------------- */

static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static cell_error_t sum(uint32_t inode, uint32_t *crc)
{
    static uint8_t piece[65536];
    uint64_t done = 1;
    cell_error_t error = CELL_OK;

    *crc = 0;
    for (uint64_t at = 0; error == CELL_OK && done > 0; at += done) {
        error = ext4_read(fs, inode, at, piece, sizeof piece, &done);
        if (error == CELL_OK)
            *crc = crc32(*crc, piece, done);
    }
    return error;
}

static cell_error_t print(const char *path, uint32_t inode)
{
    struct ext4_stat stat;
    cell_error_t error = ext4_stat(fs, inode, &stat);
    char target[4097];
    size_t length = sizeof target - 1;
    uint32_t crc;

    if (error != CELL_OK)
        return error;
    printf("%s %o %u %u %u %llu %lld", path, stat.mode, stat.uid, stat.gid, stat.links,
           (stat.mode & 0xf000) == 0x4000 ? 0ull : (unsigned long long)stat.size, (long long)stat.modified.seconds);
    if ((stat.mode & 0xf000) == 0x8000) {
        if (stat.size < UINT64_C(1) << 30) {
            error = sum(inode, &crc);
            printf(" %08x", crc);
        }
    } else if ((stat.mode & 0xf000) == 0xa000) {
        error = ext4_read_link(fs, inode, target, &length);
        target[error == CELL_OK ? length : 0] = 0;
        printf(" %s", target);
    }
    printf("\n");
    return error;
}

/* Prints what is below a directory: paths, or all of it. */
static cell_error_t tree(const char *path, uint32_t inode, int depth, bool all)
{
    struct ext4_stat stat;
    struct ext4_entry_of entry;
    cell_error_t error = ext4_stat(fs, inode, &stat);

    if (error != CELL_OK || (stat.mode & 0xf000) != 0x4000)
        return error;
    for (uint64_t at = 0; (error = ext4_list(fs, inode, at, &entry)) == CELL_OK; at = entry.next) {
        char name[256], *below;
        uint32_t number = entry.inode;

        memcpy(name, entry.name, entry.name_length);
        name[entry.name_length] = 0;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || depth > 64)
            continue;
        below = malloc(strlen(path) + sizeof name + 2);
        sprintf(below, "%s%s%s", path, *path == 0 ? "" : "/", name);
        error = all ? print(below, number) : CELL_OK;
        if (!all)
            printf("%s\n", below);
        if (error == CELL_OK)
            error = tree(below, number, depth + 1, all);
        free(below);
        if (error != CELL_OK)
            return error;
    }
    return error == CELL_NOT_FOUND ? CELL_OK : error;
}

static cell_error_t do_tree(char **word)
{
    uint32_t inode;
    cell_error_t error = find(word[0], &inode);

    return error == CELL_OK ? tree("", inode, 0, true) : error;
}

static cell_error_t do_list(char **word)
{
    uint32_t inode;
    cell_error_t error = find(word[0], &inode);

    return error == CELL_OK ? tree("", inode, 0, false) : error;
}

static cell_error_t make(const char *path, uint32_t mode)
{
    uint32_t directory, inode;
    const char *name;
    struct ext4_new new = {.mode = mode};
    cell_error_t error = find_parent(path, &directory, &name);

    return error == CELL_OK ? ext4_create(fs, directory, name, strlen(name), &new, &inode) : error;
}

/* Makes so many files; then lists, and makes and removes others at each so many entries. Each of the first is listed once. */
static cell_error_t do_churn(char **word)
{
    unsigned long files = strtoul(word[1], NULL, 10), each = strtoul(word[2], NULL, 10), listed = 0, wrong = 0, number;
    uint8_t *seen = calloc(files + 1, 1);
    const struct ext4_new new = {.mode = 0100644};
    struct ext4_entry_of entry;
    uint32_t directory, inode;
    char name[64];
    cell_error_t error = seen == NULL ? CELL_NO_MEMORY : find(word[0], &directory);

    for (unsigned long i = 0; i < files && error == CELL_OK; i++) {
        int length = snprintf(name, sizeof name, "kept %lu \xc3\xa4\xc3\xb6\xff", i);

        error = ext4_create(fs, directory, name, (size_t)length, &new, &inode);
    }
    for (uint64_t at = 0; error == CELL_OK && (error = ext4_list(fs, directory, at, &entry)) == CELL_OK; at = entry.next) {
        if (sscanf(entry.name, "kept %lu ", &number) == 1 && entry.name[0] == 'k')
            seen[number]++;
        if (++listed % each != 0)
            continue;
        int length = snprintf(name, sizeof name, "another file, number %lu", listed);

        error = ext4_create(fs, directory, name, (size_t)length, &new, &inode);
        if (error == CELL_OK && listed % 3 == 0)
            error = ext4_unlink(fs, directory, name, (size_t)length, false);
    }
    for (unsigned long i = 0; i < files; i++)
        wrong += seen[i] != 1;
    printf("churn: %lu wrong\n", wrong);
    free(seen);
    return error == CELL_NOT_FOUND ? CELL_OK : error;
}

static cell_error_t do_mkdir(char **word)
{
    return make(word[0], 040755);
}

static cell_error_t do_mkfifo(char **word)
{
    return make(word[0], 010644);
}

static cell_error_t do_create(char **word)
{
    return make(word[0], 0100644);
}

static void fill(uint8_t *data, uint64_t length, uint64_t seed)
{
    for (uint64_t i = 0; i < length; i++)
        data[i] = (uint8_t)((i * 2654435761u + seed * 40503u) >> 7);
}

/* write PATH OFFSET LENGTH SEED: makes the file if it is not there. */
static cell_error_t do_write(char **word)
{
    uint64_t offset = strtoull(word[1], NULL, 10), length = strtoull(word[2], NULL, 10), done;
    uint8_t *data = malloc(length + 1);
    uint32_t inode;
    cell_error_t error = make(word[0], 0100644);

    if (error == CELL_OK || error == CELL_EXISTS)
        error = find(word[0], &inode);
    fill(data, length, strtoull(word[3], NULL, 10));
    if (error == CELL_OK)
        error = ext4_write(fs, inode, offset, data, length, &done);
    free(data);
    return error;
}

/* put PATH FILE: makes a file with the contents of one of the host. */
static cell_error_t do_put(char **word)
{
    struct disk source;
    uint32_t inode;
    uint64_t done;

    disk_open(&source, word[1]);
    cell_error_t error = make(word[0], 0100644);

    if (error == CELL_OK)
        error = find(word[0], &inode);
    if (error == CELL_OK)
        error = ext4_write(fs, inode, 0, source.bytes, source.device.bytes, &done);
    disk_close(&source);
    return error;
}

static cell_error_t on_range(char **word, cell_error_t (*act)(struct ext4 *, uint32_t, uint64_t, uint64_t))
{
    uint32_t inode;
    cell_error_t error = find(word[0], &inode);

    return error == CELL_OK ? act(fs, inode, strtoull(word[1], NULL, 10), strtoull(word[2], NULL, 10)) : error;
}

static cell_error_t do_resize(char **word)
{
    uint32_t inode;
    cell_error_t error = find(word[0], &inode);

    return error == CELL_OK ? ext4_resize(fs, inode, strtoull(word[1], NULL, 10)) : error;
}

static cell_error_t do_punch(char **word)
{
    return on_range(word, ext4_punch);
}

static cell_error_t allocate(struct ext4 *on, uint32_t inode, uint64_t offset, uint64_t length)
{
    return ext4_allocate(on, inode, offset, length, false);
}

static cell_error_t do_allocate(char **word)
{
    return on_range(word, allocate);
}

static cell_error_t remove_name(const char *path, bool of_directory)
{
    uint32_t directory;
    const char *name;
    cell_error_t error = find_parent(path, &directory, &name);

    return error == CELL_OK ? ext4_unlink(fs, directory, name, strlen(name), of_directory) : error;
}

static cell_error_t do_unlink(char **word)
{
    return remove_name(word[0], false);
}

static cell_error_t do_rmdir(char **word)
{
    return remove_name(word[0], true);
}

/* rename FROM TO FLAGS */
static cell_error_t do_rename(char **word)
{
    uint32_t from, to;
    const char *first, *second;
    cell_error_t error = find_parent(word[0], &from, &first);

    if (error == CELL_OK)
        error = find_parent(word[1], &to, &second);
    return error == CELL_OK
               ? ext4_rename(fs, from, first, strlen(first), to, second, strlen(second), (unsigned)atoi(word[2]))
               : error;
}

static cell_error_t do_link(char **word)
{
    uint32_t inode, directory;
    const char *name;
    cell_error_t error = find(word[0], &inode);

    if (error == CELL_OK)
        error = find_parent(word[1], &directory, &name);
    return error == CELL_OK ? ext4_link(fs, inode, directory, name, strlen(name)) : error;
}

static cell_error_t do_symlink(char **word)
{
    uint32_t directory, inode;
    const char *name;
    cell_error_t error = find_parent(word[1], &directory, &name);

    return error == CELL_OK ? ext4_symlink(fs, directory, name, strlen(name), word[0], strlen(word[0]), &inode) : error;
}

static cell_error_t do_hold(char **word)
{
    uint32_t inode;
    cell_error_t error = find(word[0], &inode);

    return error == CELL_OK ? ext4_hold(fs, inode) : error;
}

static cell_error_t do_sync(char **word)
{
    (void)word;
    return ext4_sync(fs);
}

/* Ends as a power cut would. */
static cell_error_t do_cut(char **word)
{
    (void)word;
    ext4_abandon(fs);
    fs = NULL;
    return CELL_OK;
}

static cell_error_t do_statfs(char **word)
{
    struct ext4_statfs about;

    (void)word;
    ext4_statfs(fs, &about);
    printf("%u %llu %llu %u %u %s\n", about.block_size, (unsigned long long)about.blocks, (unsigned long long)about.free_blocks,
           about.files, about.free_files, about.read_only ? "read-only" : "writable");
    return CELL_OK;
}

/* seek PATH OFFSET 0|1 */
static cell_error_t do_seek(char **word)
{
    uint32_t inode;
    uint64_t found = 0;
    cell_error_t error = find(word[0], &inode);

    if (error == CELL_OK)
        error = ext4_seek(fs, inode, strtoull(word[1], NULL, 10), atoi(word[2]) != 0, &found);
    if (error == CELL_OK)
        printf("%llu\n", (unsigned long long)found);
    return error;
}

/* fail REQUESTS: the disk fails after so many more. */
static cell_error_t do_fail(char **word)
{
    disk.fail_after = disk.requests + strtoull(word[0], NULL, 10);
    return CELL_OK;
}

static const struct {
    const char *name;
    int words;
    cell_error_t (*act)(char **word);
} commands[] = {
    {"tree", 1, do_tree},
    {"list", 1, do_list},
    {"churn", 3, do_churn},
    {"mkdir", 1, do_mkdir},
    {"mkfifo", 1, do_mkfifo},
    {"create", 1, do_create},
    {"write", 4, do_write},
    {"put", 2, do_put},
    {"resize", 2, do_resize},
    {"punch", 3, do_punch},
    {"allocate", 3, do_allocate},
    {"unlink", 1, do_unlink},
    {"rmdir", 1, do_rmdir},
    {"rename", 3, do_rename},
    {"link", 2, do_link},
    {"symlink", 2, do_symlink},
    {"hold", 1, do_hold},
    {"sync", 0, do_sync},
    {"cut", 0, do_cut},
    {"statfs", 0, do_statfs},
    {"seek", 3, do_seek},
    {"fail", 1, do_fail},
};

static void carry_out(char **word, int count)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(word[0], commands[i].name) == 0 && commands[i].words == count - 1) {
            cell_error_t error = commands[i].act(word + 1);

            if (error != CELL_OK) {
                printf("%s %s: %s\n", word[0], count > 1 ? word[1] : "", cell_error_text(error));
                status = 1;
            }
            return;
        }
    fprintf(stderr, "unknown command: %s with %d words\n", word[0], count - 1);
    exit(2);
}

static void read_commands(void)
{
    char line[8192];

    while (fs != NULL && fgets(line, sizeof line, stdin) != NULL) {
        char *word[8], *rest = NULL;
        int count = 0;

        for (char *at = strtok_r(line, " \n", &rest); at != NULL && count < 8; at = strtok_r(NULL, " \n", &rest))
            word[count++] = at;
        if (count > 0)
            carry_out(word, count);
    }
}

int main(int argc, char **argv)
{
    struct ext4_options options = {.cache_bytes = 4 << 20, .now = disk_clock, .report = disk_report};
    bool make_first = false;
    int at = 1;

    for (; at < argc && argv[at][0] == '-' && argv[at][1] != 0; at++) {
        if (strcmp(argv[at], "-r") == 0)
            options.read_only = true;
        else if (strcmp(argv[at], "-m") == 0)
            make_first = true;
        else if (strcmp(argv[at], "-c") == 0 && at + 1 < argc)
            options.cache_bytes = (size_t)atoi(argv[++at]) << 10;
    }
    if (argc < at + 2)
        return 2;
    disk_open(&disk, argv[at]);
    cell_error_t error = make_first ? ext4_make(&disk.device, &options, (const uint8_t *)"a number for it") : CELL_OK;

    if (error == CELL_OK)
        error = ext4_mount(&disk.device, &options, &fs);
    if (error != CELL_OK) {
        printf("mount: %s\n", cell_error_text(error));
        return 1;
    }
    if (strcmp(argv[at + 1], "-") == 0)
        read_commands();
    else
        carry_out(argv + at + 1, argc - at - 1);
    if (fs != NULL && (error = ext4_unmount(fs)) != CELL_OK) {
        printf("unmount: %s\n", cell_error_text(error));
        status = 1;
    }
    if (!options.read_only)
        disk_save(&disk, argv[at]);
    disk_close(&disk);
    return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files: serves the ext4 file system of a disk (idl/file.idl, lib/ext4).
 *
 *   files [make] [read-only] [first=BLOCK] [blocks=N] [cache=MEBIBYTES] [mapped=MEBIBYTES] [time=SECONDS] [writeback=SECONDS]
 *         [namespace=PATH[:BLOCKS[:FILES]]]…
 *
 * make: makes a file system on the disk if that is empty. first, blocks: the part of the disk, in blocks of 4 KiB; all of it by
 * default. cache: memory for blocks of the disk. mapped: how much of files clients can map, in all. time: seconds since 1970 at the
 * start of the machine. writeback: how long after a change it is written at the latest; 0: only when somebody asks, or the cache is
 * full. namespace: a directory, made if it is missing, to which `rde FILE from … space=PATH` of a system description leads, with the
 * most blocks and files that it may have.
 */
#include <cell/idl/clock.h>
#include <cell/idl/file_server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

#define CACHE_MEBIBYTES 8u
#define WRITEBACK_SECONDS 5u
#define NAMESPACE "namespace="

struct ext4 *files_fs;
static struct ext4_device device;

static void report(const char *text)
{
    printf("files: %s\n", text);
}

/* Whether there are only zeros where a superblock would be. */
static bool is_empty(void)
{
    static uint8_t beginning[4096];

    if (device.bytes < sizeof beginning || device.read(&device, 0, beginning, sizeof beginning) != CELL_OK)
        return false;
    for (size_t i = 0; i < sizeof beginning; i++)
        if (beginning[i] != 0)
            return false;
    return true;
}

/* Makes a file system. Its id is one that no other file system of this machine has: the time. */
static cell_error_t make(const struct ext4_options *options)
{
    uint64_t id[2] = {0};
    uint64_t resolution, frequency;
    cell_error_t error = clock_now(&id[0], &resolution, &frequency);

    id[1] = (uint64_t)clock_read().seconds;
    return error == CELL_OK ? ext4_make(&device, options, (const uint8_t *)id) : error;
}

static bool number_after(const char *argument, const char *name, uint64_t *number)
{
    size_t length = strlen(name);
    char *end;

    if (strncmp(argument, name, length) != 0)
        return false;
    *number = strtoull(argument + length, &end, 0);
    return *end == 0 && end != argument + length;
}

/* Reads the path and the limits behind `namespace=`; false: they are not valid. The path is terminated in place. */
static bool read_namespace(char *argument, char **path, struct namespace_limits *limits)
{
    uint64_t *const numbers[] = {&limits->blocks, &limits->inodes};

    *limits = (struct namespace_limits){0};
    if (strncmp(argument, NAMESPACE, strlen(NAMESPACE)) != 0)
        return false;
    *path = argument + strlen(NAMESPACE);
    char *at = strchr(*path, ':');

    if (at != NULL)
        *at = 0;
    for (unsigned i = 0; at != NULL && i < 2; i++) {
        char *number = at + 1;

        *numbers[i] = strtoull(number, &at, 0);
        if (at == number || (*at != 0 && *at != ':'))
            return false;
        at = *at == 0 ? NULL : at;
    }
    return at == NULL && (*path)[0] == '/' && strlen(*path) < NAMESPACE_NAME_SIZE;
}

/* Reads all arguments except those of namespaces; false, with a message: one is not valid. */
static bool read_arguments(int argc, char **argv, struct ext4_options *options, bool *make_if_empty)
{
    uint64_t cache = CACHE_MEBIBYTES, mapped = 0, seconds = 0, writeback = WRITEBACK_SECONDS;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "make") == 0) {
            *make_if_empty = true;
        } else if (strcmp(argv[i], "read-only") == 0) {
            options->read_only = true;
        } else if (strncmp(argv[i], NAMESPACE, strlen(NAMESPACE)) != 0 && !number_after(argv[i], "first=", &disk_first) &&
                   !number_after(argv[i], "blocks=", &disk_blocks) && !number_after(argv[i], "cache=", &cache) &&
                   !number_after(argv[i], "mapped=", &mapped) && !number_after(argv[i], "time=", &seconds) &&
                   !number_after(argv[i], "writeback=", &writeback)) {
            fprintf(stderr,
                    "files: '%s' is not make, read-only, first=BLOCK, blocks=N, cache=MEBIBYTES, mapped=MEBIBYTES, "
                    "time=SECONDS, writeback=SECONDS or namespace=PATH[:BLOCKS[:FILES]]\n",
                    argv[i]);
            return false;
        }
    }
    if (cache == 0 || cache > SIZE_MAX >> 20 || mapped > SIZE_MAX >> 20) {
        fprintf(stderr, "files: a cache of %llu MiB, and %llu MiB that can be mapped, are not possible\n", (unsigned long long)cache,
                (unsigned long long)mapped);
        return false;
    }
    mapped_start((mapped << 20) / CELL_PAGE);
    options->cache_bytes = cache << 20;
    clock_start(seconds);
    writeback_start(writeback);
    return true;
}

static cell_error_t start_namespaces(int argc, char **argv)
{
    cell_error_t error = namespaces_start();

    for (int i = 1; i < argc && error == CELL_OK; i++) {
        struct namespace_limits limits;
        char *path = argv[i];

        if (strncmp(argv[i], NAMESPACE, strlen(NAMESPACE)) != 0)
            continue;
        error = read_namespace(argv[i], &path, &limits) ? namespace_make_named(path, &limits) : CELL_BAD_ARGUMENT;
        if (error != CELL_OK)
            fprintf(stderr, "files: namespace '%s': %s\n", path, cell_error_text(error));
    }
    return error;
}

static cell_error_t start(int argc, char **argv)
{
    struct ext4_options options = {.now = clock_read, .report = report, .moved = graph_moved, .changed = writeback_later};
    bool make_if_empty = false;

    if (!read_arguments(argc, argv, &options, &make_if_empty))
        return CELL_BAD_ARGUMENT;
    cell_error_t error = disk_start(&device);

    if (error == CELL_OK && make_if_empty && is_empty())
        error = make(&options);
    if (error == CELL_OK)
        error = ext4_mount(&device, &options, &files_fs);
    /* The model shows that the files depend on the disk. */
    if (error == CELL_OK)
        error = server_map(server_space(&file_type), SERVER_SPACE, cell_rde("BLOCK"));
    if (error != CELL_OK)
        fprintf(stderr, "files: the disk is not mounted: %s\n", cell_error_text(error));
    return error == CELL_OK ? start_namespaces(argc, argv) : error;
}

const struct server_type file_type = {
    .name = "FILE",
    .interface = &file_interface,
    .freed = open_freed,
    .extract = graph_extract,
    .destroyed = namespace_destroyed,
    .handle_gone = locks_handle_gone,
    .client_gone = locks_client_gone,
};

static const struct server_type *const types[] = {&file_type, NULL};
static void notified(uint64_t bits)
{
    disk_notified(bits);
    writeback_notified(bits);
}

static const struct server server = {.types = types, .start = start, .notified = notified};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}

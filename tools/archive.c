/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/archive.c: cellar, the packer of the boot archive (lib/archive), and a
 * lister for it. Bottom-up: members, writing, listing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <board.h>
#include "lib/archive/archive.h"
#include "tools/host.h"

#define TOOL "cellar"

static const char usage[] = "usage: cellar -o ARCHIVE NAME=PATH...\n"
                            "       cellar --list ARCHIVE\n"
                            "\n"
                            "Packs files into a boot archive under their names, or lists one.\n";

struct member {
    const char *name;
    struct host_file file;
};

static uint64_t page_up(uint64_t value)
{
    return (value + ARCHIVE_PAGE - 1) / ARCHIVE_PAGE * ARCHIVE_PAGE;
}

static int compare_members(const void *a, const void *b)
{
    return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* `argument` is NAME=PATH and is cut in two. */
static struct member read_member(char *argument)
{
    struct member member = {.name = argument};
    char *path = strchr(argument, '=');

    if (path == NULL || path == argument)
        host_usage_fail(TOOL, "'%s' is not NAME=PATH", argument);
    *path++ = 0;
    if (strlen(member.name) >= ARCHIVE_NAME_SIZE)
        host_fail(member.name, "the name has %zu bytes, at most %d are possible",
                  strlen(member.name), ARCHIVE_NAME_SIZE - 1);
    member.file = host_read(path);
    return member;
}

static void write_archive(const char *path, struct member *members, size_t count)
{
    struct archive_header header = {.magic = ARCHIVE_MAGIC, .count = (uint32_t)count};
    uint64_t offset = page_up(sizeof header + count * sizeof(struct archive_entry));
    uint8_t *bytes;

    qsort(members, count, sizeof *members, compare_members);
    header.header_pages = (uint32_t)(offset / ARCHIVE_PAGE);
    header.total_size = offset;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(members[i - 1].name, members[i].name) == 0)
            host_fail(members[i].name, "is there twice: %s and %s", members[i - 1].file.path,
                      members[i].file.path);
        header.total_size += page_up(members[i].file.size);
    }
    if (header.total_size > BOARD_ARCHIVE_LIMIT)
        host_fail(path, "would have %ju bytes, at most %ju fit into " BOARD_NAME,
                  (uintmax_t)header.total_size, (uintmax_t)BOARD_ARCHIVE_LIMIT);
    bytes = host_allocate(header.total_size);
    memset(bytes, 0, header.total_size);
    memcpy(bytes, &header, sizeof header);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry entry = {.offset = offset, .size = members[i].file.size};

        memcpy(entry.name, members[i].name, strlen(members[i].name));
        memcpy(bytes + sizeof header + i * sizeof entry, &entry, sizeof entry);
        memcpy(bytes + offset, members[i].file.bytes, members[i].file.size);
        offset += page_up(members[i].file.size);
    }
    host_write(path, bytes, header.total_size);
    free(bytes);
}

static void list_archive(const char *path)
{
    struct host_file file = host_read(path);
    uint32_t at;
    enum archive_error error = archive_check(file.bytes, file.size, file.size, &at);

    if (error == ARCHIVE_BAD_NAME || error == ARCHIVE_BAD_ORDER || error == ARCHIVE_BAD_POSITION)
        host_fail(path, "entry %u: %s", at, archive_error_text(error));
    if (error != ARCHIVE_OK)
        host_fail(path, "%s", archive_error_text(error));
    for (uint32_t i = 0; i < archive_count(file.bytes); i++) {
        const struct archive_entry *entry = archive_entry(file.bytes, i);

        printf("%#10jx %10ju %s\n", (uintmax_t)entry->offset, (uintmax_t)entry->size, entry->name);
    }
}

int main(int argc, char **argv)
{
    struct member *members = host_allocate((size_t)argc * sizeof *members);
    const char *output = NULL;
    size_t count = 0;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        host_print(usage);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--list") == 0) {
        list_archive(argv[2]);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0)
            output = host_option_value(TOOL, argc, argv, &i);
        else
            members[count++] = read_member(argv[i]);
    }
    if (output == NULL)
        host_usage_fail(TOOL, "-o ARCHIVE is missing");
    write_archive(output, members, count);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/archive.c: files of the boot archive, which can be read and are mapped as long as they are open. */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"
#include "lib/linux/memory.h"

int64_t archive_map(const char *path, uint64_t *address, uint64_t *size)
{
    cell_cap_t mo;

    while (*path == '/')
        path++;
    uint64_t length = text_length(path);
    cell_error_t error = length == 0 || length > MO_ARCHIVE_NAME_MOST
                             ? CELL_NOT_FOUND
                             : mo_archive(process_edge("MO"), path, length, &mo, size);

    if (error != CELL_OK)
        return error_number(error);
    error = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ, ATTACH_TOUCHED, address);
    mo_release(mo);
    return error_number(error);
}

void archive_unmap(uint64_t address)
{
    ads_remove(CSPACE_SELF, address);
}

static int64_t read_archive(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    if (offset >= description->size)
        return 0;
    if (count > description->size - offset)
        count = description->size - offset;
    return user_put(to, (const void *)(description->data + offset), count) == 0 ? (int64_t)count : -EFAULT;
}

static int64_t stat_archive(struct description *description, struct linux_stat *stat)
{
    *stat = (struct linux_stat){.device = 1,
                                .inode = description->id,
                                .mode = S_IFREG | 0555,
                                .links = 1,
                                .size = (int64_t)description->size,
                                .block_size = PAGE,
                                .blocks = (int64_t)((description->size + 511) / 512)};
    return 0;
}

static void close_archive(struct description *description)
{
    archive_unmap(description->data);
}

const struct file_kind file_archive = {.read = read_archive, .stat = stat_archive, .close = close_archive, .seeks = true};

/* A number that is another for another name. */
static uint64_t number_of(const char *path)
{
    uint64_t number = UINT64_C(0xcbf29ce484222325);

    while (*path != 0)
        number = (number ^ (uint8_t)*path++) * UINT64_C(0x100000001b3);
    return number;
}

int64_t archive_open(const char *path, uint32_t flags, struct description **opened)
{
    struct description *description;
    uint64_t address, size;

    int64_t result = archive_map(path, &address, &size);

    if (result != 0)
        return result;
    if ((flags & O_ACCMODE) != O_RDONLY) {
        archive_unmap(address);
        return -EROFS;
    }
    description = description_new(&file_archive, flags);
    if (description == NULL) {
        archive_unmap(address);
        return -ENOMEM;
    }
    description->data = address;
    description->size = size;
    description->id = number_of(path);
    *opened = description;
    return 0;
}

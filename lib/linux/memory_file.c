/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/memory_file.c: files without a name that live in memory: memfd_create(2). */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"
#include "lib/linux/memory.h"
#include "lib/linux/time.h"

/* Pages of the memory object, which are made when they are touched: the largest file has as many. */
#define PAGES_MOST (UINT64_C(1) << 20)
#define BYTES_MOST (PAGES_MOST * PAGE)

/* description->data is its address in the zone, description->id the memory object. */

/* Pages that ads.commit makes at once, at most. */
#define COMMIT_MOST 64u

/* Makes pages of a range present. Those behind the end of the file never are, so that touching them in a mapping comes back. */
static bool make_present(const struct description *description, uint64_t offset, uint64_t count)
{
    uint64_t page = offset / PAGE, end = PAGE_UP(offset + count) / PAGE;

    while (page < end) {
        uint64_t part = end - page < COMMIT_MOST ? end - page : COMMIT_MOST;

        if (ads_commit(CSPACE_SELF, description->data + page * PAGE, part) != CELL_OK)
            return false;
        page += part;
    }
    return true;
}

static int64_t read_memory(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    if (offset >= description->size)
        return 0;
    if (count > description->size - offset)
        count = description->size - offset;
    const void *from = (const void *)(description->data + offset);

    if (user_put(to, from, count) != 0 && (!make_present(description, offset, count) || user_put(to, from, count) != 0))
        return -EFAULT;
    return (int64_t)count;
}

static int64_t write_memory(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    if ((description->flags & O_APPEND) != 0)
        description->offset = offset = description->size;
    if (offset >= BYTES_MOST)
        return count == 0 ? 0 : -EFBIG;
    if (count > BYTES_MOST - offset)
        count = BYTES_MOST - offset;
    void *to = (void *)(description->data + offset);

    if (user_get(to, from, count) != 0 && (!make_present(description, offset, count) || user_get(to, from, count) != 0))
        return -EFAULT;
    if (count != 0 && offset + count > description->size)
        description->size = offset + count;
    return (int64_t)count;
}

/* What is present of a range becomes zeros, and whole pages go. */
static void clear(const struct description *description, uint64_t offset, uint64_t end)
{
    uint64_t first = PAGE_UP(offset), last = PAGE_DOWN(end);

    if (first < last)
        mo_punch(description->id, first / PAGE, (last - first) / PAGE);
    user_zero((void *)(description->data + offset), (first < end ? first : end) - offset);
    if (last >= first)
        user_zero((void *)(description->data + last), end - last);
}

static int64_t stat_memory(struct description *description, struct linux_stat *stat)
{
    *stat = (struct linux_stat){.device = 1,
                                .inode = description->id,
                                .mode = S_IFREG | description->mode,
                                .links = 0,
                                .size = (int64_t)description->size,
                                .block_size = PAGE,
                                .blocks = (int64_t)(PAGE_UP(description->size) / 512)};
    return 0;
}

/* What is behind the new end, and comes back later, is zero then. */
static int64_t resize_memory(struct description *description, uint64_t size)
{
    uint64_t old = description->size;

    if (size > BYTES_MOST)
        return -EFBIG;
    if (size < old)
        clear(description, size, PAGE_UP(old));
    description->size = size;
    return 0;
}

/* Blocks are made when they are touched. */
static int64_t allocate_memory(struct description *description, uint64_t mode, uint64_t offset, uint64_t length)
{
    if (mode == 3 && offset < description->size)
        clear(description, offset, length < description->size - offset ? offset + length : description->size);
    if (mode > 1)
        return mode == 3 ? 0 : -EOPNOTSUPP;
    if (offset + length > BYTES_MOST)
        return -EFBIG;
    if (mode == 0 && offset + length > description->size)
        description->size = offset + length;
    return 0;
}

static int64_t sync_memory(struct description *description, bool data_only)
{
    (void)description;
    (void)data_only;
    return 0;
}

static int64_t set_memory(struct description *description, const struct attributes *attributes)
{
    if ((attributes->mask & ATTRIBUTE_MODE) != 0)
        description->mode = attributes->mode;
    return 0;
}

static int64_t memory_of(struct description *description, struct file_memory *memory)
{
    *memory = (struct file_memory){description->id, PAGES_MOST, (const uint8_t *)description->data, true};
    return 0;
}

static int64_t load_memory(struct description *description, uint64_t page, uint64_t pages, bool written)
{
    uint64_t end = PAGE_UP(description->size) / PAGE, most = pages < COMMIT_MOST ? pages : COMMIT_MOST;

    (void)written;
    if (page >= end)
        return 0;
    uint64_t count = most < end - page ? most : end - page;

    return error_number(ads_commit(CSPACE_SELF, description->data + page * PAGE, count)) ?: (int64_t)count;
}

static void close_memory(struct description *description)
{
    ads_remove(CSPACE_SELF, description->data);
    mo_release(description->id);
}

const struct file_kind file_memory = {.read = read_memory,
                                      .write = write_memory,
                                      .stat = stat_memory,
                                      .resize = resize_memory,
                                      .allocate = allocate_memory,
                                      .sync = sync_memory,
                                      .set = set_memory,
                                      .memory = memory_of,
                                      .load = load_memory,
                                      .close = close_memory,
                                      .seeks = true};

/* Bytes of the longest name, without `memfd:`. */
#define NAME_MOST 249u

int64_t memory_file_create(struct thread *thread, const uint64_t *arguments)
{
    char name[NAME_MOST + 1];
    int64_t length = user_range(arguments[0], 1) ? user_text(name, (const char *)arguments[0], sizeof name) : -EFAULT;
    cell_cap_t mo = 0;
    uint64_t address = 0;

    (void)thread;
    /* MFD_CLOEXEC; ALLOW_SEALING, but there are no seals. */
    if (length == sizeof name || (arguments[1] & ~UINT64_C(3)) != 0)
        return -EINVAL;
    if (length < 0)
        return length;
    struct description *description = description_new(&file_memory, O_RDWR);

    if (description == NULL)
        return -ENOMEM;
    int64_t result = error_number(mo_allocate(process_edge("MO"), PAGES_MOST, 1, &mo));

    if (result == 0) {
        result = error_number(
            ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, ATTACH_PUNCHED | ATTACH_PRESENT_ONLY, &address));
        if (result != 0)
            mo_release(mo);
    }
    if (result != 0) {
        heap_put(description, sizeof *description);
        return result;
    }
    description->data = address;
    description->mode = 0777;
    description->id = mo;
    return descriptor_new(description, 0, (arguments[1] & 1) != 0);
}

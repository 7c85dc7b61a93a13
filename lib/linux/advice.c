/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/advice.c: calls about memory that is mapped: madvise, msync, mlock, mincore; see memory.h. */
#include "lib/linux/files.h"
#include "lib/linux/mapped.h"

/* Fresh memory in place of what is there; of the heap that brk moves zeros are written, since its memory comes back. */
static int64_t renew(uint64_t start, uint64_t end, unsigned protection)
{
    if (memory_is_break(start, end))
        return (protection & PROT_WRITE) != 0 ? user_zero((void *)start, end - start) : 0;
    int64_t result = memory_clear(start, end);

    if (result == 0)
        result = memory_attach(start, end, true);
    return result == 0 && protection != (PROT_READ | PROT_WRITE) ? memory_change(start, end, protection) : result;
}

/* The file's pages in place of copies. */
static int64_t see_again(uint64_t start, uint64_t end, const struct mapping *mapping)
{
    struct mapping what = *mapping;
    int64_t result = mappings_put_aside() ? memory_clear(start, end) : -ENOMEM;

    what.offset += start - mapping->region.start;
    what.state = MAPPING_ABSENT;
    if (result == 0)
        mappings_add(start, end, &what);
    return result;
}

/* Holes are passed over, and told. */
static int64_t forget_contents(uint64_t start, uint64_t end)
{
    bool holes = false;

    while (start < end) {
        const struct mapping *mapping = memory_find(start);

        if (mapping == NULL || mapping->region.start > start) {
            holes = true;
            start = mapping == NULL || mapping->region.start > end ? end : mapping->region.start;
            continue;
        }
        uint64_t to = mapping->region.end < end ? mapping->region.end : end;

        /* What is shared is read again from where it is kept, and so is what was never written. */
        bool kept = mapping->shared || (mapping->file != NULL && mapping->state != MAPPING_OWN);
        int64_t result = kept ? 0 : mapping->file != NULL ? see_again(start, to, mapping)
                                                          : renew(start, to, mapping->protection);

        if (result != 0)
            return result;
        start = to;
    }
    return holes ? -ENOMEM : 0;
}

/* Advice that is taken: MADV_NORMAL to WILLNEED, FREE, DONTFORK to COLD and what follows; all but DONTNEED has no effect. */
static bool is_advice(uint64_t advice)
{
    return advice <= MADV_DONTNEED || (advice >= 8 && advice <= 25 && advice != 9) || advice == 100 || advice == 101;
}

int64_t memory_madvise(struct thread *thread, const uint64_t *arguments)
{
    uint64_t start = arguments[0], bytes = PAGE_UP(arguments[1]), advice = (uint32_t)arguments[2];

    (void)thread;
    if (start % PAGE != 0 || (bytes == 0 && arguments[1] != 0) || start + bytes < start || !is_advice(advice))
        return -EINVAL;
    if (bytes == 0)
        return 0;
    if (!memory_is_range(start, bytes))
        return -ENOMEM;
    lock_take(&mappings_lock);
    int64_t result = advice == MADV_DONTNEED ? forget_contents(start, start + bytes) : memory_allows(start, bytes, 0) ? 0
                                                                                                                      : -ENOMEM;

    lock_give(&mappings_lock);
    return result;
}

/* Whether all of a range is mapped: what msync, mlock and munlock say of it. Nothing is written back, or moved away. */
static int64_t is_mapped(uint64_t start, uint64_t length)
{
    uint64_t from = PAGE_DOWN(start), bytes = PAGE_UP(length + (start - from));

    if (length == 0)
        return 0;
    if (bytes == 0 || !memory_is_range(from, bytes))
        return -ENOMEM;
    lock_take(&mappings_lock);
    bool mapped = memory_allows(from, bytes, 0);

    lock_give(&mappings_lock);
    return mapped ? 0 : -ENOMEM;
}

enum { SYNC_ASYNC = 1,
       SYNC_INVALIDATE = 2,
       SYNC_SYNC = 4 };

/* The next file that has a shared mapping in a range, held; *at moves behind that. */
static struct description *next_file(uint64_t *at, uint64_t end)
{
    struct description *file = NULL;

    lock_take(&mappings_lock);
    while (file == NULL && *at < end) {
        const struct mapping *mapping = memory_find(*at);

        if (mapping != NULL && mapping->region.start < end && mapping->shared)
            file = mapping->file;
        *at = mapping == NULL ? end : mapping->region.end;
    }
    if (file != NULL)
        description_hold(file);
    lock_give(&mappings_lock);
    return file;
}

static int64_t write_back(uint64_t start, uint64_t end)
{
    struct description *file, *last = NULL;
    int64_t result = 0;

    while (result == 0 && (file = next_file(&start, end)) != NULL) {
        if (file != last && file->kind->sync != NULL)
            result = file->kind->sync(file, true);
        last = file;
        description_put(file);
    }
    return result;
}

int64_t memory_msync(struct thread *thread, const uint64_t *arguments)
{
    uint64_t flags = arguments[2];

    (void)thread;
    if (arguments[0] % PAGE != 0 || (flags & ~(uint64_t)(SYNC_ASYNC | SYNC_INVALIDATE | SYNC_SYNC)) != 0 ||
        (flags & (SYNC_ASYNC | SYNC_SYNC)) == (SYNC_ASYNC | SYNC_SYNC))
        return -EINVAL;
    int64_t result = is_mapped(arguments[0], arguments[1]);

    return result == 0 && (flags & SYNC_SYNC) != 0 ? write_back(arguments[0], arguments[0] + arguments[1]) : result;
}

int64_t memory_mlock(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return is_mapped(arguments[0], arguments[1]);
}

/* mlock2 and mlockall have flags. */
int64_t memory_mlock2(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (arguments[2] & ~UINT64_C(1)) != 0 ? -EINVAL : is_mapped(arguments[0], arguments[1]);
}

int64_t memory_mlockall(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return arguments[0] == 0 || (arguments[0] & ~UINT64_C(7)) != 0 || arguments[0] == 4 ? -EINVAL : 0;
}

int64_t memory_mincore(struct thread *thread, const uint64_t *arguments)
{
    uint64_t start = arguments[0], bytes = PAGE_UP(arguments[1]);
    const uint8_t present = 1;

    (void)thread;
    if (start % PAGE != 0)
        return -EINVAL;
    if (!memory_is_range(start, bytes) || !memory_allows(start, bytes, 0))
        return -ENOMEM;
    for (uint64_t i = 0; i < bytes / PAGE; i++)
        if (user_put(arguments[2] + i, &present, 1) != 0)
            return -EFAULT;
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mremap.c: mremap, which moves mappings and changes their sizes; see memory.h. */
#include <cell/idl/ads.h>

#include "lib/linux/files.h"
#include "lib/linux/mapped.h"

/* Makes a mapping longer where it is: the pages behind it are free. `what` is what it has at `end`. */
static int64_t lengthen(uint64_t end, uint64_t new_end, const struct mapping *what)
{
    if (what->file != NULL)
        return mapped_attach(end, new_end, what);
    int64_t result = memory_attach(end, new_end, true);

    if (result == 0)
        mappings_add_own(end, new_end, PROT_READ | PROT_WRITE, false);
    return result == 0 && what->protection != (PROT_READ | PROT_WRITE) ? memory_protect(end, new_end, what->protection) : result;
}

/* A mapping of a file is in parts, if some of its pages are in another state than others. */
static int64_t move(uint64_t start, uint64_t bytes, uint64_t to)
{
    while (bytes != 0) {
        const struct mapping *old = memory_find(start);
        struct mapping moved = *old;
        uint64_t part = old->region.end - start < bytes ? old->region.end - start : bytes;

        moved.offset += moved.file == NULL ? 0 : start - old->region.start;
        if (!mappings_put_aside())
            return -ENOMEM;
        if (moved.file != NULL)
            description_hold(moved.file);
        cell_error_t error = moved.file != NULL && moved.state == MAPPING_ABSENT ? CELL_OK : ads_move(CSPACE_SELF, start, part / PAGE, to);

        if (error == CELL_OK) {
            mappings_remove(start, start + part);
            error = mappings_put_aside() ? CELL_OK : CELL_NO_MEMORY;
        }
        if (error == CELL_OK)
            mappings_add(to, to + part, &moved);
        if (moved.file != NULL)
            description_put(moved.file);
        if (error != CELL_OK)
            return error_number(error);
        start += part;
        to += part;
        bytes -= part;
    }
    return 0;
}

/* To another place, and longer there. */
static int64_t remap(const uint64_t *arguments, uint64_t bytes, uint64_t new_bytes, const struct mapping *behind)
{
    uint64_t from = arguments[0], to = arguments[4];
    int64_t result = 0;

    if ((arguments[3] & MREMAP_FIXED) == 0)
        result = memory_find_room(0, new_bytes, false, &to) ? 0 : -ENOMEM;
    else if (!memory_is_range(to, new_bytes) || (to < from + bytes && from < to + new_bytes))
        result = -EINVAL;
    else if (!mappings_free(to, to + new_bytes)) {
        result = memory_clear(to, to + new_bytes);
        if (result == 0)
            mappings_remove(to, to + new_bytes);
    }
    if (result == 0)
        result = move(from, bytes < new_bytes ? bytes : new_bytes, to);
    if (result == 0 && new_bytes > bytes)
        result = mappings_put_aside() ? lengthen(to + bytes, to + new_bytes, behind) : -ENOMEM;
    return result == 0 ? (int64_t)to : result;
}

/* Is a range one mapping of the program's, whatever the states of its pages? What would follow behind its end goes into *behind. */
static bool is_one(uint64_t start, uint64_t end, struct mapping *behind)
{
    const struct mapping *at = memory_find(start);

    if (at == NULL || at->region.start > start)
        return false;
    for (*behind = *at; at->region.end < end; *behind = *at) {
        const struct mapping *next = memory_find(at->region.end);

        if (at->file == NULL || next == NULL || next->region.start != at->region.end || next->file != at->file ||
            next->protection != at->protection || next->shared != at->shared ||
            next->offset != at->offset + (at->region.end - at->region.start))
            return false;
        at = next;
    }
    behind->offset += behind->file == NULL ? 0 : end - at->region.start;
    return true;
}

/* With a reference to the file concerned, in *behind. */
static int64_t resize(const uint64_t *arguments, uint64_t bytes, uint64_t new_bytes, const struct mapping *behind)
{
    uint64_t start = arguments[0], end = start + bytes, new_end = start + new_bytes;
    int64_t result = 0;

    if (new_bytes < bytes) {
        result = memory_clear(new_end, end);
        if (result == 0)
            mappings_remove(new_end, end);
        end = new_end;
        bytes = new_bytes;
    }
    if (behind->shared && behind->file == NULL && new_bytes > bytes)
        return -ENOMEM; /* it has as many pages as it was made with */
    if (result != 0 || ((arguments[3] & MREMAP_FIXED) == 0 && new_bytes == bytes))
        return result != 0 ? result : (int64_t)start;
    if ((arguments[3] & MREMAP_FIXED) == 0 && memory_is_range(start, new_bytes) && mappings_free(end, new_end)) {
        result = lengthen(end, new_end, behind);
        return result != 0 ? result : (int64_t)start;
    }
    return (arguments[3] & MREMAP_MAYMOVE) == 0 ? -ENOMEM : remap(arguments, bytes, new_bytes, behind);
}

int64_t memory_mremap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]), new_bytes = PAGE_UP(arguments[2]), flags = arguments[3];

    (void)thread;
    if (!memory_is_range(arguments[0], bytes) || bytes == 0 || new_bytes == 0 || new_bytes > MEMORY_HIGHEST ||
        (flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0 || (flags & (MREMAP_MAYMOVE | MREMAP_FIXED)) == MREMAP_FIXED)
        return -EINVAL;
    lock_take(&mappings_lock);
    struct mapping behind;
    int64_t result = is_one(arguments[0], arguments[0] + bytes, &behind) ? 0 : -EFAULT;

    if (result == 0) {
        if (behind.file != NULL)
            description_hold(behind.file);
        result = mappings_put_aside() ? resize(arguments, bytes, new_bytes, &behind) : -ENOMEM;
        if (behind.file != NULL)
            description_put(behind.file);
    }
    lock_give(&mappings_lock);
    return result;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mmap.c: mmap and its kin; see memory.h. Bottom-up: places, files in memory, calls. */
#include <cell/idl/ads.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"
#include "lib/linux/images.h"
#include "lib/linux/mapped.h"
#include "lib/linux/rewrite.h"
#include "lib/linux/signals.h"

/* ---- Places ------------------------------------------------------------------ */

/* Is a range of pages one that the program may have? */
static bool is_range(uint64_t address, uint64_t bytes)
{
    return address % PAGE == 0 && address >= MEMORY_LOWEST && address <= MEMORY_HIGHEST && bytes <= MEMORY_HIGHEST - address;
}

/* Where a mapping goes that wishes to be at `wish`. For a library the place is aligned as libraries may be, so that loaders find no need to
 * move it, with room for stubs below. */
static bool find_room(uint64_t wish, uint64_t bytes, bool library, uint64_t *address)
{
    wish = PAGE_DOWN(wish);
    if (wish != 0 && is_range(wish, bytes) && mappings_free(wish, wish + bytes)) {
        *address = wish;
        return true;
    }
    if (!library)
        return mappings_place(MEMORY_PLACE, MEMORY_HIGHEST, bytes, address);
    if (!mappings_place(MEMORY_PLACE, MEMORY_HIGHEST, bytes + 2 * MEMORY_STUBS, address))
        return false;
    *address = (*address + 2 * MEMORY_STUBS - 1) & ~(MEMORY_STUBS - 1);
    return true;
}

static int64_t choose(uint64_t wish, uint64_t bytes, bool library, uint64_t flags, uint64_t *address)
{
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0)
        return find_room(wish, bytes, library, address) ? 0 : -ENOMEM;
    *address = wish;
    if (wish % PAGE != 0)
        return -EINVAL;
    if (!is_range(wish, bytes))
        return wish < MEMORY_LOWEST ? -EPERM : -ENOMEM;
    if ((flags & MAP_FIXED) == 0)
        return mappings_free(wish, wish + bytes) ? 0 : -EEXIST;
    return mappings_free(wish, wish + bytes) ? 0 : memory_clear(wish, wish + bytes);
}

/* ---- Files in memory ------------------------------------------------------- */

/* How far stubs may be from the code that branches to them, with room for what both take. */
#define STUBS_REACH (UINT64_C(120) << 20)

/* Makes stubs for the calls in pages of a file that are to be executed: where there is room near them. */
static int64_t make_stubs(uint64_t start, uint64_t end)
{
    uint64_t words = (end - start) / 4, calls = rewrite_count((const uint32_t *)start, words), at;
    uint64_t bytes = PAGE_UP(rewrite_area(calls)), low = start > STUBS_REACH + MEMORY_LOWEST ? start - STUBS_REACH : MEMORY_LOWEST;

    if (calls == 0)
        return 0;
    if (!mappings_put_aside() || !mappings_place(low, start + STUBS_REACH, bytes, &at))
        return -ENOMEM;
    int64_t result = memory_attach(at, at + bytes, false);

    if (result != 0)
        return result;
    mappings_add_own(at, at + bytes, PROT_READ | PROT_WRITE, false);
    struct stubs stubs = {.memory = (uint32_t *)at, .address = at, .bytes = bytes};

    if (!stubs_begin(&stubs, linux_entry_of_stubs()) || !rewrite_code(&stubs, (uint32_t *)start, start, words))
        return -ENOMEM;
    memory_clean_code(at, at + bytes);
    return memory_protect(at, at + bytes, PROT_READ | PROT_EXEC);
}

/* What a file has for a range; behind its end zeros stay. */
static int64_t read_file(struct description *description, uint64_t start, uint64_t end, uint64_t offset)
{
    while (start < end) {
        int64_t count = description->kind->read(description, start, end - start, offset);

        if (count <= 0)
            return count;
        start += (uint64_t)count;
        offset += (uint64_t)count;
    }
    return 0;
}

static int64_t fill(struct description *description, uint64_t start, uint64_t end, uint64_t offset, unsigned protection)
{
    int64_t result = read_file(description, start, end, offset);

    if (result == 0 && (protection & PROT_EXEC) != 0) {
        result = make_stubs(start, end);
        memory_clean_code(start, end);
    }
    return result;
}

/* What a call wants to map, where, and how. */
struct wanted {
    uint64_t wish, bytes, flags, offset;
    unsigned protection;
    struct description *description; /* NULL: memory of its own */
    bool shared;
    bool copied; /* whatever it is, and calls are not replaced */
};

/* Whether the pages of the file themselves are mapped, which others see change. Code is copied, since it is changed. */
static bool is_mapped_file(const struct wanted *wanted)
{
    struct description *file = wanted->description;

    return file != NULL && !wanted->copied && (wanted->shared || (wanted->protection & PROT_EXEC) == 0) &&
           mapped_fits(file, wanted->offset, wanted->bytes);
}

static int64_t map_own(const struct wanted *wanted, uint64_t address)
{
    uint64_t end = address + wanted->bytes;
    int64_t result = memory_attach(address, end, true);

    if (result != 0)
        return result;
    mappings_add_own(address, end, PROT_READ | PROT_WRITE, wanted->shared);
    if (wanted->description != NULL)
        result = fill(wanted->description, address, end, wanted->offset, wanted->copied ? 0 : wanted->protection);
    if (result == 0 && wanted->protection != (PROT_READ | PROT_WRITE))
        result = mappings_put_aside() ? memory_protect(address, end, wanted->protection) : -ENOMEM;
    return result;
}

/* The segment of an image that begins at an offset of its file; NULL: none, or one that is written. */
static const struct image_segment *segment_at(const struct image_header *header, uint64_t offset)
{
    for (uint64_t i = 0; i < header->segments && i < IMAGE_SEGMENTS; i++)
        if (PAGE_DOWN(header->segment[i].offset) == offset && image_is_shared(&header->segment[i]))
            return &header->segment[i];
    return NULL;
}

/* What the file has behind a segment: never executed by those who know what they map. */
static int64_t map_rest(const struct wanted *wanted, uint64_t address, uint64_t done)
{
    struct wanted rest = *wanted;

    rest.bytes -= done;
    rest.offset += done;
    if (!mappings_put_aside())
        return -ENOMEM;
    if (!mapped_fits(rest.description, rest.offset, rest.bytes)) {
        rest.copied = true;
        return map_own(&rest, address + done);
    }
    return mapped_attach(address + done, address + wanted->bytes, &(struct mapping){.protection = (uint8_t)rest.protection, .file = rest.description, .offset = rest.offset});
}

/* Maps code of a file that is prepared, which others share; -ENOENT: it is not. */
static int64_t map_image(const struct wanted *wanted, uint64_t address)
{
    struct image image;
    int64_t result = images_open(wanted->description, &image);

    if (result != 0)
        return result;
    const struct image_segment *segment = segment_at(image.header, wanted->offset);
    uint64_t pages = wanted->bytes / PAGE;

    if (segment == NULL || segment->rights != wanted->protection) {
        result = -ENOENT;
    } else {
        pages = segment->pages < pages ? segment->pages : pages;
        result = images_map(&image, segment, address - PAGE_DOWN(segment->address), pages);
    }
    images_close(&image);
    if (result == 0 && pages < wanted->bytes / PAGE)
        result = map_rest(wanted, address, pages * PAGE);
    return result == -EEXIST ? -ENOENT : result;
}

static int64_t map_contents(const struct wanted *wanted, uint64_t address)
{
    bool executed = wanted->description != NULL && !wanted->shared && (wanted->protection & PROT_EXEC) != 0;
    int64_t result = executed ? map_image(wanted, address) : -ENOENT;

    if (result != -ENOENT)
        return result;
    if (!mappings_put_aside())
        return -ENOMEM;
    if (is_mapped_file(wanted))
        return mapped_attach(address, address + wanted->bytes, &(struct mapping){.protection = (uint8_t)wanted->protection, .shared = wanted->shared, .file = wanted->description, .offset = wanted->offset});
    return wanted->shared && wanted->description != NULL && (wanted->protection & PROT_WRITE) != 0 ? -ENODEV : map_own(wanted, address);
}

static int64_t map(const struct wanted *wanted)
{
    /* A library is mapped over what is reserved first. */
    bool library = wanted->description != NULL || wanted->protection == 0;
    uint64_t address;
    int64_t result = mappings_put_aside() ? choose(wanted->wish, wanted->bytes, library, wanted->flags, &address) : -ENOMEM;

    if (result != 0)
        return result;
    mappings_remove(address, address + wanted->bytes);
    result = map_contents(wanted, address);
    return result == 0 ? (int64_t)address : result;
}

/* The file of a call. Where its pages themselves cannot be mapped, a private copy of what it has then is. */
static int64_t open_mapped(uint64_t number, struct wanted *wanted)
{
    struct description *description = description_get(number);
    uint32_t access = description == NULL ? 0 : description->flags & O_ACCMODE;
    int64_t result = 0;

    if (description == NULL)
        return -EBADF;
    if (description->kind == &file_zero) {
        description_put(description);
        return 0;
    }
    if ((description->flags & O_PATH) != 0)
        result = -EBADF;
    else if (access == O_WRONLY)
        result = -EACCES;
    else if (description->kind->read == NULL || !description->kind->seeks)
        result = -ENODEV;
    else if (wanted->shared && (wanted->protection & PROT_WRITE) != 0 && (access != O_RDWR || description->kind->memory == NULL))
        result = access == O_RDWR ? -ENODEV : -EACCES;
    if (result != 0)
        description_put(description);
    else
        wanted->description = description;
    return result;
}

int64_t memory_mmap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t flags = arguments[3], type = flags & MAP_TYPE;
    struct wanted wanted = {.wish = arguments[0], .bytes = PAGE_UP(arguments[1]), .flags = flags, .offset = arguments[5], .protection = (unsigned)arguments[2] & PROT_ALL, .shared = type != MAP_PRIVATE};

    (void)thread;
    if (arguments[1] == 0 || (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE) || arguments[5] % PAGE != 0)
        return -EINVAL;
    if (wanted.bytes == 0 || wanted.bytes > MEMORY_HIGHEST)
        return -ENOMEM;
    if (arguments[5] + wanted.bytes < arguments[5])
        return -EOVERFLOW;
    int64_t result = (flags & MAP_ANONYMOUS) != 0 ? 0 : open_mapped((uint32_t)arguments[4], &wanted);

    if (result == 0) {
        lock_take(&mappings_lock);
        result = map(&wanted);
        lock_give(&mappings_lock);
    }
    if (wanted.description != NULL)
        description_put(wanted.description);
    return result;
}

int64_t memory_scratch(uint64_t bytes, uint64_t *address)
{
    lock_take(&mappings_lock);
    int64_t result = map(&(struct wanted){.bytes = bytes, .protection = PROT_READ | PROT_WRITE});

    lock_give(&mappings_lock);
    *address = (uint64_t)result;
    return result < 0 ? result : 0;
}

int64_t memory_map_file(struct description *description, uint64_t wish, uint64_t bytes)
{
    lock_take(&mappings_lock);
    int64_t result = map(&(struct wanted){.wish = wish, .bytes = PAGE_UP(bytes), .protection = PROT_READ | PROT_WRITE, .description = description, .copied = true});

    lock_give(&mappings_lock);
    return result;
}

static int64_t unmap(uint64_t start, uint64_t bytes)
{
    lock_take(&mappings_lock);
    int64_t result = !mappings_put_aside() ? -ENOMEM : mappings_free(start, start + bytes) ? 0
                                                                                          : memory_clear(start, start + bytes);

    if (result == 0)
        mappings_remove(start, start + bytes);
    lock_give(&mappings_lock);
    return result;
}

void memory_drop(uint64_t address, uint64_t bytes)
{
    unmap(address, PAGE_UP(bytes));
}

int64_t memory_munmap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]);
    struct linux_frame frame;

    if (bytes == 0 || !is_range(arguments[0], bytes))
        return -EINVAL;
    if (thread->sp - arguments[0] >= bytes)
        return unmap(arguments[0], bytes);
    /* Its stack goes, which the stub needs: a thread does that before it exits. */
    frame_of_call(thread, 0, &frame.context);
    frame.context.x[0] = (uint64_t)unmap(arguments[0], bytes);
    signals_go_on(thread, &frame);
}

/* Where the first hole of a range begins, or its end. */
static uint64_t mapped_until(uint64_t start, uint64_t end)
{
    for (const struct mapping *at; start < end && (at = memory_find(start)) != NULL && at->region.start <= start;)
        start = at->region.end;
    return start < end ? start : end;
}

/* Pages before a hole are changed all the same. */
int64_t memory_mprotect(struct thread *thread, const uint64_t *arguments)
{
    uint64_t start = arguments[0], bytes = PAGE_UP(arguments[1]), protection = arguments[2];

    (void)thread;
    if (start % PAGE != 0 || (protection & ~(uint64_t)(PROT_ALL | PROT_GROWS)) != 0)
        return -EINVAL;
    if (arguments[1] == 0)
        return 0;
    if (bytes == 0 || !is_range(start, bytes))
        return -ENOMEM;
    lock_take(&mappings_lock);
    uint64_t end = mapped_until(start, start + bytes);
    int64_t result = memory_protect(start, end, protection & PROT_ALL);

    if (result == 0 && end < start + bytes)
        result = -ENOMEM;
    lock_give(&mappings_lock);
    return result;
}

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
        result = find_room(0, new_bytes, false, &to) ? 0 : -ENOMEM;
    else if (!is_range(to, new_bytes) || (to < from + bytes && from < to + new_bytes))
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
            next->protection != at->protection || next->shared != at->shared || next->offset != at->offset + (at->region.end - at->region.start))
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
    if ((arguments[3] & MREMAP_FIXED) == 0 && is_range(start, new_bytes) && mappings_free(end, new_end)) {
        result = lengthen(end, new_end, behind);
        return result != 0 ? result : (int64_t)start;
    }
    return (arguments[3] & MREMAP_MAYMOVE) == 0 ? -ENOMEM : remap(arguments, bytes, new_bytes, behind);
}

int64_t memory_mremap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]), new_bytes = PAGE_UP(arguments[2]), flags = arguments[3];

    (void)thread;
    if (!is_range(arguments[0], bytes) || bytes == 0 || new_bytes == 0 || new_bytes > MEMORY_HIGHEST ||
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
    if (!is_range(start, bytes))
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
    if (bytes == 0 || !is_range(from, bytes))
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
    if (!is_range(start, bytes) || !memory_allows(start, bytes, 0))
        return -ENOMEM;
    for (uint64_t i = 0; i < bytes / PAGE; i++)
        if (user_put(arguments[2] + i, &present, 1) != 0)
            return -EFAULT;
    return 0;
}

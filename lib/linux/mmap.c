/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mmap.c: mmap, munmap and mprotect; see memory.h. Bottom-up: places, files in memory, calls. */
#include "lib/linux/files.h"
#include "lib/linux/images.h"
#include "lib/linux/mapped.h"
#include "lib/linux/rewrite.h"
#include "lib/linux/signals.h"

/* ---- Places ------------------------------------------------------------------ */

bool memory_is_range(uint64_t address, uint64_t bytes)
{
    return address % PAGE == 0 && address >= MEMORY_LOWEST && address <= MEMORY_HIGHEST && bytes <= MEMORY_HIGHEST - address;
}

bool memory_find_room(uint64_t wish, uint64_t bytes, bool library, uint64_t *address)
{
    wish = PAGE_DOWN(wish);
    if (wish != 0 && memory_is_range(wish, bytes) && mappings_free(wish, wish + bytes)) {
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
        return memory_find_room(wish, bytes, library, address) ? 0 : -ENOMEM;
    *address = wish;
    if (wish % PAGE != 0)
        return -EINVAL;
    if (!memory_is_range(wish, bytes))
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
    return mapped_attach(address + done, address + wanted->bytes,
                         &(struct mapping){.protection = (uint8_t)rest.protection, .file = rest.description, .offset = rest.offset});
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
        return mapped_attach(address, address + wanted->bytes,
                             &(struct mapping){.protection = (uint8_t)wanted->protection,
                                               .shared = wanted->shared,
                                               .file = wanted->description,
                                               .offset = wanted->offset});
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
    struct wanted wanted = {.wish = arguments[0],
                            .bytes = PAGE_UP(arguments[1]),
                            .flags = flags,
                            .offset = arguments[5],
                            .protection = (unsigned)arguments[2] & PROT_ALL,
                            .shared = type != MAP_PRIVATE};

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
    int64_t result = map(&(struct wanted){
        .wish = wish, .bytes = PAGE_UP(bytes), .protection = PROT_READ | PROT_WRITE, .description = description, .copied = true});

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

    if (bytes == 0 || !memory_is_range(arguments[0], bytes))
        return -EINVAL;
    if (thread->sp - arguments[0] >= bytes)
        return unmap(arguments[0], bytes);
    /* Its stack, which the stub needs, is unmapped: a thread does that before it exits. */
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
    if (bytes == 0 || !memory_is_range(start, bytes))
        return -ENOMEM;
    lock_take(&mappings_lock);
    uint64_t end = mapped_until(start, start + bytes);
    int64_t result = memory_protect(start, end, protection & PROT_ALL);

    if (result == 0 && end < start + bytes)
        result = -ENOMEM;
    lock_give(&mappings_lock);
    return result;
}

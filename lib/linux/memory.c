/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/memory.c: see memory.h. Bottom-up: the table, regions of the root task, a program's segments, calls.
 *
 * Calls change the regions first and the table then; what the table needs for that is put aside before, so that it
 * cannot fail.
 */
#include "lib/linux/memory.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"
#include "lib/linux/rewrite.h"

static struct region *table;
static lock_t lock;

/* ---- The table -------------------------------------------------------- */

/* Mappings that are put aside, by region.left. */
static struct region *spares;
static unsigned spare_count;
/* As many as one call needs at most: the new one, and what is left on both sides. */
#define SPARES 3u

static bool put_aside(void)
{
    while (spare_count < SPARES) {
        struct mapping *mapping = heap_get(sizeof *mapping);

        if (mapping == NULL)
            return false;
        mapping->region.left = spares;
        spares = &mapping->region;
        spare_count++;
    }
    return true;
}

static struct mapping *take_spare(void)
{
    struct region *region = spares;

    spares = region->left;
    spare_count--;
    return (struct mapping *)region;
}

static void forget(struct mapping *mapping)
{
    region_remove(&table, &mapping->region);
    if (spare_count >= SPARES) {
        heap_put(mapping, sizeof *mapping);
        return;
    }
    mapping->region.left = spares;
    spares = &mapping->region;
    spare_count++;
}

static void insert(uint64_t start, uint64_t end, uint8_t protection, bool shared)
{
    struct mapping *mapping = take_spare();

    *mapping = (struct mapping){.region = {.start = start, .end = end}, .protection = protection, .shared = shared};
    region_insert(&table, &mapping->region);
}

static bool is_alike(const struct mapping *a, uint8_t protection, bool shared)
{
    return a->protection == protection && a->shared == shared;
}

/* Notes that nothing is in a range. */
static void table_remove(uint64_t start, uint64_t end)
{
    struct mapping *mapping;

    while ((mapping = memory_find(start)) != NULL && mapping->region.start < end) {
        struct mapping old = *mapping;

        forget(mapping);
        if (old.region.start < start)
            insert(old.region.start, start, old.protection, old.shared);
        if (old.region.end > end)
            insert(end, old.region.end, old.protection, old.shared);
    }
}

/* Notes what is in a range, together with what is alike beside it. */
static void table_add(uint64_t start, uint64_t end, uint8_t protection, bool shared)
{
    table_remove(start, end);
    struct mapping *before = memory_find(start - 1), *behind = memory_find(end);

    if (before != NULL && before->region.end == start && is_alike(before, protection, shared)) {
        start = before->region.start;
        forget(before);
    }
    if (behind != NULL && behind->region.start == end && is_alike(behind, protection, shared)) {
        end = behind->region.end;
        forget(behind);
    }
    insert(start, end, protection, shared);
}

struct mapping *memory_find(uint64_t address)
{
    return (struct mapping *)region_at(table, address);
}

bool memory_allows(uint64_t address, uint64_t bytes, unsigned protection)
{
    uint64_t end = address + bytes;

    while (address < end) {
        const struct mapping *mapping = memory_find(address);

        if (mapping == NULL || mapping->region.start > address || (mapping->protection & protection) != protection)
            return false;
        address = mapping->region.end;
    }
    return true;
}

static bool is_free(uint64_t start, uint64_t end)
{
    const struct mapping *mapping = memory_find(start);

    return mapping == NULL || mapping->region.start >= end;
}

/* ---- Regions of the root task ------------------------------------------ */

/* What can be executed or written can be read, too. */
static unsigned rights_of(unsigned protection)
{
    return protection == 0 ? 0
                           : CELL_READ | ((protection & PROT_WRITE) != 0 ? CELL_WRITE : 0) |
                                 ((protection & PROT_EXEC) != 0 ? CELL_EXECUTE : 0);
}

static int64_t change(uint64_t start, uint64_t end, unsigned protection)
{
    cell_error_t error = ads_change_rights(CSPACE_SELF, start, (end - start) / PAGE, rights_of(protection));

    return error == CELL_OK ? 0 : error == CELL_NOT_FOUND ? -ENOMEM
                                                          : error_number(error);
}

static int64_t clear(uint64_t start, uint64_t end)
{
    return error_number(ads_remove_part(CSPACE_SELF, start, (end - start) / PAGE));
}

/* Fresh memory, to be read and written, at a place where nothing is. */
static int64_t attach(uint64_t start, uint64_t end, bool on_touch)
{
    cell_cap_t mo;
    uint64_t there;
    cell_error_t error = mo_allocate(process_edge("MO"), (end - start) / PAGE, on_touch, &mo);

    if (error != CELL_OK)
        return error_number(error);
    error = ads_attach(CSPACE_SELF, mo, start, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &there);
    mo_release(mo);
    return error_number(error);
}

int64_t memory_make(uint64_t address, uint64_t bytes, bool on_touch)
{
    uint64_t end = address + PAGE_UP(bytes);

    lock_take(&lock);
    int64_t result = !put_aside() ? -ENOMEM : !is_free(address, end) ? -EEXIST
                                                                     : attach(address, end, on_touch);

    if (result == 0)
        table_add(address, end, PROT_READ | PROT_WRITE, false);
    lock_give(&lock);
    return result;
}

/* ---- A program's segments ------------------------------------------------ */

#define CACHE_LINE 64u

/* What was written can be executed then. */
static void clean_code(uint64_t at, uint64_t end)
{
    for (uint64_t line = at; line < end; line += CACHE_LINE)
        __asm__ volatile("dc cvau, %0"
                         :
                         : "r"(line)
                         : "memory");
    __asm__ volatile("dsb ish"
                     :
                     :
                     : "memory");
    for (uint64_t line = at; line < end; line += CACHE_LINE)
        __asm__ volatile("ic ivau, %0"
                         :
                         : "r"(line)
                         : "memory");
    __asm__ volatile("dsb ish\n isb"
                     :
                     :
                     : "memory");
}

static int64_t protect(uint64_t start, uint64_t end, unsigned protection)
{
    int64_t result = put_aside() ? change(start, end, protection) : -ENOMEM;

    if (result == 0)
        table_add(start, end, (uint8_t)protection, false);
    return result;
}

int64_t memory_finish(uint64_t address, uint64_t bytes, unsigned protection)
{
    if ((protection & PROT_EXEC) != 0)
        clean_code(address, address + bytes);
    lock_take(&lock);
    int64_t result = protect(address, address + bytes, protection);

    lock_give(&lock);
    return result;
}

int64_t memory_load(uint64_t address, uint64_t bytes, const uint8_t *contents, uint64_t skip, uint64_t count,
                    unsigned protection, memory_prepare *prepare, void *context)
{
    uint64_t filled = PAGE_UP(skip + count);
    int64_t result = filled == 0 ? 0 : memory_make(address, filled, false);

    if (result == 0 && bytes > filled)
        result = memory_make(address + filled, bytes - filled, true);
    if (result != 0)
        return result;
    uint8_t *memory = (uint8_t *)address;

    if (count != 0)
        __builtin_memcpy(memory + skip, contents, count);
    if (prepare != NULL && !prepare(context, memory, address, filled))
        return -ENOEXEC;
    return protection == (PROT_READ | PROT_WRITE) ? 0 : memory_finish(address, PAGE_UP(bytes), protection);
}

/* ---- brk ------------------------------------------------------------------ */

/* Most pages of the heap that brk moves: only addresses. */
#define BREAK_PAGES (UINT64_C(1) << 22)

static uint64_t break_start, break_now, break_end; /* what brk says, and the end of the last page of it */
static cell_cap_t break_memory;

void memory_begin_break(uint64_t address)
{
    break_start = break_now = break_end = PAGE_UP(address);
}

static int64_t lengthen_break(uint64_t end)
{
    uint64_t there;

    if (!is_free(break_end, end))
        return -ENOMEM;
    if (break_memory == 0 && mo_allocate(process_edge("MO"), BREAK_PAGES, 1, &break_memory) != CELL_OK)
        return -ENOMEM;
    cell_error_t error = ads_attach_part(CSPACE_SELF, break_memory, (break_end - break_start) / PAGE, (end - break_end) / PAGE,
                                         break_end, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &there);

    if (error == CELL_OK)
        table_add(break_end, end, PROT_READ | PROT_WRITE, false);
    return error_number(error);
}

/* What comes back later is zero then. */
static int64_t shorten_break(uint64_t end)
{
    user_zero((void *)end, break_end - end);
    int64_t result = clear(end, break_end);

    if (result == 0)
        table_remove(end, break_end);
    return result;
}

int64_t memory_brk(struct thread *thread, const uint64_t *arguments)
{
    uint64_t wanted = arguments[0], end = PAGE_UP(wanted);

    (void)thread;
    lock_take(&lock);
    if (wanted >= break_start && wanted < break_start + BREAK_PAGES * PAGE && put_aside()) {
        int64_t result = end > break_end ? lengthen_break(end) : end < break_end ? shorten_break(end)
                                                                                 : 0;

        if (result == 0) {
            if (wanted < break_now && end == break_end)
                user_zero((void *)wanted, break_now < end ? break_now - wanted : end - wanted);
            break_end = end;
            break_now = wanted;
        }
    }
    wanted = break_now;
    lock_give(&lock);
    return (int64_t)wanted;
}

/* ---- mmap and its kin ------------------------------------------------------ */

/* Is a range of pages one that the program may have? */
static bool is_range(uint64_t address, uint64_t bytes)
{
    return address % PAGE == 0 && address >= MEMORY_LOWEST && address <= MEMORY_HIGHEST && bytes <= MEMORY_HIGHEST - address;
}

/* Where a mapping goes that wishes to be at `wish`. */
static bool find_room(uint64_t wish, uint64_t bytes, uint64_t *address)
{
    wish = PAGE_DOWN(wish);
    if (wish != 0 && is_range(wish, bytes) && is_free(wish, wish + bytes)) {
        *address = wish;
        return true;
    }
    return region_place(table, MEMORY_PLACE, MEMORY_HIGHEST, bytes, address);
}

static int64_t choose(uint64_t wish, uint64_t bytes, uint64_t flags, uint64_t *address)
{
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0)
        return find_room(wish, bytes, address) ? 0 : -ENOMEM;
    *address = wish;
    if (wish % PAGE != 0)
        return -EINVAL;
    if (!is_range(wish, bytes))
        return wish < MEMORY_LOWEST ? -EPERM : -ENOMEM;
    if ((flags & MAP_FIXED) == 0)
        return is_free(wish, wish + bytes) ? 0 : -EEXIST;
    return is_free(wish, wish + bytes) ? 0 : clear(wish, wish + bytes);
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
    if (!put_aside() || !region_place(table, low, start + STUBS_REACH, bytes, &at))
        return -ENOMEM;
    int64_t result = attach(at, at + bytes, false);

    if (result != 0)
        return result;
    table_add(at, at + bytes, PROT_READ | PROT_WRITE, false);
    struct stubs stubs = {.memory = (uint32_t *)at, .address = at, .bytes = bytes};

    if (!stubs_begin(&stubs, (uint64_t)linux_entry) || !rewrite_code(&stubs, (uint32_t *)start, start, words))
        return -ENOMEM;
    clean_code(at, at + bytes);
    return protect(at, at + bytes, PROT_READ | PROT_EXEC);
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
        clean_code(start, end);
    }
    return result;
}

static int64_t map(uint64_t wish, uint64_t bytes, unsigned protection, uint64_t flags, struct description *description, uint64_t offset)
{
    uint64_t address;
    int64_t result = put_aside() ? choose(wish, bytes, flags, &address) : -ENOMEM;

    if (result != 0)
        return result;
    table_remove(address, address + bytes);
    result = attach(address, address + bytes, true);
    if (result != 0)
        return result;
    table_add(address, address + bytes, PROT_READ | PROT_WRITE, false);
    if (description != NULL)
        result = fill(description, address, address + bytes, offset, protection);
    if (result == 0 && (protection & PROT_ALL) != (PROT_READ | PROT_WRITE))
        result = put_aside() ? protect(address, address + bytes, protection & PROT_ALL) : -ENOMEM;
    return result == 0 ? (int64_t)address : result;
}

int64_t memory_map_file(struct description *description, uint64_t wish, uint64_t bytes)
{
    lock_take(&lock);
    int64_t result = map(wish, PAGE_UP(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE, description, 0);

    lock_give(&lock);
    return result;
}

/* The file of a call; a private copy of what it has then is mapped. */
static int64_t open_mapped(const uint64_t *arguments, struct description **opened)
{
    struct description *description = description_get(arguments[4]);
    bool shared = (arguments[3] & MAP_TYPE) != MAP_PRIVATE;
    int64_t result = 0;

    if (description == NULL)
        return -EBADF;
    if (description->kind->read == NULL || !description->kind->seeks)
        result = -ENODEV;
    else if ((description->flags & (O_ACCMODE | O_PATH)) != O_RDONLY && (description->flags & O_ACCMODE) != O_RDWR)
        result = -EACCES;
    else if (shared && (arguments[2] & PROT_WRITE) != 0)
        result = (description->flags & O_ACCMODE) == O_RDWR ? -ENODEV : -EACCES;
    if (result != 0)
        description_put(description);
    else
        *opened = description;
    return result;
}

int64_t memory_mmap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]), flags = arguments[3], type = flags & MAP_TYPE;

    (void)thread;
    if (arguments[1] == 0 || (type != MAP_PRIVATE && type != MAP_SHARED && type != MAP_SHARED_VALIDATE) || arguments[5] % PAGE != 0)
        return -EINVAL;
    if (bytes == 0 || bytes > MEMORY_HIGHEST)
        return -ENOMEM;
    struct description *description = NULL;
    int64_t result = (flags & MAP_ANONYMOUS) != 0 ? 0 : open_mapped(arguments, &description);

    if (result == 0) {
        lock_take(&lock);
        result = map(arguments[0], bytes, (unsigned)arguments[2], flags, description, arguments[5]);
        lock_give(&lock);
    }
    if (description != NULL)
        description_put(description);
    return result;
}

static int64_t unmap(uint64_t start, uint64_t bytes)
{
    lock_take(&lock);
    int64_t result = !put_aside() ? -ENOMEM : is_free(start, start + bytes) ? 0
                                                                            : clear(start, start + bytes);

    if (result == 0)
        table_remove(start, start + bytes);
    lock_give(&lock);
    return result;
}

void memory_drop(uint64_t address, uint64_t bytes)
{
    unmap(address, PAGE_UP(bytes));
}

int64_t memory_munmap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]);

    (void)thread;
    return bytes == 0 || !is_range(arguments[0], bytes) ? -EINVAL : unmap(arguments[0], bytes);
}

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
    lock_take(&lock);
    int64_t result = memory_allows(start, bytes, 0) ? protect(start, start + bytes, protection & PROT_ALL) : -ENOMEM;

    lock_give(&lock);
    return result;
}

/* Makes a mapping longer where it is: the pages behind it are free. */
static int64_t lengthen(uint64_t end, uint64_t new_end, uint8_t protection)
{
    int64_t result = attach(end, new_end, true);

    if (result == 0)
        table_add(end, new_end, PROT_READ | PROT_WRITE, false);
    return result == 0 && protection != (PROT_READ | PROT_WRITE) ? protect(end, new_end, protection) : result;
}

static int64_t move(uint64_t from, uint64_t bytes, uint64_t to, uint8_t protection)
{
    cell_error_t error = ads_move(CSPACE_SELF, from, bytes / PAGE, to);

    if (error != CELL_OK)
        return error_number(error);
    table_remove(from, from + bytes);
    put_aside();
    table_add(to, to + bytes, protection, false);
    return 0;
}

/* To another place, and longer there. */
static int64_t remap(const uint64_t *arguments, uint64_t bytes, uint64_t new_bytes, uint8_t protection)
{
    uint64_t from = arguments[0], to = arguments[4];
    int64_t result = 0;

    if ((arguments[3] & MREMAP_FIXED) == 0)
        result = find_room(0, new_bytes, &to) ? 0 : -ENOMEM;
    else if (!is_range(to, new_bytes) || (to < from + bytes && from < to + new_bytes))
        result = -EINVAL;
    else if (!is_free(to, to + new_bytes)) {
        result = clear(to, to + new_bytes);
        if (result == 0)
            table_remove(to, to + new_bytes);
    }
    if (result == 0)
        result = move(from, bytes < new_bytes ? bytes : new_bytes, to, protection);
    if (result == 0 && new_bytes > bytes)
        result = put_aside() ? lengthen(to + bytes, to + new_bytes, protection) : -ENOMEM;
    return result == 0 ? (int64_t)to : result;
}

static int64_t resize(const uint64_t *arguments, uint64_t bytes, uint64_t new_bytes)
{
    uint64_t start = arguments[0], end = start + bytes, new_end = start + new_bytes;
    const struct mapping *mapping = memory_find(start);

    if (mapping == NULL || mapping->region.start > start || mapping->region.end < end)
        return -EFAULT;
    uint8_t protection = mapping->protection;
    int64_t result = 0;

    if (new_bytes < bytes) {
        result = clear(new_end, end);
        if (result == 0)
            table_remove(new_end, end);
        end = new_end;
        bytes = new_bytes;
    }
    if (result != 0 || ((arguments[3] & MREMAP_FIXED) == 0 && new_bytes == bytes))
        return result != 0 ? result : (int64_t)start;
    if ((arguments[3] & MREMAP_FIXED) == 0 && is_range(start, new_bytes) && is_free(end, new_end)) {
        result = lengthen(end, new_end, protection);
        return result != 0 ? result : (int64_t)start;
    }
    return (arguments[3] & MREMAP_MAYMOVE) == 0 ? -ENOMEM : remap(arguments, bytes, new_bytes, protection);
}

int64_t memory_mremap(struct thread *thread, const uint64_t *arguments)
{
    uint64_t bytes = PAGE_UP(arguments[1]), new_bytes = PAGE_UP(arguments[2]), flags = arguments[3];

    (void)thread;
    if (!is_range(arguments[0], bytes) || bytes == 0 || new_bytes == 0 || new_bytes > MEMORY_HIGHEST ||
        (flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) != 0 || (flags & (MREMAP_MAYMOVE | MREMAP_FIXED)) == MREMAP_FIXED)
        return -EINVAL;
    lock_take(&lock);
    int64_t result = put_aside() ? resize(arguments, bytes, new_bytes) : -ENOMEM;

    lock_give(&lock);
    return result;
}

/* Fresh memory in place of what is there; of the heap that brk moves zeros are written, since its memory comes back. */
static int64_t renew(uint64_t start, uint64_t end, unsigned protection)
{
    if (start < break_end && end > break_start)
        return (protection & PROT_WRITE) != 0 ? user_zero((void *)start, end - start) : 0;
    int64_t result = clear(start, end);

    if (result == 0)
        result = attach(start, end, true);
    return result == 0 && protection != (PROT_READ | PROT_WRITE) ? change(start, end, protection) : result;
}

static int64_t forget_contents(uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct mapping *mapping = memory_find(start);

        if (mapping == NULL || mapping->region.start > start)
            return -ENOMEM;
        uint64_t to = mapping->region.end < end ? mapping->region.end : end;

        int64_t result = renew(start, to, mapping->protection);

        if (result != 0)
            return result;
        start = to;
    }
    return 0;
}

int64_t memory_madvise(struct thread *thread, const uint64_t *arguments)
{
    uint64_t start = arguments[0], bytes = PAGE_UP(arguments[1]);

    (void)thread;
    if (start % PAGE != 0 || !user_range(start, bytes))
        return -EINVAL;
    if (arguments[2] != MADV_DONTNEED)
        return arguments[2] < 32 ? 0 : -EINVAL;
    lock_take(&lock);
    int64_t result = forget_contents(start, start + bytes);

    lock_give(&lock);
    return result;
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

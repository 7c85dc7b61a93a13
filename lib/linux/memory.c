/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/memory.c: regions of the root task, a program's segments, its heap; see memory.h. Calls are in mmap.c, mremap.c and
 * advice.c. */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <cell/idl/pd.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"
#include "lib/linux/mapped.h"

/* ---- Regions of the root task ------------------------------------------ */

/* What can be executed or written can be read, too. */
static unsigned rights_of(unsigned protection)
{
    return protection == 0 ? 0
                           : CELL_READ | ((protection & PROT_WRITE) != 0 ? CELL_WRITE : 0) |
                                 ((protection & PROT_EXEC) != 0 ? CELL_EXECUTE : 0);
}

int64_t memory_change(uint64_t start, uint64_t end, unsigned protection)
{
    cell_error_t error = ads_change_rights(CSPACE_SELF, start, (end - start) / PAGE, rights_of(protection));

    return error == CELL_OK ? 0 : error == CELL_NOT_FOUND ? -ENOMEM
                                                          : error_number(error);
}

int64_t memory_clear(uint64_t start, uint64_t end)
{
    return error_number(ads_remove_part(CSPACE_SELF, start, (end - start) / PAGE));
}

int64_t memory_attach(uint64_t start, uint64_t end, bool on_touch)
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

    lock_take(&mappings_lock);
    int64_t result = !mappings_put_aside() ? -ENOMEM : !mappings_free(address, end) ? -EEXIST
                                                                                    : memory_attach(address, end, on_touch);

    if (result == 0)
        mappings_add_own(address, end, PROT_READ | PROT_WRITE, false);
    lock_give(&mappings_lock);
    return result;
}

/* ---- A program's segments ------------------------------------------------ */

#define CACHE_LINE 64u

void memory_clean_code(uint64_t at, uint64_t end)
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

/* Gives a part of a mapping, or of a gap, a protection in the root task. */
static int64_t protect(uint64_t start, uint64_t end, const struct mapping *mapping, unsigned protection)
{
    bool of_file = mapping != NULL && mapping->file != NULL;

    if (of_file && mapping->shared && (protection & PROT_WRITE) != 0 && (mapping->file->flags & O_ACCMODE) != O_RDWR)
        return -EACCES;
    if (of_file && mapping->state == MAPPING_ABSENT)
        return 0;
    return memory_change(start, end, mapping == NULL ? protection : mapped_protection(mapping, protection));
}

/* Pages of a file that are executed are copied, as they may be changed for that, and those of an image that are written. */
static bool needs_copies(const struct mapping *mapping, unsigned protection)
{
    if (mapping->image)
        return (protection & PROT_WRITE) != 0;
    return mapping->file != NULL && !mapping->shared && mapping->state != MAPPING_OWN && (protection & PROT_EXEC) != 0;
}

int64_t memory_protect(uint64_t start, uint64_t end, unsigned protection)
{
    int64_t result = 0;

    while (result == 0 && start < end) {
        const struct mapping *mapping = memory_find(start);
        uint64_t to = mapping == NULL || mapping->region.end > end ? end : mapping->region.end;

        if (mapping != NULL && needs_copies(mapping, protection)) {
            result = mapped_copy(start, to);
            mapping = memory_find(start);
            to = mapping->region.end < to ? mapping->region.end : to;
        }
        if (result == 0)
            result = mappings_put_aside() ? protect(start, to, mapping, protection) : -ENOMEM;
        if (result == 0) {
            struct mapping what = mapping == NULL ? (struct mapping){0} : *mapping;

            what.offset += what.file == NULL ? 0 : start - what.region.start;
            what.protection = (uint8_t)protection;
            mappings_add(start, to, &what);
        }
        start = to;
    }
    return result;
}

int64_t memory_finish(uint64_t address, uint64_t bytes, unsigned protection)
{
    if ((protection & PROT_EXEC) != 0)
        memory_clean_code(address, address + bytes);
    lock_take(&mappings_lock);
    int64_t result = memory_protect(address, address + bytes, protection);

    lock_give(&mappings_lock);
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

    if (!mappings_free(break_end, end))
        return -ENOMEM;
    if (break_memory == 0 && mo_allocate(process_edge("MO"), BREAK_PAGES, 1, &break_memory) != CELL_OK)
        return -ENOMEM;
    cell_error_t error = ads_attach_part(CSPACE_SELF, break_memory, (break_end - break_start) / PAGE, (end - break_end) / PAGE,
                                         break_end, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &there);

    if (error == CELL_OK)
        mappings_add_own(break_end, end, PROT_READ | PROT_WRITE, false);
    return error_number(error);
}

/* What comes back later is zero then. */
static int64_t shorten_break(uint64_t end)
{
    user_zero((void *)end, break_end - end);
    int64_t result = memory_clear(end, break_end);

    if (result == 0)
        mappings_remove(end, break_end);
    return result;
}

int64_t memory_brk(struct thread *thread, const uint64_t *arguments)
{
    uint64_t wanted = arguments[0], end = PAGE_UP(wanted);

    (void)thread;
    lock_take(&mappings_lock);
    if (wanted >= break_start && wanted < break_start + BREAK_PAGES * PAGE && mappings_put_aside()) {
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
    lock_give(&mappings_lock);
    return (int64_t)wanted;
}

bool memory_is_break(uint64_t start, uint64_t end)
{
    return start < break_end && end > break_start;
}

/* ---- What it uses ------------------------------------------------------------ */

struct memory_use memory_use(void)
{
    uint64_t state, pages = 0, objects, slots, limit = UINT64_MAX, time = 0;
    char name[32];
    struct memory_use use = {0};

    if (pd_info(CSPACE_SELF, process.start->pd_id, &state, &pages, &objects, &slots, &limit, &time, name) != CELL_OK || time == UINT64_MAX)
        time = 0;
    use.time = time;
    use.used = pages * PAGE;
    use.total = limit == UINT64_MAX ? MEMORY_UNLIMITED : limit * PAGE;
    if (use.total < use.used)
        use.total = use.used;
    lock_take(&mappings_lock);
    for (const struct mapping *at = memory_find(0); at != NULL; at = memory_find(at->region.end))
        use.mapped += at->region.end - at->region.start;
    lock_give(&mappings_lock);
    return use;
}

const char *memory_name(const struct mapping *mapping)
{
    if (mapping->region.start < STACK_END && mapping->region.end == STACK_END)
        return "[stack]";
    if (mapping->file != NULL)
        return mapping->file->name;
    return memory_is_break(mapping->region.start, mapping->region.end) ? "[heap]" : NULL;
}

void memory_each(struct text *text, void (*visit)(struct text *text, const struct mapping *mapping))
{
    lock_take(&mappings_lock);
    for (const struct mapping *at = memory_find(0); at != NULL; at = memory_find(at->region.end))
        visit(text, at);
    lock_give(&mappings_lock);
}

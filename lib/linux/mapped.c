/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/mapped.c: see mapped.h. Bottom-up: attaching, copies, touching. */
#include "lib/linux/mapped.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/files.h"

/* ---- Attaching ---------------------------------------------------------------- */

/* Pages that are mapped at once, if they are there; of more, those that are touched. */
#define AT_ONCE 16u

unsigned mapped_protection(const struct mapping *mapping, unsigned protection)
{
    unsigned noticed = mapping->file == NULL || mapping->state == MAPPING_OWN ? 0 : mapping->shared ? PROT_WRITE
                                                                                                    : PROT_WRITE | PROT_EXEC;

    return (protection & noticed) != 0 ? (protection & ~noticed) | PROT_READ : protection;
}

static int64_t attach(uint64_t start, uint64_t pages, const struct mapping *what, cell_cap_t mo)
{
    uint64_t there;
    unsigned protection = mapped_protection(what, what->protection);
    unsigned rights = CELL_READ | ((protection & PROT_WRITE) != 0 ? CELL_WRITE : 0);
    cell_error_t error = ads_attach_part(CSPACE_SELF, mo, what->offset / PAGE, pages, start, 0, CELL_REGION_GENERIC, rights,
                                         ATTACH_PUNCHED | ATTACH_PRESENT_ONLY | (pages > AT_ONCE ? ATTACH_TOUCHED : 0), &there);

    if (error == CELL_OK && (protection == 0 || (protection & PROT_EXEC) != 0))
        return memory_change(start, start + pages * PAGE, protection);
    return error_number(error);
}

int64_t mapped_attach(uint64_t start, uint64_t end, const struct mapping *what)
{
    struct file_memory memory;
    int64_t result = what->file->kind->memory(what->file, &memory);

    if (result != 0)
        return result;
    uint64_t first = what->offset / PAGE, pages = (end - start) / PAGE;
    uint64_t left = first < memory.pages ? memory.pages - first : 0, there = left < pages ? left : pages;
    struct mapping new = *what;

    new.state = what->shared &&memory.any_time ? MAPPING_OWN : MAPPING_SEEN;
    if (there != 0) {
        result = attach(start, there, &new, memory.mo);
        if (result != 0)
            return result;
        mappings_add(start, start + there * PAGE, &new);
    }
    new.state = MAPPING_ABSENT;
    new.offset += there *PAGE;
    if (there < pages)
        mappings_add(start + there * PAGE, end, &new);
    return 0;
}

bool mapped_fits(struct description *file, uint64_t offset, uint64_t bytes)
{
    struct linux_stat stat;
    struct file_memory memory;

    if (file->kind->memory == NULL || file->kind->stat(file, &stat) != 0 || file->kind->memory(file, &memory) != 0)
        return false;
    uint64_t end = offset + bytes < file->size ? offset + bytes : file->size;

    return end <= offset || end <= memory.pages * PAGE || file->kind->load(file, (end - 1) / PAGE, 1, false) > 0;
}

/* ---- Copies --------------------------------------------------------------------- */

/* Reads pages of a file into memory of the personality's. The file's own can have gone to another place meanwhile. */
static int64_t read_pages(struct description *file, uint64_t page, void *to, uint64_t pages)
{
    struct file_memory memory;
    int64_t result;

    do {
        result = file->kind->memory(file, &memory);
    } while (result == 0 && user_copy(to, memory.bytes + page * PAGE, pages * PAGE) != 0);
    return result;
}

/* Reads the contents of a mapping at its start: of an image, the image's contents there. */
static int64_t read_mapping(const struct mapping *what, uint64_t start, void *to, uint64_t pages)
{
    return what->file == NULL ? user_copy(to, (const void *)start, pages * PAGE) : read_pages(what->file, what->offset / PAGE, to, pages);
}

/* Puts copies of pages, which are loaded, in their place: made elsewhere, so that nobody sees a half of one. */
static int64_t copy(uint64_t start, uint64_t pages, const struct mapping *what)
{
    struct mapping new = *what;
    uint64_t aside = 0;
    cell_cap_t mo;
    cell_error_t error = mo_allocate(process_edge("MO"), pages, 0, &mo);

    if (error != CELL_OK)
        return error_number(error);
    error = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &aside);
    mo_release(mo);
    if (error != CELL_OK)
        return error_number(error);
    int64_t result = read_mapping(what, start, (void *)aside, pages);

    if (result == 0)
        result = memory_clear(start, start + pages * PAGE);
    new.state = MAPPING_OWN;
    new.image = false;
    if (result == 0 && ads_move(CSPACE_SELF, aside, pages, start) != CELL_OK) {
        new.state = MAPPING_ABSENT;
        result = -ENOMEM;
    }
    if (result != 0)
        ads_remove(CSPACE_SELF, aside);
    else if (what->protection != (PROT_READ | PROT_WRITE))
        result = memory_change(start, start + pages * PAGE, what->protection);
    if (result == 0 || new.state == MAPPING_ABSENT)
        mappings_add(start, start + pages * PAGE, &new);
    return result;
}

/* What a mapping has from an address on. */
static struct mapping from(const struct mapping *mapping, uint64_t address)
{
    struct mapping what = *mapping;

    what.offset += address - mapping->region.start;
    return what;
}

int64_t mapped_copy(uint64_t start, uint64_t end)
{
    int64_t there = 1, result = 0;

    while (result == 0 && start < end && there > 0) {
        if (!mappings_put_aside())
            return -ENOMEM;
        const struct mapping what = from(memory_find(start), start);
        uint64_t pages = (end - start) / PAGE < AT_ONCE ? (end - start) / PAGE : AT_ONCE;

        there = what.file == NULL ? (int64_t)pages : what.file->kind->load(what.file, what.offset / PAGE, pages, false);
        if (there > 0) {
            pages = (uint64_t)there < pages ? (uint64_t)there : pages;
            result = copy(start, pages, &what);
            start += pages * PAGE;
        }
    }
    return result != 0 ? result : there < 0 ? there
                                            : 0;
}

/* ---- Touching ---------------------------------------------------------------------- */

/* How many pages are made ready from an address on: one, and twice as many as before behind those. */
static uint64_t pages_ahead(uint64_t address, uint64_t most)
{
    static uint64_t next, last;
    uint64_t pages = address == next && last < AT_ONCE ? 2 * last : address == next ? AT_ONCE
                                                                                    : 1;

    last = pages < most ? pages : most;
    next = address + last * PAGE;
    return last;
}

/* Pages of a shared mapping are loaded to be written: they can be from now on. */
static int64_t allow(uint64_t start, uint64_t pages, const struct mapping *what)
{
    struct mapping new = *what;
    int64_t result = memory_change(start, start + pages * PAGE, what->protection);

    new.state = MAPPING_OWN;
    if (result == 0)
        mappings_add(start, start + pages * PAGE, &new);
    return result;
}

static enum mapped_touch touch(const struct mapping *mapping, uint64_t address, unsigned access)
{
    const struct mapping what = from(mapping, address);
    uint64_t end = mapping->region.end, pages = pages_ahead(address, (end - address) / PAGE);
    bool own = what.state == MAPPING_OWN;

    if (own && !what.shared) /* another thread has made it meanwhile */
        return MAPPED_AGAIN;
    int64_t there = what.file->kind->load(what.file, what.offset / PAGE, pages, what.shared && (access == PROT_WRITE || own));
    int64_t result = there > 0 ? 0 : -EFAULT;

    if ((uint64_t)there < pages)
        pages = (uint64_t)there;
    if (result == 0 && what.state == MAPPING_ABSENT)
        result = mapped_attach(address, end, &what);
    else if (result == 0 && access != PROT_READ && !own)
        result = what.shared ? allow(address, pages, &what) : copy(address, pages, &what);
    return result == 0 ? MAPPED_AGAIN : MAPPED_BUS;
}

enum mapped_touch mapped_touch(uint64_t address, unsigned access)
{
    enum mapped_touch result = MAPPED_FAULT;

    if (!user_range(address, 1))
        return result;
    lock_take(&mappings_lock);
    const struct mapping *mapping = memory_find(address);

    if (mapping != NULL && mapping->region.start <= address) {
        bool allows = (access == PROT_READ ? mapping->protection : mapping->protection & access) != 0;

        if (!allows)
            result = MAPPED_DENIED;
        else if (mapping->file != NULL)
            result = mappings_put_aside() ? touch(mapping, PAGE_DOWN(address), access) : MAPPED_BUS;
    }
    lock_give(&mappings_lock);
    return result;
}

/* ---- Files that become shorter --------------------------------------------------------- */

void mapped_shortened(const struct description *file, uint64_t size)
{
    lock_take(&mappings_lock);
    for (const struct mapping *at = memory_find(0); at != NULL && mappings_put_aside(); at = memory_find(at->region.end)) {
        if (at->file == NULL || at->file->kind != file->kind || at->file->id != file->id || at->shared || at->state != MAPPING_OWN)
            continue;
        uint64_t start = at->region.start, end = at->region.end, kept = PAGE_UP(size) > at->offset ? PAGE_UP(size) - at->offset : 0;

        if (kept >= end - start || memory_clear(start + kept, end) != 0)
            continue;
        struct mapping what = from(at, start + kept);

        what.state = MAPPING_ABSENT;
        mappings_add(start + kept, end, &what);
        at = memory_find(start + kept);
    }
    lock_give(&mappings_lock);
}

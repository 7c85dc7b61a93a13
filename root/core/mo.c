/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/mo.c: see mo.h. */
#include "root/core/mo.h"

#include <string.h>

#include "root/core/ads.h"
#include "root/core/sharing.h"
#include "root/memory/archive.h"
#include "root/memory/devices.h"
#include "root/memory/heap.h"
#include "root/memory/large.h"
#include "root/memory/window.h"

struct object_class mo_class;

/* ---- Pages ----------------------------------------------------------- */

/* The length of the row of pages from `from` that are present, or are not. */
static uint32_t row(const page_t *chunk, uint32_t from, uint32_t end, bool present)
{
    uint32_t i = from;

    while (i < end && (chunk[i] != 0) == present)
        i++;
    return i - from;
}

page_t mo_page_large(const struct mo *mo, uint64_t index)
{
    const uint64_t number = index >> mo->order;
    const page_t *chunk = sparse_chunk(&mo->frames, number);
    page_t page = chunk == NULL ? 0 : chunk[number % SPARSE_CHUNK];

    return page == 0 ? 0 : page + (page_t)(index & mo_within(mo));
}

/* Makes pages present that are not: `count` of a chunk. */
static cell_error_t fill(struct mo *mo, page_t *pages, uint32_t count)
{
    struct account *account = mo->object.account;
    cell_error_t error = account_charge(account, ACCOUNT_PAGES, count);

    if (error != CELL_OK)
        return error;
    error = frames_allocate(count, pages);
    if (error == CELL_OK) {
        mo->present += count;
    } else {
        memset(pages, 0, count * sizeof *pages);
        account_refund(account, ACCOUNT_PAGES, count);
    }
    return error;
}

/* Makes pages from..end-1 of a chunk present. */
static cell_error_t chunk_populate(struct mo *mo, page_t *chunk, uint32_t from, uint32_t end)
{
    cell_error_t error = CELL_OK;

    while (from < end && error == CELL_OK) {
        uint32_t missing = row(chunk, from, end, false);

        if (missing != 0)
            error = fill(mo, chunk + from, missing);
        from += missing;
        from += row(chunk, from, end, true);
    }
    return error;
}

/* Makes a large page present. */
static cell_error_t make_large(struct mo *mo, page_t *page)
{
    struct account *account = mo->object.account;
    cell_error_t error = account_charge(account, ACCOUNT_PAGES, mo_step(mo));

    if (error != CELL_OK)
        return error;
    error = large_frame_allocate(mo->order, page);
    if (error == CELL_OK)
        mo->present += (uint32_t)mo_step(mo);
    else
        account_refund(account, ACCOUNT_PAGES, mo_step(mo));
    return error;
}

static cell_error_t populate_large(struct mo *mo, uint64_t first, uint64_t end)
{
    for (uint64_t number = first >> mo->order; number << mo->order < end; number++) {
        page_t *chunk;
        cell_error_t error = sparse_make(&mo->frames, number, mo->object.account, &chunk);

        if (error == CELL_OK && chunk[number % SPARSE_CHUNK] == 0)
            error = make_large(mo, &chunk[number % SPARSE_CHUNK]);
        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

bool mo_zeroed(const struct mo *mo, uint64_t index)
{
    return mo->order == 0 || mo_page(mo, index) != 0 || large_zeroed(mo->order);
}

cell_error_t mo_populate(struct mo *mo, uint64_t first, uint64_t count)
{
    uint64_t end = first + count;

    if (end > mo->pages)
        return CELL_GONE;
    if ((mo->flags & MO_FOREIGN) != 0)
        return CELL_OK;
    if (mo->order != 0)
        return populate_large(mo, first, end);
    while (first < end) {
        uint64_t base = first & ~(uint64_t)(SPARSE_CHUNK - 1);
        uint64_t to = end - base < SPARSE_CHUNK ? end - base : SPARSE_CHUNK;
        page_t *chunk = sparse_chunk(&mo->frames, first);
        cell_error_t error =
            chunk != NULL ? CELL_OK
                          : sparse_make(&mo->frames, first, mo->object.account, &chunk);

        if (error == CELL_OK)
            error = chunk_populate(mo, chunk, (uint32_t)(first - base), (uint32_t)to);
        if (error != CELL_OK)
            return error;
        first = base + SPARSE_CHUNK;
    }
    return CELL_OK;
}

void mo_free_page(struct mo *mo, uint64_t index)
{
    uint64_t number = index >> mo->order;
    page_t *page = sparse_chunk(&mo->frames, number) + number % SPARSE_CHUNK;

    if (mo->order != 0)
        large_frame_free(mo->order, *page);
    else if (!frame_give_up(*page))
        frames_free(1, page);
    *page = 0;
    mo->present -= (uint32_t)mo_step(mo);
    account_refund(mo->object.account, ACCOUNT_PAGES, mo_step(mo));
}

/* Frees the pages of a chunk; returns how many there were. `copied`: others may have them, too. */
static uint32_t free_chunk(page_t *chunk, uint32_t end, bool copied)
{
    uint32_t freed = 0;

    for (uint32_t i = 0; i < end && copied; i++)
        if (chunk[i] != 0 && frame_give_up(chunk[i])) {
            chunk[i] = 0;
            freed++;
        }
    for (uint32_t i = row(chunk, 0, end, false); i < end;) {
        uint32_t count = row(chunk, i, end, true);

        frames_free(count, chunk + i);
        freed += count;
        i += count;
        i += row(chunk, i, end, false);
    }
    return freed;
}

/* Units of work of a large page, which the kernel takes from wherever it is mapped. */
#define LARGE_UNITS 20u

/* Frees large pages from number *at on, which moves; true: there are no more. */
static bool free_large(struct mo *mo, uint64_t *at)
{
    for (uint64_t page = *at << mo->order; mo_next_present(mo, &page);) {
        *at = page >> mo->order;
        if (reap_take(&reap_left, LARGE_UNITS) == 0)
            return false;
        mo_free_page(mo, page);
    }
    return true;
}

/* ---- Making and destroying ------------------------------------------- */

static size_t record_bytes(uint32_t few_pages)
{
    return sizeof(struct mo) + few_pages * sizeof(page_t);
}

/* Pages that are freed for a unit of work. */
#define PAGES_PER_UNIT 8u
/* The same where each must be looked for among the shared ones. */
#define COPIED_PER_UNIT 4u
_Static_assert(SPARSE_CHUNK / COPIED_PER_UNIT + 1 <= REAP_UNITS, "a chunk is freed at once");

/* Frees some of its pages, and at last the record. */
static bool free_some(struct mo *mo)
{
    uint64_t at = (mo->flags & MO_FOREIGN) != 0 ? 0 : mo->foreign;
    page_t *chunk;

    if (mo->order != 0 && !free_large(mo, &at)) {
        mo->foreign = (page_t)at;
        return false;
    }
    while (mo->order == 0 && (mo->flags & MO_FOREIGN) == 0 && (chunk = sparse_next(&mo->frames, &at)) != NULL) {
        uint32_t length = sparse_length(&mo->frames, at);
        bool copied = (mo->flags & MO_COPIED) != 0;
        uint32_t needed = length / (copied ? COPIED_PER_UNIT : PAGES_PER_UNIT) + 1;

        if (reap_left < needed) {
            mo->foreign = (page_t)at;
            return false;
        }
        uint32_t freed = free_chunk(chunk, length, copied);

        account_refund(mo->object.account, ACCOUNT_PAGES, freed);
        reap_left -= needed;
        at += SPARSE_CHUNK;
    }
    if ((mo->flags & MO_FOREIGN) == 0)
        sparse_clear(&mo->frames, mo->object.account);
    object_finish(&mo->object, 0);
    heap_free(mo, record_bytes(mo->few_pages));
    return true;
}

static bool reap_mo(struct reap *reap)
{
    return free_some(CONTAINER(reap, struct mo, reap));
}

static void destroy(struct object *object)
{
    struct mo *mo = mo_of(object);
    bool foreign = (mo->flags & MO_FOREIGN) != 0;

    object->dead = true;
    if (!foreign)
        mo->foreign = 0; /* from here on: the first page that is not freed */
    if (!free_some(mo))
        reap_later(&mo->reap, object->account, reap_mo);
}

/* The few page numbers of a small one have room in what a record costs anyway. */
_Static_assert(RECORD_OBJECTS(sizeof(struct mo) + MO_FEW * sizeof(page_t)) == 1, "MO_FEW");

struct object_class mo_class = {
    .name = "MO", .all = LIST_EMPTY(mo_class.all), .destroy = destroy, .objects = 1};

static cell_error_t create(struct account *account, uint64_t pages, unsigned order, unsigned flags, struct mo **made)
{
    if (pages == 0 || pages >> order << order != pages)
        return CELL_BAD_ARGUMENT;
    if (pages > MO_LIMIT)
        return CELL_TOO_LARGE;
    uint32_t few = (flags & MO_FOREIGN) == 0 && pages >> order <= MO_FEW ? (uint32_t)(pages >> order) : 0;
    struct mo *mo = heap_allocate(record_bytes(few));

    if (mo == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&mo->object, &mo_class, TYPE_MO, account, 0);

    if (error != CELL_OK) {
        heap_free(mo, record_bytes(few));
        return error;
    }
    list_init(&mo->vmrs);
    mo->pages = pages;
    mo->flags = (uint16_t)flags;
    mo->order = (uint8_t)order;
    mo->few_pages = (uint8_t)few;
    *made = mo;
    return CELL_OK;
}

cell_error_t mo_create_large(struct account *account, uint64_t pages, unsigned order, unsigned flags, struct mo **made)
{
    struct mo *mo;
    cell_error_t error = create(account, pages, order, flags & (MO_ON_TOUCH | MO_COMMIT), &mo);

    if (error != CELL_OK)
        return error;
    sparse_init(&mo->frames, pages >> order, mo->few_pages != 0 ? mo->few : NULL);
    if ((flags & (MO_ON_TOUCH | MO_COMMIT)) == 0)
        error = order == 0 && mo->few_pages != 0 ? fill(mo, mo->few, (uint32_t)pages) : mo_populate(mo, 0, pages);
    if (error != CELL_OK)
        object_release(&mo->object);
    else
        *made = mo;
    return error;
}

cell_error_t mo_create(struct account *account, uint64_t pages, unsigned flags, struct mo **mo)
{
    return mo_create_large(account, pages, 0, flags, mo);
}

static cell_error_t create_foreign(struct account *account, page_t first, uint64_t pages,
                                   unsigned flags, struct mo **made)
{
    cell_error_t error = create(account, pages, 0, MO_FOREIGN | flags, made);

    if (error != CELL_OK)
        return error;
    (*made)->foreign = first;
    (*made)->present = (uint32_t)pages;
    return CELL_OK;
}

cell_error_t mo_create_archive(struct account *account, page_t first, uint64_t pages,
                               struct mo **made)
{
    cell_error_t error = foreign_frames(first, (uint32_t)pages);

    return error != CELL_OK ? error : create_foreign(account, first, pages, 0, made);
}

cell_error_t mo_create_device(struct account *account, uint64_t physical, uint64_t pages,
                              struct mo **made)
{
    if (physical % PAGE_SIZE != 0 || pages > MO_LIMIT || physical >> 40 != 0)
        return CELL_BAD_ARGUMENT;
    page_t first = (page_t)(physical >> PAGE_BITS);
    cell_error_t error = foreign_frames(first, (uint32_t)pages);

    return error != CELL_OK ? error : create_foreign(account, first, pages, MO_DEVICE, made);
}

bool mo_next_present(const struct mo *mo, uint64_t *index)
{
    if ((mo->flags & MO_FOREIGN) != 0)
        return *index < mo->pages;
    uint64_t number = *index >> mo->order;

    for (uint64_t base = number; number < mo->frames.size; base = number) {
        const page_t *chunk = sparse_next(&mo->frames, &base);

        if (chunk == NULL)
            return false;
        uint32_t from = base > number ? 0 : (uint32_t)(number - base);
        uint32_t length = sparse_length(&mo->frames, base);

        from += row(chunk, from, length, false);
        number = base + from;
        /* Within a page it stays. */
        if (number > *index >> mo->order)
            *index = number << mo->order;
        if (from < length)
            return true;
    }
    return false;
}

/* ---- Contents -------------------------------------------------------- */

/* Whether capabilities of the frames themselves are mapped somewhere. */
static bool is_mapped(const struct mo *mo)
{
    return mo->owners != 0 || (mo->flags & (MO_FOREIGN | MO_COPIED)) != 0;
}

/* Opens the window on pages from `first` on, at most `count`; *opened is how many. */
static char *open_pages(struct mo *mo, uint64_t first, uint64_t count, bool mapped, uint32_t *opened)
{
    page_t pages[WINDOW_PAGES];
    uint32_t i;

    for (i = 0; i < count && i < WINDOW_PAGES; i++)
        pages[i] = mo_page(mo, first + i);
    *opened = i;
    return window_open(pages, i, mapped);
}

/* A large page, from the 4 KiB at `index` on. */
static char *open_large(const struct mo *mo, uint64_t index, uint32_t *opened)
{
    uint64_t within = index & mo_within(mo);
    char *window = window_open_large(mo->order, mo_page(mo, index - within));

    *opened = (uint32_t)(mo_step(mo) - within);
    return window == NULL ? NULL : window + within * PAGE_SIZE;
}

/* Copies between bytes and an MO, all pages of which are present. */
static cell_error_t copy(struct mo *mo, uint64_t offset, void *to, const void *from, uint64_t size,
                         bool mapped)
{
    for (uint64_t done = 0; done < size;) {
        uint64_t in_page = (offset + done) % PAGE_SIZE;
        uint64_t pages = (in_page + size - done + PAGE_SIZE - 1) / PAGE_SIZE;
        uint32_t opened;
        uint64_t index = (offset + done) / PAGE_SIZE;
        char *window = mo->order != 0 ? open_large(mo, index, &opened) : open_pages(mo, index, pages, mapped, &opened);

        if (window == NULL)
            return CELL_NO_MEMORY;
        uint64_t part = opened * (uint64_t)PAGE_SIZE - in_page;

        if (part > size - done)
            part = size - done;
        if (from != NULL)
            memcpy(window + in_page, (const char *)from + done, part);
        else
            memcpy((char *)to + done, window + in_page, part);
        window_close();
        done += part;
    }
    return CELL_OK;
}

static cell_error_t check_range(struct mo *mo, uint64_t offset, uint64_t size)
{
    uint64_t bytes = mo->pages * PAGE_SIZE;

    if (size > bytes || offset > bytes - size)
        return CELL_BAD_ARGUMENT;
    if (size == 0)
        return CELL_OK;
    uint64_t first = offset / PAGE_SIZE;

    return mo_populate(mo, first, (offset + size - 1) / PAGE_SIZE - first + 1);
}

cell_error_t mo_write(struct mo *mo, uint64_t offset, const void *bytes, uint64_t size)
{
    if ((mo->flags & MO_FOREIGN) != 0)
        return CELL_DENIED;
    cell_error_t error = check_range(mo, offset, size);

    for (uint64_t page = offset / PAGE_SIZE; (mo->flags & MO_COPIED) != 0 && error == CELL_OK &&
                                             page * PAGE_SIZE < offset + size;
         page++)
        error = sharing_end(mo, page);
    return error != CELL_OK ? error : copy(mo, offset, NULL, bytes, size, is_mapped(mo));
}

cell_error_t mo_write_unmapped(struct mo *mo, uint64_t offset, const void *bytes, uint64_t size)
{
    cell_error_t error = check_range(mo, offset, size);

    return error != CELL_OK ? error : copy(mo, offset, NULL, bytes, size, false);
}

cell_error_t mo_read(struct mo *mo, uint64_t offset, void *bytes, uint64_t size)
{
    if ((mo->flags & MO_DEVICE) != 0)
        return CELL_DENIED;
    cell_error_t error = check_range(mo, offset, size);

    return error != CELL_OK ? error : copy(mo, offset, bytes, NULL, size, is_mapped(mo));
}

#define CLONE_UNITS 30u

/* Copies one page at once, through a bounce buffer; the window has one user at a time. */
static cell_error_t clone_page(struct mo *to, uint64_t page, struct mo *from, uint64_t index)
{
    static char buffer[PAGE_SIZE] __attribute__((aligned(16)));
    cell_error_t error = mo_read(from, index * PAGE_SIZE, buffer, PAGE_SIZE);

    return error != CELL_OK ? error : mo_write(to, page * PAGE_SIZE, buffer, PAGE_SIZE);
}

cell_error_t mo_clone_begin(struct account *account, const struct mo *source, uint64_t pages, struct mo **made)
{
    if ((source->flags & MO_DEVICE) != 0)
        return CELL_DENIED;
    cell_error_t error = mo_create_large(account, pages, source->order, MO_ON_TOUCH, made);

    /* Frames that another memory object has are mapped by copies of their capabilities: also where this
     * is attached before it has them. */
    if (error == CELL_OK && sharing_possible(source))
        (*made)->flags |= MO_COPIED;
    return error;
}

cell_error_t mo_clone_some(struct mo *mo, struct mo *source, uint64_t first, uint64_t *at, uint64_t units)
{
    bool shares = (mo->flags & MO_COPIED) != 0 && sharing_possible(source);
    uint64_t page = first + *at, count;

    for (; mo_next_present(source, &page) && page < first + mo->pages; page += count) {
        *at = page - first;
        if (units == 0)
            return CELL_AGAIN;
        count = shares ? mo->pages - *at : 1;
        cell_error_t error = shares ? sharing_begin(mo, *at, source, page, &count, &units) : clone_page(mo, *at, source, page);

        if (error != CELL_OK)
            return error;
        if (!shares)
            units -= units < CLONE_UNITS ? units : CLONE_UNITS;
    }
    *at = mo->pages; /* another call does nothing */
    mo->flags = (uint16_t)((mo->flags & ~(unsigned)(MO_ON_TOUCH | MO_COMMIT)) | (source->flags & (MO_ON_TOUCH | MO_COMMIT)));
    return CELL_OK;
}

cell_error_t mo_clone(struct account *account, struct mo *source, uint64_t first, uint64_t pages, struct mo **made)
{
    struct mo *mo;
    cell_error_t error = mo_clone_begin(account, source, pages, &mo);

    if (error != CELL_OK)
        return error;
    error = mo_clone_some(mo, source, first, &(uint64_t){0}, UINT64_MAX);
    if (error != CELL_OK)
        object_release(&mo->object);
    else
        *made = mo;
    return error;
}

uint64_t mo_physical(const struct mo *mo)
{
    return (uint64_t)mo_page(mo, 0) << PAGE_BITS;
}

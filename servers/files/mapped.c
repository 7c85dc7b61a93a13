/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/mapped.c: see mapped.h. Bottom-up: what clients see, collecting, changes by requests. */
#include "servers/files/mapped.h"

#include <cell/idl/mo.h>
#include <string.h>

/* ---- What clients see ---------------------------------------------------------------------------------------------------- */

static void show_state(struct mapped *mapped, uint64_t page, uint8_t state)
{
    __atomic_store_n(&mapped->shared->states[page], state, __ATOMIC_RELEASE);
}

void mapped_set_state(struct mapped *mapped, uint64_t page, uint8_t state)
{
    mapped->states[page] = (uint8_t)((mapped->states[page] & MAPPED_ANY_TIME) | state);
    show_state(mapped, page, state);
}

static void set_size(struct mapped *mapped, uint64_t size)
{
    mapped->size = size;
    __atomic_store_n(&mapped->shared->about.size, size, __ATOMIC_RELEASE);
}

void mapped_refresh(struct mapped *mapped)
{
    struct file_about about;

    if (mapped == NULL || about_read(mapped_inode(mapped), &about) != CELL_OK)
        return;
    struct file_shared *shared = mapped->shared;

    __atomic_store_n(&shared->sequence, shared->sequence | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    mapped->size = about.size;
    shared->about = about;
    __atomic_store_n(&shared->sequence, (shared->sequence | 1) + 1, __ATOMIC_RELEASE);
}

/* ---- Collecting ------------------------------------------------------------------------------------------------------------ */

static bool differs(const struct mapped *mapped, uint64_t page)
{
    static uint8_t there[CELL_PAGE];
    uint64_t done = 0, left = page * PAGE < mapped->size ? mapped->size - page * PAGE : 0, bytes = left < PAGE ? left : PAGE;

    return ext4_read(files_fs, mapped_inode(mapped), page * PAGE, there, bytes, &done) != CELL_OK || done != bytes ||
           memcmp(there, mapped->memory + page * PAGE, bytes) != 0;
}

/* Whether a page has to be written; clears its mark. */
static bool is_changed(struct mapped *mapped, uint64_t page)
{
    uint8_t *mark = &file_marks(mapped->shared, mapped->room)[page];
    bool marked = __atomic_load_n(mark, __ATOMIC_RELAXED) != 0;

    if (marked)
        __atomic_store_n(mark, 0, __ATOMIC_RELAXED);
    if (mapped_state(mapped, page) == FILE_PAGE_NONE)
        return false;
    if (mapped->states[page] & MAPPED_ANY_TIME)
        return differs(mapped, page);
    return marked && mapped_state(mapped, page) == FILE_PAGE_WRITE;
}

/* Looks at eight marks at once. */
static bool none_is_marked(const struct mapped *mapped, uint64_t page)
{
    uint64_t marks;

    memcpy(&marks, file_marks(mapped->shared, mapped->room) + page, sizeof marks);
    return marks == 0 && mapped->any_time == 0;
}

/* Writes pages in a row. Whatever clients change after the fence sets marks again. */
static cell_error_t write_pages(struct mapped *mapped, uint64_t first, uint64_t behind)
{
    uint64_t offset = first * PAGE, end = behind * PAGE < mapped->size ? behind * PAGE : mapped->size, done;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return offset < end ? ext4_write(files_fs, mapped_inode(mapped), offset, mapped->memory + offset, end - offset, &done) : CELL_OK;
}

static cell_error_t write_changed(struct mapped *mapped)
{
    cell_error_t error = CELL_OK;

    for (uint64_t page = 0; page < mapped->pages;) {
        uint64_t first = page;

        if (page % 8 == 0 && none_is_marked(mapped, page)) {
            page += 8;
            continue;
        }
        while (page < mapped->pages && is_changed(mapped, page))
            page++;
        cell_error_t failed = write_pages(mapped, first, page);

        error = error == CELL_OK ? failed : error;
        page += page == first;
    }
    return error;
}

static bool can_be_changed(const struct mapped *mapped)
{
    return mapped != NULL && mapped->writable &&
           (__atomic_load_n(&mapped->shared->marked, __ATOMIC_RELAXED) != 0 || mapped->any_time != 0);
}

cell_error_t mapped_collect_now(struct mapped *mapped)
{
    if (!can_be_changed(mapped))
        return CELL_OK;
    bool told = mapped->any_time == 0 && __atomic_exchange_n(&mapped->shared->stale, 0, __ATOMIC_RELAXED) == 0;

    __atomic_store_n(&mapped->shared->marked, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    ext4_keep_times(files_fs, told);
    cell_error_t error = write_changed(mapped);

    ext4_keep_times(files_fs, false);
    mapped_refresh(mapped);
    return error;
}

cell_error_t mapped_set_times(const struct server_request *request, struct mapped *mapped)
{
    const struct ext4_stat now = {.modified = clock_read()};

    if (!can_be_changed(mapped))
        return CELL_OK;
    if (mapped->any_time != 0)
        return mapped_collect(mapped);
    if (__atomic_exchange_n(&mapped->shared->stale, 0, __ATOMIC_RELAXED) == 0)
        return CELL_OK;
    disk_begin(request);
    cell_error_t error = disk_end_change(ext4_set(files_fs, mapped_inode(mapped), EXT4_SET_MODIFIED, &now), 0);

    if (error != CELL_OK)
        __atomic_store_n(&mapped->shared->stale, 1, __ATOMIC_RELAXED);
    mapped_refresh(mapped);
    return error;
}

cell_error_t mapped_collect(struct mapped *mapped)
{
    if (!can_be_changed(mapped))
        return CELL_OK;
    cell_error_t error = disk_ready();

    return error == CELL_OK ? mapped_collect_now(mapped) : error;
}

cell_error_t mapped_collect_all(bool *more)
{
    cell_error_t error = CELL_OK;

    *more = false;
    for (struct mapped *mapped = mapped_first(); mapped != NULL; mapped = mapped->next) {
        cell_error_t failed = mapped_collect_now(mapped);

        error = error == CELL_OK ? failed : error;
        *more |= mapped->writable;
    }
    return error;
}

/* ---- Changes by requests ------------------------------------------------------------------------------------------------------ */

/* The first page of a range, and the one behind its last one, as far as there are pages. */
static uint64_t first_of(uint64_t offset)
{
    return offset / PAGE;
}

static uint64_t behind_of(const struct mapped *mapped, uint64_t offset, uint64_t length)
{
    uint64_t end = length < UINT64_MAX - offset ? offset + length : UINT64_MAX;

    return end / PAGE < mapped->pages ? end / PAGE + (end % PAGE != 0) : mapped->pages;
}

/* The part of a range that is in a page. */
static void part_in(uint64_t page, uint64_t offset, uint64_t length, uint64_t *start, uint64_t *bytes)
{
    uint64_t end = offset + length < (page + 1) * PAGE ? offset + length : (page + 1) * PAGE;

    *start = offset > page * PAGE ? offset : page * PAGE;
    *bytes = end - *start;
}

void mapped_read(const struct mapped *mapped, uint64_t offset, void *to, uint64_t length)
{
    uint64_t behind = !mapped->writable ? 0 : behind_of(mapped, offset, length);

    for (uint64_t page = first_of(offset); page < behind; page++) {
        uint64_t start, bytes;

        part_in(page, offset, length, &start, &bytes);
        if (mapped_state(mapped, page) != FILE_PAGE_NONE)
            memcpy((uint8_t *)to + (start - offset), mapped->memory + start, bytes);
    }
}

/* Clears the part of the last page that is behind the end of the file. */
static void clear_tail(struct mapped *mapped)
{
    uint64_t page = mapped->size / PAGE, inside = mapped->size % PAGE;

    if (inside != 0 && page < mapped->pages && mapped_state(mapped, page) != FILE_PAGE_NONE)
        memset(mapped->memory + mapped->size, 0, PAGE - inside);
}

void mapped_wrote(struct mapped *mapped, uint64_t offset, uint64_t length)
{
    uint64_t behind = mapped == NULL ? 0 : behind_of(mapped, offset, length);

    if (mapped != NULL && (length == 0 || offset + length > mapped->size))
        clear_tail(mapped);
    for (uint64_t page = first_of(offset); page < behind; page++) {
        uint64_t start, bytes, done;

        part_in(page, offset, length, &start, &bytes);
        if (mapped_state(mapped, page) != FILE_PAGE_NONE &&
            ext4_read(files_fs, mapped_inode(mapped), start, mapped->memory + start, bytes, &done) != CELL_OK)
            mapped_set_state(mapped, page, FILE_PAGE_NONE);
    }
    mapped_refresh(mapped);
}

/* Shows clients a lower state of pages, and makes them repeat writes that are under way; then collects what they have written. */
static cell_error_t stop_writing(struct mapped *mapped, uint64_t first, uint64_t behind, uint8_t state)
{
    for (uint64_t page = first; page < behind; page++)
        if (mapped_state(mapped, page) > state)
            show_state(mapped, page, state);
    __atomic_store_n(&mapped->shared->epoch, mapped->shared->epoch + 1, __ATOMIC_RELEASE);
    return mapped_collect(mapped);
}

/* Takes away the pages from `first` on; those that a client keeps are cleared. */
static void drop_pages(struct mapped *mapped, uint64_t first)
{
    bool kept = first < mapped->pages && mo_punch(mapped->data, first, mapped->pages - first) != CELL_OK;

    for (uint64_t page = first; page < mapped->pages; page++) {
        if (kept && mapped_state(mapped, page) != FILE_PAGE_NONE)
            memset(mapped->memory + page * PAGE, 0, PAGE);
        mapped->states[page] &= MAPPED_ANY_TIME; /* a client that may write at any time may do so again when the page is back */
    }
}

cell_error_t mapped_resize(struct mapped *mapped, uint64_t size)
{
    cell_error_t error = CELL_OK;

    if (mapped == NULL)
        return CELL_OK;
    if (size < mapped->size) {
        uint64_t first = behind_of(mapped, 0, size);

        error = stop_writing(mapped, first, mapped->pages, FILE_PAGE_NONE);
        set_size(mapped, size);
        drop_pages(mapped, first);
    }
    clear_tail(mapped);
    return error;
}

cell_error_t mapped_punch_begin(struct mapped *mapped, uint64_t offset, uint64_t length)
{
    return mapped == NULL ? CELL_OK
                          : stop_writing(mapped, first_of(offset), behind_of(mapped, offset, length), FILE_PAGE_READ);
}

void mapped_punch_end(struct mapped *mapped, uint64_t offset, uint64_t length)
{
    uint64_t behind = mapped == NULL ? 0 : behind_of(mapped, offset, length);

    for (uint64_t page = first_of(offset); page < behind; page++) {
        uint64_t done = 0;

        if (mapped_state(mapped, page) == FILE_PAGE_NONE)
            continue;
        bool well = ext4_read(files_fs, mapped_inode(mapped), page * PAGE, mapped->memory + page * PAGE, PAGE, &done) == CELL_OK;

        mapped_set_state(mapped, page, well ? FILE_PAGE_READ : FILE_PAGE_NONE);
    }
    mapped_refresh(mapped);
}

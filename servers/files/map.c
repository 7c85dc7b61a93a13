/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/map.c: see mapped.h. Bottom-up: memory, ending, mapping, loading. */
#include <cell/idl/ads.h>
#include <cell/idl/file_server.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <stdlib.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

#define PAGES_FIRST 4u /* of a small file */
#define PART_OF_ONE 4u /* one file has a fourth of all pages, at most */
#define LOAD_LEAST 16u /* pages that a request loads, if the file has them */
#define LOAD_MOST 64u
#define ATTACH_AS_TOUCHED 5u

static uint64_t pages_most, pages_used;
static struct id_table table;
static struct mapped *all;
static struct mapped *kept; /* of files that nobody has open, but whose pages a client keeps, so that they cannot be taken away */

void mapped_start(uint64_t pages)
{
    pages_most = pages;
}

struct mapped *mapped_first(void)
{
    return all;
}

struct mapped *mapped_of(uint32_t inode)
{
    struct id_entry *entry = all == NULL ? NULL : id_table_find(&table, inode);

    return entry == NULL ? NULL : ID_RECORD(entry, struct mapped, entry);
}

cell_error_t mapped_tell(const struct mapped *mapped, uint64_t space, uint64_t object)
{
    return server_map(space, object, mapped->data);
}

static void put_in_list(struct mapped *mapped, struct mapped **list)
{
    mapped->next = *list;
    mapped->link = list;
    if (*list != NULL)
        (*list)->link = &mapped->next;
    *list = mapped;
}

static void take_from_list(struct mapped *mapped)
{
    *mapped->link = mapped->next;
    if (mapped->next != NULL)
        mapped->next->link = mapped->link;
}

static uint64_t pages_of(uint64_t bytes)
{
    return bytes / PAGE + (bytes % PAGE != 0);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- Ending ---------------------------------------------------------------------------------------------------------------- */

/* Gives the memory back; false: a client keeps it. */
static bool give_back(struct mapped *mapped)
{
    /* One empty page may stay with a client that still has the memory object; it cannot touch anything behind that any more. */
    if (mapped->data != 0 && mapped->memory != NULL &&
        (mo_resize(mapped->data, 1) != CELL_OK || mo_punch(mapped->data, 0, 1) != CELL_OK))
        return false;
    if (mapped->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)mapped->memory);
    if (mapped->shared != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)mapped->shared);
    if (mapped->data != 0)
        mo_release(mapped->data);
    if (mapped->control != 0)
        mo_release(mapped->control);
    pages_used -= mapped->pages + mapped->control_pages;
    free(mapped->states);
    free(mapped);
    return true;
}

static void try_kept(void)
{
    for (struct mapped *at = kept, *next; at != NULL; at = next) {
        next = at->next;
        take_from_list(at);
        if (!give_back(at))
            put_in_list(at, &kept);
    }
}

/* Gives the memory back, or puts it among those that are kept. */
static void end(struct mapped *mapped)
{
    if (!give_back(mapped))
        put_in_list(mapped, &kept);
}

void mapped_leave(struct mapped *mapped)
{
    if (mapped == NULL || --mapped->users > 0)
        return;
    mapped_collect_now(mapped);
    id_table_remove(&table, &mapped->entry);
    take_from_list(mapped);
    end(mapped);
}

/* ---- Making ----------------------------------------------------------------------------------------------------------------- */

static bool take_pages(uint64_t pages)
{
    try_kept();
    if (pages > pages_most - pages_used)
        return false;
    pages_used += pages;
    return true;
}

/* Attaches the contents, again after they have become larger. */
static cell_error_t attach_data(struct mapped *mapped)
{
    uint64_t start;
    cell_error_t error = ads_attach(CSPACE_SELF, mapped->data, 0, CELL_REGION_SHARED_FRAMES, CELL_READ | CELL_WRITE, ATTACH_AS_TOUCHED,
                                    &start);

    if (error != CELL_OK)
        return error;
    if (mapped->memory != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)mapped->memory);
    mapped->memory = (uint8_t *)start;
    return CELL_OK;
}

static cell_error_t make_memory(struct mapped *mapped)
{
    uint64_t start;
    cell_error_t error = mo_allocate(cell_rde("MO"), mapped->control_pages, 0, &mapped->control);

    if (error == CELL_OK)
        error = mo_allocate(cell_rde("MO"), mapped->pages, 1, &mapped->data);
    if (error == CELL_OK)
        error = attach_data(mapped);
    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, mapped->control, 0, CELL_REGION_SHARED_FRAMES, CELL_READ | CELL_WRITE, 0, &start);
    if (error != CELL_OK)
        return error;
    mapped->shared = (struct file_shared *)start;
    mapped->shared->room = mapped->room;
    return CELL_OK;
}

static uint64_t room_of(uint64_t control_pages)
{
    return (control_pages * PAGE - sizeof(struct file_shared)) / 2 & ~UINT64_C(7);
}

static cell_error_t make(uint32_t inode, uint64_t size, struct mapped **made)
{
    struct mapped *mapped = calloc(1, sizeof *mapped);
    uint64_t most = pages_most / PART_OF_ONE, pages = least(pages_of(size), most);

    if (mapped == NULL)
        return CELL_NO_MEMORY;
    mapped->entry.id = inode;
    mapped->pages = pages < PAGES_FIRST ? PAGES_FIRST : pages;
    for (mapped->control_pages = 1; room_of(mapped->control_pages) < least(2 * pages, most);)
        mapped->control_pages++;
    mapped->room = room_of(mapped->control_pages);
    mapped->states = calloc(mapped->room, 1);
    if (mapped->states == NULL || !take_pages(mapped->pages + mapped->control_pages)) {
        free(mapped->states);
        free(mapped);
        return CELL_NO_MEMORY;
    }
    cell_error_t error = make_memory(mapped);

    if (error == CELL_OK && !id_table_add(&table, &mapped->entry))
        error = CELL_NO_MEMORY;
    if (error != CELL_OK) {
        end(mapped);
        return error;
    }
    put_in_list(mapped, &all);
    mapped_refresh(mapped);
    *made = mapped;
    return CELL_OK;
}

/* Makes room for this many pages, if that can be. */
static void grow(struct mapped *mapped, uint64_t pages)
{
    uint64_t wanted = least(least(pages > 2 * mapped->pages ? pages : 2 * mapped->pages, mapped->room), pages_most / PART_OF_ONE);

    if (pages <= mapped->pages || wanted <= mapped->pages || !take_pages(wanted - mapped->pages))
        return;
    uint64_t before = mapped->pages;

    if (mo_resize(mapped->data, wanted) == CELL_OK && attach_data(mapped) == CELL_OK)
        mapped->pages = wanted;
    else
        pages_used -= wanted - before;
}

/* ---- Mapping ---------------------------------------------------------------------------------------------------------------- */

/* Checks whether a file can be mapped: it must be a regular one, and not opened to append. */
static cell_error_t check(const struct open_file *file, const struct server_request *request, bool writable, uint64_t *size)
{
    struct ext4_statfs about;
    struct ext4_stat stat;
    cell_error_t error = ext4_stat(files_fs, file->inode, &stat);

    if (error != CELL_OK)
        return error;
    if (pages_most == 0 || (stat.mode & MODE_TYPE) != MODE_REGULAR || file->append)
        return CELL_UNSUPPORTED;
    if (writable && (request->handle->rights & CELL_WRITE) == 0)
        return CELL_DENIED;
    ext4_statfs(files_fs, &about);
    *size = stat.size;
    return writable && about.read_only ? CELL_READ_ONLY : CELL_OK;
}

/* Gives the client both memory objects. */
static cell_error_t give(const struct server_request *request, const struct mapped *mapped, unsigned rights, struct file_map_out *out)
{
    uint64_t client = request->handle->client->entry.id;
    cell_error_t error = handle_give_to_client(client, mapped->data, rights, &out->data);

    if (error == CELL_OK)
        error = handle_give_to_client(client, mapped->control, rights, &out->control);
    out->pages = mapped->pages;
    out->room = mapped->room;
    return error;
}

cell_error_t file_map_serve(void *context, const struct file_map_in *in, struct file_map_out *out)
{
    const struct server_request *request = context;
    struct open_file *file = open_of(request);
    uint64_t size;

    if (file == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = check(file, request, in->writable != 0, &size);
    struct mapped *mapped = mapped_of(file->inode);

    if (error == CELL_OK && mapped == NULL)
        error = make(file->inode, size, &mapped);
    if (error != CELL_OK)
        return error;
    if (!file->mapped) {
        file->mapped = true;
        mapped->users++;
        graph_changed(file->of);
    }
    mapped->writable |= in->writable != 0;
    if (in->writable != 0)
        writeback_later();
    return give(request, mapped, in->writable != 0 ? CELL_READ | CELL_WRITE : CELL_READ, out);
}

/* ---- Loading ---------------------------------------------------------------------------------------------------------------- */

enum load_flags { LOAD_WRITE = 1,
                  LOAD_ANY_TIME = 2,
                  LOAD_ALONE = 4 };

/* Fills those of the pages from `first` to `behind` - 1, which are committed, that have no contents yet. */
static cell_error_t fill(struct mapped *mapped, uint64_t first, uint64_t behind)
{
    cell_error_t error = CELL_OK;

    for (uint64_t page = first; page < behind && error == CELL_OK; page++) {
        uint64_t done = 0, run = page;

        while (run < behind && mapped_state(mapped, run) == FILE_PAGE_NONE)
            run++;
        if (run == page)
            continue;
        error = ext4_read(files_fs, mapped_inode(mapped), page * PAGE, mapped->memory + page * PAGE, (run - page) * PAGE, &done);
        if (error == CELL_OK)
            memset(mapped->memory + page * PAGE + done, 0, (run - page) * PAGE - done);
        for (; page < run && error == CELL_OK; page++)
            mapped_set_state(mapped, page, FILE_PAGE_READ);
    }
    return error;
}

/* Lets clients write to a page: the file gets blocks for it, so that writing it back cannot fail for want of space. */
static cell_error_t make_writable(struct mapped *mapped, uint64_t page)
{
    uint64_t offset = page * PAGE, end = least(offset + PAGE, mapped->size), hole = end, done;
    cell_error_t error = ext4_seek(files_fs, mapped_inode(mapped), offset, true, &hole);

    if (error == CELL_OK && hole < end) {
        quota_begin(open_inode_of(mapped_inode(mapped))->owner);
        error = quota_end(ext4_write(files_fs, mapped_inode(mapped), offset, mapped->memory + offset, end - offset, &done));
    }
    if (error == CELL_OK)
        mapped_set_state(mapped, page, FILE_PAGE_WRITE);
    return error;
}

static cell_error_t load(const struct server_request *request, struct mapped *mapped, uint64_t first, uint64_t behind, uint64_t flags)
{
    cell_error_t error = ads_commit(CSPACE_SELF, (uint64_t)mapped->memory + first * PAGE, behind - first);

    disk_begin(request);
    if (error == CELL_OK)
        error = fill(mapped, first, behind);
    error = disk_end(error, 0);
    for (uint64_t page = first; page < behind && error == CELL_OK && flags & LOAD_WRITE; page++) {
        if (mapped_state(mapped, page) != FILE_PAGE_WRITE)
            error = make_writable(mapped, page);
        if (error == CELL_OK && flags & LOAD_ANY_TIME && (mapped->states[page] & MAPPED_ANY_TIME) == 0) {
            mapped->states[page] |= MAPPED_ANY_TIME;
            mapped->any_time++;
        }
    }
    if (flags & LOAD_WRITE && error != CELL_LATER)
        mapped_refresh(mapped);
    return error;
}

cell_error_t file_load_serve(void *context, const struct file_load_in *in, struct file_load_out *out)
{
    const struct server_request *request = context;
    const struct open_file *file = open_of(request);
    struct mapped *mapped = file == NULL || !file->mapped ? NULL : mapped_of(file->inode);

    if (mapped == NULL)
        return CELL_NOT_FOUND;
    if (in->flags & (LOAD_WRITE | LOAD_ANY_TIME) && (request->handle->rights & CELL_WRITE) == 0)
        return CELL_DENIED;
    uint64_t first = in->offset / PAGE, of_file = pages_of(mapped->size);
    uint64_t length = least(in->length, LOAD_MOST * PAGE), behind = 0;
    cell_error_t error = in->flags & LOAD_WRITE ? disk_ready() : CELL_OK;

    if (error != CELL_OK)
        return error;
    if (first < of_file) {
        behind = pages_of(in->offset % PAGE + length) + first;
        behind = least(least(in->flags == 0 && behind < first + LOAD_LEAST ? first + LOAD_LEAST : behind, first + LOAD_MOST), of_file);
        grow(mapped, behind);
        behind = least(behind, mapped->pages);
    }
    if (first < behind)
        error = load(request, mapped, first, behind, in->flags);
    out->pages = mapped->pages;
    return error;
}

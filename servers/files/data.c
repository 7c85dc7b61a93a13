/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/data.c: contents of files and directories. Data goes from the cache to memory of the client, or back. */
#include <cell/idl/file_server.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

#define AT_END UINT64_MAX

/* When a request is repeated because it had to wait for the disk, what it has read already is not read again. */
static cell_error_t read(const struct server_request *request, uint32_t inode, const struct file_read_in *in, uint8_t *to, uint64_t *done)
{
    uint64_t before = request->source == NULL ? 0 : request->source->progress, part = 0;

    disk_begin(request);
    cell_error_t error = ext4_read(files_fs, inode, in->offset + before, to + before, in->length - before, &part);

    *done = before + part;
    return disk_end(error, *done);
}

cell_error_t file_read_serve(void *request, const struct file_read_in *in, struct file_read_out *out)
{
    const struct open_file *file = open_of(request);
    void *memory;

    if (file == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = server_bulk(request, in->memory, in->at, in->length, CELL_WRITE, &memory);

    if (error == CELL_OK)
        error = read(request, file->inode, in, memory, &out->done);
    const struct mapped *mapped = mapped_of(file->inode);

    if (mapped != NULL && error != CELL_LATER)
        mapped_read(mapped, in->offset, memory, out->done);
    return error;
}

static cell_error_t size_of(uint32_t inode, uint64_t *size)
{
    uint32_t mode;

    return ext4_what(files_fs, inode, &mode, size);
}

/* As read(). A write at the end of the file is not repeated: once its first part is written, the rest waits for the disk. */
static cell_error_t write(const struct server_request *request, const struct open_file *file, uint64_t offset, bool at_end,
                          const uint8_t *from, uint64_t length, uint64_t *done)
{
    uint64_t before = request->source == NULL ? 0 : request->source->progress, part = 0, rest = 0;

    quota_begin(file->of->owner);
    disk_begin(request);
    cell_error_t error = ext4_write(files_fs, file->inode, offset + before, from + before, length - before, &part);

    if (error == CELL_LATER && at_end && part > 0) {
        disk_awaited();
        error = ext4_write(files_fs, file->inode, offset + part, from + part, length - part, &rest);
    }
    part += rest;
    *done = before + part;
    error = quota_end(disk_end_change(error, *done));
    mapped_wrote(mapped_of(file->inode), offset + before, part);
    return error;
}

cell_error_t file_write_serve(void *request, const struct file_write_in *in, struct file_write_out *out)
{
    const struct open_file *file = open_of(request);
    uint64_t offset = in->offset;
    void *memory;

    if (file == NULL)
        return CELL_NOT_FOUND;
    bool at_end = offset == AT_END || file->append;
    cell_error_t error = server_bulk(request, in->memory, in->at, in->length, CELL_READ, &memory);

    if (error == CELL_OK && at_end)
        error = size_of(file->inode, &offset);
    if (error == CELL_OK)
        error = write(request, file, offset, at_end, memory, in->length, &out->done);
    if (error == CELL_OK || (error != CELL_LATER && out->done > 0))
        error = size_of(file->inode, &out->size);
    return error;
}

cell_error_t data_resize(const struct server_request *request, struct namespace *owner, uint32_t inode, uint64_t size)
{
    struct mapped *mapped = mapped_of(inode);
    cell_error_t error = disk_ready();

    if (error == CELL_OK)
        error = mapped_resize(mapped, size);
    if (error != CELL_OK)
        return error;
    if (mapped == NULL && !quota_limits(owner))
        disk_begin(request);
    error = disk_end_change(ext4_resize(files_fs, inode, size), 0);
    mapped_refresh(mapped);
    return error;
}

cell_error_t file_resize_serve(void *request, const struct file_resize_in *in, struct file_resize_out *out)
{
    const struct open_file *file = open_of(request);

    (void)out;
    if (file == NULL)
        return CELL_NOT_FOUND;
    quota_begin(file->of->owner);
    return quota_end(data_resize(request, file->of->owner, file->inode, in->size));
}

enum allocate_flags { KEEP_SIZE = 1,
                      PUNCH = 2,
                      ZERO = 4 };

cell_error_t file_allocate_serve(void *request, const struct file_allocate_in *in, struct file_allocate_out *out)
{
    const struct open_file *file = open_of(request);

    (void)out;
    if (file == NULL)
        return CELL_NOT_FOUND;
    if ((in->flags & PUNCH) != 0 && in->flags != (PUNCH | KEEP_SIZE))
        return CELL_BAD_ARGUMENT;
    struct mapped *mapped = mapped_of(file->inode);
    cell_error_t error = disk_ready();

    if (error == CELL_OK && in->flags & (PUNCH | ZERO))
        error = mapped_punch_begin(mapped, in->offset, in->length);
    if (error == CELL_LATER)
        return error;
    quota_begin(file->of->owner);
    if (mapped == NULL)
        disk_begin(request);
    if (error == CELL_OK && in->flags & (PUNCH | ZERO))
        error = ext4_punch(files_fs, file->inode, in->offset, in->length);
    if (in->flags & (PUNCH | ZERO))
        mapped_punch_end(mapped, in->offset, in->length);
    if (error == CELL_OK && (in->flags & PUNCH) == 0)
        error = ext4_allocate(files_fs, file->inode, in->offset, in->length, (in->flags & KEEP_SIZE) != 0);
    error = quota_end(disk_end_change(error, 0));
    mapped_wrote(mapped, in->offset, 0);
    return error;
}

cell_error_t file_seek_serve(void *request, const struct file_seek_in *in, struct file_seek_out *out)
{
    const struct open_file *file = open_of(request);
    cell_error_t error = file == NULL ? CELL_NOT_FOUND : mapped_collect(mapped_of(file->inode));

    if (error != CELL_OK)
        return error;
    disk_begin(request);
    return disk_end(ext4_seek(files_fs, file->inode, in->offset, in->what == 1, &out->found), 0);
}

/* ---- Copying ---------------------------------------------------------------------------------------------------------------- */

#define COPY_MOST (UINT64_C(1) << 20)

static bool overlap(uint64_t a, uint64_t b, uint64_t length)
{
    return a < b ? b - a < length : a - b < length;
}

/* What was copied before an error, or before the disk had to be waited for, counts. */
static cell_error_t copy(const struct server_request *request, const struct open_file *from, const struct open_file *to,
                         const struct file_copy_range_in *in, uint64_t length, uint64_t *done)
{
    static uint8_t piece[65536];
    uint64_t before = request->source == NULL ? 0 : request->source->progress;
    cell_error_t error = CELL_OK;

    quota_begin(to->of->owner);
    disk_begin(request);
    for (*done = before; *done < length && error == CELL_OK;) {
        uint64_t part = length - *done < sizeof piece ? length - *done : sizeof piece, got = 0, put = 0;

        error = ext4_read(files_fs, from->inode, in->from + *done, piece, part, &got);
        if (error == CELL_OK && got > 0)
            error = ext4_write(files_fs, to->inode, in->at + *done, piece, got, &put);
        *done += put;
        if (got < part)
            break;
    }
    error = quota_end(disk_end_change(error, *done));
    mapped_wrote(mapped_of(to->inode), in->at + before, *done - before);
    return error == CELL_LATER || *done == 0 ? error : CELL_OK;
}

static cell_error_t copy_range(const struct server_request *request, const struct file_copy_range_in *in, uint64_t *done)
{
    const struct open_file *from = open_of(request), *to;
    uint64_t length = in->length < COPY_MOST ? in->length : COPY_MOST;

    if (from == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = open_named(request, in->to, &to);

    if (error == CELL_OK && to->of == NULL)
        error = CELL_BAD_ARGUMENT;
    if (error == CELL_OK && in->to == 0 && (request->handle->rights & CELL_WRITE) == 0)
        error = CELL_DENIED;
    if (error == CELL_OK && (to->append || (from->inode == to->inode && overlap(in->from, in->at, length))))
        error = CELL_BAD_ARGUMENT;
    if (error == CELL_OK)
        error = mapped_collect(mapped_of(from->inode));
    return error == CELL_OK ? copy(request, from, to, in, length, done) : error;
}

cell_error_t file_copy_range_serve(void *request, const struct file_copy_range_in *in, struct file_copy_range_out *out)
{
    return open_give_up(in->to, copy_range(request, in, &out->done));
}

/* Changes to all files are in one transaction, so a sync of one commits those of all. */
cell_error_t file_sync_serve(void *context, const struct file_sync_in *in, struct file_sync_out *out)
{
    const struct server_request *request = context;
    const struct open_file *file = open_of(request);

    (void)in;
    (void)out;
    return file == NULL ? CELL_NOT_FOUND : writeback_sync(request);
}

/* ---- Directories ---------------------------------------------------------------------------------------------------------- */

/* Offsets of the fields of a record in a list of entries. */
enum { RECORD_ID = 0,
       RECORD_COOKIE = 8,
       RECORD_LENGTH = 16,
       RECORD_KIND = 18,
       RECORD_NAME = 19 };

static size_t record_bytes(const struct ext4_entry_of *entry)
{
    return (RECORD_NAME + entry->name_length + 1u + 7u) & ~7u;
}

/* The directory above the root of a namespace is not visible in it, not even its number. */
static uint64_t shown_id(const struct open_file *file, const struct ext4_entry_of *entry)
{
    bool parent = entry->name_length == 2 && memcmp(entry->name, "..", 2) == 0;

    return parent && file->inode == file->namespace->root ? file->inode : entry->inode;
}

static void put_record(uint8_t *to, const struct ext4_entry_of *entry, uint64_t id)
{
    uint16_t length = (uint16_t)record_bytes(entry);

    memset(to, 0, length);
    memcpy(to + RECORD_ID, &id, sizeof id);
    memcpy(to + RECORD_COOKIE, &entry->next, sizeof entry->next);
    memcpy(to + RECORD_LENGTH, &length, sizeof length);
    to[RECORD_KIND] = entry->kind;
    memcpy(to + RECORD_NAME, entry->name, entry->name_length);
}

cell_error_t file_list_serve(void *request, const struct file_list_in *in, struct file_list_out *out)
{
    const struct open_file *file = open_of(request);
    struct ext4_entry_of entry;
    void *memory;

    if (file == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = server_bulk(request, in->memory, in->at, in->length, CELL_WRITE, &memory);

    out->next = in->cookie;
    disk_begin(request);
    while (error == CELL_OK && (error = ext4_list(files_fs, file->inode, out->next, &entry)) == CELL_OK) {
        if (record_bytes(&entry) > in->length - out->filled) {
            error = out->filled == 0 ? CELL_BAD_ARGUMENT : CELL_NOT_FOUND;
            break;
        }
        put_record((uint8_t *)memory + out->filled, &entry, shown_id(file, &entry));
        out->filled += record_bytes(&entry);
        out->next = entry.next;
    }
    return disk_end(error == CELL_NOT_FOUND ? CELL_OK : error, 0);
}

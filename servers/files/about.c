/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/files/about.c: requests for what is known about a file (stat, set), and about the file system (statfs). */
#include <cell/idl/file_server.h>
#include <string.h>

#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

_Static_assert(sizeof(struct file_about) == sizeof(struct file_stat_out), "the words of stat's answer");
_Static_assert(sizeof(struct file_about) == sizeof(struct file_stat_path_out), "the words of stat_path's answer");

cell_error_t about_read(uint32_t inode, struct file_about *about)
{
    struct ext4_stat stat;
    cell_error_t error = ext4_stat(files_fs, inode, &stat);

    if (error != CELL_OK)
        return error;
    *about = (struct file_about){
        .id = stat.inode,
        .generation = stat.generation,
        .mode = stat.mode,
        .links = stat.links,
        .uid = stat.uid,
        .gid = stat.gid,
        .size = stat.size,
        .blocks = stat.blocks_of_512,
        .atime_s = (uint64_t)stat.accessed.seconds,
        .atime_ns = stat.accessed.nanoseconds,
        .mtime_s = (uint64_t)stat.modified.seconds,
        .mtime_ns = stat.modified.nanoseconds,
        .ctime_s = (uint64_t)stat.changed.seconds,
        .ctime_ns = stat.changed.nanoseconds,
        .btime_s = (uint64_t)stat.made.seconds,
        .rdev = stat.device,
    };
    return CELL_OK;
}

/* Answers stat and stat_path, whose words are those of struct file_about. */
static cell_error_t answer(const struct server_request *request, uint32_t inode, void *out)
{
    struct file_about about;
    cell_error_t error = mapped_set_times(request, mapped_of(inode));

    if (error != CELL_OK)
        return error;
    disk_begin(request);
    error = disk_end(about_read(inode, &about), 0);
    if (error == CELL_OK)
        memcpy(out, &about, sizeof about);
    return error;
}

cell_error_t file_stat_serve(void *request, const struct file_stat_in *in, struct file_stat_out *out)
{
    const struct open_file *file = open_of(request);

    (void)in;
    return file == NULL ? CELL_NOT_FOUND : answer(request, file->inode, out);
}

cell_error_t file_stat_path_serve(void *request, const struct file_stat_path_in *in, struct file_stat_path_out *out)
{
    const struct open_file *from = open_of(request);
    struct place place = {0};

    if (from == NULL)
        return CELL_NOT_FOUND;
    disk_begin(request);
    cell_error_t error = disk_end(walk_to(from->namespace, from->inode, in->path, in->path_count, in->flags == 0, &place), 0);

    return error == CELL_OK ? answer(request, place.inode, out) : error;
}

cell_error_t file_set_serve(void *request, const struct file_set_in *in, struct file_set_out *out)
{
    const struct open_file *file = open_of(request);
    const struct ext4_stat stat = {
        .mode = (uint32_t)in->mode,
        .uid = (uint32_t)in->uid,
        .gid = (uint32_t)in->gid,
        .accessed = {(int64_t)in->atime_s, (uint32_t)in->atime_ns},
        .modified = {(int64_t)in->mtime_s, (uint32_t)in->mtime_ns},
    };

    (void)out;
    if (file == NULL)
        return CELL_NOT_FOUND;
    /* what clients wrote in mapped pages is collected first, so that it does not change the times afterwards */
    cell_error_t error = mapped_collect(mapped_of(file->inode));

    if (error != CELL_OK)
        return error;
    disk_begin(request);
    error = disk_end_change(ext4_set(files_fs, file->inode, (unsigned)in->mask, &stat), 0);
    mapped_refresh(mapped_of(file->inode));
    return error;
}

cell_error_t file_statfs_serve(void *request, const struct file_statfs_in *in, struct file_statfs_out *out)
{
    const struct open_file *file = open_of(request);
    struct ext4_statfs about;

    (void)in;
    if (file == NULL)
        return CELL_NOT_FOUND;
    ext4_statfs(files_fs, &about);
    quota_limit(file->namespace, &about);
    *out = (struct file_statfs_out){
        .block_size = about.block_size,
        .blocks = about.blocks,
        .free = about.free_blocks,
        .files = about.files,
        .free_files = about.free_files,
        .id = about.id,
        .flags = about.read_only ? 1 : 0,
    };
    return CELL_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/disk.c: see disk.h. Data goes through one piece of memory that the server was given, a call at a time. Bottom-up:
 * beginning, data, what a file is, paths, calls.
 */
#include "lib/linux/disk.h"

#include <cell/idl/ads.h>
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/mo.h>
#include <lib/words/words.h>

#include "lib/linux/disk_map.h"
#include "lib/linux/made_up.h"

#define BUFFER_PAGES 16u
#define BUFFER_BYTES (BUFFER_PAGES * (uint64_t)PAGE)

static cell_cap_t root, there; /* the root directory; the memory, as the server knows it */
static cell_cap_t current;     /* where relative paths begin */
static uint8_t *buffer;
static lock_t lock; /* of the memory */

void disk_start(void)
{
    cell_cap_t edge = process_edge("FILE");

    if (edge == 0 || file_root(edge, &root) != CELL_OK)
        return;
    current = root;
}

bool disk_there(void)
{
    return root != 0;
}

/* ---- Data ------------------------------------------------------------------- */

/* Makes the memory for data, when it is needed first; with the lock. */
static bool has_buffer(void)
{
    cell_cap_t mo;
    uint64_t address = 0;

    if (buffer != NULL)
        return true;
    if (mo_allocate(process_edge("MO"), BUFFER_PAGES, 0, &mo) != CELL_OK)
        return false;
    bool good = ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &address) == CELL_OK;

    if (good && handle_give_to_server(process_edge("FILE"), mo, CELL_READ | CELL_WRITE, &there) == CELL_OK)
        buffer = (uint8_t *)address;
    else if (good)
        ads_remove(CSPACE_SELF, address);
    mo_release(mo);
    return buffer != NULL;
}

static int64_t read_part(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    uint64_t length = 0;
    cell_error_t error = file_read(description->data, there, 0, count, offset, &length);

    if (error != CELL_OK)
        return error_number(error);
    return user_put(to, buffer, length < count ? length : count) == 0 ? (int64_t)length : -EFAULT;
}

static int64_t write_part(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    uint64_t length = 0;

    if (user_get(buffer, from, count) != 0)
        return -EFAULT;
    return error_number(file_write(description->data, there, 0, count, offset, &length, &description->size)) ?: (int64_t)length;
}

typedef int64_t part_function(struct description *description, uint64_t at, uint64_t count, uint64_t offset);

/* In parts as large as the memory; `offset` of all ones stays so. */
static int64_t transfer(part_function *function, struct description *description, uint64_t at, uint64_t count, uint64_t offset)
{
    uint64_t done = 0;
    int64_t result = 0;

    while (done < count) {
        uint64_t part = count - done < BUFFER_BYTES ? count - done : BUFFER_BYTES;

        lock_take(&lock);
        result = has_buffer() ? function(description, at + done, part, offset == UINT64_MAX ? offset : offset + done) : -ENOMEM;
        lock_give(&lock);
        if (result <= 0)
            break;
        done += (uint64_t)result;
        if ((uint64_t)result < part)
            break;
    }
    return done != 0 ? (int64_t)done : result;
}

/* What was done without a request, and the result of one for what was left. */
static int64_t add_done(uint64_t done, int64_t result)
{
    return result >= 0 ? (int64_t)done + result : done != 0 ? (int64_t)done
                                                            : result;
}

static int64_t read_disk(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    struct disk_map *map = disk_map_of(description, false);
    bool end = false;
    uint64_t done = map == NULL ? 0 : disk_map_read(map, to, count, offset, &end);

    return end ? (int64_t)done : add_done(done, transfer(read_part, description, to + done, count - done, offset + done));
}

static int64_t write_disk(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    bool append = (description->flags & O_APPEND) != 0;
    /* One that makes the file longer is a request, and tells nothing about those that follow. */
    bool inside = !append && count <= description->size && offset <= description->size - count;
    struct disk_map *map = inside ? disk_map_of(description, false) : NULL;
    uint64_t done = map == NULL ? 0 : disk_map_write(map, from, count, offset);

    if (done == count && count != 0)
        return (int64_t)done;
    int64_t result = add_done(done, transfer(write_part, description, from + done, count - done, append ? UINT64_MAX : offset + done));

    /* The caller moves the offset by what was written. */
    if (append && result > 0)
        description->offset = description->size - (uint64_t)result;
    return result;
}

/* ---- What a file is ----------------------------------------------------------- */

/* The answer of stat and stat_path, in its order. */
static void fill_stat(const struct file_about *about, struct linux_stat *stat)
{
    *stat = (struct linux_stat){.device = 2,
                                .inode = about->id,
                                .mode = (uint32_t)about->mode,
                                .links = (uint32_t)about->links,
                                .uid = (uint32_t)about->uid,
                                .gid = (uint32_t)about->gid,
                                .special = about->rdev,
                                .size = (int64_t)about->size,
                                .block_size = PAGE,
                                .blocks = (int64_t)about->blocks,
                                .accessed = {(int64_t)about->atime_s, (int64_t)about->atime_ns},
                                .modified = {(int64_t)about->mtime_s, (int64_t)about->mtime_ns},
                                .changed = {(int64_t)about->ctime_s, (int64_t)about->ctime_ns}};
}

static int64_t stat_open(struct description *description, struct linux_stat *stat)
{
    struct file_about a;
    cell_error_t error = CELL_OK;

    /* a mapped file says it itself, if nobody has written it since the server looked */
    if (!disk_map_about(description, &a))
        error = file_stat(description->data, &a.id, &a.generation, &a.mode, &a.links, &a.uid, &a.gid, &a.size, &a.blocks, &a.atime_s,
                          &a.atime_ns, &a.mtime_s, &a.mtime_ns, &a.ctime_s, &a.ctime_ns, &a.btime_s, &a.rdev);
    if (error != CELL_OK)
        return error_number(error);
    fill_stat(&a, stat);
    description->size = a.size;
    return 0;
}

static void close_disk(struct description *description)
{
    disk_map_close(description);
    handle_drop(description->data);
}

static int64_t resize_disk(struct description *description, uint64_t size)
{
    int64_t result = error_number(file_resize(description->data, size));

    if (result == 0)
        description->size = size;
    return result;
}

/* Flags of fallocate(2), and of the interface. */
enum { FALLOC_KEEP_SIZE = 1,
       FALLOC_PUNCH_HOLE = 2,
       FALLOC_ZERO_RANGE = 16 };

static int64_t allocate_disk(struct description *description, uint64_t mode, uint64_t offset, uint64_t length)
{
    if ((mode & ~UINT64_C(19)) != 0 || (mode & (FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE)) == FALLOC_PUNCH_HOLE ||
        (mode & (FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE)) == (FALLOC_PUNCH_HOLE | FALLOC_ZERO_RANGE))
        return -EOPNOTSUPP;
    return error_number(file_allocate(description->data, (mode & 3) | ((mode & FALLOC_ZERO_RANGE) != 0 ? 4 : 0), offset, length));
}

static int64_t find_disk(struct description *description, uint64_t offset, bool hole)
{
    uint64_t found = 0;
    cell_error_t error = file_seek(description->data, offset, hole, &found);

    return error == CELL_OK ? (int64_t)found : error == CELL_NOT_FOUND ? -ENXIO
                                                                       : error_number(error);
}

static int64_t sync_disk(struct description *description, bool data_only)
{
    return error_number(file_sync(description->data, !data_only));
}

static int64_t set_disk(struct description *description, const struct attributes *attributes)
{
    cell_error_t error = file_set(description->data, attributes->mask, attributes->mode, attributes->uid, attributes->gid,
                                  (uint64_t)attributes->accessed.seconds, (uint64_t)attributes->accessed.nanoseconds,
                                  (uint64_t)attributes->modified.seconds, (uint64_t)attributes->modified.nanoseconds);

    return error == CELL_DENIED ? -EPERM : error_number(error);
}

static int64_t statfs_disk(struct description *description, struct linux_statfs *statfs)
{
    uint64_t block_size = 0, flags = 0, id = 0;
    cell_error_t error =
        file_statfs(description->data, &block_size, &statfs->blocks, &statfs->free, &statfs->files, &statfs->free_files, &id, &flags);

    statfs->type = 0xef53;
    statfs->available = statfs->free;
    statfs->id[0] = (int32_t)id;
    statfs->id[1] = (int32_t)(id >> 32);
    statfs->block_size = statfs->fragment_size = (int64_t)block_size;
    statfs->flags = 32 | (flags & 1); /* ST_VALID, ST_RDONLY */
    return error_number(error);
}

/* Records of the interface are those of getdents64. */
static int64_t list_disk(struct description *description, uint64_t to, uint64_t count)
{
    uint64_t filled = 0, next = 0;

    lock_take(&lock);
    int64_t result = !has_buffer() ? -ENOMEM
                                   : error_number(file_list(description->data, description->offset, there, 0,
                                                            (count < BUFFER_BYTES ? count : BUFFER_BYTES) & ~UINT64_C(7), &filled, &next));

    if (result == 0)
        result = user_put(to, buffer, filled);
    lock_give(&lock);
    if (result == 0 && filled != 0)
        description->offset = next;
    return result == 0 ? (int64_t)filled : result;
}

const struct file_kind file_disk = {.read = read_disk,
                                    .write = write_disk,
                                    .stat = stat_open,
                                    .resize = resize_disk,
                                    .allocate = allocate_disk,
                                    .find = find_disk,
                                    .sync = sync_disk,
                                    .set = set_disk,
                                    .statfs = statfs_disk,
                                    .memory = disk_map_memory,
                                    .load = disk_map_load,
                                    .close = close_disk,
                                    .seeks = true};
/* A directory has all of a file but its data. */
static const struct file_kind directory_disk = {
    .stat = stat_open, .list = list_disk, .sync = sync_disk, .set = set_disk, .statfs = statfs_disk, .close = close_disk, .seeks = true};

/* ---- Paths ---------------------------------------------------------------------- */

/* The directory that a path begins in; -EBADF. */
static int64_t directory_of(int32_t number, const char *path, cell_cap_t *directory)
{
    *directory = path[0] == '/' ? root : current;
    if (path[0] == '/' || number == AT_FDCWD)
        return 0;
    struct description *description = description_get((uint32_t)number);

    if (description == NULL)
        return -EBADF;
    int64_t result = description->kind == &directory_disk ? 0 : -ENOTDIR;

    *directory = description->data;
    description_put(description);
    return result;
}

enum { FLAG_READ = 1,
       FLAG_WRITE = 2,
       FLAG_CREATE = 16,
       FLAG_EXCLUSIVE = 32,
       FLAG_DIRECTORY = 128,
       FLAG_LOOK = 512 };

/* Flags of the interface for those of open. */
static uint64_t flags_of(uint32_t flags)
{
    static const struct {
        uint32_t linux_flag;
        uint64_t flag;
    } flags_table[] = {{O_APPEND, 8},     {O_CREAT, FLAG_CREATE}, {O_EXCL, FLAG_EXCLUSIVE}, {O_TRUNC, 64}, {O_DIRECTORY, FLAG_DIRECTORY},
                       {O_NOFOLLOW, 256}, {O_PATH, FLAG_LOOK}};
    uint32_t access = flags & O_ACCMODE;
    /* O_PATH with O_WRONLY: to change what stat tells. */
    uint64_t result = access == O_WRONLY ? FLAG_WRITE : (flags & O_PATH) != 0 ? 0
                                                    : access == O_RDONLY      ? FLAG_READ
                                                                              : FLAG_READ | FLAG_WRITE;

    for (unsigned i = 0; i < sizeof flags_table / sizeof *flags_table; i++)
        result |= (flags & flags_table[i].linux_flag) != 0 ? flags_table[i].flag : 0;
    return result;
}

/* Opens a path; of a directory with the right to change its entries, too, where that can be had: whoever has it open may make files
 * there. */
static cell_error_t open_place(cell_cap_t directory, uint64_t flags, uint64_t mode, const char *path, cell_cap_t *file, uint64_t *id,
                               uint64_t *kind, uint64_t *size)
{
    uint64_t length = text_length(path);

    if ((flags & (FLAG_DIRECTORY | FLAG_LOOK)) == FLAG_DIRECTORY &&
        file_open(directory, flags | FLAG_WRITE, mode, path, length, file, id, kind, size) == CELL_OK)
        return CELL_OK;
    return file_open(directory, flags, mode, path, length, file, id, kind, size);
}

int64_t disk_open(int32_t number, const char *path, uint32_t flags, uint32_t mode, struct description **opened)
{
    cell_cap_t directory, file;
    uint64_t id, kind, size;
    int64_t result = text_length(path) > FILE_OPEN_PATH_MOST ? -ENAMETOOLONG : directory_of(number, path, &directory);

    if (result != 0)
        return result;
    cell_error_t error = open_place(directory, flags_of(flags), mode & 07777 & ~process.umask, path, &file, &id, &kind, &size);

    if (error != CELL_OK)
        return error_number(error);
    bool is_directory = (kind & S_IFMT) == S_IFDIR;

    /* Opened for whatever, it is a place to begin: with all that can be had. */
    if (is_directory && (flags & (O_DIRECTORY | O_PATH)) != O_DIRECTORY && (flags & O_ACCMODE) == O_RDONLY) {
        cell_cap_t better;

        if (open_place(directory, FLAG_READ | FLAG_DIRECTORY, 0, path, &better, &id, &kind, &size) == CELL_OK) {
            handle_drop(file);
            file = better;
        }
    }
    struct description *description =
        description_new(is_directory ? &directory_disk : &file_disk, flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY));

    if (description == NULL) {
        handle_drop(file);
        return -ENOMEM;
    }
    description->data = file;
    description->id = id;
    description->size = size;
    *opened = description;
    return 0;
}

int64_t disk_stat(int32_t number, const char *path, bool follow, struct linux_stat *stat)
{
    struct file_about a;
    cell_cap_t directory;
    int64_t result = text_length(path) > FILE_STAT_PATH_PATH_MOST ? -ENAMETOOLONG : directory_of(number, path, &directory);

    if (result != 0)
        return result;
    cell_error_t error = file_stat_path(directory, follow ? 0 : 1, path, text_length(path), &a.id, &a.generation, &a.mode, &a.links, &a.uid,
                                        &a.gid, &a.size, &a.blocks, &a.atime_s, &a.atime_ns, &a.mtime_s, &a.mtime_ns, &a.ctime_s,
                                        &a.ctime_ns, &a.btime_s, &a.rdev);

    if (error == CELL_OK)
        fill_stat(&a, stat);
    return error_number(error);
}

int64_t disk_read_link(int32_t number, const char *path, char *target, uint64_t *length)
{
    cell_cap_t directory;
    int64_t result = directory_of(number, path, &directory);

    return result != 0 ? result
           : text_length(path) > FILE_READ_LINK_PATH_MOST
               ? -ENAMETOOLONG
               : error_number(file_read_link(directory, path, text_length(path), target, length));
}

/* ---- Calls ----------------------------------------------------------------------- */

/* Room for two paths in a message. */
#define PATHS 872u

/* The path of a call, behind `used` bytes; its length, or an error. */
static int64_t get_path(uint64_t at, char *path, uint64_t used)
{
    int64_t length = user_range(at, 1) ? user_text(path + used, (const char *)at, PATHS - used) : -EFAULT;

    return length < 0 ? length : (uint64_t)length == PATHS - used ? -ENAMETOOLONG
                             : length == 0                        ? -ENOENT
                                                                  : length;
}

/* The same, with the directory that it begins in. */
static int64_t get_place(uint64_t number, uint64_t at, char *path, cell_cap_t *directory)
{
    int64_t length = root == 0 ? -EROFS : get_path(at, path, 0);
    int64_t result = length < 0 ? length : directory_of((int32_t)number, path, directory);

    return result != 0 ? result : length;
}

int64_t disk_unlinkat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATHS];
    cell_cap_t directory;
    int64_t length = get_place(arguments[0], arguments[1], path, &directory);

    (void)thread;
    if ((arguments[2] & ~UINT64_C(0x200)) != 0)
        return -EINVAL;
    return length < 0 ? length : error_number(file_remove(directory, arguments[2] != 0, path, (uint64_t)length));
}

int64_t disk_mkdirat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATHS];
    cell_cap_t directory;
    int64_t length = get_place(arguments[0], arguments[1], path, &directory);

    (void)thread;
    return length < 0
               ? length
               : error_number(file_make_directory(directory, arguments[2] & 0777 & ~(uint64_t)process.umask, path, (uint64_t)length));
}

/* What rename and link ask: two paths and the directories that they begin in. */
struct two_paths {
    char paths[PATHS];
    uint64_t first, both; /* bytes of the first one, and of both */
    cell_cap_t from, to;  /* `to` has been given to the server, which gives it up; 0: the same */
};

/* A path with a leading `/` begins at the root, whatever directory it is asked through. */
static int64_t get_two(const uint64_t *arguments, struct two_paths *two)
{
    int64_t first = get_place(arguments[0], arguments[1], two->paths, &two->from);
    int64_t second = first < 0 ? first : get_path(arguments[3], two->paths, (uint64_t)first);
    int64_t result = second < 0 ? second : directory_of((int32_t)arguments[2], two->paths + first, &two->to);

    if (result != 0)
        return result;
    two->first = (uint64_t)first;
    two->both = (uint64_t)(first + second);
    if (two->paths[0] == '/')
        two->from = two->to;
    if (two->from == two->to || two->paths[first] == '/') {
        two->to = 0;
        return 0;
    }
    return error_number(handle_give_to_server(process_edge("FILE"), two->to, CELL_WRITE, &two->to));
}

static int64_t rename(const uint64_t *arguments, uint64_t flags)
{
    struct two_paths two;
    int64_t result = get_two(arguments, &two);

    return result != 0 ? result : error_number(file_rename(two.from, two.to, flags, two.first, two.paths, two.both));
}

/* AT_SYMLINK_FOLLOW; AT_EMPTY_PATH needs what nobody has. */
#define LINK_FOLLOW UINT64_C(0x400)

int64_t disk_linkat(struct thread *thread, const uint64_t *arguments)
{
    struct two_paths two;
    int64_t result = (arguments[4] & ~LINK_FOLLOW) != 0 ? -EINVAL : get_two(arguments, &two);

    (void)thread;
    if (result != 0)
        return result;
    cell_error_t error = file_link(two.from, two.to, arguments[4] != 0, two.first, two.paths, two.both);

    return error == CELL_IS_DIRECTORY ? -EPERM : error_number(error);
}

/* FIFOs; regular files; other nodes are of no use here. */
int64_t disk_mknodat(struct thread *thread, const uint64_t *arguments)
{
    uint64_t type = arguments[2] & S_IFMT, mode = arguments[2] & 07777 & ~(uint64_t)process.umask;
    char path[PATHS];
    cell_cap_t directory, file;
    uint64_t id, kind, size;
    int64_t length = get_place(arguments[0], arguments[1], path, &directory);

    (void)thread;
    if (length < 0)
        return length;
    if (type == S_IFIFO)
        return error_number(file_make_node(directory, mode, path, (uint64_t)length));
    if (type != 0 && type != S_IFREG)
        return type == S_IFDIR ? -EINVAL : -EPERM;
    cell_error_t error = file_open(directory, FLAG_CREATE | FLAG_EXCLUSIVE, mode, path, (uint64_t)length, &file, &id, &kind, &size);

    if (error == CELL_OK)
        handle_drop(file);
    return error_number(error);
}

int64_t disk_renameat(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return rename(arguments, 0);
}

int64_t disk_renameat2(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return arguments[4] > 2 ? -EINVAL : rename(arguments, arguments[4]);
}

int64_t disk_symlinkat(struct thread *thread, const uint64_t *arguments)
{
    char paths[PATHS];
    cell_cap_t directory;
    int64_t first = root == 0 ? -EROFS : get_path(arguments[0], paths, 0);
    int64_t second = first < 0 ? first : get_path(arguments[2], paths, (uint64_t)first);
    int64_t result = second < 0 ? second : directory_of((int32_t)arguments[1], paths + first, &directory);

    (void)thread;
    return result != 0 ? result : error_number(file_symlink(directory, (uint64_t)first, paths, (uint64_t)(first + second)));
}

void disk_sync(void)
{
    if (root != 0)
        file_sync(root, 1);
}

/* Relative paths begin in this directory from now on; its name. */
static void enter(cell_cap_t directory, const char *name)
{
    if (current != root)
        handle_drop(current);
    current = directory;
    path_join(process.directory, sizeof process.directory, process.directory, name);
}

int64_t disk_chdir(struct thread *thread, const uint64_t *arguments)
{
    char path[PATH_MOST], made_up[MADE_UP_MOST];
    cell_cap_t directory, file;
    uint64_t id, kind, size;
    int64_t result = path_get(arguments[0], path);

    (void)thread;
    if (result == 0 && made_up_path(AT_FDCWD, path, made_up)) {
        result = made_up_enter(made_up);
        if (result == 0)
            enter(root, made_up);
        return result;
    }
    if (result == 0)
        result = root == 0 ? -ENOENT : text_length(path) > FILE_OPEN_PATH_MOST ? -ENAMETOOLONG
                                                                               : directory_of(AT_FDCWD, path, &directory);
    if (result == 0)
        result = error_number(open_place(directory, FLAG_READ | FLAG_DIRECTORY, 0, path, &file, &id, &kind, &size));
    if (result == 0)
        enter(file, path);
    return result;
}

int64_t disk_fchdir(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);
    cell_cap_t file;
    uint64_t id, kind, size;
    int64_t result;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    if (description->kind->list == NULL)
        result = -ENOTDIR;
    else if (description->kind != &directory_disk)
        result = (enter(root, description->name), 0);
    else
        result = error_number(open_place(description->data, FLAG_READ | FLAG_DIRECTORY, 0, ".", &file, &id, &kind, &size));
    if (result == 0 && description->kind == &directory_disk)
        enter(file, description->name != NULL ? description->name : ".");
    description_put(description);
    return result;
}

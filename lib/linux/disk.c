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

#define BUFFER_PAGES 16u
#define BUFFER_BYTES (BUFFER_PAGES * (uint64_t)PAGE)

static cell_cap_t root, there; /* the root directory; the memory, as the server knows it */
static cell_cap_t current;     /* where relative paths begin */
static uint8_t *buffer;
static lock_t lock; /* of the memory */

void disk_start(void)
{
    cell_cap_t edge = process_edge("FILE"), mo;
    uint64_t address;

    if (edge == 0 || file_root(edge, &root) != CELL_OK)
        return;
    if (mo_allocate(process_edge("MO"), BUFFER_PAGES, 0, &mo) != CELL_OK ||
        ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &address) != CELL_OK ||
        handle_give_to_server(edge, mo, CELL_READ | CELL_WRITE, &there) != CELL_OK) {
        root = 0;
        return;
    }
    buffer = (uint8_t *)address;
    current = root;
}

bool disk_there(void)
{
    return root != 0;
}

/* ---- Data ------------------------------------------------------------------- */

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
        result = function(description, at + done, part, offset == UINT64_MAX ? offset : offset + done);
        lock_give(&lock);
        if (result <= 0)
            break;
        done += (uint64_t)result;
        if ((uint64_t)result < part)
            break;
    }
    return done != 0 ? (int64_t)done : result;
}

static int64_t read_disk(struct description *description, uint64_t to, uint64_t count, uint64_t offset)
{
    return transfer(read_part, description, to, count, offset);
}

static int64_t write_disk(struct description *description, uint64_t from, uint64_t count, uint64_t offset)
{
    bool append = (description->flags & O_APPEND) != 0;
    int64_t result = transfer(write_part, description, from, count, append ? UINT64_MAX : offset);

    /* The caller moves the offset by what was written. */
    if (append && result > 0)
        description->offset = description->size - (uint64_t)result;
    return result;
}

/* ---- What a file is ----------------------------------------------------------- */

/* The answer of stat and stat_path, in its order. */
struct answer {
    uint64_t id, generation, mode, links, uid, gid, size, blocks, accessed, accessed_ns, modified, modified_ns, changed, changed_ns,
        made, special;
};

static void fill_stat(const struct answer *answer, struct linux_stat *stat)
{
    *stat = (struct linux_stat){.device = 2, .inode = answer->id, .mode = (uint32_t)answer->mode, .links = (uint32_t)answer->links, .uid = (uint32_t)answer->uid, .gid = (uint32_t)answer->gid, .special = answer->special, .size = (int64_t)answer->size, .block_size = PAGE, .blocks = (int64_t)answer->blocks, .accessed = {(int64_t)answer->accessed, (int64_t)answer->accessed_ns}, .modified = {(int64_t)answer->modified, (int64_t)answer->modified_ns}, .changed = {(int64_t)answer->changed, (int64_t)answer->changed_ns}};
}

static int64_t stat_open(struct description *description, struct linux_stat *stat)
{
    struct answer a;
    cell_error_t error = file_stat(description->data, &a.id, &a.generation, &a.mode, &a.links, &a.uid, &a.gid, &a.size, &a.blocks,
                                   &a.accessed, &a.accessed_ns, &a.modified, &a.modified_ns, &a.changed, &a.changed_ns, &a.made, &a.special);

    if (error == CELL_OK)
        fill_stat(&a, stat);
    description->size = error == CELL_OK ? a.size : description->size;
    return error_number(error);
}

static void close_disk(struct description *description)
{
    handle_drop(description->data);
}

static const struct file_kind file_disk = {.read = read_disk, .write = write_disk, .stat = stat_open, .close = close_disk, .seeks = true};

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
    int64_t result = description->kind == &file_disk ? 0 : -ENOTDIR;

    *directory = description->data;
    description_put(description);
    return result;
}

enum { FLAG_READ = 1,
       FLAG_WRITE = 2,
       FLAG_DIRECTORY = 128,
       FLAG_LOOK = 512 };

/* Flags of the interface for those of open. */
static uint64_t flags_of(uint32_t flags)
{
    static const struct {
        uint32_t linux_flag;
        uint64_t flag;
    } flags_table[] = {{O_APPEND, 8}, {O_CREAT, 16}, {O_EXCL, 32}, {O_TRUNC, 64}, {O_DIRECTORY, FLAG_DIRECTORY}, {O_NOFOLLOW, 256}, {O_PATH, FLAG_LOOK}};
    uint32_t access = flags & O_ACCMODE;
    uint64_t result = (flags & O_PATH) != 0 ? 0 : access == O_RDONLY ? 1
                                              : access == O_WRONLY   ? 2
                                                                     : 3;

    for (unsigned i = 0; i < sizeof flags_table / sizeof *flags_table; i++)
        result |= (flags & flags_table[i].linux_flag) != 0 ? flags_table[i].flag : 0;
    return result;
}

/* Opens a path; of a directory with the right to change its entries, too, where that can be had: whoever has it open may make files
 * there. */
static cell_error_t open_place(cell_cap_t directory, uint64_t flags, uint64_t mode, const char *path, cell_cap_t *file, uint64_t *id,
                               uint64_t *size)
{
    uint64_t kind, length = text_length(path);

    if ((flags & (FLAG_DIRECTORY | FLAG_LOOK)) == FLAG_DIRECTORY &&
        file_open(directory, flags | FLAG_WRITE, mode, path, length, file, id, &kind, size) == CELL_OK)
        return CELL_OK;
    return file_open(directory, flags, mode, path, length, file, id, &kind, size);
}

int64_t disk_open(int32_t number, const char *path, uint32_t flags, uint32_t mode, struct description **opened)
{
    cell_cap_t directory, file;
    uint64_t id, size;
    int64_t result = directory_of(number, path, &directory);

    if (result != 0)
        return result;
    cell_error_t error = open_place(directory, flags_of(flags), mode & 07777 & ~process.umask, path, &file, &id, &size);

    if (error != CELL_OK)
        return error_number(error);
    struct description *description = description_new(&file_disk, flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY));

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
    struct answer a;
    cell_cap_t directory;
    int64_t result = directory_of(number, path, &directory);

    if (result != 0)
        return result;
    cell_error_t error = file_stat_path(directory, follow ? 0 : 1, path, text_length(path), &a.id, &a.generation, &a.mode, &a.links, &a.uid,
                                        &a.gid, &a.size, &a.blocks, &a.accessed, &a.accessed_ns, &a.modified, &a.modified_ns,
                                        &a.changed, &a.changed_ns, &a.made, &a.special);

    if (error == CELL_OK)
        fill_stat(&a, stat);
    return error_number(error);
}

int64_t disk_read_link(int32_t number, const char *path, char *target, uint64_t *length)
{
    cell_cap_t directory;
    int64_t result = directory_of(number, path, &directory);

    return result != 0 ? result : error_number(file_read_link(directory, path, text_length(path), target, length));
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
    return length < 0 ? length : error_number(file_make_directory(directory, arguments[2] & 0777 & ~(uint64_t)process.umask, path, (uint64_t)length));
}

/* Both paths begin in the same directory, or the second one at the root: then so does the first. */
static int64_t rename(const uint64_t *arguments, uint64_t flags)
{
    char paths[PATHS];
    cell_cap_t from, to;
    int64_t first = get_place(arguments[0], arguments[1], paths, &from);
    int64_t second = first < 0 ? first : get_path(arguments[3], paths, (uint64_t)first);
    int64_t result = second < 0 ? second : directory_of((int32_t)arguments[2], paths + first, &to);

    if (result != 0)
        return result;
    if (from != to && paths[0] != '/' && paths[first] != '/')
        return -EXDEV;
    return error_number(file_rename(from == root ? to : from, 0, flags, (uint64_t)first, paths, (uint64_t)(first + second)));
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

/* The description of a file of the server. */
static int64_t get_file(uint64_t number, struct description **description)
{
    *description = description_get(number);
    if (*description == NULL)
        return -EBADF;
    if ((*description)->kind == &file_disk)
        return 0;
    description_put(*description);
    return -EINVAL;
}

int64_t disk_ftruncate(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    int64_t result = get_file(arguments[0], &description);

    (void)thread;
    if (result != 0)
        return result;
    result = (int64_t)arguments[1] < 0 ? -EINVAL : error_number(file_resize(description->data, arguments[1]));
    if (result == 0)
        description->size = arguments[1];
    description_put(description);
    return result;
}

int64_t disk_fsync(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    int64_t result = get_file(arguments[0], &description);

    (void)thread;
    if (result != 0)
        return result;
    result = error_number(file_sync(description->data, 1));
    description_put(description);
    return result;
}

/* Records of the interface are those of getdents64. */
int64_t disk_getdents64(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    uint64_t filled = 0, next = 0, count = arguments[2] < BUFFER_BYTES ? arguments[2] : BUFFER_BYTES;
    int64_t result = get_file(arguments[0], &description);

    (void)thread;
    if (result != 0)
        return result == -EINVAL ? -ENOTDIR : result;
    lock_take(&lock);
    result = error_number(file_list(description->data, description->offset, there, 0, count & ~UINT64_C(7), &filled, &next));
    if (result == 0)
        result = user_put(arguments[1], buffer, filled);
    lock_give(&lock);
    if (result == 0 && filled != 0)
        description->offset = next;
    description_put(description);
    return result == 0 ? (int64_t)filled : result;
}

int64_t disk_chdir(struct thread *thread, const uint64_t *arguments)
{
    char path[PATHS];
    cell_cap_t directory, file;
    uint64_t id, size;
    int64_t length = get_place((uint64_t)(int64_t)AT_FDCWD, arguments[0], path, &directory);

    (void)thread;
    if (length < 0)
        return length;
    cell_error_t error = open_place(directory, FLAG_READ | FLAG_DIRECTORY, 0, path, &file, &id, &size);

    if (error != CELL_OK)
        return error_number(error);
    if (current != root)
        handle_drop(current);
    current = file;
    process_moved(path);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/files.c: opening files, and questions about them (files.h). */
#include "lib/linux/files.h"

#include "lib/linux/disk.h"
#include "lib/linux/made_up.h"

/* ---- Opening ----------------------------------------------------------------- */

int64_t path_get(uint64_t at, char *path)
{
    int64_t length = user_range(at, 1) ? user_text(path, (const char *)at, PATH_MOST) : -EFAULT;

    return length < 0 ? length : length == PATH_MOST ? -ENAMETOOLONG
                             : length == 0           ? -ENOENT
                                                     : 0;
}

/* On the disk, or in the boot archive. */
static int64_t open_stored(int32_t directory, const char *path, uint32_t flags, uint32_t mode, struct description **opened)
{
    int64_t result = disk_there() ? disk_open(directory, path, flags, mode, opened) : -ENOENT;

    if (result != -ENOENT)
        return result;
    if ((flags & O_CREAT) == 0)
        return archive_open(path, flags, opened);
    return disk_there() ? result : -EROFS;
}

int64_t open_path(int32_t directory, const char *path, uint32_t flags, uint32_t mode, struct description **opened)
{
    char made_up[MADE_UP_MOST];

    if (__builtin_expect(made_up_path(directory, path, made_up), 0))
        return made_up_open(made_up, flags, opened);
    int64_t result = open_stored(directory, path, flags, mode, opened);

    if (result == 0 && (flags & O_PATH) == 0)
        (*opened)->name = path_name(directory, path);
    return result;
}

int64_t open_at(uint64_t directory, uint64_t at, uint32_t flags, uint64_t at_flags, struct description **opened)
{
    char path[PATH_MOST];
    int64_t result = path_get(at, path);

    if (result == -ENOENT && (at_flags & AT_EMPTY_PATH) != 0) {
        *opened = (int32_t)directory == AT_FDCWD ? NULL : description_get(directory);
        if ((int32_t)directory == AT_FDCWD)
            return open_path(AT_FDCWD, ".", flags, 0, opened);
        return *opened == NULL ? -EBADF : 0;
    }
    if ((at_flags & AT_SYMLINK_NOFOLLOW) != 0)
        flags |= O_NOFOLLOW;
    return result == 0 ? open_path((int32_t)directory, path, flags, 0, opened) : result;
}

/* Flags that count with O_PATH. */
#define PATH_FLAGS ((uint32_t)(O_PATH | O_DIRECTORY | O_NOFOLLOW))

int64_t files_openat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATH_MOST];
    uint32_t flags = (uint32_t)arguments[2] & ~(uint32_t)O_CLOEXEC;
    struct description *description;
    int64_t result = path_get(arguments[1], path);

    (void)thread;
    if ((flags & O_PATH) != 0)
        flags &= PATH_FLAGS;
    if (result == 0 && (flags & O_TMPFILE) != 0)
        result = -EOPNOTSUPP;
    if (result == 0)
        result = open_path((int32_t)arguments[0], path, flags & ~(uint32_t)O_LARGEFILE, (uint32_t)arguments[3], &description);
    return result == 0 ? descriptor_new(description, 0, (arguments[2] & O_CLOEXEC) != 0) : result;
}

/* ---- Questions ------------------------------------------------------------------- */

int64_t files_fstat(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);
    struct linux_stat stat;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result = description->kind->stat(description, &stat);

    description_put(description);
    return result == 0 ? user_put(arguments[1], &stat, sizeof stat) : result;
}

/* Of a path of a call: of what is on the disk by one request. */
static int64_t stat_at(uint64_t directory, uint64_t at, uint64_t at_flags, struct linux_stat *stat)
{
    struct description *description;
    char path[PATH_MOST], made_up[MADE_UP_MOST];
    int64_t result = path_get(at, path);

    if (result == 0 && disk_there() && !made_up_path((int32_t)directory, path, made_up)) {
        result = disk_stat((int32_t)directory, path, (at_flags & AT_SYMLINK_NOFOLLOW) == 0, stat);
        if (result != -ENOENT)
            return result;
    }
    result = open_at(directory, at, O_PATH, at_flags, &description);
    if (result != 0)
        return result;
    result = description->kind->stat(description, stat);
    description_put(description);
    return result;
}

/* Flags of the calls below; also AT_NO_AUTOMOUNT, and of statx how far the answer may be cached. */
#define STAT_FLAGS UINT64_C(0x7900)

int64_t files_fstatat(struct thread *thread, const uint64_t *arguments)
{
    struct linux_stat stat;

    (void)thread;
    if ((arguments[3] & ~STAT_FLAGS) != 0)
        return -EINVAL;
    int64_t result = stat_at(arguments[0], arguments[1], arguments[3], &stat);

    return result == 0 ? user_put(arguments[2], &stat, sizeof stat) : result;
}

static struct linux_statx_time statx_time(const struct linux_timespec *time)
{
    return (struct linux_statx_time){time->seconds, (uint32_t)time->nanoseconds, 0};
}

/* What statx always tells: STATX_BASIC_STATS. */
#define STATX_BASIC 0x7ffu

int64_t files_statx(struct thread *thread, const uint64_t *arguments)
{
    struct linux_stat stat;

    (void)thread;
    if ((arguments[2] & ~STAT_FLAGS) != 0 || (arguments[2] & 0x6000) == 0x6000 || (arguments[3] & 0x80000000) != 0)
        return -EINVAL;
    int64_t result = stat_at(arguments[0], arguments[1], arguments[2], &stat);

    if (result != 0)
        return result;
    const struct linux_statx statx = {
        .mask = STATX_BASIC,
        .block_size = (uint32_t)stat.block_size,
        .links = stat.links,
        .uid = stat.uid,
        .gid = stat.gid,
        .mode = (uint16_t)stat.mode,
        .inode = stat.inode,
        .size = (uint64_t)stat.size,
        .blocks = (uint64_t)stat.blocks,
        .accessed = statx_time(&stat.accessed),
        .changed = statx_time(&stat.changed),
        .modified = statx_time(&stat.modified),
        .special_major = (uint32_t)(stat.special >> 8 & 0xfff),
        .special_minor = (uint32_t)(stat.special & 0xff),
        .device_minor = (uint32_t)stat.device,
    };

    return user_put(arguments[4], &statx, sizeof statx);
}

/* Permissions are not checked by mode: a file that could be opened can be used. One that cannot be written gives an error on the
 * attempt. */
static int64_t access_at(const uint64_t *arguments, uint64_t at_flags)
{
    struct linux_stat stat;

    if ((arguments[2] & ~UINT64_C(7)) != 0)
        return -EINVAL;
    int64_t result = stat_at(arguments[0], arguments[1], at_flags, &stat);

    if (result != 0 || (arguments[2] & 1) == 0 || (stat.mode & S_IFMT) == S_IFDIR)
        return result;
    return (stat.mode & 0111) == 0 ? -EACCES : 0; /* user 0, too, executes only what somebody may */
}

int64_t files_faccessat(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return access_at(arguments, 0);
}

int64_t files_faccessat2(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    /* AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
    return (arguments[3] & ~UINT64_C(0x1300)) != 0 ? -EINVAL : access_at(arguments, arguments[3] & ~UINT64_C(0x200));
}

int64_t files_readlinkat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATH_MOST], made_up[MADE_UP_MOST], target[PATH_MOST];
    uint64_t length = 0;
    int64_t result = path_get(arguments[1], path);

    (void)thread;
    if ((int32_t)arguments[3] <= 0)
        return -EINVAL;
    if (result != 0)
        return result;
    if (made_up_path((int32_t)arguments[0], path, made_up))
        result = made_up_read_link(made_up, target, &length);
    else if (disk_there())
        result = disk_read_link((int32_t)arguments[0], path, target, &length);
    else
        result = access_at((const uint64_t[]){arguments[0], arguments[1], 0}, 0) ?: -EINVAL;
    if (length > arguments[3])
        length = arguments[3];
    return result != 0 ? result : user_put(arguments[2], target, length) == 0 ? (int64_t)length
                                                                              : -EFAULT;
}

int64_t files_getcwd(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    uint64_t length = text_length(process.directory) + 1;

    if (arguments[1] < length)
        return -ERANGE;
    return user_put(arguments[0], process.directory, length) == 0 ? (int64_t)length : -EFAULT;
}

int64_t files_umask(struct thread *thread, const uint64_t *arguments)
{
    uint32_t old = process.umask;

    (void)thread;
    process.umask = (uint32_t)arguments[0] & 0777;
    return old;
}

/* ---- File systems ------------------------------------------------------------------ */

/* Of what is made up, and of the boot archive: as a file system in memory, which is full. */
static int64_t put_statfs(struct description *description, uint64_t at)
{
    struct linux_statfs statfs = {.type = 0x01021994, .block_size = PAGE, .name_length = 255, .fragment_size = PAGE};
    int64_t result = description->kind->statfs == NULL ? 0 : description->kind->statfs(description, &statfs);

    description_put(description);
    return result == 0 ? user_put(at, &statfs, sizeof statfs) : result;
}

int64_t files_statfs(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    int64_t result = open_at((uint64_t)(int64_t)AT_FDCWD, arguments[0], O_PATH, 0, &description);

    (void)thread;
    return result == 0 ? put_statfs(description, arguments[1]) : result;
}

int64_t files_fstatfs(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);

    (void)thread;
    return description == NULL ? -EBADF : put_statfs(description, arguments[1]);
}

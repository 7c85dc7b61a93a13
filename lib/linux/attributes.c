/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/attributes.c: sizes, blocks, permissions, owners and times of files; what is on the disk (files.h). */
#include "lib/linux/disk.h"
#include "lib/linux/files.h"
#include "lib/linux/mapped.h"
#include "lib/linux/time.h"

/* The description of a descriptor, not of one that only names a file. */
static struct description *get_open(uint64_t number)
{
    struct description *description = description_get(number);

    if (description == NULL || (description->flags & O_PATH) == 0)
        return description;
    description_put(description);
    return NULL;
}

/* ---- Sizes and blocks ----------------------------------------------------------- */

static int64_t resize(struct description *description, uint64_t size)
{
    if (description->kind->list != NULL)
        return -EISDIR;
    int64_t result = description->kind->resize == NULL || (description->flags & O_ACCMODE) == O_RDONLY
                         ? -EINVAL
                         : description->kind->resize(description, size);

    if (result == 0)
        mapped_shortened(description, size);
    return result;
}

int64_t attributes_ftruncate(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = (int64_t)arguments[1] < 0 ? NULL : get_open(arguments[0]);

    (void)thread;
    if (description == NULL)
        return (int64_t)arguments[1] < 0 ? -EINVAL : -EBADF;
    int64_t result = resize(description, arguments[1]);

    description_put(description);
    return result;
}

int64_t attributes_truncate(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    int64_t result = (int64_t)arguments[1] < 0 ? -EINVAL : open_at((uint64_t)(int64_t)AT_FDCWD, arguments[0], O_WRONLY, 0, &description);

    (void)thread;
    if (result != 0)
        return result;
    result = resize(description, arguments[1]);
    description_put(description);
    return result;
}

int64_t attributes_fallocate(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = get_open(arguments[0]);
    int64_t result = -EOPNOTSUPP, end;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    if ((int64_t)arguments[2] < 0 || (int64_t)arguments[3] <= 0)
        result = -EINVAL;
    else if ((description->flags & O_ACCMODE) == O_RDONLY)
        result = -EBADF;
    else if (__builtin_add_overflow((int64_t)arguments[2], (int64_t)arguments[3], &end))
        result = -EFBIG;
    else if (!description->kind->seeks)
        result = -ENODEV;
    else if (description->kind->allocate != NULL)
        result = description->kind->allocate(description, (uint32_t)arguments[1], arguments[2], arguments[3]);
    description_put(description);
    return result;
}

/* Advice for descriptors that are no file: ESPIPE, like Linux. What is advised has no effect. */
int64_t attributes_fadvise(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = get_open(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    description_put(description);
    return arguments[3] > 5 || (int64_t)arguments[2] < 0 ? -EINVAL : 0;
}

int64_t attributes_readahead(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = get_open(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    bool file = description->kind->read != NULL && description->kind->seeks && (description->flags & O_ACCMODE) != O_WRONLY;

    description_put(description);
    return file ? 0 : -EINVAL;
}

/* ---- On the disk ------------------------------------------------------------------ */

static int64_t sync(uint64_t number, bool data_only)
{
    struct description *description = get_open(number);

    if (description == NULL)
        return -EBADF;
    int64_t result = description->kind->sync == NULL ? -EINVAL : description->kind->sync(description, data_only);

    description_put(description);
    return result;
}

int64_t attributes_fsync(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return sync(arguments[0], false);
}

int64_t attributes_fdatasync(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return sync(arguments[0], true);
}

int64_t attributes_sync_range(struct thread *thread, const uint64_t *arguments)
{
    int64_t end;

    (void)thread;
    if ((arguments[3] & ~UINT64_C(7)) != 0 || (int64_t)arguments[1] < 0 || (int64_t)arguments[2] < 0 ||
        __builtin_add_overflow((int64_t)arguments[1], (int64_t)arguments[2], &end))
        return -EINVAL;
    int64_t result = sync(arguments[0], true);

    return result == -EINVAL ? -ESPIPE : result;
}

/* sync, and syncfs with a descriptor. */
int64_t attributes_sync(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    disk_sync();
    return 0;
}

int64_t attributes_syncfs(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = get_open(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    description_put(description);
    disk_sync();
    return 0;
}

/* ---- Permissions, owners, times ------------------------------------------------------ */

/* A change of a file's owner removes the bits by which it runs as its owner or group. */
static void drop_identity(struct description *description, struct attributes *attributes)
{
    struct linux_stat stat;

    if ((attributes->mask & ATTRIBUTE_MODE) != 0 || description->kind->stat(description, &stat) != 0 || (stat.mode & S_IFMT) != S_IFREG)
        return;
    uint32_t kept = stat.mode & 07777 & ~((stat.mode & 010) != 0 ? 06000u : 04000u);

    if (kept == (stat.mode & 07777))
        return;
    attributes->mask |= ATTRIBUTE_MODE;
    attributes->mode = kept;
}

static int64_t set(struct description *description, struct attributes *attributes)
{
    if (attributes->is_owner)
        drop_identity(description, attributes);
    int64_t result = attributes->mask == 0 ? 0 : description->kind->set == NULL ? -EPERM
                                                                                : description->kind->set(description, attributes);

    description_put(description);
    return result;
}

static int64_t set_open(uint64_t number, struct attributes *attributes)
{
    struct description *description = get_open(number);

    return description == NULL ? -EBADF : set(description, attributes);
}

static int64_t set_path(uint64_t directory, uint64_t at, uint64_t at_flags, struct attributes *attributes)
{
    struct description *description;
    int64_t result = open_at(directory, at, O_PATH | O_WRONLY, at_flags, &description);

    return result != 0 ? result : set(description, attributes);
}

static struct attributes of_mode(uint64_t mode)
{
    return (struct attributes){.mask = ATTRIBUTE_MODE, .mode = (uint32_t)mode & 07777};
}

/* An id of all ones stays as it is. */
static struct attributes of_owner(uint64_t uid, uint64_t gid)
{
    unsigned mask =
        ((uint32_t)uid != UINT32_MAX ? (unsigned)ATTRIBUTE_UID : 0) | ((uint32_t)gid != UINT32_MAX ? (unsigned)ATTRIBUTE_GID : 0);

    return (struct attributes){.mask = mask, .is_owner = true, .uid = (uint32_t)uid, .gid = (uint32_t)gid};
}

int64_t attributes_fchmod(struct thread *thread, const uint64_t *arguments)
{
    struct attributes attributes = of_mode(arguments[1]);

    (void)thread;
    return set_open(arguments[0], &attributes);
}

int64_t attributes_fchmodat(struct thread *thread, const uint64_t *arguments)
{
    struct attributes attributes = of_mode(arguments[2]);

    (void)thread;
    return set_path(arguments[0], arguments[1], 0, &attributes);
}

int64_t attributes_fchown(struct thread *thread, const uint64_t *arguments)
{
    struct attributes attributes = of_owner(arguments[1], arguments[2]);

    (void)thread;
    return set_open(arguments[0], &attributes);
}

int64_t attributes_fchownat(struct thread *thread, const uint64_t *arguments)
{
    struct attributes attributes = of_owner(arguments[2], arguments[3]);

    (void)thread;
    if ((arguments[4] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
        return -EINVAL;
    return set_path(arguments[0], arguments[1], arguments[4], &attributes);
}

enum { TIME_NOW = 0x3fffffff,
       TIME_OMIT = 0x3ffffffe };

/* One of the two times: its bit, if it is to be changed. */
static int64_t take_time(struct linux_timespec *time, unsigned bit, unsigned *mask)
{
    if (time->nanoseconds == TIME_OMIT) {
        *time = (struct linux_timespec){0, 0};
        return 0;
    }
    *mask |= bit;
    if (time->nanoseconds == TIME_NOW)
        *time = (struct linux_timespec){(int64_t)(time_date() / 1000000000), (int64_t)(time_date() % 1000000000)};
    return time->nanoseconds < 0 || time->nanoseconds > 999999999 ? -EINVAL : 0;
}

int64_t attributes_utimensat(struct thread *thread, const uint64_t *arguments)
{
    struct linux_timespec times[2] = {{0, TIME_NOW}, {0, TIME_NOW}};
    struct attributes attributes = {0};

    (void)thread;
    if (arguments[2] != 0 && user_get(times, arguments[2], sizeof times) != 0)
        return -EFAULT;
    if ((arguments[3] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0 ||
        take_time(&times[0], ATTRIBUTE_ACCESSED, &attributes.mask) != 0 || take_time(&times[1], ATTRIBUTE_MODIFIED, &attributes.mask) != 0)
        return -EINVAL;
    attributes.accessed = times[0];
    attributes.modified = times[1];
    return arguments[1] == 0 ? set_open(arguments[0], &attributes) : set_path(arguments[0], arguments[1], arguments[3], &attributes);
}

/* ---- Extended attributes: nothing has any ---------------------------------------------- */

int64_t attributes_no_xattr(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    (void)arguments;
    return -EOPNOTSUPP;
}

/* ---- Entries of a directory --------------------------------------------------------------- */

int64_t attributes_getdents64(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = get_open(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result =
        description->kind->list == NULL ? -ENOTDIR : description->kind->list(description, arguments[1], (uint32_t)arguments[2]);

    description_put(description);
    return result;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/control.c: fcntl and ioctl (files.h); locks are in file_locks.c. */
#include "lib/linux/file_locks.h"
#include "lib/linux/files.h"

/* Flags that F_SETFL changes. */
#define CHANGED (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

static int64_t control(struct description *description, uint64_t command, uint64_t argument)
{
    switch (command) {
    case F_GETFL:
        return description->flags | O_LARGEFILE;
    case F_SETFL:
        description->flags = (description->flags & ~(uint32_t)CHANGED) | ((uint32_t)argument & CHANGED);
        return 0;
    case F_GETLK:
    case F_OFD_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return file_locks_control(description, command, argument);
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        return -EBADF;
    case F_GET_SEALS:
    case F_ADD_SEALS:
        return -EINVAL;
    case F_GETOWN:
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t control_fcntl(struct thread *thread, const uint64_t *arguments)
{
    uint64_t number = (uint32_t)arguments[0], command = (uint32_t)arguments[1];
    struct description *description = description_get(number);
    int64_t result = 0;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        result = arguments[2] >= descriptors_most ? -EINVAL : descriptor_duplicate(number, arguments[2], command == F_DUPFD_CLOEXEC);
    else if (command == F_GETFD)
        result = descriptor_cloexec(number) ? FD_CLOEXEC : 0;
    else if (command == F_SETFD)
        descriptor_set_cloexec(number, (arguments[2] & FD_CLOEXEC) != 0);
    else if ((description->flags & O_PATH) != 0 && command != F_GETFL)
        result = -EBADF;
    else
        result = control(description, command, arguments[2]);
    description_put(description);
    return result;
}

/* ---- ioctl ------------------------------------------------------------------ */

/* What is left to be read, of a file. */
static int64_t put_readable(struct description *description, uint64_t to)
{
    struct linux_stat stat;
    int64_t result = description->kind->stat(description, &stat);

    if (result != 0)
        return result;
    int32_t left = (int32_t)(description->size - description->offset);

    return user_put(to, &left, sizeof left);
}

static int64_t set_nonblocking(struct description *description, uint64_t at)
{
    int32_t on;

    if (user_get(&on, at, sizeof on) != 0)
        return -EFAULT;
    description->flags = (description->flags & ~(uint32_t)O_NONBLOCK) | (on != 0 ? (uint32_t)O_NONBLOCK : 0);
    return 0;
}

int64_t control_ioctl(struct thread *thread, const uint64_t *arguments)
{
    uint64_t request = (uint32_t)arguments[1];
    struct description *description = description_get(arguments[0]);
    int64_t result = 0;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    if ((description->flags & O_PATH) != 0)
        result = -EBADF;
    else if (request == FIOCLEX || request == FIONCLEX)
        descriptor_set_cloexec((uint32_t)arguments[0], request == FIOCLEX);
    else if (request == FIONBIO)
        result = set_nonblocking(description, arguments[2]);
    else if (request == FIONREAD && description->kind->seeks && description->kind->list == NULL)
        result = put_readable(description, arguments[2]);
    else
        result = description->kind->ioctl == NULL ? -ENOTTY : description->kind->ioctl(description, request, arguments[2]);
    description_put(description);
    return result;
}

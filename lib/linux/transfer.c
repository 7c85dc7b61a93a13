/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/transfer.c: reading, writing and offsets (files.h). */
#include "lib/linux/files.h"
#include "lib/linux/memory.h"

/* ---- One piece -------------------------------------------------------------- */

typedef int64_t transfer_function(struct description *description, uint64_t at, uint64_t count, uint64_t offset);

/* The function for a transfer, if the description was opened for it. */
static transfer_function *function_of(const struct description *description, bool write)
{
    uint32_t access = description->flags & O_ACCMODE;

    if ((description->flags & O_PATH) != 0 || (write ? access == O_RDONLY : access == O_WRONLY))
        return NULL;
    return write ? description->kind->write : description->kind->read;
}

/* Most bytes of one call. */
#define TRANSFER_MOST UINT64_C(0x7ffff000)

/* What answers in place of a function that is not there. */
static int64_t refusal(const struct description *description, bool write)
{
    bool lists = !write && (description->flags & O_PATH) == 0 && description->kind->list != NULL;

    return lists ? -EISDIR : description->kind->write == NULL && write && (description->flags & O_ACCMODE) != O_RDONLY ? -EINVAL
                                                                                                                       : -EBADF;
}

int64_t transfer_bytes(struct description *description, bool write, uint64_t at, uint64_t count, uint64_t offset)
{
    transfer_function *function = function_of(description, write);
    bool moves = offset == UINT64_MAX && description->kind->seeks;

    if (function == NULL)
        return refusal(description, write);
    if (offset != UINT64_MAX && !description->kind->seeks)
        return -ESPIPE;
    int64_t result = function(description, at, count < TRANSFER_MOST ? count : TRANSFER_MOST, moves ? description->offset : offset);

    if (moves && result > 0)
        description->offset += (uint64_t)result;
    return result;
}

static int64_t transfer(uint64_t number, bool write, uint64_t at, uint64_t count, uint64_t offset)
{
    struct description *description = description_get(number);

    if (description == NULL)
        return -EBADF;
    int64_t result = transfer_bytes(description, write, at, count, offset);

    description_put(description);
    return result;
}

int64_t transfer_read(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer(arguments[0], false, arguments[1], arguments[2], UINT64_MAX);
}

int64_t transfer_write(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer(arguments[0], true, arguments[1], arguments[2], UINT64_MAX);
}

int64_t transfer_pread(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer(arguments[0], false, arguments[1], arguments[2], arguments[3]);
}

int64_t transfer_pwrite(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer(arguments[0], true, arguments[1], arguments[2], arguments[3]);
}

/* ---- Vectors ------------------------------------------------------------------ */

/* Most parts of a vector: UIO_MAXIOV. */
#define PARTS_MOST 1024u

/* Whether a vector is one; a part with more bytes than a transfer can have is cut. */
static int64_t check_vector(uint64_t at, uint64_t parts)
{
    struct linux_iovec part;

    if (parts > PARTS_MOST)
        return -EINVAL;
    for (uint64_t i = 0; i < parts; i++) {
        if (user_get(&part, at + i * sizeof part, sizeof part) != 0)
            return -EFAULT;
        if ((int64_t)part.length < 0)
            return -EINVAL;
    }
    return 0;
}

/* The parts of a vector, one after the other, until one comes out short. */
static int64_t transfer_parts(struct description *description, bool write, uint64_t at, uint64_t parts, uint64_t offset)
{
    struct linux_iovec part;
    int64_t done = 0;

    if (function_of(description, write) == NULL)
        return refusal(description, write);
    for (uint64_t i = 0; i < parts; i++) {
        if (user_get(&part, at + i * sizeof part, sizeof part) != 0)
            return done != 0 ? done : -EFAULT;
        if (part.length == 0)
            continue;
        int64_t result =
            transfer_bytes(description, write, part.base, part.length, offset == UINT64_MAX ? offset : offset + (uint64_t)done);

        if (result < 0)
            return done != 0 ? done : result;
        done += result;
        if ((uint64_t)result < part.length)
            break;
    }
    return done;
}

static int64_t transfer_vector(const uint64_t *arguments, bool write, uint64_t offset)
{
    struct description *description = description_get(arguments[0]);

    if (description == NULL)
        return -EBADF;
    int64_t result = offset != UINT64_MAX && !description->kind->seeks ? -ESPIPE : check_vector(arguments[1], arguments[2]);

    if (result == 0)
        result = transfer_parts(description, write, arguments[1], arguments[2], offset);
    description_put(description);
    return result;
}

int64_t transfer_readv(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_vector(arguments, false, UINT64_MAX);
}

int64_t transfer_writev(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_vector(arguments, true, UINT64_MAX);
}

int64_t transfer_preadv(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer_vector(arguments, false, arguments[3]);
}

int64_t transfer_pwritev(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer_vector(arguments, true, arguments[3]);
}

/* preadv2 and pwritev2: -1 means where the description stands. Of the flags, RWF_HIPRI, DSYNC, SYNC and NOWAIT change nothing that can
 * be seen; RWF_APPEND is not there. */
static int64_t transfer_flagged(const uint64_t *arguments, bool write)
{
    if ((arguments[5] & ~UINT64_C(15)) != 0)
        return -EOPNOTSUPP;
    return (int64_t)arguments[3] < -1 ? -EINVAL : transfer_vector(arguments, write, arguments[3]);
}

int64_t transfer_preadv2(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_flagged(arguments, false);
}

int64_t transfer_pwritev2(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_flagged(arguments, true);
}

/* ---- Offsets ---------------------------------------------------------------------- */

/* The size as it is now; others may have changed it. */
static int64_t refresh_size(struct description *description)
{
    struct linux_stat stat;

    return description->kind->stat(description, &stat);
}

/* SEEK_DATA and SEEK_HOLE; where the kind does not know better, all is data and a hole is at the end. */
static int64_t find(struct description *description, uint64_t offset, bool hole)
{
    int64_t result = refresh_size(description);

    if (result != 0)
        return result;
    if (offset >= description->size)
        return -ENXIO;
    if (description->kind->find != NULL)
        return description->kind->find(description, offset, hole);
    return (int64_t)(hole ? description->size : offset);
}

static int64_t seek(struct description *description, int64_t offset, uint64_t from)
{
    int64_t result = 0, base = 0;

    if ((description->flags & O_PATH) != 0)
        return -EBADF;
    if (from > FROM_HOLE)
        return -EINVAL;
    if (!description->kind->seeks)
        return -ESPIPE;
    if (from >= FROM_DATA) {
        result = find(description, (uint64_t)offset, from == FROM_HOLE);
    } else {
        if (from == FROM_END)
            result = refresh_size(description);
        base = from == FROM_START ? 0 : (int64_t)(from == FROM_HERE ? description->offset : description->size);
        if (result == 0 && (__builtin_add_overflow(base, offset, &result) || result < 0))
            result = -EINVAL;
    }
    if (result >= 0)
        description->offset = (uint64_t)result;
    return result;
}

int64_t transfer_lseek(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result = seek(description, (int64_t)arguments[1], (uint32_t)arguments[2]);

    description_put(description);
    return result;
}

/* ---- From one file to another -------------------------------------------------------- */

/* Bytes that go through the program's address space at once. */
#define PIECE UINT64_C(65536)

/* Copies up to `count` bytes; an offset of all ones is where the description stands. Data goes through memory that is mapped for
 * that: kinds read into, and write from, the program's memory. */
static int64_t copy(struct description *from, struct description *to, uint64_t *from_offset, uint64_t *to_offset, uint64_t count)
{
    uint64_t done = 0, memory;
    int64_t result = memory_scratch(PIECE, &memory);

    if (result != 0)
        return result;
    while (done < count) {
        uint64_t part = count - done < PIECE ? count - done : PIECE;

        result = transfer_bytes(from, false, memory, part, *from_offset);
        if (result <= 0)
            break;
        uint64_t got = (uint64_t)result;

        result = transfer_bytes(to, true, memory, got, *to_offset);
        if (result < (int64_t)got && *from_offset == UINT64_MAX)
            from->offset -= got - (result > 0 ? (uint64_t)result : 0); /* what was not written was not read */
        if (result <= 0)
            break;
        *from_offset += *from_offset == UINT64_MAX ? 0 : (uint64_t)result;
        *to_offset += *to_offset == UINT64_MAX ? 0 : (uint64_t)result;
        done += (uint64_t)result;
        if ((uint64_t)result < part)
            break;
    }
    memory_drop(memory, PIECE);
    return done != 0 ? (int64_t)done : result;
}

/* An offset that a call points at; all ones: it does not. */
static int64_t get_offset(uint64_t at, uint64_t *offset)
{
    *offset = UINT64_MAX;
    if (at == 0)
        return 0;
    if (user_get(offset, at, sizeof *offset) != 0)
        return -EFAULT;
    return (int64_t)*offset < 0 ? -EINVAL : 0;
}

static int64_t put_offset(uint64_t at, uint64_t offset)
{
    return at == 0 ? 0 : user_put(at, &offset, sizeof offset);
}

/* Both calls: from where to where, and addresses of offsets. */
struct copying {
    uint64_t from, from_at, to, to_at, count;
    bool files_only;
};

static bool overlap(const struct description *from, const struct description *to, uint64_t from_offset, uint64_t to_offset, uint64_t count)
{
    if (from->kind != to->kind || from->id != to->id)
        return false;
    from_offset = from_offset == UINT64_MAX ? from->offset : from_offset;
    to_offset = to_offset == UINT64_MAX ? to->offset : to_offset;
    return from_offset < to_offset + count && to_offset < from_offset + count;
}

static int64_t copy_between(const struct copying *copying, struct description *from, struct description *to)
{
    uint64_t from_offset, to_offset, count = copying->count < TRANSFER_MOST ? copying->count : TRANSFER_MOST;
    int64_t result = get_offset(copying->from_at, &from_offset);

    if (result == 0)
        result = get_offset(copying->to_at, &to_offset);
    if (result != 0)
        return result;
    if (function_of(from, false) == NULL || function_of(to, true) == NULL)
        return from->kind->list != NULL || to->kind->list != NULL ? -EISDIR : -EBADF;
    if (copying->files_only && from->kind->seeks && refresh_size(from) == 0) {
        uint64_t at = from_offset == UINT64_MAX ? from->offset : from_offset, left = from->size > at ? from->size - at : 0;

        count = count < left ? count : left; /* before it is looked at what overlaps */
    }
    if (copying->files_only && (!from->kind->seeks || !to->kind->seeks || overlap(from, to, from_offset, to_offset, count)))
        return -EINVAL;
    if (copying->files_only && (to->flags & O_APPEND) != 0)
        return -EBADF;
    if ((from_offset != UINT64_MAX && !from->kind->seeks) || (to_offset != UINT64_MAX && !to->kind->seeks))
        return -ESPIPE;
    if (!copying->files_only && (to->flags & O_APPEND) != 0)
        return -EINVAL;
    result = copy(from, to, &from_offset, &to_offset, count);
    if (result >= 0 && (put_offset(copying->from_at, from_offset) != 0 || put_offset(copying->to_at, to_offset) != 0))
        return -EFAULT;
    return result;
}

static int64_t copy_descriptors(const struct copying *copying)
{
    struct description *from = description_get(copying->from), *to = description_get(copying->to);
    int64_t result = from == NULL || to == NULL ? -EBADF : copy_between(copying, from, to);

    if (from != NULL)
        description_put(from);
    if (to != NULL)
        description_put(to);
    return result;
}

int64_t transfer_sendfile(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return copy_descriptors(&(struct copying){.from = arguments[1], .from_at = arguments[2], .to = arguments[0], .count = arguments[3]});
}

int64_t transfer_copy_range(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    if ((uint32_t)arguments[5] != 0)
        return -EINVAL;
    return copy_descriptors(&(struct copying){.from = arguments[0],
                                              .from_at = arguments[1],
                                              .to = arguments[2],
                                              .to_at = arguments[3],
                                              .count = arguments[4],
                                              .files_only = true});
}

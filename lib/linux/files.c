/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/files.c: see files.h. Bottom-up: descriptors, opening, reading and writing, questions. */
#include "lib/linux/files.h"

#include <cell/idl/file.h>
#include <cell/idl/word.h>

#include "lib/linux/disk.h"
#include "lib/linux/time.h"

/* ---- Descriptors ----------------------------------------------------------- */

static struct descriptor {
    struct description *description; /* NULL: not open */
    bool cloexec;
} * descriptors;
static uint64_t room;
static lock_t lock;

/* RLIMIT_NOFILE. */
#define DESCRIPTORS_MOST 1024u

struct description *description_new(const struct file_kind *kind, uint32_t flags)
{
    struct description *description = heap_get(sizeof *description);

    if (description != NULL) {
        description->kind = kind;
        description->flags = flags;
        description->uses = 1;
    }
    return description;
}

struct description *description_get(uint64_t number)
{
    struct description *description = NULL;

    lock_take(&lock);
    if ((uint32_t)number < room)
        description = descriptors[(uint32_t)number].description;
    if (description != NULL)
        description->uses++;
    lock_give(&lock);
    return description;
}

void description_put(struct description *description)
{
    lock_take(&lock);
    bool last = --description->uses == 0;

    lock_give(&lock);
    if (!last)
        return;
    if (description->kind->close != NULL)
        description->kind->close(description);
    heap_put(description, sizeof *description);
}

static bool make_room(uint64_t wanted)
{
    uint64_t larger = room == 0 ? 16 : room;

    while (larger < wanted)
        larger *= 2;
    if (larger == room)
        return true;
    struct descriptor *table = heap_get(larger * sizeof *table);

    if (table == NULL)
        return false;
    if (room != 0)
        __builtin_memcpy(table, descriptors, room * sizeof *table);
    heap_put(descriptors, room * sizeof *table);
    descriptors = table;
    room = larger;
    return true;
}

/* The number of a new descriptor, with the lock. */
static int64_t install(struct description *description, uint64_t lowest, bool cloexec)
{
    uint64_t number = lowest;

    while (number < room && descriptors[number].description != NULL)
        number++;
    if (number >= DESCRIPTORS_MOST)
        return -EMFILE;
    if (!make_room(number + 1))
        return -ENOMEM;
    descriptors[number] = (struct descriptor){description, cloexec};
    return (int64_t)number;
}

int64_t descriptor_new(struct description *description, uint64_t lowest, bool cloexec)
{
    lock_take(&lock);
    int64_t number = install(description, lowest, cloexec);

    lock_give(&lock);
    if (number < 0)
        description_put(description);
    return number;
}

void files_start(void)
{
    struct description *terminal = description_new(&file_terminal, O_RDWR);

    if (terminal == NULL)
        return;
    terminal->uses = 3;
    for (unsigned i = 0; i < 3; i++)
        descriptor_new(terminal, i, false);
}

int64_t files_close(struct thread *thread, const uint64_t *arguments)
{
    uint32_t number = (uint32_t)arguments[0];
    struct description *description = NULL;

    (void)thread;
    lock_take(&lock);
    if (number < room) {
        description = descriptors[number].description;
        descriptors[number].description = NULL;
    }
    lock_give(&lock);
    if (description == NULL)
        return -EBADF;
    description_put(description);
    return 0;
}

static int64_t duplicate(uint64_t number, uint64_t lowest, bool cloexec)
{
    struct description *description = description_get(number);

    return description == NULL ? -EBADF : descriptor_new(description, lowest, cloexec);
}

int64_t files_dup(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return duplicate(arguments[0], 0, false);
}

int64_t files_dup3(struct thread *thread, const uint64_t *arguments)
{
    uint32_t to = (uint32_t)arguments[1];
    struct description *description = description_get(arguments[0]), *old = NULL;
    int64_t result = to;

    (void)thread;
    if (description == NULL)
        return -EBADF;
    if ((uint32_t)arguments[0] == to || (arguments[2] & ~(uint64_t)O_CLOEXEC) != 0)
        result = -EINVAL;
    else if (to >= DESCRIPTORS_MOST)
        result = -EBADF;
    lock_take(&lock);
    if (result >= 0 && !make_room(to + 1u))
        result = -ENOMEM;
    if (result >= 0) {
        old = descriptors[to].description;
        descriptors[to] = (struct descriptor){description, arguments[2] != 0};
    }
    lock_give(&lock);
    if (old != NULL)
        description_put(old);
    if (result < 0)
        description_put(description);
    return result;
}

/* Flags that F_SETFL changes. */
#define CHANGED (O_APPEND | O_NONBLOCK)

static int64_t control(struct description *description, uint64_t command, uint64_t argument)
{
    const int16_t unlocked = 2; /* F_UNLCK */

    if (command == F_GETFL)
        return description->flags | O_LARGEFILE;
    /* Locks do not hold against other PDs, and a process has none against itself. */
    if (command == F_GETLK || command == F_OFD_GETLK)
        return user_put(argument, &unlocked, sizeof unlocked);
    if (command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW)
        return 0;
    if (command != F_SETFL)
        return -EINVAL;
    description->flags = (description->flags & ~(uint32_t)CHANGED) | ((uint32_t)argument & CHANGED);
    return 0;
}

int64_t files_fcntl(struct thread *thread, const uint64_t *arguments)
{
    uint32_t number = (uint32_t)arguments[0];
    uint64_t command = arguments[1];

    (void)thread;
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return arguments[2] >= DESCRIPTORS_MOST ? -EINVAL : duplicate(number, arguments[2], command == F_DUPFD_CLOEXEC);
    struct description *description = description_get(number);

    if (description == NULL)
        return -EBADF;
    int64_t result = 0;

    if (command == F_GETFD)
        result = descriptors[number].cloexec ? FD_CLOEXEC : 0;
    else if (command == F_SETFD)
        descriptors[number].cloexec = (arguments[2] & FD_CLOEXEC) != 0;
    else
        result = control(description, command, arguments[2]);
    description_put(description);
    return result;
}

/* ---- Opening ----------------------------------------------------------------- */

#define PATH_MOST 4096u

static const struct {
    const char *path;
    const struct file_kind *kind;
} made_up[] = {{"/dev/null", &file_null}, {"/dev/zero", &file_zero}, {"/dev/full", &file_full}, {"/dev/urandom", &file_random}, {"/dev/random", &file_random}, {"/dev/tty", &file_terminal}, {"/dev/console", &file_terminal}, {"/dev/stdin", &file_terminal}, {"/dev/stdout", &file_terminal}, {"/dev/stderr", &file_terminal}};

/* The path of a call; -EFAULT, -ENAMETOOLONG, -ENOENT (it is empty). */
static int64_t get_path(uint64_t at, char *path)
{
    int64_t length = user_range(at, 1) ? user_text(path, (const char *)at, PATH_MOST) : -EFAULT;

    return length < 0 ? length : length == PATH_MOST ? -ENAMETOOLONG
                             : length == 0           ? -ENOENT
                                                     : 0;
}

static int64_t open_path(int32_t directory, const char *path, uint32_t flags, uint32_t mode, struct description **opened)
{
    for (unsigned i = 0; i < sizeof made_up / sizeof *made_up; i++) {
        if (!text_same(path, made_up[i].path))
            continue;
        *opened = description_new(made_up[i].kind, flags);
        return *opened == NULL ? -ENOMEM : 0;
    }
    int64_t result = disk_there() ? disk_open(directory, path, flags, mode, opened) : -ENOENT;

    /* What is on no disk may be in the boot archive. */
    if (result == -ENOENT && (flags & O_CREAT) == 0)
        result = archive_open(path, flags, opened);
    return result == -ENOENT && !disk_there() && (flags & O_CREAT) != 0 ? -EROFS : result;
}

int64_t files_openat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATH_MOST];
    uint32_t flags = (uint32_t)arguments[2];
    struct description *description;
    int64_t result = get_path(arguments[1], path);

    (void)thread;
    if (result == 0)
        result = open_path((int32_t)arguments[0], path, flags & ~(uint32_t)O_CLOEXEC, (uint32_t)arguments[3], &description);
    return result == 0 ? descriptor_new(description, 0, (flags & O_CLOEXEC) != 0) : result;
}

/* ---- Reading and writing ------------------------------------------------------- */

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

/* At `offset`, or where the description stands (all ones). */
static int64_t transfer(uint64_t number, bool write, uint64_t at, uint64_t count, uint64_t offset)
{
    struct description *description = description_get(number);

    if (description == NULL)
        return -EBADF;
    transfer_function *function = function_of(description, write);
    bool moves = offset == UINT64_MAX && description->kind->seeks;
    int64_t result;

    if (function == NULL)
        result = -EBADF;
    else if (offset != UINT64_MAX && !description->kind->seeks)
        result = -ESPIPE;
    else
        result = function(description, at, count < TRANSFER_MOST ? count : TRANSFER_MOST, moves ? description->offset : offset);
    if (moves && result > 0)
        description->offset += (uint64_t)result;
    description_put(description);
    return result;
}

int64_t files_read(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer(arguments[0], false, arguments[1], arguments[2], UINT64_MAX);
}

int64_t files_write(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer(arguments[0], true, arguments[1], arguments[2], UINT64_MAX);
}

int64_t files_pread(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer(arguments[0], false, arguments[1], arguments[2], arguments[3]);
}

int64_t files_pwrite(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return (int64_t)arguments[3] < 0 ? -EINVAL : transfer(arguments[0], true, arguments[1], arguments[2], arguments[3]);
}

/* Most parts of a vector. */
#define PARTS_MOST 1024u

static int64_t transfer_vector(const uint64_t *arguments, bool write)
{
    struct linux_iovec part;
    int64_t done = 0;

    if (arguments[2] > PARTS_MOST)
        return -EINVAL;
    for (uint64_t i = 0; i < arguments[2]; i++) {
        if (user_get(&part, arguments[1] + i * sizeof part, sizeof part) != 0)
            return done != 0 ? done : -EFAULT;
        if ((int64_t)part.length < 0)
            return done != 0 ? done : -EINVAL;
        if (part.length == 0 && i + 1 < arguments[2])
            continue;
        int64_t result = transfer(arguments[0], write, part.base, part.length, UINT64_MAX);

        if (result < 0)
            return done != 0 ? done : result;
        done += result;
        if ((uint64_t)result < part.length)
            break;
    }
    return done;
}

int64_t files_readv(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_vector(arguments, false);
}

int64_t files_writev(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return transfer_vector(arguments, true);
}

static int64_t seek(struct description *description, int64_t offset, uint64_t from)
{
    int64_t base = from == FROM_START ? 0 : from == FROM_HERE ? (int64_t)description->offset
                                                              : (int64_t)description->size;
    int64_t result;

    if (!description->kind->seeks)
        return -ESPIPE;
    if (from > FROM_END || __builtin_add_overflow(base, offset, &result) || result < 0)
        return -EINVAL;
    description->offset = (uint64_t)result;
    return result;
}

int64_t files_lseek(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result = seek(description, (int64_t)arguments[1], arguments[2]);

    description_put(description);
    return result;
}

int64_t files_ioctl(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result = description->kind->ioctl == NULL ? -ENOTTY : description->kind->ioctl(description, arguments[1], arguments[2]);

    description_put(description);
    return result;
}

/* ---- Questions ------------------------------------------------------------------- */

static int64_t put_stat(struct description *description, uint64_t to)
{
    struct linux_stat stat;
    int64_t result = description->kind->stat(description, &stat);

    return result == 0 ? user_put(to, &stat, sizeof stat) : result;
}

int64_t files_fstat(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = description_get(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    int64_t result = put_stat(description, arguments[1]);

    description_put(description);
    return result;
}

/* Opens a path to ask about it. */
static int64_t open_to_look(uint64_t directory, uint64_t at, uint32_t flags, struct description **description)
{
    char path[PATH_MOST];
    int64_t result = get_path(at, path);

    return result == 0 ? open_path((int32_t)directory, path, O_PATH | flags, 0, description) : result;
}

int64_t files_fstatat(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    char first = 1;

    if ((arguments[3] & AT_EMPTY_PATH) != 0 && user_get(&first, arguments[1], 1) == 0 && first == 0) {
        const uint64_t other[] = {arguments[0], arguments[2]};

        return files_fstat(thread, other);
    }
    int64_t result = open_to_look(arguments[0], arguments[1], (arguments[3] & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0, &description);

    if (result != 0)
        return result;
    result = put_stat(description, arguments[2]);
    description_put(description);
    return result;
}

int64_t files_faccessat(struct thread *thread, const uint64_t *arguments)
{
    struct description *description;
    int64_t result = open_to_look(arguments[0], arguments[1], 0, &description);

    (void)thread;
    if (result == 0)
        description_put(description);
    return result;
}

static int64_t read_link(int32_t directory, char *path, uint64_t to, uint64_t most)
{
    char target[FILE_READ_LINK_TARGET_MOST];
    uint64_t length = 0;
    int64_t result = disk_there() ? disk_read_link(directory, path, target, &length) : -EINVAL;

    if (result != 0)
        return result;
    return user_put(to, target, length < most ? length : most) == 0 ? (int64_t)(length < most ? length : most) : -EFAULT;
}

int64_t files_readlinkat(struct thread *thread, const uint64_t *arguments)
{
    char path[PATH_MOST];
    int64_t result = get_path(arguments[1], path);

    (void)thread;
    if (result != 0)
        return result;
    if (!text_same(path, "/proc/self/exe"))
        return read_link((int32_t)arguments[0], path, arguments[2], arguments[3]);
    struct text text = {path, path + PATH_MOST};

    if ((int64_t)arguments[3] <= 0)
        return -EINVAL;
    text_add(&text, process.path[0] == '/' ? "" : "/");
    text_add(&text, process.path);
    uint64_t length = (uint64_t)(text.at - path);

    if (length > arguments[3])
        length = arguments[3];
    return user_put(arguments[2], path, length) == 0 ? (int64_t)length : -EFAULT;
}

int64_t files_getcwd(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    uint64_t length = text_length(process.directory) + 1;

    if (arguments[1] < length)
        return arguments[1] == 0 ? -EINVAL : -ERANGE;
    return user_put(arguments[0], process.directory, length) == 0 ? (int64_t)length : -EFAULT;
}

int64_t files_umask(struct thread *thread, const uint64_t *arguments)
{
    uint32_t old = process.umask;

    (void)thread;
    process.umask = (uint32_t)arguments[0] & 0777;
    return old;
}

/* ---- Waiting for several ----------------------------------------------------------- */

struct linux_pollfd {
    int32_t number;
    int16_t events, ready;
};
enum { POLL_IN = 1,
       POLL_OUT = 4,
       POLL_BAD = 32 };

/* Files are always ready, and so is the terminal: reading it waits. */
int64_t files_ppoll(struct thread *thread, const uint64_t *arguments)
{
    struct linux_pollfd poll;
    int64_t ready = 0;

    if (arguments[1] > DESCRIPTORS_MOST)
        return -EINVAL;
    for (uint64_t i = 0; i < arguments[1]; i++) {
        uint64_t at = arguments[0] + i * sizeof poll;

        if (user_get(&poll, at, sizeof poll) != 0)
            return -EFAULT;
        struct description *description = poll.number < 0 ? NULL : description_get((uint32_t)poll.number);

        poll.ready = poll.number < 0 ? 0 : description == NULL ? POLL_BAD
                                                               : (int16_t)(poll.events & (POLL_IN | POLL_OUT));
        if (description != NULL)
            description_put(description);
        ready += poll.ready != 0;
        if (user_put(at, &poll, sizeof poll) != 0)
            return -EFAULT;
    }
    const uint64_t limit[] = {arguments[2], 0};
    uint64_t woken;

    if (ready != 0 || arguments[2] != 0)
        return ready != 0 ? ready : time_nanosleep(thread, limit);
    return error_number(word_wait(CSPACE_SELF, 0, 0, UINT64_MAX, 0, &woken));
}

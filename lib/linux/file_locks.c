/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/file_locks.c: see file_locks.h. Locks of a server's files are the server's (file.lock), so that they hold against other
 * PDs. Of other files only the process has them: it never waits for its own record locks, so locks that belong to a description
 * are kept, those of fcntl's F_OFD_… and of flock, which do not see each other. Bottom-up: the list, conflicts, setting, those
 * of servers, calls.
 */
#include "lib/linux/file_locks.h"

#include <cell/idl/file.h>
#include <cell/idl/word.h>

#include "lib/linux/time.h"
#include "lib/linux/waiting.h"

enum { LOCK_READ,
       LOCK_WRITE,
       LOCK_NONE };

struct file_lock {
    struct file_lock *next;
    const struct description *owner;
    uint64_t start, end; /* the first byte, and the last */
    bool writes, whole;  /* whole: of flock */
    bool of_process;     /* of fcntl's F_SETLK: of a server's file only */
};

static struct file_lock *locks;
static lock_t lock;
static uint32_t changes; /* counts locks that ended, for those who wait */

static bool is_same_file(const struct description *a, const struct description *b)
{
    return a->kind == b->kind && a->id == b->id;
}

static const struct file_lock *conflict(const struct file_lock *wanted)
{
    for (const struct file_lock *at = locks; at != NULL; at = at->next)
        if (at->owner != wanted->owner && at->whole == wanted->whole && is_same_file(at->owner, wanted->owner) &&
            (at->writes || wanted->writes) && at->start <= wanted->end && wanted->start <= at->end)
            return at;
    return NULL;
}

static bool add(const struct file_lock *wanted, uint64_t start, uint64_t end)
{
    struct file_lock *new = heap_get(sizeof *new);

    if (new == NULL)
        return false;
    *new = *wanted;
    new->start = start;
    new->end = end;
    new->next = locks;
    locks = new;
    return true;
}

/* Takes a range away from what the owner has; false: no memory for what is left of a lock. */
static bool cut(const struct file_lock *wanted)
{
    bool good = true;

    for (struct file_lock **place = &locks; *place != NULL;) {
        struct file_lock *at = *place;

        if (at->owner != wanted->owner || at->whole != wanted->whole || at->start > wanted->end || wanted->start > at->end) {
            place = &at->next;
            continue;
        }
        const struct file_lock old = *at;

        *place = at->next;
        heap_put(at, sizeof *at);
        if (old.start < wanted->start)
            good &= add(&old, old.start, wanted->start - 1);
        if (old.end > wanted->end)
            good &= add(&old, wanted->end + 1, old.end);
        place = &locks;
    }
    return good;
}

static void wake_waiting(void)
{
    uint64_t woken;

    changes++;
    word_wake(CSPACE_SELF, (uint64_t)&changes, 64, &woken);
}

/* Sets a lock, or ends it; waits for those in the way, if that is wanted. */
static int64_t set(const struct file_lock *wanted, bool ends, bool waits)
{
    for (;;) {
        lock_take(&lock);
        uint32_t seen = changes;
        bool free = ends || conflict(wanted) == NULL;
        bool good = !free || (cut(wanted) && (ends || add(wanted, wanted->start, wanted->end)));

        if (free)
            wake_waiting();
        lock_give(&lock);
        if (free)
            return good ? 0 : -ENOMEM;
        if (!waits)
            return -EAGAIN;
        if (thread_wait(thread_self(), (uint64_t)&changes, seen, UINT64_MAX) == -EINTR)
            return -ERESTART;
    }
}

/* ---- Locks of a server ---------------------------------------------------------- */

/* `how` of file.lock. */
enum { HOW_EXCLUSIVE = 1,
       HOW_UNLOCK = 2,
       HOW_OF_HANDLE = 8,
       HOW_APART = 16 };

static bool process_locked; /* a file of a server, some time */

static uint64_t how_of(const struct file_lock *wanted)
{
    return (wanted->writes ? HOW_EXCLUSIVE : 0) | (wanted->of_process ? 0 : HOW_OF_HANDLE) | (wanted->whole ? HOW_APART : 0);
}

static uint64_t length_of(const struct file_lock *wanted)
{
    return wanted->end == UINT64_MAX ? 0 : wanted->end - wanted->start + 1;
}

/* A thread does not wait inside a request: it asks again after a time, which a signal ends. */
#define WAIT_FIRST UINT64_C(1000000)
#define WAIT_MOST UINT64_C(16000000)

static int64_t set_at_server(const struct file_lock *wanted, bool ends, bool waits)
{
    static uint32_t nobody_wakes;
    uint64_t how = ends ? (how_of(wanted) & ~UINT64_C(1)) | HOW_UNLOCK : how_of(wanted), pause = WAIT_FIRST;

    process_locked |= wanted->of_process;
    for (;;) {
        cell_error_t error = file_lock(wanted->owner->data, how, process.start->pd_id, wanted->start, length_of(wanted));

        if (error != CELL_BUSY)
            return error == CELL_QUOTA ? -ENOLCK : error == CELL_DENIED ? -EBADF
                                                                        : error_number(error);
        if (!waits)
            return -EAGAIN;
        if (thread_wait(thread_self(), (uint64_t)&nobody_wakes, 0, pause) == -EINTR)
            return -ERESTART;
        pause = pause < WAIT_MOST ? 2 * pause : WAIT_MOST;
    }
}

static bool is_at_server(const struct description *description)
{
    return description->kind == &file_disk;
}

void file_locks_close(const struct description *description)
{
    if (process_locked && is_at_server(description))
        file_lock(description->data, HOW_UNLOCK, process.start->pd_id, 0, 0);
}

void file_locks_drop(const struct description *description)
{
    if (locks == NULL)
        return;
    lock_take(&lock);
    for (unsigned whole = 0; whole < 2; whole++)
        cut(&(struct file_lock){.owner = description, .end = UINT64_MAX, .whole = whole != 0});
    wake_waiting();
    lock_give(&lock);
}

/* ---- Calls ------------------------------------------------------------------ */

struct linux_flock {
    int16_t type, from;
    uint32_t pad;
    int64_t start, length;
    int32_t pid;
    uint32_t pad2;
};

static int64_t range_of(struct description *description, const struct linux_flock *flock, struct file_lock *wanted)
{
    struct linux_stat stat;
    int64_t base = flock->from == FROM_HERE ? (int64_t)description->offset : 0, start, last;

    if (flock->from == FROM_END) {
        int64_t result = description->kind->stat(description, &stat);

        if (result != 0)
            return result;
        base = (int64_t)description->size;
    }
    if (flock->from < 0 || flock->from > FROM_END || flock->type < 0 || flock->type > LOCK_NONE)
        return -EINVAL;
    if (__builtin_add_overflow(base, flock->start, &start) || __builtin_add_overflow(start, flock->length, &last))
        return -EOVERFLOW;
    if (start < 0 || last < 0)
        return -EINVAL;
    wanted->start = flock->length < 0 ? (uint64_t)last : (uint64_t)start;
    wanted->end = flock->length == 0 ? UINT64_MAX : (uint64_t)(flock->length < 0 ? start : last) - 1;
    return 0;
}

static int64_t test_at_server(const struct file_lock *wanted, uint64_t at, struct linux_flock *flock)
{
    uint64_t kind, whose, first, bytes;
    cell_error_t error = file_locked(wanted->owner->data, how_of(wanted), process.start->pd_id, wanted->start, length_of(wanted), &kind,
                                     &whose, &first, &bytes);

    if (error != CELL_OK)
        return error_number(error);
    flock->type = kind > LOCK_NONE ? LOCK_NONE : (int16_t)kind;
    if (flock->type != LOCK_NONE) {
        flock->from = FROM_START;
        flock->start = (int64_t)first;
        flock->length = (int64_t)bytes;
        flock->pid = whose == 0 ? -1 : (int32_t)whose;
    }
    return user_put(at, flock, sizeof *flock);
}

/* What is in the way goes into the structure. */
static int64_t test(const struct file_lock *wanted, uint64_t at, struct linux_flock *flock)
{
    lock_take(&lock);
    const struct file_lock *other = conflict(wanted);

    if (other == NULL) {
        flock->type = LOCK_NONE;
    } else {
        flock->type = other->writes ? LOCK_WRITE : LOCK_READ;
        flock->from = FROM_START;
        flock->start = (int64_t)other->start;
        flock->length = other->end == UINT64_MAX ? 0 : (int64_t)(other->end - other->start + 1);
        flock->pid = -1;
    }
    lock_give(&lock);
    return user_put(at, flock, sizeof *flock);
}

int64_t file_locks_control(struct description *description, uint64_t command, uint64_t at)
{
    bool of_description = command >= F_OFD_GETLK, tests = command == F_GETLK || command == F_OFD_GETLK;
    struct linux_flock flock;
    struct file_lock wanted = {.owner = description};

    if (user_get(&flock, at, sizeof flock) != 0)
        return -EFAULT;
    if (of_description && flock.pid != 0)
        return -EINVAL;
    int64_t result = range_of(description, &flock, &wanted);
    uint32_t access = description->flags & O_ACCMODE;

    if (result != 0)
        return result;
    wanted.writes = flock.type == LOCK_WRITE;
    if (tests && flock.type == LOCK_NONE)
        return -EINVAL;
    if (!tests && ((flock.type == LOCK_WRITE && access == O_RDONLY) || (flock.type == LOCK_READ && access == O_WRONLY)))
        return -EBADF;
    if (is_at_server(description)) {
        wanted.of_process = !of_description;
        return tests ? test_at_server(&wanted, at, &flock)
                     : set_at_server(&wanted, flock.type == LOCK_NONE, command == F_SETLKW || command == F_OFD_SETLKW);
    }
    if (tests)
        return of_description ? test(&wanted, at, &flock) : (flock.type = LOCK_NONE, user_put(at, &flock, sizeof flock));
    return of_description ? set(&wanted, flock.type == LOCK_NONE, command == F_OFD_SETLKW) : 0;
}

enum { FLOCK_SHARED = 1,
       FLOCK_EXCLUSIVE = 2,
       FLOCK_NOT_WAITING = 4,
       FLOCK_END = 8 };

int64_t control_flock(struct thread *thread, const uint64_t *arguments)
{
    uint64_t what = arguments[1] & ~(uint64_t)FLOCK_NOT_WAITING;
    struct description *description = description_get(arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    struct file_lock wanted = {.owner = description, .end = UINT64_MAX, .writes = what == FLOCK_EXCLUSIVE, .whole = true};
    int64_t result = what != FLOCK_SHARED && what != FLOCK_EXCLUSIVE && what != FLOCK_END ? -EINVAL
                     : (description->flags & O_PATH) != 0                                 ? -EBADF
                                                                                          : 0;

    if (result == 0)
        result = (is_at_server(description) ? set_at_server : set)(&wanted, what == FLOCK_END, (arguments[1] & FLOCK_NOT_WAITING) == 0);
    description_put(description);
    return result;
}

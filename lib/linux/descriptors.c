/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/descriptors.c: the table of descriptors (files.h). */
#include "lib/linux/file_locks.h"

static struct descriptor {
    struct description *description; /* NULL: not open */
    bool cloexec;
} * descriptors;
static uint64_t room;
uint64_t descriptors_most = DESCRIPTORS_MOST;
static lock_t lock;

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

void description_hold(struct description *description)
{
    lock_take(&lock);
    description->uses++;
    lock_give(&lock);
}

void description_put(struct description *description)
{
    lock_take(&lock);
    bool last = --description->uses == 0;

    lock_give(&lock);
    if (!last)
        return;
    file_locks_drop(description);
    if (description->kind->close != NULL)
        description->kind->close(description);
    if (description->name != NULL)
        heap_put(description->name, text_length(description->name) + 1);
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
    if (number >= descriptors_most)
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

/* Takes a descriptor out of the table; what it referred to, NULL: nothing. */
static struct description *take(uint32_t number)
{
    struct description *description = NULL;

    lock_take(&lock);
    if (number < room) {
        description = descriptors[number].description;
        descriptors[number].description = NULL;
    }
    lock_give(&lock);
    if (description != NULL)
        file_locks_close(description);
    return description;
}

int64_t descriptors_close(struct thread *thread, const uint64_t *arguments)
{
    struct description *description = take((uint32_t)arguments[0]);

    (void)thread;
    if (description == NULL)
        return -EBADF;
    description_put(description);
    return 0;
}

int64_t descriptor_next(uint64_t number)
{
    lock_take(&lock);
    while (number < room && descriptors[number].description == NULL)
        number++;
    int64_t found = number < room ? (int64_t)number : -1;

    lock_give(&lock);
    return found;
}

/* CLOSE_RANGE_UNSHARE has no effect: nobody else has the table. */
enum { RANGE_UNSHARE = 2,
       RANGE_CLOEXEC = 4 };

int64_t descriptors_close_range(struct thread *thread, const uint64_t *arguments)
{
    uint32_t first = (uint32_t)arguments[0], last = (uint32_t)arguments[1];

    (void)thread;
    if ((arguments[2] & ~(uint64_t)(RANGE_UNSHARE | RANGE_CLOEXEC)) != 0 || first > last)
        return -EINVAL;
    for (int64_t number = descriptor_next(first); number >= 0 && number <= (int64_t)last; number = descriptor_next((uint64_t)number + 1)) {
        struct description *description = (arguments[2] & RANGE_CLOEXEC) != 0 ? NULL : take((uint32_t)number);

        if (description != NULL)
            description_put(description);
        else
            descriptor_set_cloexec((uint64_t)number, true);
    }
    return 0;
}

bool descriptor_cloexec(uint64_t number)
{
    lock_take(&lock);
    bool cloexec = number < room && descriptors[number].cloexec;

    lock_give(&lock);
    return cloexec;
}

void descriptor_set_cloexec(uint64_t number, bool cloexec)
{
    lock_take(&lock);
    if (number < room)
        descriptors[number].cloexec = cloexec;
    lock_give(&lock);
}

int64_t descriptor_duplicate(uint64_t number, uint64_t lowest, bool cloexec)
{
    struct description *description = description_get(number);

    return description == NULL ? -EBADF : descriptor_new(description, lowest, cloexec);
}

int64_t descriptors_dup(struct thread *thread, const uint64_t *arguments)
{
    (void)thread;
    return descriptor_duplicate(arguments[0], 0, false);
}

int64_t descriptors_dup3(struct thread *thread, const uint64_t *arguments)
{
    uint32_t to = (uint32_t)arguments[1];
    struct description *old = NULL;
    int64_t result = to;

    (void)thread;
    if ((uint32_t)arguments[0] == to || (arguments[2] & ~(uint64_t)O_CLOEXEC) != 0)
        return -EINVAL;
    struct description *description = to >= descriptors_most ? NULL : description_get(arguments[0]);

    if (description == NULL)
        return -EBADF;
    lock_take(&lock);
    if (result >= 0 && !make_room(to + 1u))
        result = -ENOMEM;
    if (result >= 0) {
        old = descriptors[to].description;
        descriptors[to] = (struct descriptor){description, arguments[2] != 0};
    }
    lock_give(&lock);
    if (old != NULL) {
        file_locks_close(old);
        description_put(old);
    }
    if (result < 0)
        description_put(description);
    return result;
}

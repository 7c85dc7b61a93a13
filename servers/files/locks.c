/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/locks.c: advisory locks. The locks of a file are in a list by their first bytes, those of an owner in another one;
 * those of one owner never overlap. Waiting requests get their locks in the order in which they asked, as far as no lock is in the
 * way. Bottom-up: owners, locks, waiting, requests, ends.
 */
#include <cell/idl/file_server.h>
#include <stdlib.h>

#include "servers/files/files.h"
#include "servers/files/spares.h"

enum { SHARED,
       EXCLUSIVE,
       UNLOCK,
       KIND = 3,
       WAIT = 4,
       BY_HANDLE = 8,
       APART = 16 };

/* A client, whose data this is, or a handle, that has locks. */
struct lock_owner {
    struct id_entry entry;        /* of a handle: its id is that of the handle */
    struct server_client *client; /* pays for the locks */
    bool by_handle;
    struct lock *locks;
    struct lock_wait *waits; /* requests that came through the handle, for any owner of locks */
};

static struct id_table handles;
static struct spares spare_locks;

/* A lock that somebody has or wants. */
struct lock_range {
    struct lock_owner *owner;
    uint64_t number; /* tells owners within the client apart */
    uint64_t first, last;
    uint8_t kind;
    bool apart;
};

struct lock {
    struct lock_range is;
    struct open_inode *of;
    struct lock *next, **link; /* of the file */
    struct lock *next_of_owner, **link_of_owner;
};

struct lock_wait {
    struct lock_range wanted;
    struct open_inode *of;
    struct server_reply reply;
    struct lock_wait *next, **link;                     /* of the file */
    struct lock_wait *next_of_handle, **link_of_handle; /* that it came through */
};

/* ---- Owners ---------------------------------------------------------------------------------------------------------------- */

static struct lock_owner *of_handle(const struct server_handle *handle)
{
    struct id_entry *entry = id_table_find(&handles, handle->entry.id);

    return entry == NULL ? NULL : ID_RECORD(entry, struct lock_owner, entry);
}

static struct lock_owner *of_client(struct server_client *client)
{
    return *server_client_data(client, &file_type);
}

static struct lock_owner *find_owner(const struct server_request *request, uint64_t how)
{
    return how & BY_HANDLE ? of_handle(request->handle) : of_client(request->handle->client);
}

static struct lock_owner *make_owner(const struct server_request *request, uint64_t how)
{
    struct lock_owner *owner = find_owner(request, how);

    if (owner != NULL || (owner = calloc(1, sizeof *owner)) == NULL)
        return owner;
    owner->client = request->handle->client;
    owner->by_handle = (how & BY_HANDLE) != 0;
    owner->entry.id = request->handle->entry.id;
    if (!owner->by_handle)
        *server_client_data(owner->client, &file_type) = owner;
    else if (!id_table_add(&handles, &owner->entry)) {
        free(owner);
        owner = NULL;
    }
    return owner;
}

static void end_owner(struct lock_owner *owner)
{
    if (owner->by_handle)
        id_table_remove(&handles, &owner->entry);
    else
        *server_client_data(owner->client, &file_type) = NULL;
    free(owner);
}

/* ---- Locks ----------------------------------------------------------------------------------------------------------------- */

/* Makes a lock's record, which counts as the owner's. */
static cell_error_t make_lock(struct lock_owner *owner, struct lock **lock)
{
    cell_error_t error = server_charge(owner->client);

    if (error != CELL_OK)
        return error;
    *lock = spares_take(&spare_locks, sizeof **lock);
    if (*lock == NULL)
        server_discharge(owner->client);
    return *lock == NULL ? CELL_NO_MEMORY : CELL_OK;
}

static void free_lock(struct lock_owner *owner, struct lock *lock)
{
    server_discharge(owner->client);
    spares_give(&spare_locks, lock);
}

static bool is_same_owner(const struct lock_range *a, const struct lock_range *b)
{
    return a->owner == b->owner && a->number == b->number && a->apart == b->apart;
}

/* A lock of another owner that is in the way; NULL: there is none. */
static const struct lock *conflict(const struct open_inode *of, const struct lock_range *wanted)
{
    for (const struct lock *lock = of->locks; lock != NULL && lock->is.first <= wanted->last; lock = lock->next)
        if (lock->is.last >= wanted->first && lock->is.apart == wanted->apart && !is_same_owner(&lock->is, wanted) &&
            (lock->is.kind == EXCLUSIVE || wanted->kind == EXCLUSIVE))
            return lock;
    return NULL;
}

static void link_to_file(struct lock *lock)
{
    struct lock **at = &lock->of->locks;

    while (*at != NULL && (*at)->is.first < lock->is.first)
        at = &(*at)->next;
    lock->next = *at;
    lock->link = at;
    if (*at != NULL)
        (*at)->link = &lock->next;
    *at = lock;
}

static void unlink_from_file(struct lock *lock)
{
    *lock->link = lock->next;
    if (lock->next != NULL)
        lock->next->link = lock->link;
}

static void put(struct lock *lock, struct open_inode *of, const struct lock_range *range)
{
    struct lock **first = &range->owner->locks;

    lock->is = *range;
    lock->of = of;
    link_to_file(lock);
    lock->next_of_owner = *first;
    lock->link_of_owner = first;
    if (*first != NULL)
        (*first)->link_of_owner = &lock->next_of_owner;
    *first = lock;
}

static void drop(struct lock *lock)
{
    unlink_from_file(lock);
    *lock->link_of_owner = lock->next_of_owner;
    if (lock->next_of_owner != NULL)
        lock->next_of_owner->link_of_owner = lock->link_of_owner;
    free_lock(lock->is.owner, lock);
}

/* Takes the owner's locks out of a range. A lock that goes beyond both ends is split; *spare becomes its rest behind the range, and
 * is NULL then. */
static void clear(struct open_inode *of, const struct lock_range *range, struct lock **spare)
{
    for (struct lock *lock = of->locks, *next; lock != NULL && lock->is.first <= range->last; lock = next) {
        struct lock_range rest = lock->is;

        next = lock->next;
        if (lock->is.last < range->first || !is_same_owner(&lock->is, range))
            continue;
        rest.first = range->last + 1;
        bool before = lock->is.first<range->first, behind = lock->is.last> range->last;

        if (before)
            lock->is.last = range->first - 1;
        if (before && behind) {
            put(*spare, of, &rest);
            *spare = NULL;
        } else if (behind) {
            unlink_from_file(lock);
            lock->is.first = rest.first;
            link_to_file(lock);
        } else if (!before) {
            drop(lock);
        }
    }
}

/* A lock of the owner with exactly this range; NULL: there is none. */
static struct lock *find_same(const struct open_inode *of, const struct lock_range *range)
{
    struct lock *lock = of->locks;

    while (lock != NULL && (lock->is.first < range->first || (lock->is.first == range->first && !is_same_owner(&lock->is, range))))
        lock = lock->next;
    return lock != NULL && lock->is.first == range->first && lock->is.last == range->last ? lock : NULL;
}

/* Does a lock of the owner go beyond both ends of the range? */
static bool has_both_ends(const struct open_inode *of, const struct lock_range *range)
{
    for (const struct lock *lock = of->locks; lock != NULL && lock->is.first < range->first; lock = lock->next)
        if (lock->is.last > range->last && is_same_owner(&lock->is, range))
            return true;
    return false;
}

/* Locks a range that no other lock is in the way of, or unlocks it. */
static cell_error_t set(struct open_inode *of, const struct lock_range *range)
{
    struct lock *same = find_same(of, range), *spare = NULL, *new = NULL;

    if (same != NULL && range->kind != UNLOCK)
        same->is.kind = range->kind;
    else if (same != NULL)
        drop(same);
    if (same != NULL)
        return CELL_OK;
    cell_error_t error = has_both_ends(of, range) ? make_lock(range->owner, &spare) : CELL_OK;

    if (error == CELL_OK && range->kind != UNLOCK)
        error = make_lock(range->owner, &new);
    if (error != CELL_OK) {
        if (spare != NULL)
            free_lock(range->owner, spare);
        return error;
    }
    clear(of, range, &spare);
    if (new != NULL)
        put(new, of, range);
    return CELL_OK;
}

/* ---- Waiting --------------------------------------------------------------------------------------------------------------- */

static void leave(struct lock_wait *wait)
{
    *wait->link = wait->next;
    if (wait->next != NULL)
        wait->next->link = wait->link;
    else
        wait->of->last_wait = wait->link;
    *wait->link_of_handle = wait->next_of_handle;
    if (wait->next_of_handle != NULL)
        wait->next_of_handle->link_of_handle = wait->link_of_handle;
}

static void answer(struct lock_wait *wait, cell_error_t error)
{
    leave(wait);
    server_answer(&wait->reply, error, NULL, 0);
    free(wait);
}

static void let_in(struct open_inode *of)
{
    for (struct lock_wait *wait = of->waits, *next; wait != NULL; wait = next) {
        next = wait->next;
        if (conflict(of, &wait->wanted) == NULL)
            answer(wait, set(of, &wait->wanted));
    }
}

static void join(struct lock_wait *wait, struct lock_owner *handle)
{
    struct open_inode *of = wait->of;

    wait->link = of->last_wait;
    *of->last_wait = wait;
    of->last_wait = &wait->next;
    wait->next_of_handle = handle->waits;
    wait->link_of_handle = &handle->waits;
    if (handle->waits != NULL)
        handle->waits->link_of_handle = &wait->next_of_handle;
    handle->waits = wait;
}

static cell_error_t wait_for(struct server_request *request, struct open_inode *of, const struct lock_range *wanted)
{
    struct lock_owner *handle = make_owner(request, BY_HANDLE);
    struct lock_wait *wait = handle == NULL ? NULL : calloc(1, sizeof *wait);

    if (wait == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = server_defer(request, &wait->reply);

    if (error != CELL_OK) {
        free(wait);
        return error;
    }
    wait->wanted = *wanted;
    wait->of = of;
    join(wait, handle);
    return CELL_OK;
}

/* ---- Requests ---------------------------------------------------------------------------------------------------------------- */

static cell_error_t read_range(uint64_t how, uint64_t number, uint64_t offset, uint64_t length, struct lock_range *range)
{
    uint64_t last = length == 0 ? UINT64_MAX : offset + length - 1;

    if ((how & KIND) == 3 || last < offset)
        return CELL_BAD_ARGUMENT;
    *range = (struct lock_range){.number = how & BY_HANDLE ? 0 : number,
                                 .first = offset,
                                 .last = last,
                                 .kind = how & KIND,
                                 .apart = (how & APART) != 0};
    return CELL_OK;
}

static bool may_lock(const struct server_handle *handle, const struct lock_range *range)
{
    return range->apart || range->kind == UNLOCK || (handle->rights & (range->kind == SHARED ? CELL_READ : CELL_WRITE)) != 0;
}

cell_error_t file_lock_serve(void *context, const struct file_lock_in *in, struct file_lock_out *out)
{
    struct server_request *request = context;
    const struct open_file *file = open_of(request);
    struct lock_range range;
    cell_error_t error = read_range(in->how, in->owner, in->offset, in->length, &range);

    (void)out;
    if (error != CELL_OK)
        return error;
    if (file == NULL || !may_lock(request->handle, &range))
        return file == NULL ? CELL_NOT_FOUND : CELL_DENIED;
    range.owner = make_owner(request, in->how);
    if (range.owner == NULL)
        return CELL_NO_MEMORY;
    if (range.kind != UNLOCK && conflict(file->of, &range) != NULL)
        error = in->how & WAIT ? wait_for(request, file->of, &range) : CELL_BUSY;
    else
        error = set(file->of, &range);
    if (file->of->waits != NULL && error == CELL_OK && !request->deferred)
        let_in(file->of);
    return error;
}

cell_error_t file_locked_serve(void *context, const struct file_locked_in *in, struct file_locked_out *out)
{
    const struct server_request *request = context;
    const struct open_file *file = open_of(request);
    struct lock_range range;
    cell_error_t error = read_range(in->how, in->owner, in->offset, in->length, &range);

    if (error != CELL_OK || file == NULL)
        return error != CELL_OK ? error : CELL_NOT_FOUND;
    range.owner = find_owner(request, in->how);
    const struct lock *found = range.kind == UNLOCK ? NULL : conflict(file->of, &range);

    out->kind = UNLOCK;
    if (found == NULL)
        return CELL_OK;
    out->kind = found->is.kind;
    out->whose = found->is.number;
    out->first = found->is.first;
    out->bytes = found->is.last == UINT64_MAX ? 0 : found->is.last - found->is.first + 1;
    return CELL_OK;
}

/* ---- Ends -------------------------------------------------------------------------------------------------------------------- */

static void owner_gone(struct lock_owner *owner)
{
    while (owner != NULL && owner->waits != NULL)
        answer(owner->waits, CELL_GONE);
    while (owner != NULL && owner->locks != NULL) {
        struct open_inode *of = owner->locks->of;

        drop(owner->locks);
        let_in(of);
    }
    if (owner != NULL)
        end_owner(owner);
}

void locks_handle_gone(const struct server_handle *handle)
{
    owner_gone(of_handle(handle));
}

/* Its handles are gone, so it waits for nothing. */
void locks_client_gone(struct server_client *client)
{
    owner_gone(of_client(client));
}

void locks_file_gone(struct open_inode *of)
{
    while (of->waits != NULL)
        answer(of->waits, CELL_GONE);
    while (of->locks != NULL)
        drop(of->locks);
}

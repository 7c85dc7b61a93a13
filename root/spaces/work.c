/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/work.c: work that the root task has for servers, see resspc.h. Calls go
 * uphill only: the root task puts work into the server's queue and signals; the
 * server fetches it when it is next in its receive loop, and reports each item
 * done by its number.
 */

#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

/* What it stands for was given back, so the payer has room for it; it counts until it is done. */
static void charge(struct work *work, struct account *payer)
{
    work->account = payer;
    if (payer == NULL)
        return;
    account_refer(payer);
    account_charge_anyway(payer, ACCOUNT_SLOTS, 1);
}

static void work_free(struct work *work)
{
    gifts_forget(work);
    if (work->account != NULL) {
        account_refund(work->account, ACCOUNT_SLOTS, 1);
        account_release(work->account);
    }
    heap_free(work, sizeof *work);
}

void work_drop(struct work *work)
{
    list_remove(&work->list);
    work_free(work);
}

struct work *work_queue(struct server *server, struct account *payer, enum work_kind kind,
                        uint64_t space, uint64_t object, uint64_t badge)
{
    struct work *work = heap_allocate(sizeof *work);

    if (work == NULL)
        return NULL;
    *work = (struct work){.item = ++server->items,
                          .kind = (uint8_t)kind,
                          .space = space,
                          .object = object,
                          .badge = badge};
    charge(work, payer);
    list_append(&server->queue, &work->list);
    kernel_signal(server->signal);
    return work;
}

struct work *work_next(struct server *server)
{
    if (list_empty(&server->queue))
        return NULL;
    struct work *work = CONTAINER(server->queue.next, struct work, list);

    list_remove(&work->list);
    list_append(&server->given, &work->list);
    return work;
}

bool work_waits(const struct server *server)
{
    return !list_empty(&server->queue);
}

cell_error_t work_done(struct server *server, uint64_t item, cell_error_t result)
{
    unsigned seen = 0;

    LIST_EACH(entry, &server->given) {
        struct work *work = CONTAINER(entry, struct work, list);

        if (++seen > WORK_GIVEN_MOST)
            break;
        if (work->item != item)
            continue;
        void (*done)(struct work *, cell_error_t) = work->done;

        if (work->kind == WORK_CLIENT_GONE && !gifts_collect(server, work, &reap_left))
            return CELL_AGAIN;
        list_remove(&work->list);
        if (done != NULL)
            done(work, result);
        work_free(work);
        return CELL_OK;
    }
    return CELL_NOT_FOUND;
}

static bool drop_list(struct list *list, uint32_t *units)
{
    while (!list_empty(list)) {
        struct work *work = CONTAINER(list->next, struct work, list);

        if (reap_take(units, 1) == 0)
            return false;
        list_remove(&work->list);
        if (work->done != NULL)
            work->done(work, CELL_GONE);
        work_free(work);
    }
    return true;
}

bool work_drop_all(struct server *server, uint32_t *units)
{
    return drop_list(&server->queue, units) && drop_list(&server->given, units);
}

/* ---- What servers hear about clients ------------------------------ */

/* The server of a handle's object; NULL: the root task's. */
static struct server *server_of(const struct handle *handle)
{
    if (handle->kind == HANDLE_FAULT || handle->type == TYPE_RESSPC)
        return NULL;
    struct space *space = space_of_object(handle->object);

    return space == NULL ? NULL : space->server;
}

bool work_is_told(const struct server *server, uint64_t pd)
{
    if (list_empty(&server->queue))
        return false;
    const struct work *last = CONTAINER(server->queue.previous, struct work, list);

    return last->kind == WORK_CLIENT_GONE && last->object == pd;
}

/* Slots that are looked at for a unit of work. */
#define SLOTS_PER_UNIT 4u

/* From *where on. False: there are more slots. */
static bool tell_servers(struct pd *pd, const struct slot_table *table, cell_cap_t *where,
                         uint32_t *units)
{
    uint32_t entry;

    for (unsigned i = 1; (entry = table_next(table, where)) != SLOT_EMPTY; i++) {
        if (entry != SLOT_BARE) {
            const struct handle *handle = handle_by_index(entry);
            struct server *server = server_of(handle);

            /* It keeps nothing for a client that never asked it anything, and gave it nothing. */
            if (!handle->known && list_empty(&pd->gifts))
                server = NULL;
            /* Out of memory, the server keeps a record of a client that is gone: its
             * number and badges never come again. */
            if (server != NULL && server->pd != pd && !work_is_told(server, pd->object.id))
                work_queue(server, pd->account, WORK_CLIENT_GONE, 0, pd->object.id, 0);
        }
        if (i % SLOTS_PER_UNIT == 0 && reap_take(units, 1) == 0)
            return false;
    }
    return true;
}

bool servers_client_gone(struct pd *pd, uint32_t *units)
{
    struct slot_table *common = pd->cspace.common;

    if (pd->cspace.private == NULL)
        return true;
    if (pd->told >> CSPACE_INDEX_BITS != CSPACE_COMMON) {
        if (!tell_servers(pd, pd->cspace.private, &pd->told, units))
            return false;
        pd->told = 0;
    }
    if (common->pd != pd)
        return true;
    return tell_servers(pd, common, &pd->told, units);
}

void servers_freed(struct handle *handle)
{
    struct server *server = server_of(handle);
    struct space *space = space_of_object(handle->object);

    if (server == NULL || !handle->known)
        return;
    uint64_t object = handle->kind == HANDLE_SPACE
                          ? SPACE_ITSELF
                          : CONTAINER(handle->object, struct resource, object)->entry.id;

    work_queue(server, handle->holder == NULL ? NULL : handle->holder->account, WORK_FREED,
               space->object.id, object, handle_id(handle));
}

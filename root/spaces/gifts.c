/* SPDX-License-Identifier: BSD-2-Clause */
/* root/spaces/gifts.c: what becomes of gifts to servers (core/gift.h) when the giver ends. */
#include "root/core/ads.h"
#include "root/core/events.h"
#include "root/core/gift.h"
#include "root/spaces/resspc.h"

static struct gift *gift_of(struct list *entry)
{
    return CONTAINER(entry, struct gift, of_giver);
}

/* The server whose table a gift is in; NULL: it has ended. */
static struct server *keeper(const struct gift *gift)
{
    const struct slot_table *table = gift->handle->holder;

    return table->pd == NULL ? NULL : table->pd->server;
}

/* What a server maps stays until it gives it up. Looks through the regions of the memory object and those of the server at
 * once: a client may map its memory as often as it likes, the server does not. */
static bool is_mapped_by(const struct object *object, const struct server *server)
{
    if (object->class != &mo_class)
        return false;
    const struct mo *mo = CONTAINER(object, struct mo, object);
    const struct ads *ads = server->pd->place->ads;
    const struct vmr *of_server = ads == NULL ? NULL : ads_next(ads, 0);

    for (const struct list *entry = mo->vmrs.next; entry != &mo->vmrs && of_server != NULL; entry = entry->next) {
        if (CONTAINER(entry, struct vmr, of_mo)->ads == ads || of_server->mo == mo)
            return true;
        of_server = ads_next(ads, of_server->start + 1);
    }
    return false;
}

/* Units of work (reaper.h) of reporting one, and of taking one back. */
#define TELL_UNITS 2u
#define COLLECT_UNITS 6u

/* The servers are to know that the giver is gone; then its gifts go (gifts_collect()). */
static bool tell_keepers(struct pd *pd, uint32_t *units)
{
    while (!list_empty(&pd->gifts)) {
        struct gift *gift = gift_of(pd->gifts.next);

        if (reap_take(units, TELL_UNITS) == 0)
            return false;
        if (gift->handle == NULL) {
            gift_end(gift);
            continue;
        }
        struct server *server = keeper(gift);

        list_remove(&gift->of_giver);
        list_append(&pd->told_gifts, &gift->of_giver);
        if (server == NULL || (!work_is_told(server, pd->object.id) &&
                               work_queue(server, pd->account, WORK_CLIENT_GONE, 0,
                                          pd->object.id, 0) == NULL))
            handle_free(gift->handle);
    }
    return true;
}

void gifts_init(void)
{
    event_listen_gone(tell_keepers);
}

static void keep_place(struct work *work, struct pd *pd, struct list *next)
{
    list_insert(next, &work->place.of_giver);
    work->context = pd;
    object_refer(&pd->object);
}

void gifts_forget(struct work *work)
{
    struct pd *pd = work->kind == WORK_CLIENT_GONE ? work->context : NULL;

    if (pd == NULL)
        return;
    list_remove(&work->place.of_giver);
    work->context = NULL;
    object_release(&pd->object);
}

bool gifts_collect(const struct server *server, struct work *work, uint32_t *units)
{
    struct pd *pd = pd_known(work->object);
    bool done = true;

    if (pd == NULL)
        return true;
    object_refer(&pd->object);
    /* The latest first: the server's table becomes smaller from its end. */
    struct list *entry = work->context != NULL ? work->place.of_giver.previous : pd->told_gifts.previous;

    gifts_forget(work);
    for (struct list *next; entry != &pd->told_gifts && done; entry = next) {
        struct gift *gift = gift_of(entry);

        next = entry->previous;
        if (reap_take(units, 1) == 0) {
            keep_place(work, pd, entry);
            done = false;
        } else if (gift->giver != NULL && keeper(gift) == server && !is_mapped_by(gift->handle->object, server)) {
            reap_take(units, COLLECT_UNITS);
            handle_free(gift->handle);
        }
    }
    if (done && !table_trim(server->pd->cspace.common, units)) {
        keep_place(work, pd, &pd->told_gifts);
        done = false;
    }
    object_release(&pd->object);
    return done;
}

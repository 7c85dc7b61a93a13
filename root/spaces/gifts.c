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

/* What a server maps stays until it gives it up. */
static bool is_mapped_by(const struct object *object, const struct server *server)
{
    if (object->class != &mo_class)
        return false;
    LIST_EACH(entry, &CONTAINER(object, struct mo, object)->vmrs)
        if (CONTAINER(entry, struct vmr, of_mo)->ads == server->pd->place->ads)
            return true;
    return false;
}

/* The servers are to know that the giver is gone; then its gifts go (gifts_collect()). */
static void giver_gone(struct pd *pd)
{
    for (struct list *entry = pd->gifts.next, *next; entry != &pd->gifts; entry = next) {
        struct gift *gift = gift_of(entry);
        struct server *server = keeper(gift);

        next = entry->next;
        if (server == NULL || (!work_is_told(server, pd->object.id) &&
                               work_queue(server, pd->account, WORK_CLIENT_GONE, 0,
                                          pd->object.id, 0) == NULL))
            handle_free(gift->handle);
    }
}

void gifts_init(void)
{
    event_listen(EVENT_PD_GONE, giver_gone);
}

void gifts_collect(const struct server *server, uint64_t id)
{
    struct pd *pd = pd_known(id);

    if (pd == NULL)
        return;
    object_refer(&pd->object);
    /* The latest first: the server's table becomes smaller from its end. */
    for (struct list *entry = pd->gifts.previous, *next; entry != &pd->gifts; entry = next) {
        struct gift *gift = gift_of(entry);

        next = entry->previous;
        if (keeper(gift) == server && !is_mapped_by(gift->handle->object, server))
            handle_free(gift->handle);
    }
    object_release(&pd->object);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/ep.c: see ep.h. */
#include "root/core/ep.h"

#include <sel4/constants.h>

#include "root/core/handle.h"
#include "root/memory/heap.h"

void ep_close(struct ep *ep)
{
    object_free(&ep->endpoint);
}

static bool reap_senders(struct reap *reap)
{
    struct ep *ep = CONTAINER(reap, struct ep, reap);

    if (!handle_free_all(&ep->object, &reap_left))
        return false;
    object_release(&ep->object);
    return true;
}

void ep_unreceived(struct ep *ep)
{
    if (ep->object.handles == 0)
        return;
    ep->object.dead = true;
    object_refer(&ep->object);
    reap_later(&ep->reap, ep->object.account, reap_senders);
}

static void destroy(struct object *object)
{
    struct ep *ep = ep_of(object);

    ep_close(ep);
    object_finish(object, 1);
    heap_free(ep, sizeof *ep);
}

struct object_class ep_class = {
    .name = "EP",
    .all = LIST_EMPTY(ep_class.all),
    .destroy = destroy,
    .objects = RECORD_OBJECTS(sizeof(struct ep))};

cell_error_t ep_create(struct account *account, struct ep **made)
{
    struct ep *ep = heap_allocate(sizeof *ep);

    if (ep == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&ep->object, &ep_class, TYPE_EP, account, 1);

    if (error != CELL_OK) {
        heap_free(ep, sizeof *ep);
        return error;
    }
    error = object_allocate(seL4_EndpointObject, seL4_EndpointBits, &ep->endpoint);
    if (error != CELL_OK)
        object_release(&ep->object);
    else
        *made = ep;
    return error;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/ep.c: see ep.h. */
#include "root/core/ep.h"

#include <sel4/constants.h>

#include "root/memory/heap.h"

void ep_close(struct ep *ep)
{
    if (ep->endpoint.slot == 0)
        return;
    object_free(&ep->endpoint);
    account_refund(ep->object.account, ACCOUNT_OBJECTS, 1);
}

static void destroy(struct object *object)
{
    struct ep *ep = ep_of(object);

    ep_close(ep);
    object_finish(object);
    heap_free(ep, sizeof *ep);
}

struct object_class ep_class = {.name = "EP", .all = LIST_EMPTY(ep_class.all), .destroy = destroy};

cell_error_t ep_create(struct account *account, struct ep **made)
{
    struct ep *ep = heap_allocate(sizeof *ep);

    if (ep == NULL)
        return CELL_NO_MEMORY;
    object_init(&ep->object, &ep_class, TYPE_EP, account);
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, 1);

    if (error == CELL_OK) {
        error = object_allocate(seL4_EndpointObject, seL4_EndpointBits, &ep->endpoint);
        if (error != CELL_OK)
            account_refund(account, ACCOUNT_OBJECTS, 1);
    }
    if (error != CELL_OK)
        object_release(&ep->object);
    else
        *made = ep;
    return error;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/ep.h: endpoints as objects. As with a notification (ntfn.h), a handle of one is a
 * capability to the kernel's object itself: with r messages are received from it, with w they are
 * sent to it. They come with the handle's number as their badge.
 */
#pragma once

#include "root/core/object.h"
#include "root/core/reaper.h"
#include "root/memory/memory.h"

struct ep {
    struct object object;
    struct kernel_object endpoint;
    uint32_t receivers; /* handles with HANDLE_READ */
    struct reap reap;
};

extern struct object_class ep_class;

/* Makes an endpoint; the caller gets the first reference. It goes, with all
 * capabilities to it, when the last reference goes. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t ep_create(struct account *account, struct ep **ep);

/* Removes the endpoint and all capabilities to it at once (its server died):
 * threads in its queue get an error from the kernel. The object stays. */
void ep_close(struct ep *ep);

/* The last handle with HANDLE_READ has gone: nobody will ever receive. The others go, in pieces,
 * and the endpoint with them: requests that wait in its queue end with CELL_GONE. */
void ep_unreceived(struct ep *ep);

static inline struct ep *ep_of(struct object *object)
{
    return CONTAINER(object, struct ep, object);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/ep.h: endpoints and notifications as objects.
 */
#pragma once

#include "root/core/object.h"
#include "root/memory/memory.h"

struct ep {
    struct object object;
    struct kernel_object endpoint;
};

extern struct object_class ep_class;

/* Makes an endpoint; the caller gets the first reference. It goes, with all
 * capabilities to it, when the last reference goes. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t ep_create(struct account *account, struct ep **ep);

/* Removes the endpoint and all capabilities to it at once (its server died):
 * threads in its queue get an error from the kernel. The object stays. */
void ep_close(struct ep *ep);

static inline struct ep *ep_of(struct object *object)
{
    return CONTAINER(object, struct ep, object);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/ntfn.h: notifications as objects. Unlike other handles, one of a notification is a
 * capability to the kernel's object itself, so that signalling (w) and waiting (r) ask nobody;
 * its badge is one bit (lib/client/signals.h), which stands in the handle.
 */
#pragma once

#include "root/core/object.h"
#include "root/memory/memory.h"

struct ntfn {
    struct object object;
    struct kernel_object notification;
};

extern struct object_class ntfn_class;

/* Makes a notification; the caller gets the first reference. It goes, with all capabilities
 * to it, when the last reference goes. CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t ntfn_create(struct account *account, struct ntfn **ntfn);

/* The badge of a handle that brings a bit. */
uint64_t ntfn_badge(unsigned bit);

/* Signals a bit, as a holder with w can. */
void ntfn_signal(const struct ntfn *ntfn, unsigned bit);

static inline struct ntfn *ntfn_of(struct object *object)
{
    return CONTAINER(object, struct ntfn, object);
}

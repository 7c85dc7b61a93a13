/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/ntfn.c: see ntfn.h. */
#include "root/core/ntfn.h"

#include <sel4/constants.h>

#include "lib/client/signals.h"
#include "root/base/bug.h"
#include "root/memory/heap.h"

static void destroy(struct object *object)
{
    struct ntfn *ntfn = ntfn_of(object);

    object_free(&ntfn->notification);
    object_finish(object, 1);
    heap_free(ntfn, sizeof *ntfn);
}

struct object_class ntfn_class = {
    .name = "NTFN",
    .all = LIST_EMPTY(ntfn_class.all),
    .destroy = destroy,
    .objects = RECORD_OBJECTS(sizeof(struct ntfn))};

cell_error_t ntfn_create(struct account *account, struct ntfn **made)
{
    struct ntfn *ntfn = heap_allocate(sizeof *ntfn);

    if (ntfn == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&ntfn->object, &ntfn_class, TYPE_NTFN, account, 1);

    if (error != CELL_OK) {
        heap_free(ntfn, sizeof *ntfn);
        return error;
    }
    error = object_allocate(seL4_NotificationObject, seL4_NotificationBits, &ntfn->notification);
    if (error != CELL_OK)
        object_release(&ntfn->object);
    else
        *made = ntfn;
    return error;
}

uint64_t ntfn_badge(unsigned bit)
{
    return SIGNAL_MARK | SIGNAL_BIT(bit);
}

void ntfn_signal(const struct ntfn *ntfn, unsigned bit)
{
    slot_t slot = slot_allocate();

    /* Without a slot for the badge the signal has no bit. A waiting thread looks at all that it may
     * have been. */
    if (slot == 0) {
        kernel_signal(ntfn->notification.slot);
        return;
    }
    must(kernel_copy_badged(slot, ntfn->notification.slot, RIGHT_SEND, ntfn_badge(bit)),
         "ntfn: badge");
    kernel_signal(slot);
    must(kernel_delete(slot), "ntfn: drop a badge");
    slot_free(slot);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/check_break.c: the checked build can be told to break one of the things that check.c and check_objects.c look
 * at, so that a test sees that each of them is noticed.
 */
#include <sel4/constants.h>

#include "nucleus/check.h"

#include "nucleus/asid.h"
#include "nucleus/derivation.h"
#include "nucleus/notification.h"
#include "nucleus/scheduler.h"
#include "nucleus/vspace.h"

static void break_ready_bit(void)
{
    core.occupied[0][0] ^= 1;
}

static void break_timeslice(void)
{
    core.current->timeslice = CONFIG_TIME_SLICE + 100;
}

static void break_bound_notification(void)
{
    static struct notification nobodys;

    core.current->notification = &nobodys;
}

static void break_reply(void)
{
    core.current->slots[THREAD_SLOT_CALLER].cap = cap_new(CAP_REPLY, physical_of(core.current));
}

static void break_derivation(void)
{
    core.current->slots[THREAD_SLOT_BUFFER].previous = (uint64_t)&core.current->slots[THREAD_SLOT_BUFFER];
}

/* The first untyped memory that has a child. */
static void break_watermark(void)
{
    const struct capability *root = &core.current->slots[THREAD_SLOT_CSPACE].cap;
    struct slot *slots = cnode_slots(root);

    for (uint64_t i = 0; i < UINT64_C(1) << root->cnode.radix; i++)
        if (cap_type(&slots[i].cap) == CAP_UNTYPED && derivation_has_children(&slots[i])) {
            slots[i].cap.untyped.watermark = 0;
            return;
        }
}

/* An entry of the root table that nobody uses: memory that no capability allows. */
static void break_mapping(void)
{
    uint64_t *root = cap_object(&core.current->slots[THREAD_SLOT_VSPACE].cap);

    root[(1 << (LEVEL_BITS + 1)) - 1] = entry_for_page(0, ROOT_BITS, RIGHT_READ, 0);
}

static void break_vmid(void)
{
    *asid_entry(core.current->slots[THREAD_SLOT_VSPACE].cap.table.asid) ^= UINT64_C(0x80) << VTTBR_VMID_SHIFT;
}

bool check_break(unsigned number)
{
    static void (*const breaks[])(void) = {
        break_ready_bit,  break_timeslice, break_bound_notification, break_reply,
        break_derivation, break_watermark, break_mapping,            break_vmid,
    };

    if (number >= sizeof breaks / sizeof breaks[0])
        return false;
    breaks[number]();
    return true;
}

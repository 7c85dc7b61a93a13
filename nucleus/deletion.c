/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/deletion.c: taking capabilities and objects apart, in small steps.
 *
 * An object goes with its last capability. Most do so in a few instructions. Not so endpoints and
 * notifications at which threads wait, and CNodes, whose slots have to be emptied first, which may
 * hold the last capabilities of further CNodes, and so on, in cycles too. Nothing here recurses, and
 * an interrupt can come in between any two steps:
 *
 *  - The slot to be deleted holds a DYING capability from the first step on: nobody can use it, and
 *    the steps go on when the call is made again.
 *  - The last capability of a CNode is exchanged with what is in the CNode's last slot. There it
 *    becomes a REMNANT, which says how many slots may still hold something; it protects the memory
 *    of the CNode from being used again, as every capability does. What came out of the last slot
 *    stands where the CNode's capability stood, and is deleted next.
 *  - Remnants form a list. When the slot is empty, the list is worked off, slot by slot, from the
 *    last to the first. A CNode whose last capability turns up on the way is dealt with in the same
 *    manner and joins the list. A remnant without slots is removed.
 *
 * So each step takes a bounded time, needs no memory, and the next deletion takes over what a
 * thread left that was stopped meanwhile.
 */
#include <sel4/constants.h>

#include "nucleus/deletion.h"

#include "nucleus/arch.h"
#include "nucleus/asid.h"
#include "nucleus/derivation.h"
#include "nucleus/endpoint.h"
#include "nucleus/invocation.h"
#include "nucleus/irq.h"
#include "nucleus/notification.h"
#include "nucleus/reply.h"
#include "nucleus/vcpu.h"
#include "nucleus/vspace.h"

static struct slot *remnants;

const struct slot *deletion_remnants(void)
{
    return remnants;
}

/* ---- Capabilities whose deletion is short ---- */

static void end_object(const struct capability *cap)
{
    switch (cap_type(cap)) {
    case CAP_PAGE_TABLE:
        page_table_end(cap);
        break;
    case CAP_ASID_POOL:
        asid_pool_end(cap);
        break;
    case CAP_VCPU:
        vcpu_end(cap_object(cap));
        break;
    default:
        break;
    }
}

static inline void delete_simple(struct slot *slot, bool last)
{
    switch (cap_type(&slot->cap)) {
    case CAP_NULL:
        return;
    case CAP_REPLY:
        reply_delete(slot);
        return;
    case CAP_FRAME: /* a mapping belongs to one capability */
        frame_unmap(&slot->cap);
        break;
    case CAP_VSPACE: /* perhaps a thread's */
        vspace_changed();
        if (last)
            asid_release(&slot->cap);
        break;
    default:
        if (last)
            end_object(&slot->cap);
        break;
    }
    derivation_remove(slot);
}

void slot_delete_simple(struct slot *slot)
{
    delete_simple(slot, derivation_is_last(slot));
}

/* ---- Capabilities whose deletion may be long: one step each ---- */

static void mark_dying(struct slot *slot)
{
    if (cap_type(&slot->cap) == CAP_DYING)
        return;
    slot->cap.dying.was = slot->cap.any.type;
    slot->cap.any.type = CAP_DYING;
}

static void endpoint_step(struct slot *slot)
{
    mark_dying(slot);
    if (!endpoint_restart_one(cap_object(&slot->cap)))
        derivation_remove(slot);
}

static void notification_step(struct slot *slot)
{
    struct notification *notification = cap_object(&slot->cap);

    mark_dying(slot);
    if (notification_restart_one(notification))
        return;
    notification_unbind(notification);
    derivation_remove(slot);
}

/* All of its slots but one can be emptied at once; the capability to the root of its CSpace is deleted next. */
static void thread_step(struct slot *slot)
{
    struct thread *thread = cap_object(&slot->cap);
    struct slot *root = &thread->slots[THREAD_SLOT_CSPACE];
    struct capability cap = root->cap;

    thread_destroy(thread);
    derivation_remove(slot);
    if (!slot_empty(root))
        derivation_move(root, slot, &cap);
}

/* The capability to what it signalled is deleted next. */
static void irq_handler_step(struct slot *slot)
{
    struct slot *signalled = irq_handler_end(&slot->cap);
    struct capability cap = signalled->cap;

    derivation_remove(slot);
    if (!slot_empty(signalled))
        derivation_move(signalled, slot, &cap);
}

static void cnode_step(struct slot *slot)
{
    unsigned radix = slot->cap.cnode.radix;
    struct slot *slots = cnode_slots(&slot->cap);
    struct slot *last = slots + mask_bits(radix);
    struct capability remnant = {.remnant = {.radix = FIELD(radix, 6),
                                             .remaining = FIELD(mask_bits(radix), 36),
                                             .type = CAP_REMNANT,
                                             .next = (uint64_t)remnants}};
    struct capability inner = last->cap;

    if (last == slot)
        slot->cap = remnant;
    else
        derivation_swap(slot, &inner, last, &remnant);
    remnants = last;
}

static void (*const steps[CAP_TYPES])(struct slot *slot) = {
    [CAP_ENDPOINT] = endpoint_step,
    [CAP_NOTIFICATION] = notification_step,
    [CAP_THREAD] = thread_step,
    [CAP_IRQ_HANDLER] = irq_handler_step,
    [CAP_CNODE] = cnode_step,
};

/* One step of emptying a slot that is not empty. */
static void slot_step(struct slot *slot)
{
    void (*step)(struct slot *slot) = steps[cap_kind(&slot->cap)];
    bool last = derivation_is_last(slot);

    if (step == NULL || !last) {
        delete_simple(slot, last);
        return;
    }
    step(slot);
    /* What stands there now is on its way out as well. */
    if (steps[cap_kind(&slot->cap)] != NULL)
        mark_dying(slot);
}

/* ---- Remnants ---- */

static struct slot *remnant_slots(struct slot *remnant)
{
    return remnant - mask_bits(remnant->cap.remnant.radix);
}

/* Empty slots are passed over a bounded number at a time. */
#define EMPTY_SLOTS_A_STEP 16

/* One step of working off the first remnant. */
static void remnant_step(void)
{
    struct slot *remnant = remnants;
    struct slot *slots = remnant_slots(remnant);
    uint64_t remaining = remnant->cap.remnant.remaining;

    for (unsigned i = 0; i < EMPTY_SLOTS_A_STEP && remaining > 0 && slot_empty(&slots[remaining - 1]); i++)
        remaining--;
    remnant->cap.remnant.remaining = FIELD(remaining, 36);
    if (remaining == 0) {
        remnants = (struct slot *)remnant->cap.remnant.next;
        derivation_remove(remnant);
    } else if (!slot_empty(&slots[remaining - 1])) {
        slot_step(&slots[remaining - 1]);
    }
}

static int remnants_work_off(void)
{
    while (remnants != NULL) {
        remnant_step();
        if (interrupt_waits())
            return PREEMPTED;
    }
    return seL4_NoError;
}

/* ---- Delete and revoke ---- */

/* The slot that was being emptied when an interrupt came. It is not moved meanwhile (DYING
 * capabilities are not), and the next deletion begins with it; so it is there as long as this
 * points to it. */
static struct slot *unfinished;

static int empty(struct slot *slot)
{
    while (!slot_empty(slot) && cap_type(&slot->cap) != CAP_REMNANT) {
        slot_step(slot);
        if (!slot_empty(slot) && interrupt_waits()) {
            unfinished = slot;
            return PREEMPTED;
        }
    }
    unfinished = NULL;
    return seL4_NoError;
}

/* What others have left unfinished. */
static int finish(void)
{
    if (unfinished != NULL && empty(unfinished) == PREEMPTED)
        return PREEMPTED;
    return remnants != NULL ? remnants_work_off() : seL4_NoError;
}

static ASIDE int delete_in_steps(struct slot *slot)
{
    if (finish() == PREEMPTED || empty(slot) == PREEMPTED)
        return PREEMPTED;
    return finish();
}

/* Types of which a capability that is not the last one just goes. */
#define CAP_GOES_AT_ONCE                                                                                          \
    (1u << CAP_ENDPOINT | 1u << CAP_NOTIFICATION | 1u << CAP_CNODE | 1u << CAP_THREAD | 1u << CAP_PAGE_TABLE |     \
     1u << CAP_VCPU)

/* The usual case: nothing is unfinished, and all that is to be done is to take the slot out of the list. False: it is another case. */
static inline bool delete_at_once(struct slot *slot)
{
    enum cap_type type = cap_type(&slot->cap);

    if (UNLIKELY(unfinished != NULL || remnants != NULL))
        return false;
    if ((CAP_GOES_AT_ONCE >> type & 1) != 0 && LIKELY(!derivation_is_last(slot))) {
        derivation_remove(slot);
        return true;
    }
    if (type == CAP_FRAME) { /* a mapping belongs to one capability */
        frame_unmap(&slot->cap);
        derivation_remove(slot);
        return true;
    }
    return type == CAP_NULL;
}

int slot_delete(struct slot *slot)
{
    return delete_at_once(slot) ? seL4_NoError : delete_in_steps(slot);
}

int slot_revoke(struct slot *slot)
{
    struct slot *child;

    if (UNLIKELY(unfinished != NULL || remnants != NULL) && finish() == PREEMPTED)
        return PREEMPTED;
    while ((child = derivation_child(slot)) != NULL)
        if ((!delete_at_once(child) && delete_in_steps(child) == PREEMPTED) || interrupt_waits())
            return PREEMPTED;
    return seL4_NoError;
}

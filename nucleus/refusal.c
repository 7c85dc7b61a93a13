/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/refusal.c: refusals, and the lookups of slots that many operations do and that may end in one.
 */
#include "nucleus/invocation.h"

#include "nucleus/arch.h"

/* ---- Refusals ---- */

int refuse(enum seL4_Error error)
{
    core.refusal.length = 0;
    return error;
}

int refuse_argument(uint64_t number)
{
    core.refusal = (struct refusal){1, {number}};
    return seL4_InvalidArgument;
}

int refuse_capability(uint64_t number)
{
    core.refusal = (struct refusal){1, {number}};
    return seL4_InvalidCapability;
}

int refuse_range(uint64_t least, uint64_t greatest)
{
    core.refusal = (struct refusal){2, {least, greatest}};
    return seL4_RangeError;
}

int refuse_lookup(bool source)
{
    core.refusal.word[0] = source;
    core.refusal.length = 1 + lookup_failure_words(&core.lookup_failure, core.refusal.word + 1);
    return seL4_FailedLookup;
}

int refuse_memory(uint64_t bytes_left)
{
    core.refusal = (struct refusal){1, {bytes_left}};
    return seL4_NotEnoughMemory;
}

/* ---- Lookups ---- */

struct slot *invocation_slot_checked(const struct capability *root, uint64_t address, uint64_t depth, bool source,
                                  int *error)
{
    struct slot *slot;

    if (cap_type(root) != CAP_CNODE) {
        core.lookup_failure = (struct lookup_failure){.type = seL4_InvalidRoot};
        *error = refuse_lookup(source);
        return NULL;
    }
    if (depth < 1 || depth > seL4_WordBits) {
        *error = refuse_range(1, seL4_WordBits);
        return NULL;
    }
    if (interrupt_waits()) {
        *error = PREEMPTED;
        return NULL;
    }
    slot = cspace_lookup_from(root, address, (unsigned)depth);
    if (slot == NULL)
        *error = refuse_lookup(source);
    return slot;
}

struct slot *invocation_empty_slot(const struct capability *root, uint64_t address, uint64_t depth, int *error)
{
    struct slot *slot = invocation_slot(root, address, depth, false, error);

    if (slot != NULL && !slot_empty(slot)) {
        *error = refuse(seL4_DeleteFirst);
        return NULL;
    }
    return slot;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/deletion.h: deleting and revoking capabilities, and with the last one its object.
 */
#pragma once

#include "nucleus/capability.h"

/* Empties the slot. Returns seL4_NoError, or PREEMPTED if an interrupt waits; then it is to be
 * called again, and the capability cannot be used any more. */
int slot_delete(struct slot *slot);

/* Deletes all that was derived from the capability. Result as above. */
int slot_revoke(struct slot *slot);

/* Empties a slot that is known to hold nothing whose deletion takes long: no endpoint, notification,
 * CNode or thread. */
void slot_delete_simple(struct slot *slot);

/* For the checked build: whether the remnant is in the list of those that are worked off. */
const struct slot *deletion_remnants(void);

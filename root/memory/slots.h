/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/memory/slots.h: groups of 2^order consecutive slots, aligned, of the root task's
 * CSpace; order 0 to LEAF_BITS. slot_allocate() is order 0.
 */
#pragma once

#include "root/memory/memory.h"

/* The first of 2^order empty slots; 0: no memory. */
slot_t slots_allocate(unsigned order);
/* Gives them back, empty. */
void slots_free(slot_t first, unsigned order);

uint64_t slots_used(void);

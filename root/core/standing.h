/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/standing.h: the rights that all handles of a table on one PD have together, found
 * without looking at the handles. A table may hold one PD many times, and a PD may be held by
 * many; neither makes a question about authority (root/pd/authority.h) longer.
 */
#pragma once

#include "root/core/cspace.h"

/* A handle with these rights on a PD comes into a table; false: no memory. */
bool standing_add(const struct slot_table *table, uint64_t pd, unsigned rights);
/* It goes. */
void standing_remove(const struct slot_table *table, uint64_t pd, unsigned rights);

/* Returns the union of their rights. */
unsigned standing_rights(const struct slot_table *table, uint64_t pd);

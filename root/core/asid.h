/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/asid.h: address space ids for VSpaces: pools of ASID_POOL_SIZE, made as
 * needed. An id is free again when its VSpace is deleted.
 */
#pragma once

#include "root/memory/memory.h"

/* Gives a VSpace an id; *pool is to be passed to asid_release(). CELL_NO_MEMORY;
 * CELL_NO_SLOTS: all ids that the kernel has are in use; as kernel_refused(). */
cell_error_t asid_assign(slot_t vspace, uint32_t *pool);
/* Call it when the VSpace is deleted. */
void asid_release(uint32_t pool);
/* How many VSpaces have one. */
uint64_t asid_count(void);

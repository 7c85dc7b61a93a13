/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/kernel.h: the kernel operations that the root task uses, in its own
 * CSpace; the boundary at which host tests put a kernel of their own.
 *
 * A slot is a capability address (cptr) in the root task's CSpace, which is a
 * root CNode of ROOT leaves with 2^LEAF_BITS slots each: slot = leaf <<
 * LEAF_BITS | index. 0 is never a slot.
 *
 * All of them return the kernel's error (0: none). Memory that a kernel object
 * needs is in the untyped that is passed, so the only expected error is
 * KERNEL_MISSING_TABLE; anything else is a bug of the root task, to be given to
 * root_bug().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t slot_t;

#define LEAF_BITS 10
#define LEAF_SLOTS (1u << LEAF_BITS)

/* seL4_FailedLookup: a page table is missing (page_map, table_map). */
#define KERNEL_MISSING_TABLE 6

/* A CNode other than the root task's: its capability, and bits of its index. */
struct cnode {
    slot_t slot;
    uint8_t bits;
};

/* Rights of a capability, as seL4 has them. */
#define RIGHT_SEND (1u << 0)        /* seL4: write */
#define RIGHT_RECEIVE (1u << 1)     /* seL4: read */
#define RIGHT_GRANT (1u << 2)       /* may pass capabilities */
#define RIGHT_GRANT_REPLY (1u << 3) /* may call */
/* What a client gets on a server's endpoint. */
#define RIGHTS_CLIENT (RIGHT_SEND | RIGHT_GRANT_REPLY)
#define RIGHTS_ALL (RIGHT_SEND | RIGHT_RECEIVE | RIGHT_GRANT | RIGHT_GRANT_REPLY)

/* Makes `count` objects of a kernel type in slots `first`, `first` + 1 …, which
 * lie in one leaf. size_bits: of an untyped, or log2 of a CNode's slots. */
int kernel_retype(slot_t untyped, unsigned type, unsigned size_bits, slot_t first, unsigned count);
int kernel_revoke(slot_t slot);
int kernel_delete(slot_t slot);
/* Copies with all rights, within the root task's CSpace. */
int kernel_copy(slot_t to, slot_t from);
int kernel_move(slot_t to, slot_t from);
/* Copies from the root task's CSpace into another CNode. */
int kernel_mint(struct cnode to, unsigned index, slot_t from, unsigned rights, uint64_t badge);
/* Puts a CNode into another with a guard of `guard_bits` zero bits. */
int kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits);
int kernel_delete_in(struct cnode cnode, unsigned index);
/* Moves the reply capability of the last Call to `slot`. */
int kernel_save_caller(slot_t slot);

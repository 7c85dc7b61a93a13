/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/kernel.h: the kernel operations that the root task uses, in its own
 * CSpace; the boundary at which host tests put a kernel of their own.
 *
 * A slot is a capability address (cptr) in the root task's CSpace, which is a
 * root CNode of ROOT leaves with 2^LEAF_BITS slots each: slot = leaf <<
 * LEAF_BITS | index. 0 is never a slot.
 *
 * All of them return the kernel's error (0: none). Memory that a kernel object needs is in the untyped that is passed, so the
 * only expected error is KERNEL_MISSING_TABLE. Where something is being made, any other becomes the answer (kernel_refused())
 * once what was made is given back; where something is taken away it is a bug of the root task, to be given to root_bug().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/errors.h"

typedef uint32_t slot_t;

#define LEAF_BITS 10
#define LEAF_SLOTS (1u << LEAF_BITS)

/* Slots of the first leaf, filled by boot.c. */
enum fixed_slot {
    SLOT_ROOT_CNODE = 1, /* the root task's own root CNode, without a guard */
    SLOT_BOOT_CNODE,     /* the CNode that the kernel started it with */
    SLOT_TCB,
    SLOT_VSPACE,
    SLOT_IRQ_CONTROL,
    SLOT_ASID_CONTROL,
    SLOT_ASID_POOL,
    SLOT_SMC,            /* empty where the kernel does not allow SMC calls */
    SLOT_ENDPOINT,       /* requests arrive here */
    SLOT_NOTIFICATION,   /* bound to the root task's TCB */
    SLOT_SIGNAL_CONTROL, /* badged copies of it, see loop.h */
    SLOT_SIGNAL_TIMER,
    SLOT_IRQ_TIMER,
    SLOT_MONITOR_TCB,
    SLOT_MONITOR_ENDPOINT,
    SLOT_MONITOR_NOTIFICATION,
    SLOT_ROOT_FAULT,     /* badged copy of the monitor's endpoint */
    SLOT_KICK_MONITOR,   /* badged copies of the monitor's notification */
    SLOT_MONITOR_CLOCK,
    SLOT_MONITOR_CONTROL,
    SLOT_IRQ_CLOCK,
    SLOT_IRQ_CONTROL_CHANNEL,
    SLOT_PROBE_TCB,
    SLOT_PROBE_ENDPOINT,
    SLOT_UNTYPED = 128,  /* the untypeds of bootinfo, in their order */
    SLOT_SPARE = 512,    /* page tables and frames of start-up */
    SLOT_SPARE_END = LEAF_SLOTS,
};

/* Bits of the root CNode's index; set once by boot.c. */
extern unsigned kernel_root_bits;

/* seL4_FailedLookup: a page table is missing (page_map, table_map). */
#define KERNEL_MISSING_TABLE 6

/* Others that it can have, with their numbers in the manual. */
#define KERNEL_ILLEGAL 3
#define KERNEL_IN_USE 8
#define KERNEL_NO_MEMORY 10

/* What becomes of an error: CELL_NO_MEMORY; CELL_EXISTS: a slot, an address or an id is in use; CELL_NO_SLOTS: a lookup has
 * failed; CELL_UNSUPPORTED. */
cell_error_t kernel_error(int error);
static inline cell_error_t kernel_refused(int error)
{
    return error == 0 ? CELL_OK : kernel_error(error);
}

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
/* Zeroes the next `pages` pages at most of an untyped that has no children, in all of `all`; true: all are zero, or the kernel leaves
 * that to kernel_retype(). */
bool kernel_zero(slot_t untyped, uint64_t all, uint64_t pages);
/* Makes a leaf of the root task's CSpace (32 KiB) and puts it into its root CNode. */
int kernel_retype_leaf(slot_t untyped, uint32_t leaf);
int kernel_revoke(slot_t slot);
int kernel_delete(slot_t slot);
/* Copies with all rights, within the root task's CSpace. */
int kernel_copy(slot_t to, slot_t from);
int kernel_copy_badged(slot_t to, slot_t from, unsigned rights, uint64_t badge);
int kernel_move(slot_t to, slot_t from);
/* Copies from the root task's CSpace into another CNode. */
int kernel_mint(struct cnode to, unsigned index, slot_t from, unsigned rights, uint64_t badge);
/* Puts a CNode into another with a guard of `guard_bits` zero bits. */
int kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits);
int kernel_delete_in(struct cnode cnode, unsigned index);
/* Moves the reply capability of the last Call to `slot`. */
int kernel_save_caller(slot_t slot);
/* Signals a notification with the badge of that capability. */
void kernel_signal(slot_t slot);

/* Maps a frame; `rights` are the model's (CM_READ …). A stage-2 mapping without
 * read permission is not possible. `device`: uncached. Mapping where this very
 * capability is mapped already changes the rights. */
int kernel_map(slot_t frame, slot_t vspace, uint64_t address, unsigned rights, bool device);
/* Maps `count` frames, whose slots follow one another, at pages that do. Returns how many
 * it mapped; *error is why not the next one. */
unsigned kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address,
                        unsigned rights, bool device, int *error);
/* Unmaps it; no harm if it is not mapped. */
int kernel_unmap(slot_t frame);
/* Maps a page table at the highest level that is missing at `address`. */
int kernel_map_table(slot_t table, slot_t vspace, uint64_t address);
/* Makes instructions that were written to a mapped frame of the root task's
 * visible to fetches. */
int kernel_unify(slot_t frame, uint64_t size);
/* Gives a new VSpace an address space id from a pool. */
int kernel_assign_asid(slot_t pool, slot_t vspace);
/* Makes an ASID pool from an untyped of 4 KiB. */
int kernel_make_pool(slot_t untyped, slot_t pool);

/* ---- Threads ---------------------------------------------------------- */

/* CSpace with a guard, VSpace, and an IPC buffer in a frame (0: none) of a thread, whose faults go where `fault` leads in its CSpace. */
int kernel_thread_configure(slot_t tcb, uint64_t fault, slot_t cspace, uint64_t guard, slot_t vspace, uint64_t buffer, slot_t frame);
/* The thread can raise the priority of no other thread. */
int kernel_thread_priority(slot_t tcb, unsigned priority);
/* `count` registers in the order of seL4_UserContext. */
int kernel_thread_read(slot_t tcb, unsigned count, void *registers);
int kernel_thread_write(slot_t tcb, bool resume, unsigned count, void *registers);

/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/root/fake_parts.h: between the files of the fake kernel. */
#pragma once

#include <sel4/constants.h>

#include "tests/root/fake_kernel.h"

#define PAGE UINT64_C(4096)

struct capability;

/* One translation of an address space: a frame, or that a table is there. */
struct entry {
    uint64_t key; /* address | level; 0: empty */
    struct capability *capability;
};

struct object {
    unsigned type, bits; /* bits: log2 of bytes */
    uint64_t physical;
    uint64_t used; /* untyped: bytes from its start */
    bool device;
    unsigned capabilities;
    struct capability *slots; /* CNode */
    unsigned index_bits;
    struct entry *entries; /* VSpace: open addressing */
    uint32_t entry_room, entry_count;
    uint64_t tables_gone;
};

struct capability {
    struct object *object; /* NULL: empty slot */
    uint64_t badge;
    unsigned rights, guard;
    struct capability *parent, *child, *next, *previous;
    struct object *space; /* frame: mapped there; NULL: not */
    uint64_t address;
    unsigned mapped_rights;
};

extern struct object *fake_root_space;
/* The file that represents physical memory, from FAKE_DEVICE on. */
extern int fake_memory;
/* Ids in use of each pool, and how many pools there are. */
extern unsigned fake_pool_used[64];
extern uint32_t fake_pools;

/* The capability in a slot of the root task's CSpace. */
struct capability *fake_at(slot_t slot);
struct object *fake_object(unsigned type, unsigned bits, uint64_t physical);
/* Puts a first capability to an object into an empty slot, as a child of `parent`. */
void fake_fill(struct capability *to, struct object *object, struct capability *parent);

static inline bool fake_is_frame(const struct object *object)
{
    return object->type == seL4_ARM_SmallPageObject || object->type == seL4_ARM_LargePageObject ||
           object->type == seL4_ARM_HugePageObject;
}

/* fake_space.c: the translation with a key, added if it is missing. */
struct entry *fake_entry(struct object *space, uint64_t key);
void fake_unmap(struct capability *frame);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/fake_kernel.c: see fake_kernel.h. Bottom-up: objects and
 * capabilities, slots, deletion, retype, copies; address spaces are in fake_space.c.
 *
 * A bug in how the root task uses the kernel shows as an error code here, which
 * the root task gives to root_bug(), which fails the test.
 */
#define _GNU_SOURCE
#include "tests/root/fake_parts.h"

#include <assert.h>
#include <sel4/constants.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "root/memory/own_space.h"

#define LEAVES 1024u

static struct capability *leaves[LEAVES];
struct object *fake_root_space;
static uint64_t object_count, capability_count;
int fake_memory;
static uint8_t *device_memory;

unsigned kernel_root_bits;

/* ---- Capabilities ---------------------------------------------------- */

struct capability *fake_at(slot_t slot)
{
    struct capability *leaf = leaves[slot >> LEAF_BITS];

    assert(slot != 0 && leaf != NULL);
    return &leaf[slot & (LEAF_SLOTS - 1)];
}

struct object *fake_object(unsigned type, unsigned bits, uint64_t physical)
{
    struct object *object = calloc(1, sizeof *object);

    object->type = type;
    object->bits = bits;
    object->physical = physical;
    object_count += type != seL4_UntypedObject;
    return object;
}

static void link_child(struct capability *parent, struct capability *child)
{
    child->parent = parent;
    child->previous = NULL;
    child->next = parent == NULL ? NULL : parent->child;
    if (child->next != NULL)
        child->next->previous = child;
    if (parent != NULL)
        parent->child = child;
}

static void unlink_child(struct capability *capability)
{
    if (capability->previous != NULL)
        capability->previous->next = capability->next;
    else if (capability->parent != NULL)
        capability->parent->child = capability->next;
    if (capability->next != NULL)
        capability->next->previous = capability->previous;
}

void fake_fill(struct capability *to, struct object *object, struct capability *parent)
{
    *to = (struct capability){.object = object, .rights = RIGHTS_ALL};
    object->capabilities++;
    capability_count++;
    link_child(parent, to);
}

/* ---- Deletion -------------------------------------------------------- */

static void capability_delete(struct capability *capability);

/* The object's last capability is gone. */
static void object_end(struct object *object)
{
    if (object->type == seL4_CapTableObject)
        for (unsigned i = 0; i < 1u << object->index_bits; i++)
            capability_delete(&object->slots[i]);
    if (object->type == seL4_ARM_VSpaceObject) {
        if (object->tables_gone != 0)
            fake_pool_used[object->tables_gone - 1]--;
        /* A page that is mapped in an address space that goes is, to the kernel, mapped in the next
         * one with the same ASID: unmapping it there would take the page out of that one. */
        for (uint32_t i = 0; i < object->entry_room; i++) {
            struct capability *there = object->entries[i].capability;

            if (there == NULL)
                continue;
            assert(!fake_is_frame(there->object));
            there->space = NULL;
        }
    }
    object_count -= object->type != seL4_UntypedObject;
    free(object->slots);
    free(object->entries);
    free(object);
}

static void capability_delete(struct capability *capability)
{
    struct object *object = capability->object;

    if (object == NULL)
        return;
    if (fake_is_frame(object))
        fake_unmap(capability);
    if (object->type == seL4_ARM_PageTableObject && capability->space != NULL)
        fake_entry(capability->space, capability->address)->capability = NULL;
    /* Children belong to the parent from now on. */
    while (capability->child != NULL) {
        struct capability *child = capability->child;

        unlink_child(child);
        link_child(capability->parent, child);
    }
    unlink_child(capability);
    *capability = (struct capability){0};
    capability_count--;
    if (--object->capabilities == 0)
        object_end(object);
}

static void revoke_children(struct capability *capability)
{
    while (capability->child != NULL) {
        struct capability *last = capability->child;

        while (last->child != NULL)
            last = last->child;
        capability_delete(last);
    }
}

int kernel_revoke(slot_t slot)
{
    if (fake_at(slot)->object == NULL)
        return seL4_FailedLookup;
    revoke_children(fake_at(slot));
    return 0;
}

int kernel_delete(slot_t slot)
{
    capability_delete(fake_at(slot));
    return 0;
}

static struct capability *in_cnode(struct cnode cnode, unsigned index)
{
    struct object *object = fake_at(cnode.slot)->object;

    assert(object != NULL && object->type == seL4_CapTableObject);
    assert(object->index_bits == cnode.bits && index < 1u << cnode.bits);
    return &object->slots[index];
}

int kernel_delete_in(struct cnode cnode, unsigned index)
{
    capability_delete(in_cnode(cnode, index));
    return 0;
}

/* ---- Retype ---------------------------------------------------------- */

/* log2 of an object's size. */
static unsigned object_bits(unsigned type, unsigned size_bits)
{
    switch (type) {
    case seL4_UntypedObject:
        return size_bits;
    case seL4_TCBObject:
        return seL4_TCBBits;
    case seL4_EndpointObject:
        return seL4_EndpointBits;
    case seL4_NotificationObject:
        return seL4_NotificationBits;
    case seL4_CapTableObject:
        return size_bits + seL4_SlotBits;
    case seL4_ARM_VSpaceObject:
        return seL4_VSpaceBits;
    case seL4_ARM_LargePageObject:
        return seL4_LargePageBits;
    case seL4_ARM_HugePageObject:
        return seL4_HugePageBits;
    default:
        return 12;
    }
}

/* Where the next object goes; 0: no room. Without children, the untyped begins anew. */
static uint64_t carve(struct capability *untyped, unsigned bits)
{
    struct object *object = untyped->object;

    if (untyped->child == NULL && object->used != 0) {
        object->used = 0;
        if (!object->device) {
            void *memory = mmap(NULL, UINT64_C(1) << object->bits, PROT_READ | PROT_WRITE,
                                MAP_SHARED, fake_memory,
                                (off_t)((object->physical & ~(PAGE - 1)) - FAKE_DEVICE));

            if (object->bits >= 12)
                memset(memory, 0, UINT64_C(1) << object->bits);
            munmap(memory, UINT64_C(1) << object->bits);
        }
    }
    uint64_t size = UINT64_C(1) << bits;
    uint64_t start = (object->used + size - 1) & ~(size - 1);

    if (start + size > UINT64_C(1) << object->bits)
        return 0;
    object->used = start + size;
    return object->physical + start;
}

static int retype(slot_t untyped, unsigned type, unsigned size_bits, struct capability *to)
{
    struct capability *from = fake_at(untyped);
    unsigned bits = object_bits(type, size_bits);

    if (from->object == NULL || from->object->type != seL4_UntypedObject)
        return seL4_InvalidCapability;
    if (to->object != NULL)
        return seL4_DeleteFirst;
    if (from->object->device && type != seL4_UntypedObject && type != seL4_ARM_SmallPageObject)
        return seL4_InvalidArgument;
    uint64_t physical = carve(from, bits);

    if (physical == 0)
        return seL4_NotEnoughMemory;
    struct object *object = fake_object(type, bits, physical);

    object->device = from->object->device;
    if (type == seL4_CapTableObject) {
        object->index_bits = size_bits;
        object->slots = calloc(UINT64_C(1) << size_bits, sizeof *object->slots);
    }
    fake_fill(to, object, from);
    return 0;
}

int kernel_retype(slot_t untyped, unsigned type, unsigned size_bits, slot_t first, unsigned count)
{
    int error = 0;

    assert((first & (LEAF_SLOTS - 1)) + count <= LEAF_SLOTS && count <= 256);
    for (unsigned i = 0; i < count && error == 0; i++)
        error = retype(untyped, type, size_bits, fake_at(first + i));
    return error;
}

bool kernel_zero(slot_t untyped, uint64_t all, uint64_t pages)
{
    (void)untyped;
    (void)all;
    (void)pages;
    return true;
}

int kernel_retype_leaf(slot_t untyped, uint32_t leaf)
{
    static struct capability places[LEAVES];

    if (leaves[leaf] != NULL)
        return seL4_DeleteFirst;
    int error = retype(untyped, seL4_CapTableObject, LEAF_BITS, &places[leaf]);

    if (error == 0)
        leaves[leaf] = places[leaf].object->slots;
    return error;
}

/* ---- Copies ---------------------------------------------------------- */

static int copy(struct capability *to, struct capability *from, unsigned rights, uint64_t badge)
{
    if (from->object == NULL)
        return seL4_FailedLookup;
    if (to->object != NULL)
        return seL4_DeleteFirst;
    if (from->object->type == seL4_UntypedObject && from->child != NULL)
        return seL4_RevokeFirst;
    fake_fill(to, from->object, from);
    to->rights = from->rights & rights;
    to->badge = badge;
    to->guard = from->guard;
    return 0;
}

int kernel_copy(slot_t to, slot_t from)
{
    return copy(fake_at(to), fake_at(from), RIGHTS_ALL, fake_at(from)->badge);
}

int kernel_copy_badged(slot_t to, slot_t from, unsigned rights, uint64_t badge)
{
    return copy(fake_at(to), fake_at(from), rights, badge);
}

int kernel_mint(struct cnode to, unsigned index, slot_t from, unsigned rights, uint64_t badge)
{
    return copy(in_cnode(to, index), fake_at(from), rights, badge);
}

int kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits)
{
    int error = copy(in_cnode(to, index), fake_at(from), RIGHTS_ALL, 0);

    in_cnode(to, index)->guard = guard_bits;
    return error;
}

int kernel_move(slot_t to, slot_t from)
{
    struct capability *old = fake_at(from), *new = fake_at(to);

    if (old->object == NULL)
        return seL4_FailedLookup;
    if (new->object != NULL)
        return seL4_DeleteFirst;
    *new = *old;
    /* Children and neighbours point to the new place. */
    for (struct capability *child = new->child; child != NULL; child = child->next)
        child->parent = new;
    if (new->previous != NULL)
        new->previous->next = new;
    else if (new->parent != NULL)
        new->parent->child = new;
    if (new->next != NULL)
        new->next->previous = new;
    *old = (struct capability){0};
    return 0;
}

int kernel_save_caller(slot_t slot)
{
    return fake_at(slot)->object != NULL ? seL4_DeleteFirst : 0;
}

void kernel_signal(slot_t slot)
{
    (void)slot;
}

uint64_t fake_lookup(struct cnode root, unsigned guard, uint64_t address)
{
    struct object *object = fake_at(root.slot)->object;
    unsigned left = 64;

    for (;;) {
        if (guard != 0 && address >> (left - guard) != 0)
            return 0;
        left -= guard;
        address &= left == 64 ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
        struct capability *next = &object->slots[address >> (left - object->index_bits)];

        left -= object->index_bits;
        address &= (UINT64_C(1) << left) - 1;
        if (next->object == NULL || next->object->type != seL4_CapTableObject || left == 0)
            return next->object == NULL ? 0 : next->badge;
        object = next->object;
        guard = next->guard;
    }
}

/* ---- Start ----------------------------------------------------------- */

static void untyped_at(slot_t slot, uint64_t physical, unsigned bits, bool device)
{
    struct object *object = fake_object(seL4_UntypedObject, bits, physical);

    object->device = device;
    fake_fill(fake_at(slot), object, NULL);
}

void fake_start(void)
{
    kernel_root_bits = 9;
    fake_memory = memfd_create("memory", 0);
    assert(fake_memory >= 0 &&
           ftruncate(fake_memory, (off_t)(FAKE_RAM + FAKE_RAM_SIZE - FAKE_DEVICE)) == 0);
    device_memory = mmap(NULL, FAKE_DEVICE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fake_memory, 0);
    leaves[0] = calloc(LEAF_SLOTS, sizeof *leaves[0]);
    fake_root_space = fake_object(seL4_ARM_VSpaceObject, seL4_VSpaceBits, 0);
    fake_fill(fake_at(SLOT_VSPACE), fake_root_space, NULL);
    fake_fill(fake_at(SLOT_ENDPOINT), fake_object(seL4_EndpointObject, seL4_EndpointBits, 0), NULL);
    fake_fill(fake_at(SLOT_ASID_POOL), fake_object(seL4_ObjectTypeCount, 12, 0), NULL);
    fake_at(SLOT_ASID_POOL)->badge = fake_pools++;
    untyped_at(SLOT_UNTYPED, FAKE_RAM, 20, false);
    untyped_at(SLOT_UNTYPED + 1, FAKE_RAM + 0x8000000, 27, false);
    untyped_at(SLOT_UNTYPED + 2, FAKE_DEVICE, 24, true);
}

uint64_t fake_objects(void)
{
    return object_count;
}

uint64_t fake_capabilities(void)
{
    return capability_count;
}

uint8_t *fake_device_memory(uint64_t physical)
{
    return device_memory + (physical - FAKE_DEVICE);
}

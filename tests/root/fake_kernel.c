/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/root/fake_kernel.c: see fake_kernel.h. Bottom-up: objects and
 * capabilities, slots, deletion, retype, copies, address spaces.
 *
 * A bug in how the root task uses the kernel shows as an error code here, which
 * the root task gives to root_bug(), which fails the test.
 */
#define _GNU_SOURCE
#include "tests/root/fake_kernel.h"

#include <assert.h>
#include <sel4/constants.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "root/memory/own_space.h"

#define PAGE UINT64_C(4096)
#define LEAVES 1024u
#define POOL_IDS 512u

struct capability;

/* One translation of an address space: a frame, or that a table is there. */
struct entry {
    uint64_t key; /* address | level; 0: empty */
    struct capability *capability;
};

struct object {
    unsigned type, bits; /* bits: log2 of bytes */
    uint64_t physical;
    uint64_t used;        /* untyped: bytes from its start */
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

static struct capability *leaves[LEAVES];
static struct object *root_space;
static uint64_t object_count, capability_count;
static int memory_file;
static uint8_t *device_memory;
static unsigned pool_used[64];
static uint32_t pool_count;

unsigned kernel_root_bits;

/* ---- Capabilities ---------------------------------------------------- */

static struct capability *at(slot_t slot)
{
    struct capability *leaf = leaves[slot >> LEAF_BITS];

    assert(slot != 0 && leaf != NULL);
    return &leaf[slot & (LEAF_SLOTS - 1)];
}

static struct object *object_new(unsigned type, unsigned bits, uint64_t physical)
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

static void fill(struct capability *to, struct object *object, struct capability *parent)
{
    *to = (struct capability){.object = object, .rights = RIGHTS_ALL};
    object->capabilities++;
    capability_count++;
    link_child(parent, to);
}

/* ---- Address spaces -------------------------------------------------- */

static uint32_t place_of(const struct object *space, uint64_t key)
{
    uint32_t place = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 33) & (space->entry_room - 1);

    while (space->entries[place].key != 0 && space->entries[place].key != key)
        place = (place + 1) & (space->entry_room - 1);
    return place;
}

static void entries_grow(struct object *space)
{
    struct entry *old = space->entries;
    uint32_t room = space->entry_room;

    space->entry_room = room == 0 ? 64 : room * 2;
    space->entries = calloc(space->entry_room, sizeof *old);
    space->entry_count = 0;
    for (uint32_t i = 0; i < room; i++)
        if (old[i].capability != NULL) {
            space->entries[place_of(space, old[i].key)] = old[i];
            space->entry_count++;
        }
    free(old);
}

static struct entry *entry_of(struct object *space, uint64_t key)
{
    if (space->entry_count * 2 >= space->entry_room)
        entries_grow(space);
    struct entry *entry = &space->entries[place_of(space, key)];

    if (entry->key == 0) {
        entry->key = key;
        space->entry_count++;
    }
    return entry;
}

static uint64_t table_key(uint64_t address, unsigned level)
{
    return (address >> (level == 1 ? 30 : 21)) << (level == 1 ? 30 : 21) | level;
}

static void host_map(struct capability *frame, bool write)
{
    uint64_t offset = frame->object->physical - FAKE_DEVICE;
    void *got = mmap((void *)frame->address, PAGE, write ? PROT_READ | PROT_WRITE : PROT_READ,
                     MAP_SHARED | MAP_FIXED, memory_file, (off_t)offset);

    assert(got == (void *)frame->address);
}

static void frame_unmap(struct capability *frame)
{
    struct object *space = frame->space;

    if (space == NULL)
        return;
    frame->space = NULL;
    if (space->entries == NULL)
        return; /* the space is gone */
    struct entry *entry = entry_of(space, frame->address | 3);

    if (entry->capability == frame)
        entry->capability = NULL;
    if (space == root_space)
        assert(mmap((void *)frame->address, PAGE, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED);
}

int kernel_map(slot_t slot, slot_t vspace, uint64_t address, unsigned rights, bool device)
{
    struct capability *frame = at(slot), *space = at(vspace);

    (void)device;
    if (frame->object == NULL || frame->object->type != seL4_ARM_SmallPageObject ||
        space->object == NULL || space->object->type != seL4_ARM_VSpaceObject)
        return seL4_InvalidCapability;
    if (address % PAGE != 0)
        return seL4_AlignmentError;
    if (frame->space != NULL && (frame->space != space->object || frame->address != address))
        return seL4_InvalidCapability;
    if (entry_of(space->object, table_key(address, 1))->capability == NULL ||
        entry_of(space->object, table_key(address, 2))->capability == NULL)
        return KERNEL_MISSING_TABLE;
    struct entry *entry = entry_of(space->object, address | 3);

    if (entry->capability != NULL && entry->capability != frame)
        return seL4_DeleteFirst;
    entry->capability = frame;
    frame->space = space->object;
    frame->address = address;
    frame->mapped_rights = rights;
    if (space->object == root_space)
        host_map(frame, (rights & 2) != 0);
    return 0;
}

unsigned kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address,
                        unsigned rights, bool device, int *error)
{
    unsigned i = 0;

    for (; i < count && (*error = kernel_map(first + i, vspace, address + i * PAGE, rights, device)) == 0; i++)
        ;
    return i;
}

int kernel_unmap(slot_t slot)
{
    struct capability *frame = at(slot);

    if (frame->object == NULL || frame->object->type != seL4_ARM_SmallPageObject)
        return seL4_InvalidCapability;
    frame_unmap(frame);
    return 0;
}

int kernel_map_table(slot_t slot, slot_t vspace, uint64_t address)
{
    struct capability *table = at(slot), *space = at(vspace);

    if (table->object == NULL || table->object->type != seL4_ARM_PageTableObject ||
        table->space != NULL)
        return seL4_InvalidCapability;
    for (unsigned level = 1; level <= 2; level++) {
        struct entry *entry = entry_of(space->object, table_key(address, level));

        if (entry->capability != NULL)
            continue;
        entry->capability = table;
        table->space = space->object;
        table->address = table_key(address, level);
        return 0;
    }
    return seL4_DeleteFirst;
}

int kernel_unify(slot_t frame, uint64_t size)
{
    (void)size;
    return at(frame)->space == NULL ? seL4_IllegalOperation : 0;
}

int kernel_assign_asid(slot_t pool, slot_t vspace)
{
    struct capability *capability = at(pool);
    unsigned number = (unsigned)capability->badge;

    if (capability->object == NULL || at(vspace)->object == NULL)
        return seL4_InvalidCapability;
    if (pool_used[number] == POOL_IDS)
        return seL4_DeleteFirst;
    pool_used[number]++;
    at(vspace)->object->tables_gone = number + 1;
    return 0;
}

int kernel_make_pool(slot_t untyped, slot_t slot)
{
    struct capability *from = at(untyped), *to = at(slot);

    if (from->object == NULL || from->object->type != seL4_UntypedObject || from->object->bits != 12 ||
        from->child != NULL || to->object != NULL)
        return seL4_InvalidCapability;
    fill(to, object_new(seL4_ObjectTypeCount, 12, from->object->physical), from);
    to->badge = pool_count++;
    return 0;
}

uint64_t fake_mapped(slot_t vspace, uint64_t address)
{
    struct entry *entry = entry_of(at(vspace)->object, (address & ~(PAGE - 1)) | 3);

    return entry->capability == NULL ? 0 : entry->capability->object->physical;
}

unsigned fake_rights(slot_t vspace, uint64_t address)
{
    const struct entry *entry = entry_of(at(vspace)->object, (address & ~(PAGE - 1)) | 3);

    return entry->capability == NULL ? 0 : entry->capability->mapped_rights;
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
            pool_used[object->tables_gone - 1]--;
        /* A page that is mapped in an address space that goes is, to the kernel, mapped in the next
         * one with the same ASID: unmapping it there would take the page out of that one. */
        for (uint32_t i = 0; i < object->entry_room; i++) {
            struct capability *there = object->entries[i].capability;

            if (there == NULL)
                continue;
            assert(there->object->type != seL4_ARM_SmallPageObject);
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
    if (object->type == seL4_ARM_SmallPageObject)
        frame_unmap(capability);
    if (object->type == seL4_ARM_PageTableObject && capability->space != NULL)
        entry_of(capability->space, capability->address)->capability = NULL;
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
    if (at(slot)->object == NULL)
        return seL4_FailedLookup;
    revoke_children(at(slot));
    return 0;
}

int kernel_delete(slot_t slot)
{
    capability_delete(at(slot));
    return 0;
}

static struct capability *in_cnode(struct cnode cnode, unsigned index)
{
    struct object *object = at(cnode.slot)->object;

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
                                MAP_SHARED, memory_file,
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
    struct capability *from = at(untyped);
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
    struct object *object = object_new(type, bits, physical);

    object->device = from->object->device;
    if (type == seL4_CapTableObject) {
        object->index_bits = size_bits;
        object->slots = calloc(UINT64_C(1) << size_bits, sizeof *object->slots);
    }
    fill(to, object, from);
    return 0;
}

int kernel_retype(slot_t untyped, unsigned type, unsigned size_bits, slot_t first, unsigned count)
{
    int error = 0;

    assert((first & (LEAF_SLOTS - 1)) + count <= LEAF_SLOTS && count <= 256);
    for (unsigned i = 0; i < count && error == 0; i++)
        error = retype(untyped, type, size_bits, at(first + i));
    return error;
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
    fill(to, from->object, from);
    to->rights = from->rights & rights;
    to->badge = badge;
    to->guard = from->guard;
    return 0;
}

int kernel_copy(slot_t to, slot_t from)
{
    return copy(at(to), at(from), RIGHTS_ALL, at(from)->badge);
}

int kernel_copy_badged(slot_t to, slot_t from, unsigned rights, uint64_t badge)
{
    return copy(at(to), at(from), rights, badge);
}

int kernel_mint(struct cnode to, unsigned index, slot_t from, unsigned rights, uint64_t badge)
{
    return copy(in_cnode(to, index), at(from), rights, badge);
}

int kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits)
{
    int error = copy(in_cnode(to, index), at(from), RIGHTS_ALL, 0);

    in_cnode(to, index)->guard = guard_bits;
    return error;
}

int kernel_move(slot_t to, slot_t from)
{
    struct capability *old = at(from), *new = at(to);

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
    return at(slot)->object != NULL ? seL4_DeleteFirst : 0;
}

void kernel_signal(slot_t slot)
{
    (void)slot;
}

uint64_t fake_lookup(struct cnode root, unsigned guard, uint64_t address)
{
    struct object *object = at(root.slot)->object;
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
    struct object *object = object_new(seL4_UntypedObject, bits, physical);

    object->device = device;
    fill(at(slot), object, NULL);
}

void fake_start(void)
{
    kernel_root_bits = 9;
    memory_file = memfd_create("memory", 0);
    assert(memory_file >= 0 &&
           ftruncate(memory_file, (off_t)(FAKE_RAM + FAKE_RAM_SIZE - FAKE_DEVICE)) == 0);
    device_memory = mmap(NULL, FAKE_DEVICE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory_file, 0);
    leaves[0] = calloc(LEAF_SLOTS, sizeof *leaves[0]);
    root_space = object_new(seL4_ARM_VSpaceObject, seL4_VSpaceBits, 0);
    fill(at(SLOT_VSPACE), root_space, NULL);
    fill(at(SLOT_ENDPOINT), object_new(seL4_EndpointObject, seL4_EndpointBits, 0), NULL);
    fill(at(SLOT_ASID_POOL), object_new(seL4_ObjectTypeCount, 12, 0), NULL);
    at(SLOT_ASID_POOL)->badge = pool_count++;
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

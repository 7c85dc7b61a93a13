/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/root/fake_space.c: the fake kernel's address spaces: translations, mappings, pools of ids. */
#define _GNU_SOURCE
#include "tests/root/fake_parts.h"

#include <assert.h>
#include <sel4/constants.h>
#include <stdlib.h>
#include <sys/mman.h>

#define POOL_IDS 512u

unsigned fake_pool_used[64];
uint32_t fake_pools;

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

struct entry *fake_entry(struct object *space, uint64_t key)
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

static uint64_t size_of(const struct capability *frame)
{
    return UINT64_C(1) << frame->object->bits;
}

/* The translation that a frame of its size has at an address: below two tables, one, or none. */
static uint64_t frame_key(const struct capability *frame, uint64_t address)
{
    return frame->object->bits == 12 ? address | 3 : table_key(address, frame->object->bits == seL4_LargePageBits ? 2 : 1);
}

static void host_map(struct capability *frame, bool write)
{
    uint64_t offset = frame->object->physical - FAKE_DEVICE;
    void *got = mmap((void *)frame->address, size_of(frame), write ? PROT_READ | PROT_WRITE : PROT_READ,
                     MAP_SHARED | MAP_FIXED, fake_memory, (off_t)offset);

    assert(got == (void *)frame->address);
}

void fake_unmap(struct capability *frame)
{
    struct object *space = frame->space;

    if (space == NULL)
        return;
    frame->space = NULL;
    if (space->entries == NULL)
        return; /* the space is gone */
    struct entry *entry = fake_entry(space, frame_key(frame, frame->address));

    if (entry->capability == frame)
        entry->capability = NULL;
    if (space == fake_root_space)
        assert(mmap((void *)frame->address, size_of(frame), PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED);
}

int kernel_map(slot_t slot, slot_t vspace, uint64_t address, unsigned rights, bool device)
{
    struct capability *frame = fake_at(slot), *space = fake_at(vspace);

    (void)device;
    if (frame->object == NULL || !fake_is_frame(frame->object) ||
        space->object == NULL || space->object->type != seL4_ARM_VSpaceObject)
        return seL4_InvalidCapability;
    if (address % size_of(frame) != 0)
        return seL4_AlignmentError;
    if (frame->space != NULL && (frame->space != space->object || frame->address != address))
        return seL4_InvalidCapability;
    for (unsigned level = 1; table_key(address, level) != frame_key(frame, address) && level <= 2; level++) {
        const struct capability *table = fake_entry(space->object, table_key(address, level))->capability;

        if (table == NULL)
            return KERNEL_MISSING_TABLE;
        if (fake_is_frame(table->object))
            return seL4_DeleteFirst;
    }
    struct entry *entry = fake_entry(space->object, frame_key(frame, address));

    if (entry->capability != NULL && entry->capability->object->type == seL4_ARM_PageTableObject)
        return KERNEL_MISSING_TABLE; /* the lookup goes further than it should */
    if (entry->capability != NULL && entry->capability != frame)
        return seL4_DeleteFirst;
    entry->capability = frame;
    frame->space = space->object;
    frame->address = address;
    frame->mapped_rights = rights;
    if (space->object == fake_root_space)
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
    struct capability *frame = fake_at(slot);

    if (frame->object == NULL || !fake_is_frame(frame->object))
        return seL4_InvalidCapability;
    fake_unmap(frame);
    return 0;
}

int kernel_map_table(slot_t slot, slot_t vspace, uint64_t address)
{
    struct capability *table = fake_at(slot), *space = fake_at(vspace);

    if (table->object == NULL || table->object->type != seL4_ARM_PageTableObject ||
        table->space != NULL)
        return seL4_InvalidCapability;
    for (unsigned level = 1; level <= 2; level++) {
        struct entry *entry = fake_entry(space->object, table_key(address, level));

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
    return fake_at(frame)->space == NULL ? seL4_IllegalOperation : 0;
}

int kernel_assign_asid(slot_t pool, slot_t vspace)
{
    struct capability *capability = fake_at(pool);
    unsigned number = (unsigned)capability->badge;

    if (capability->object == NULL || fake_at(vspace)->object == NULL)
        return seL4_InvalidCapability;
    if (fake_pool_used[number] == POOL_IDS)
        return seL4_DeleteFirst;
    fake_pool_used[number]++;
    fake_at(vspace)->object->tables_gone = number + 1;
    return 0;
}

int kernel_make_pool(slot_t untyped, slot_t slot)
{
    struct capability *from = fake_at(untyped), *to = fake_at(slot);

    if (from->object == NULL || from->object->type != seL4_UntypedObject || from->object->bits != 12 ||
        from->child != NULL || to->object != NULL)
        return seL4_InvalidCapability;
    fake_fill(to, fake_object(seL4_ObjectTypeCount, 12, from->object->physical), from);
    to->badge = fake_pools++;
    return 0;
}

/* The frame that is mapped at an address, of whatever size; NULL: none. */
static const struct capability *mapped(slot_t vspace, uint64_t address)
{
    struct object *space = fake_at(vspace)->object;

    for (unsigned level = 1; level <= 3; level++) {
        const struct capability *there =
            fake_entry(space, level == 3 ? (address & ~(PAGE - 1)) | 3 : table_key(address, level))->capability;

        if (there != NULL && fake_is_frame(there->object))
            return there;
    }
    return NULL;
}

uint64_t fake_mapped(slot_t vspace, uint64_t address)
{
    const struct capability *frame = mapped(vspace, address);

    return frame == NULL ? 0 : frame->object->physical + (address & (size_of(frame) - 1) & ~(PAGE - 1));
}

unsigned fake_rights(slot_t vspace, uint64_t address)
{
    const struct capability *frame = mapped(vspace, address);

    return frame == NULL ? 0 : frame->mapped_rights;
}

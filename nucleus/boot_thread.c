/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/boot_thread.c: the initial thread (manual, chapter 9, "System bootstrapping").
 *
 * Its address space, from the start of the root task's image upwards: image, IPC buffer, bootinfo,
 * further bootinfo pages with the device tree. Its CNode: the fixed slots, tables, bootinfo pages,
 * image pages, untyped memory, and then empty slots.
 */
#include <sel4/types.h>

#include "nucleus/asid.h"
#include "nucleus/boot.h"
#include "nucleus/debug.h"
#include "nucleus/derivation.h"
#include "nucleus/object.h"
#include "nucleus/panic.h"
#include "nucleus/settings.h"
#include "nucleus/vspace.h"

/* Volatile: it may have been changed in the image. */
__attribute__((aligned(8))) static const volatile struct nucleus_settings settings = {
    SETTINGS_MAGIC, CONFIG_ROOT_CNODE_SIZE_BITS, NUCLEUS_DEBUG};

#define ROOT_CNODE_BITS settings.root_cnode_bits
#define ROOT_SLOTS (UINT64_C(1) << ROOT_CNODE_BITS)

static struct {
    struct slot *slots; /* the root CNode */
    uint64_t next;      /* its first free slot */
    uint64_t *vspace;
    unsigned asid;
    seL4_BootInfo *info;
    uint64_t image_end; /* virtual addresses */
    uint64_t buffer;
    uint64_t info_address;
    uint64_t extra;
    uint64_t end;
} boot;

/* ---- Slots ---- */

static struct slot *put(uint64_t place, const struct capability *cap)
{
    if (place >= ROOT_SLOTS)
        panic("root task's image and memory need more slots than the root CNode has", place, ROOT_SLOTS, 0);
    boot.slots[place] = (struct slot){.cap = *cap, .next = SLOT_ORIGINAL | SLOT_FIRST};
    return &boot.slots[place];
}

static struct slot *put_next(const struct capability *cap)
{
    return put(boot.next++, cap);
}

static void put_simple(uint64_t place, enum cap_type type)
{
    struct capability cap = cap_new(type, 0);

    put(place, &cap);
}

/* ---- Address space ---- */

static void map(uint64_t address, uint64_t physical)
{
    struct walk walk = vspace_walk(boot.vspace, address);

    *walk.entry = entry_for_page(physical, PAGE_BITS, RIGHT_READ | RIGHT_WRITE, seL4_ARM_Default_VMAttributes);
}

static void make_tables_of(unsigned bits, uint64_t start)
{
    for (uint64_t at = start & ~mask_bits(bits); at < boot.end; at += UINT64_C(1) << bits) {
        void *table = boot_allocate(seL4_PageTableBits);
        struct capability cap = cap_new(CAP_PAGE_TABLE, physical_of(table));

        cap.table.asid = (uint16_t)boot.asid;
        cap.table.address = at;
        put_next(&cap);
        *vspace_walk(boot.vspace, at).entry = physical_of(table) | ENTRY_TABLE;
    }
}

static seL4_SlotRegion make_tables(uint64_t start)
{
    seL4_SlotRegion region = {boot.next, 0};

    make_tables_of(seL4_HugePageBits, start);
    make_tables_of(seL4_LargePageBits, start);
    region.end = boot.next;
    return region;
}

/* A capability to a page that is mapped at `address`. */
static struct capability frame(uint64_t physical, uint64_t address)
{
    struct capability cap = object_create(seL4_ARM_SmallPageObject, physical, PAGE_BITS, false);

    cap.frame.asid = (uint16_t)boot.asid;
    cap.frame.address = address;
    map(address, physical);
    return cap;
}

static seL4_SlotRegion map_image(const struct hand_over *hand_over)
{
    seL4_SlotRegion region = {boot.next, 0};

    for (uint64_t at = hand_over->root_start; at < hand_over->root_end; at += PAGE_SIZE) {
        struct capability cap = frame(at, at - hand_over->root_offset);

        put_next(&cap);
    }
    region.end = boot.next;
    return region;
}

/* A new page with its capability in a fixed slot, or in the next. */
static void *new_page(uint64_t place, uint64_t address, struct slot **slot)
{
    void *page = boot_allocate(PAGE_BITS);
    struct capability cap = frame(physical_of(page), address);

    *slot = put(place, &cap);
    return page;
}

/* ---- Bootinfo ---- */

static uint64_t extra_length(const struct hand_over *hand_over)
{
    return hand_over->tree == 0 ? 0 : sizeof(seL4_BootInfoHeader) + hand_over->tree_size;
}

/* Copies the device tree behind its header into new pages, which need not stand together. */
static seL4_SlotRegion make_extra(const struct hand_over *hand_over)
{
    seL4_SlotRegion region = {boot.next, 0};
    const char *from = hand_over->tree == 0 ? NULL : window(hand_over->tree);
    uint64_t length = extra_length(hand_over);
    uint64_t done = 0;

    while (done < length) {
        struct slot *slot;
        char *page = new_page(boot.next++, boot.extra + done, &slot);
        uint64_t in_page = 0;

        if (done == 0) {
            *(seL4_BootInfoHeader *)page = (seL4_BootInfoHeader){SEL4_BOOTINFO_HEADER_FDT, length};
            in_page = sizeof(seL4_BootInfoHeader);
        }
        for (; in_page < PAGE_SIZE && done + in_page < length; in_page++)
            page[in_page] = *from++;
        done += PAGE_SIZE;
    }
    region.end = boot.next;
    return region;
}

static void add_untyped(uint64_t physical, unsigned bits, bool device)
{
    uint64_t index = boot.next - boot.info->untyped.start;
    struct capability cap = object_create(seL4_UntypedObject, physical, bits, device);

    if (index >= CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS)
        panic("memory is in more pieces than bootinfo can list", index, physical, bits);
    put_next(&cap);
    boot.info->untypedList[index].paddr = physical;
    boot.info->untypedList[index].sizeBits = (seL4_Uint8)bits;
    boot.info->untypedList[index].isDevice = device;
}

/* ---- The thread ---- */

static void place_addresses(const struct hand_over *hand_over)
{
    boot.image_end = align_up(hand_over->root_end - hand_over->root_offset, PAGE_BITS);
    boot.buffer = boot.image_end;
    boot.info_address = boot.buffer + PAGE_SIZE;
    boot.extra = boot.info_address + seL4_BootInfoFrameSize;
    boot.end = boot.extra + align_up(extra_length(hand_over), PAGE_BITS);
    if (boot.end > seL4_UserTop)
        panic("root task's image ends behind the last address: end, limit", boot.end, seL4_UserTop, 0);
}

static uint64_t count_tables(unsigned bits, uint64_t start)
{
    return ((boot.end - 1) >> bits) - (start >> bits) + 1;
}

/* All that boot_allocate is asked for below, the largest first. */
static void reserve(const struct hand_over *hand_over)
{
    uint64_t start = hand_over->root_start - hand_over->root_offset;
    uint64_t pages = count_tables(seL4_HugePageBits, start) + count_tables(seL4_LargePageBits, start);

    pages += 3 + (boot.end - boot.extra) / PAGE_SIZE; /* ASID pool, IPC buffer, bootinfo */
    boot_reserve((ROOT_SLOTS << seL4_SlotBits) + (UINT64_C(1) << seL4_VSpaceBits) + pages * PAGE_SIZE +
                     (UINT64_C(1) << seL4_TCBBits),
                 ROOT_CNODE_BITS + seL4_SlotBits);
}

static struct slot *make_cnode(void)
{
    struct capability cap;

    boot.slots = boot_allocate(ROOT_CNODE_BITS + seL4_SlotBits);
    boot.next = seL4_NumInitialCaps;
    cap = cap_new(CAP_CNODE, physical_of(boot.slots));
    cap.cnode.radix = FIELD(ROOT_CNODE_BITS, 6);
    cap.cnode.guard_bits = FIELD(seL4_WordBits - ROOT_CNODE_BITS, 6);
    return put(seL4_CapInitThreadCNode, &cap);
}

static struct slot *make_vspace(void)
{
    struct capability vspace;
    struct capability pool;
    struct asid_pool *asid_pool;

    boot.vspace = boot_allocate(seL4_VSpaceBits);
    asid_pool = boot_allocate(seL4_ASIDPoolBits);
    boot.asid = asid_boot(asid_pool, boot.vspace);
    pool = cap_new(CAP_ASID_POOL, physical_of(asid_pool));
    put(seL4_CapInitThreadASIDPool, &pool);
    vspace = cap_new(CAP_VSPACE, physical_of(boot.vspace));
    vspace.table.asid = (uint16_t)boot.asid;
    return put(seL4_CapInitThreadVSpace, &vspace);
}

static struct thread *make_thread(struct slot *cnode, struct slot *vspace, struct slot *buffer, uint64_t entry)
{
    struct thread *thread = boot_allocate(seL4_TCBBits);
    struct capability cap = object_create(seL4_TCBObject, physical_of(thread), seL4_TCBBits, false);
    struct capability copy;

    put(seL4_CapInitThreadTCB, &cap);
    derivation_insert(cnode, &thread->slots[THREAD_SLOT_CSPACE], &cnode->cap);
    derivation_insert(vspace, &thread->slots[THREAD_SLOT_VSPACE], &vspace->cap);
    cap_derive(buffer, &copy);
    derivation_insert(buffer, &thread->slots[THREAD_SLOT_BUFFER], &copy);
    thread->buffer_address = boot.buffer;
    thread->priority = seL4_MaxPrio;
    thread->mcp = seL4_MaxPrio;
    thread->context.pc = entry;
    thread->context.x[REG_CAP] = boot.info_address;
    thread->state = THREAD_RUNNING;
    return thread;
}

struct thread *boot_thread(const struct hand_over *hand_over)
{
    struct slot *info_slot;
    struct slot *cnode;
    struct slot *vspace;
    struct slot *buffer;
    struct thread *thread;
    seL4_SlotRegion tables;

    place_addresses(hand_over);
    reserve(hand_over);
    cnode = make_cnode();
    vspace = make_vspace();
    put_simple(seL4_CapIRQControl, CAP_IRQ_CONTROL);
    put_simple(seL4_CapASIDControl, CAP_ASID_CONTROL);
    put_simple(seL4_CapDomain, CAP_DOMAIN);
    if (!NUCLEUS_PLAIN)
        put_simple(seL4_CapSMC, CAP_SMC);
    tables = make_tables(hand_over->root_start - hand_over->root_offset);
    new_page(seL4_CapInitThreadIPCBuffer, boot.buffer, &buffer);
    boot.info = new_page(seL4_CapBootInfoFrame, boot.info_address, &info_slot);
    boot.info->numNodes = 1;
    boot.info->ipcBuffer = (seL4_IPCBuffer *)boot.buffer;
    boot.info->initThreadCNodeSizeBits = ROOT_CNODE_BITS;
    boot.info->userImagePaging = tables;
    boot.info->extraLen = extra_length(hand_over);
    boot.info->extraBIPages = make_extra(hand_over);
    thread = make_thread(cnode, vspace, buffer, hand_over->root_entry);
    boot.info->userImageFrames = map_image(hand_over);
    boot.info->untyped.start = boot.next;
    boot_memory_each(add_untyped);
    boot.info->untyped.end = boot.next;
    boot.info->empty = (seL4_SlotRegion){boot.next, ROOT_SLOTS};
    return thread;
}

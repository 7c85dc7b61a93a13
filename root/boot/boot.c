/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/boot.c: the root task's main: from the kernel's bootinfo to the event loop.
 *
 * In order: own CSpace (cspace_boot.c), memory, endpoint, monitor (from here on
 * a fault is reported), device tree and archive, clock, the system.
 */
#include <sel4/sel4.h>

#include <board.h>
#include "root/base/bug.h"
#include "root/base/options.h"
#include "root/boot/cspace_boot.h"
#include "root/boot/fdt.h"
#include "root/boot/probe.h"
#include "root/channel/control.h"
#include "root/channel/control_start.h"
#include "root/channel/monitor.h"
#include "root/loop/clock_source.h"
#include "root/loop/loop.h"
#include "root/loop/pacer.h"
#include "root/memory/archive_start.h"
#include "root/memory/blocks.h"
#include "root/memory/devices.h"
#include "root/memory/own_space.h"
#include "root/selftest/selftest.h"
#include "root/system/system.h"

/* In lib/runtime/enter.c. */
extern seL4_BootInfo *runtime_boot_info;

static void need(bool holds, const char *what)
{
    if (!holds)
        root_bug("boot: %s", what);
}

/* ---- Memory ---------------------------------------------------------- */

static page_t untyped_page(const seL4_UntypedDesc *untyped)
{
    return (page_t)(untyped->paddr >> PAGE_BITS);
}

/* The untyped that root CNode and first leaf came from. What is left of a large
 * one: the rest of its first 2 MiB goes to the pool, in pieces. */
static void add_bootstrap(const seL4_UntypedDesc *untyped, slot_t slot, uint64_t used)
{
    if (untyped->sizeBits < BLOCK_BITS) {
        pool_add(slot, untyped_page(untyped), untyped->sizeBits, (uint32_t)(used >> PAGE_BITS));
        return;
    }
    uint64_t offset = UINT64_C(1) << (64 - __builtin_clzll(used - 1));
    slot_t piece = SLOT_SPARE_END;

    for (; offset < UINT64_C(1) << BLOCK_BITS; offset *= 2) {
        unsigned bits = (unsigned)__builtin_ctzll(offset);

        must(kernel_retype(slot, seL4_UntypedObject, bits, --piece, 1), "boot: pool");
        pool_add(piece, untyped_page(untyped) + (page_t)(offset >> PAGE_BITS), bits, 0);
    }
    page_t skip = (page_t)((used + (UINT64_C(1) << BLOCK_BITS) - 1) >> BLOCK_BITS);

    blocks_add_ram(slot, untyped_page(untyped), untyped->sizeBits, skip << BLOCK_PAGE_BITS);
}

static void add_untypeds(const seL4_BootInfo *info, const struct boot_memory *memory)
{
    for (uint32_t i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];
        slot_t slot = SLOT_UNTYPED + i;

        if (untyped->isDevice != 0)
            devices_add(slot, untyped_page(untyped), untyped->sizeBits);
        else if (i == memory->bootstrap)
            add_bootstrap(untyped, slot, memory->bootstrap_used);
        else if (untyped->sizeBits >= BLOCK_BITS)
            blocks_add_ram(slot, untyped_page(untyped), untyped->sizeBits, 0);
        else
            pool_add(slot, untyped_page(untyped), untyped->sizeBits, 0);
    }
}

/* Memory for the block table, and page tables for the fixed addresses. */
static void map_fixed(const struct boot_memory *memory, slot_t *spare)
{
    uint64_t size = blocks_table_size(memory->first, memory->end);

    need(space_prepare(SPACE_TABLE, spare) && space_prepare(SPACE_WINDOW, spare),
         "no memory for page tables");
    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        page_t page;

        need(*spare < SLOT_SPARE_END && pool_frame(*spare, &page), "no memory for the block table");
        need(space_map(SPACE_TABLE + offset, (*spare)++, true, false), "block table");
    }
}

/* Unmaps the page below a stack (crt_root.S): a stack that overflows faults and is
 * reported. The kernel maps the image from its first page on, where `_start` is. */
static void guard_stack(const seL4_BootInfo *info, const char *guard)
{
    extern const char _start[];
    seL4_CPtr frame = info->userImageFrames.start + (seL4_CPtr)(guard - _start) / PAGE_SIZE;

    if (frame >= info->userImageFrames.end || seL4_ARM_Page_Unmap(frame) != seL4_NoError)
        __builtin_trap();
}

static void start_memory(const seL4_BootInfo *info)
{
    struct boot_memory memory;
    slot_t spare = SLOT_SPARE;
    extern const char root_stack_guard[], root_pass_guard[];

    guard_stack(info, root_stack_guard);
    guard_stack(info, root_pass_guard);
    if (!cspace_boot(info, &memory))
        __builtin_trap();
    add_untypeds(info, &memory);
    map_fixed(&memory, &spare);
    blocks_init(memory.first, memory.end, (void *)SPACE_TABLE);
}

/* ---- Objects of the main thread -------------------------------------- */

static void fixed_object(unsigned type, unsigned size_bits, slot_t slot)
{
    struct kernel_object object;

    need(object_allocate(type, size_bits, &object) == CELL_OK, "no memory for the first objects");
    must(kernel_move(slot, object.slot), "boot: fixed slot");
}

static void start_endpoint(void)
{
    fixed_object(seL4_EndpointObject, seL4_EndpointBits, SLOT_ENDPOINT);
    fixed_object(seL4_NotificationObject, seL4_NotificationBits, SLOT_NOTIFICATION);
    must(kernel_copy_badged(SLOT_SIGNAL_CONTROL, SLOT_NOTIFICATION, RIGHTS_ALL,
                            SIGNAL_MARK | SIGNAL_CONTROL),
         "boot: signal");
    must(kernel_copy_badged(SLOT_SIGNAL_TIMER, SLOT_NOTIFICATION, RIGHTS_ALL,
                            SIGNAL_MARK | SIGNAL_TIMER),
         "boot: signal");
}

static void map_device(uint64_t address, uint64_t physical)
{
    page_t page = (page_t)(physical >> PAGE_BITS);

    need(foreign_frames(page, 1) == CELL_OK && space_map(address, frame_slot(page), true, true),
         "a device cannot be mapped");
}

static void start_devices(void)
{
    static const uint64_t clock[] = {BOARD_CLOCK_PAGES};

    for (unsigned i = 0; i < sizeof clock / sizeof *clock; i++)
        map_device(CLOCK_REGISTERS + i * PAGE_SIZE, clock[i]);
    map_device(MONITOR_PORT, BOARD_CONTROL);
}

/* ---- What the machine told ------------------------------------------- */

/* The device tree among the extra chunks of bootinfo. */
static const void *device_tree(const seL4_BootInfo *info, uint64_t *size)
{
    const char *extra = (const char *)info + seL4_BootInfoFrameSize;

    for (uint64_t at = 0; at + sizeof(seL4_BootInfoHeader) <= info->extraLen;) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)(extra + at);

        if (header->len < sizeof *header || header->len > info->extraLen - at)
            break;
        if (header->id == SEL4_BOOTINFO_HEADER_FDT) {
            *size = header->len - sizeof *header;
            return header + 1;
        }
        at += header->len;
    }
    return NULL;
}

struct chosen {
    uint64_t archive_start, archive_end;
};

static uint64_t chosen_number(const void *tree, uint64_t size, const char *name)
{
    uint32_t length;
    const void *value = fdt_property(tree, size, "chosen", name, &length);

    return value == NULL ? 0 : fdt_number(value, length);
}

static void read_tree(const seL4_BootInfo *info, struct chosen *chosen)
{
    uint64_t size;
    uint32_t length;
    const void *tree = device_tree(info, &size);

    *chosen = (struct chosen){0};
    if (tree == NULL)
        return;
    chosen->archive_start = chosen_number(tree, size, "linux,initrd-start");
    chosen->archive_end = chosen_number(tree, size, "linux,initrd-end");
    const char *options = fdt_property(tree, size, "chosen", "bootargs", &length);

    if (options != NULL)
        options_init(options, length);
}

/* ---- The clock ------------------------------------------------------- */

static void start_clock(void)
{
    struct probe_result can;

    need(probe_run(&can), "no memory for the probe thread");
    bool timer = can.counter && can.timer &&
                 seL4_IRQControl_Get(SLOT_IRQ_CONTROL, CLOCK_TIMER_IRQ, SLOT_ROOT_CNODE,
                                     SLOT_IRQ_TIMER,
                                     (seL4_Uint8)(kernel_root_bits + LEAF_BITS)) == seL4_NoError;

    if (timer) {
        must((int)seL4_IRQHandler_SetNotification(SLOT_IRQ_TIMER, SLOT_SIGNAL_TIMER), "boot: timer");
        seL4_IRQHandler_Ack(SLOT_IRQ_TIMER);
    } else {
        monitor_need_seconds();
    }
    clock_init(can.counter, timer);
    /* Not before the probe, which would take a signal for its answer. */
    must((int)seL4_TCB_BindNotification(SLOT_TCB, SLOT_NOTIFICATION), "boot: bind");
}

int main(void)
{
    struct chosen chosen;

    start_memory(runtime_boot_info);
    start_endpoint();
    start_devices();
    read_tree(runtime_boot_info, &chosen);
    need(monitor_start(option_number("heartbeat", 1) != 0), "no memory for the monitor");
    control_init();
    start_clock();
    archive_init(chosen.archive_start, chosen.archive_end);
    selftest_run();
    need(pacer_start(), "no memory for the pacer");
    system_start();
    loop_run();
}

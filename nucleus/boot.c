/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/boot.c: the order of things at boot.
 *
 *   head.S          stack, vectors
 *   boot_main       kernel's own tables; RAM from the device tree; processor, timer, interrupts
 *   boot_memory.c   what memory is free
 *   boot_thread.c   objects of the initial thread, bootinfo, untyped capabilities
 *   to_user         (vectors.S) the initial thread runs
 *
 * RAM of user level is what lies behind the start of the kernel's image; all below and above it, RAM
 * included, is device memory for user level (as on seL4's build for this machine).
 */
#include "nucleus/boot.h"

#include <board_kernel.h>
#include "nucleus/asid.h"
#include "nucleus/debug.h"
#include "nucleus/devicetree.h"
#include "nucleus/fpu.h"
#include "nucleus/irq.h"
#include "nucleus/kernel_map.h"
#include "nucleus/panic.h"
#include "nucleus/scheduler.h"
#include "nucleus/timer.h"
#include "nucleus/vcpu.h"
#include "nucleus/vspace.h"

#define GIGABYTE (UINT64_C(1) << 30)

static struct region find_ram(const struct hand_over *hand_over)
{
    uint64_t window_start = BOARD_KERNEL_BASE & ~(GIGABYTE - 1);
    struct region ram = {BOARD_RAM_BASE, BOARD_RAM_BASE + GIGABYTE};

    if (hand_over->tree == 0)
        return ram;
    if (hand_over->tree < window_start || hand_over->tree + hand_over->tree_size > window_start + GIGABYTE)
        panic("device tree is not in the kernel's gigabyte: start, size", hand_over->tree, hand_over->tree_size, 0);
    if (!devicetree_memory(window(hand_over->tree), hand_over->tree_size, BOARD_KERNEL_BASE, &ram.start, &ram.end))
        panic("device tree tells of no memory at", BOARD_KERNEL_BASE, hand_over->tree, hand_over->tree_size);
    ram.end &= ~(PAGE_SIZE - 1);
    if (ram.end > UINT64_C(1) << WINDOW_BITS)
        panic("more memory than the kernel can map: end, limit", ram.end, UINT64_C(1) << WINDOW_BITS, 0);
    return ram;
}

static void find_free(const struct hand_over *hand_over, uint64_t ram_end)
{
    struct region used[] = {
        {BOARD_KERNEL_BASE, align_up(image_physical(kernel_image_end), PAGE_BITS)},
        {hand_over->tree, hand_over->tree + hand_over->tree_size},
        {hand_over->root_start, hand_over->root_end},
    };
    uint64_t before = BOARD_KERNEL_BASE;

    if (hand_over->tree == 0)
        used[1] = (struct region){used[0].end, used[0].end};
    for (unsigned i = 0; i < sizeof used / sizeof used[0]; i++) {
        if (used[i].start < before || used[i].end > ram_end)
            panic("kernel, device tree, root task are not in this order in memory: which, start, end", i,
                  used[i].start, used[i].end);
        before = used[i].end;
    }
    boot_memory_init(used, sizeof used / sizeof used[0], ram_end);
}

struct thread *boot_main(uint64_t root_start, uint64_t root_end, uint64_t root_offset, uint64_t root_entry,
                         uint64_t tree, uint64_t tree_size)
{
    struct hand_over hand_over = {root_start, root_end, root_offset, root_entry, tree, tree_size};
    struct thread *thread;
    struct region ram;

    core_boot();
    kernel_map_boot();
    console_boot();
    ram = find_ram(&hand_over);
    kernel_map_window(ram.start, ram.end);
    find_free(&hand_over, ram.end);
    cpu_boot();
    vspace_boot();
    fpu_boot();
    irq_boot();
    vcpu_boot();
    thread = boot_thread(&hand_over);
    timer_boot();
    debug_booted();
    scheduler_wake(thread);
    return scheduler_run();
}

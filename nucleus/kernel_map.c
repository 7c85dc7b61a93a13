/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/kernel_map.c: stage 1 of EL2 (Arm ARM D8.3), 4 KiB pages, 48 bits of address. Layout: see
 * layout.h. All is mapped once, in large pieces, and never changed.
 */
#include "nucleus/kernel_map.h"

#include <board_kernel.h>
#include "nucleus/arch.h"
#include "nucleus/device.h"

#define ENTRIES 512

enum {
    LEVEL0_BITS = 39,
    LEVEL1_BITS = 30,
    LEVEL2_BITS = 21,
};

/* Bits of an entry. AP[1] is RES1 at EL2; bit 54: not executable. */
#define VALID UINT64_C(1)
#define TABLE UINT64_C(3)
#define PAGE UINT64_C(3)
#define MEMORY (UINT64_C(1) << 10 | UINT64_C(3) << 8 | UINT64_C(1) << 6 | INDEX_NORMAL << 2)
#define DEVICE (UINT64_C(1) << 10 | UINT64_C(1) << 6 | INDEX_DEVICE << 2 | EXECUTE_NEVER)
#define EXECUTE_NEVER (UINT64_C(1) << 54)

/* MAIR_EL2: the order is Linux's and the loader's, so that nothing changes its meaning on the way. */
#define INDEX_DEVICE UINT64_C(0)
#define INDEX_NORMAL UINT64_C(4)
#define MAIR UINT64_C(0xff440c0400)

/* TCR_EL2: RES1 bits, walks write-back and inner shareable, 40 bits of physical address, 48 of
 * virtual. SCTLR_EL2: RES1 bits, MMU and caches on. */
#define TCR (UINT64_C(0x80800000) | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 16)
#define SCTLR (UINT64_C(0x30c50830) | 1 << 0 | 1 << 2 | 1 << 12)

struct table {
    uint64_t entry[ENTRIES];
} __attribute__((aligned(4096)));

static struct table level0;
static struct table image1;  /* level 1, the half terabyte with the image */
static struct table image2;  /* level 2, the image's gigabyte */
static struct table device3; /* level 3, the devices' 2 MiB */
static struct table window1; /* level 1, the window */
static uint64_t ram_start, ram_end;

uint64_t image_physical(const void *address)
{
    return (uint64_t)address - KERNEL_VIRTUAL + BOARD_KERNEL_BASE;
}

static void set_table(struct table *table, uint64_t address, unsigned bits, const struct table *next)
{
    table->entry[address >> bits & (ENTRIES - 1)] = image_physical(next) | TABLE;
}

static void map_image(void)
{
    uint64_t end = (uint64_t)kernel_image_end;

    set_table(&level0, KERNEL_VIRTUAL, LEVEL0_BITS, &image1);
    set_table(&image1, KERNEL_VIRTUAL, LEVEL1_BITS, &image2);
    for (uint64_t at = KERNEL_VIRTUAL; at < end; at += UINT64_C(1) << LEVEL2_BITS)
        image2.entry[at >> LEVEL2_BITS & (ENTRIES - 1)] = image_physical((void *)at) | MEMORY | VALID;
}

static void map_device(uint64_t address, uint64_t physical)
{
    device3.entry[address >> PAGE_BITS & (ENTRIES - 1)] = physical | DEVICE | PAGE;
}

static void map_devices(void)
{
    set_table(&image2, DEVICE_VIRTUAL, LEVEL2_BITS, &device3);
    map_device(DEVICE_GIC_DISTRIBUTOR, BOARD_GIC_DISTRIBUTOR);
    map_device(DEVICE_GIC_CPU, BOARD_GIC_CPU);
    map_device(DEVICE_GIC_VIRTUAL, BOARD_GIC_VIRTUAL);
    map_device(DEVICE_UART, BOARD_UART);
}

void kernel_map_window(uint64_t start, uint64_t end)
{
    ram_start = start;
    ram_end = end;
    for (uint64_t at = start >> LEVEL1_BITS; at << LEVEL1_BITS < end; at++)
        window1.entry[at] = at << LEVEL1_BITS | MEMORY | EXECUTE_NEVER | VALID;
    dsb_store();
    isb();
}

bool kernel_map_holds(uint64_t physical, uint64_t size)
{
    return physical >= ram_start && physical + size <= ram_end;
}

void kernel_map_boot(void)
{
    map_image();
    map_devices();
    set_table(&level0, WINDOW_BASE, LEVEL0_BITS, &window1);
    kernel_map_window(BOARD_KERNEL_BASE, BOARD_KERNEL_BASE + 1);
    WRITE_REGISTER(mair_el2, MAIR);
    WRITE_REGISTER(tcr_el2, TCR);
    WRITE_REGISTER(ttbr0_el2, image_physical(&level0));
    isb();
    tlb_invalidate_kernel();
    WRITE_REGISTER(sctlr_el2, SCTLR);
    isb();
    instructions_invalidate_all();
}

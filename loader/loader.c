/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loader/loader.c: puts the kernel and the root task where they belong and
 * enters the kernel as seL4's own loader does.
 *
 * It runs once, at EL2, and is position independent. Bottom-up: messages on the
 * UART when something is wrong; copying; the page tables; the
 * hand-over. The packer has parsed the ELF files (payload.h); of the
 * device tree only the size is read.
 *
 * Instructions count (reset to first user instruction is a benchmark), so the
 * MMU goes on first, bytes move 64 at a time, and memory is zeroed by cache
 * line; nothing is copied twice, and what need not be zeroed is not.
 */
#include <stdint.h>

#include <board.h>
#include <board_uart.h>
#include "loader/payload.h"

#define LINE 64
#define TABLE_ENTRIES 512
#define GIGABYTE (UINT64_C(1) << 30)
#define BLOCK (UINT64_C(1) << 21)

/* In head.S. */
void mmu_on(uint64_t root_table, uint64_t mair, uint64_t tcr, uint64_t sctlr);
_Noreturn void kernel_enter(const uint64_t arguments[6], uint64_t entry);

/* In loader.ld: the payload follows the loader. */
extern const struct payload_header payload __attribute__((visibility("hidden")));

/* ---- Messages ---------------------------------------------------------- */

static void print(const char *text)
{
    volatile uint32_t *uart = (volatile uint32_t *)(uintptr_t)BOARD_UART;

    board_uart_enable(uart);
    for (; *text != 0; text++)
        board_uart_put(uart, *text);
}

static void print_hex(uint64_t value)
{
    char text[19] = "0x0000000000000000";

    for (int i = 17; i >= 2; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    print(text);
}

/* Ends the machine through PSCI SYSTEM_OFF (Arm DEN 0022, function 0x84000008), which firmware takes as SMC from EL2. */
static _Noreturn void power_off(void)
{
    register uint64_t function __asm__("x0") = 0x84000008;

    __asm__ volatile("smc #0" : "+r"(function) : : "memory");
    for (;;)
        __asm__ volatile("wfi");
}

static void print_value(const char *what, uint64_t value)
{
    print(what);
    print(" ");
    print_hex(value);
}

static _Noreturn void refuse(const char *what, uint64_t value)
{
    print("loader: ");
    print_value(what, value);
    print("\n");
    power_off();
}

_Noreturn void loader_wrong_level(uint64_t level)
{
    print("loader: needs exception level 2, was started at level ");
    print((const char[]){(char)('0' + level), '\n', 0});
    /* At EL1 power_off() does not work, as the firmware would be called by HVC. */
    for (;;)
        __asm__ volatile("wfi");
}

_Noreturn void loader_exception(uint64_t syndrome, uint64_t pc, uint64_t address)
{
    print_value("loader: exception, address", address);
    print_value(", instruction", pc);
    print_value(", syndrome", syndrome);
    print("\n");
    power_off();
}

/* ---- Copying --------------------------------------------------------- */

/* Makes a cache line that was written visible to instruction fetches. */
static void clean_line(uint64_t start)
{
    __asm__ volatile("dc cvau, %0" : : "r"(start) : "memory");
}

/* Copies; `to` and `from` agree in their low 6 bits (payload.h). May read up to
 * the end of the last line, but writes exactly `size` bytes. */
static void copy(uint64_t to, uint64_t from, uint64_t size)
{
    uint64_t end = to + size;

    while (to < end && (to & (LINE - 1)) != 0)
        *(uint8_t *)to++ = *(const uint8_t *)from++;
    for (; end - to >= LINE && to < end; to += LINE, from += LINE) {
        uint64_t *t = (uint64_t *)to;
        const uint64_t *f = (const uint64_t *)from;
        uint64_t a = f[0], b = f[1], c = f[2], d = f[3];
        uint64_t e = f[4], g = f[5], h = f[6], i = f[7];

        t[0] = a, t[1] = b, t[2] = c, t[3] = d;
        t[4] = e, t[5] = g, t[6] = h, t[7] = i;
        clean_line(to);
    }
    if (to < end)
        clean_line(to);
    while (to < end)
        *(uint8_t *)to++ = *(const uint8_t *)from++;
}

static void zero_bytes(uint64_t start, uint64_t end)
{
    while (start < end && start % 8 != 0)
        *(uint8_t *)start++ = 0;
    for (; start + 8 <= end; start += 8)
        *(uint64_t *)start = 0;
    while (start < end)
        *(uint8_t *)start++ = 0;
}

static void zero_block(uint64_t start)
{
    __asm__ volatile("dc zva, %0" : : "r"(start) : "memory");
}

/* Zeroes whole blocks by DC ZVA, four in each round, and both ends by words and bytes. */
static void zero(uint64_t start, uint64_t end)
{
    uint64_t dczid;
    uint64_t block;
    uint64_t first;
    uint64_t last;

    __asm__("mrs %0, dczid_el0" : "=r"(dczid));
    block = UINT64_C(4) << (dczid & 15);
    first = (start + block - 1) & -block;
    last = end & -block;
    if (first >= last || (dczid & 16) != 0) { /* bit 4: DC ZVA is prohibited */
        zero_bytes(start, end);
        return;
    }
    zero_bytes(start, first);
    for (; first + 4 * block <= last; first += 4 * block) {
        zero_block(first);
        zero_block(first + block);
        zero_block(first + 2 * block);
        zero_block(first + 3 * block);
    }
    for (; first < last; first += block)
        zero_block(first);
    zero_bytes(last, end);
}

static void load_program(const struct payload_program *program, uint64_t physical, uint64_t image)
{
    const struct payload_piece *piece =
        (const struct payload_piece *)(&payload + 1) + program->first_piece;

    for (uint64_t i = 0; i < program->pieces; i++, piece++) {
        uint64_t start = physical + piece->destination;

        copy(start, image + piece->source, piece->file_size);
        zero(start + piece->file_size, start + piece->memory_size);
    }
}

/* ---- Placement ------------------------------------------------------- */

/*
 * Physical addresses of what is copied and where it goes: kernel, device tree, root task,
 * in this order, each on a new page. seL4 refuses another order, and a tree
 * outside of the memory that it manages, so the tree is copied, too, but only the part of
 * it that is in use (QEMU's has 8 KiB of contents in 1 MiB).
 */
struct placement {
    uint64_t image;
    uint64_t tree_source;
    uint64_t tree;
    uint64_t tree_size;
    uint64_t root;
    uint64_t end; /* of the root task */
};

static uint64_t page_up(uint64_t address)
{
    return (address + 4095) & ~UINT64_C(4095);
}

static uint32_t big(uint32_t value)
{
    return __builtin_bswap32(value);
}

/* How many bytes of the device tree at `address` are in use, from its header (Devicetree
 * specification 5.2); 0: there is no tree. If the reservation block is behind
 * both other blocks, all of the tree counts. */
static uint64_t device_tree_size(uint64_t address)
{
    const struct {
        uint32_t magic, total_size, structure, strings, reservations;
        uint32_t version, compatible_version, boot_cpu, strings_size, structure_size;
    } *tree = (const void *)address;
    uint64_t structure_end;
    uint64_t end;

    if (address == 0 || address % 8 != 0 || big(tree->magic) != 0xd00dfeed)
        return 0;
    end = (uint64_t)big(tree->strings) + big(tree->strings_size);
    structure_end = (uint64_t)big(tree->structure) + big(tree->structure_size);
    if (end < structure_end)
        end = structure_end;
    if (end < big(tree->reservations) || end > big(tree->total_size))
        return big(tree->total_size);
    return (end + 7) & ~UINT64_C(7);
}

/* ---- Page tables ----------------------------------------------------- */

/*
 * Stage 1 of EL2, 4 KiB granule, 48 bits of address: one level-0 table, one
 * level-1 table for what is mapped one to one (below 512 GiB) and one for the
 * kernel, one level-2 table for the kernel's gigabyte. They are part of the image,
 * and so zero at first.
 */
struct tables {
    uint64_t level0[TABLE_ENTRIES];
    uint64_t identity[TABLE_ENTRIES];
    uint64_t kernel1[TABLE_ENTRIES];
    uint64_t kernel2[TABLE_ENTRIES];
};

static struct tables tables __attribute__((aligned(4096), section(".tables")));

/* Descriptors, Arm ARM D8.3: table; block with access flag, inner shareable,
 * AP[1] (which is RES1 here), and the attribute index. */
#define DESCRIPTOR_TABLE UINT64_C(3)
#define DESCRIPTOR_BLOCK(index) (UINT64_C(0x741) | (uint64_t)(index) << 2)

/* MAIR_EL2 as Linux has it: 0 device nGnRnE, 1 device nGnRE, 2 device GRE,
 * 3 normal non-cacheable, 4 normal write-back. */
#define MAIR UINT64_C(0xff440c0400)
#define INDEX_DEVICE 0
#define INDEX_NORMAL 4

/* TCR_EL2: RES1 bits; walks inner shareable, write-back; T0SZ for 48 bits. The
 * physical size (bits 18:16) comes from ID_AA64MMFR0. */
#define TCR (UINT64_C(0x80800000) | 3 << 12 | 1 << 10 | 1 << 8 | 16)
/* SCTLR_EL2: RES1 bits, MMU, data and instruction caches. */
#define SCTLR (UINT64_C(0x30c50830) | 1 << 0 | 1 << 2 | 1 << 12)

static void map_identity(uint64_t address, uint64_t index)
{
    uint64_t n = address / GIGABYTE;

    tables.identity[n % TABLE_ENTRIES] = n * GIGABYTE | DESCRIPTOR_BLOCK(index);
}

static void map_kernel(void)
{
    uint64_t virtual = payload.kernel.virtual;
    uint64_t physical = payload.kernel_physical;
    uint64_t n0 = virtual / (GIGABYTE * TABLE_ENTRIES);
    uint64_t *level1 = tables.kernel1;

    if (n0 == 0)
        level1 = tables.identity;
    else
        tables.level0[n0] = (uint64_t)level1 | DESCRIPTOR_TABLE;
    level1[virtual / GIGABYTE % TABLE_ENTRIES] = (uint64_t)tables.kernel2 | DESCRIPTOR_TABLE;
    for (uint64_t i = virtual / BLOCK % TABLE_ENTRIES; i < TABLE_ENTRIES; i++, physical += BLOCK)
        tables.kernel2[i] = physical | DESCRIPTOR_BLOCK(INDEX_NORMAL);
}

static void enable_mmu(const struct placement *placement)
{
    uint64_t features;

    tables.level0[0] = (uint64_t)tables.identity | DESCRIPTOR_TABLE;
    map_identity(BOARD_UART, INDEX_DEVICE);
    map_identity(placement->image, INDEX_NORMAL);
    map_identity(placement->image + payload.image_size - 1, INDEX_NORMAL);
    map_identity(placement->tree_source, INDEX_NORMAL);
    map_identity(payload.kernel_physical, INDEX_NORMAL);
    map_identity(placement->end - 1, INDEX_NORMAL);
    map_kernel();
    /* Written with the cache off: drop lines that may hold older contents. */
    for (uint64_t line = 0; line < sizeof tables; line += LINE)
        __asm__ volatile("dc ivac, %0" : : "r"((uint64_t)&tables + line) : "memory");
    __asm__("mrs %0, id_aa64mmfr0_el1" : "=r"(features));
    mmu_on((uint64_t)&tables, MAIR, TCR | (features & 7) << 16, SCTLR);
}

/* ---- Hand-over ------------------------------------------------------- */

static int overlap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
    return a < b_end && b < a_end;
}

static _Noreturn void kernel_start(const struct placement *placement)
{
    uint32_t *tree = (uint32_t *)placement->tree;

    enable_mmu(placement);
    load_program(&payload.kernel, payload.kernel_physical, placement->image);
    copy(placement->tree, placement->tree_source, placement->tree_size);
    tree[1] = big((uint32_t)placement->tree_size); /* total size */
    load_program(&payload.root, placement->root, placement->image);
    kernel_enter((const uint64_t[]){placement->root, placement->end,
                                    placement->root - payload.root.virtual, payload.root.entry,
                                    placement->tree, placement->tree_size},
                 payload.kernel.entry);
}

_Noreturn void loader_main(uint64_t device_tree, uint64_t image)
{
    struct placement place = {.image = image, .tree_source = device_tree};
    uint64_t start = payload.kernel_physical;

    if (payload.magic != PAYLOAD_MAGIC)
        refuse("no payload behind the loader; instead", payload.magic);
    place.tree_size = device_tree_size(device_tree);
    if (place.tree_size == 0)
        refuse("no device tree at", device_tree);
    place.tree = page_up(start + payload.kernel.size) + device_tree % LINE;
    place.root = page_up(place.tree + place.tree_size);
    place.end = place.root + payload.root.size;
    if (overlap(start, place.end, image, image + payload.image_size))
        refuse("kernel and root task would overwrite the image at", image);
    if (overlap(start, place.end, device_tree, device_tree + place.tree_size))
        refuse("kernel and root task would overwrite the device tree at", device_tree);
    kernel_start(&place);
}

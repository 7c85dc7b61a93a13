/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel tells the initial thread: bootinfo's fields, the untyped list's order and alignment, the device
 * memory, the extra chunks, and what the initial slots hold. RAM regions depend on the size of kernel and image, so
 * of them only the rules are printed. */
#include "../lib/conformance.h"

static void show_untyped(void)
{
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    seL4_Word misaligned = 0;
    seL4_Word device_after_ram = 0;
    seL4_Word seen_ram = 0;
    seL4_Word ram_low = ~(seL4_Word)0;
    seL4_Word ram_high = 0;
    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *desc = &boot_info->untypedList[i];
        seL4_Word size = (seL4_Word)1 << desc->sizeBits;
        if ((desc->paddr & (size - 1)) != 0) {
            misaligned++;
        }
        if (desc->isDevice) {
            device_after_ram += seen_ram;
            print("device ");
            print_hex(desc->paddr);
            print(" bits ");
            print_decimal(desc->sizeBits);
            print("\n");
        } else {
            seen_ram = 1;
            ram_low = desc->paddr < ram_low ? desc->paddr : ram_low;
            ram_high = desc->paddr + size > ram_high ? desc->paddr + size : ram_high;
        }
    }
    show("misaligned", misaligned);
    show("device after RAM", device_after_ram);
    show_hex("RAM starts in GiB", ram_low >> 30);
    show_hex("RAM ends", ram_high);
}

static void show_extra(void)
{
    seL4_Word at = (seL4_Word)boot_info + seL4_BootInfoFrameSize;
    seL4_Word end = at + boot_info->extraLen;
    while (at < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)at;
        show("extra chunk", header->id);
        if (header->id == SEL4_BOOTINFO_HEADER_FDT) {
            show_hex("  device tree magic", *(const unsigned *)(header + 1));
        }
        at += header->len;
    }
    show("extra ends where extraLen says", at == end);
}

static void show_slots(void)
{
    static const char *const names[] = {"null",      "TCB",         "CNode",        "VSpace",         "IRQ control",
                                        "ASID ctrl", "ASID pool",   "IO port ctrl", "IO space",       "bootinfo",
                                        "IPC buf",   "domain",      "SMMU SID",     "SMMU CB",        "scheduling",
                                        "SMC"};
    for (seL4_Word slot = 0; slot < sizeof names / sizeof names[0]; slot++) {
        seL4_CPtr copy = slot_new();
        print("slot ");
        check(names[slot], seL4_CNode_Copy(seL4_CapInitThreadCNode, copy, seL4_WordBits, seL4_CapInitThreadCNode, slot,
                                           seL4_WordBits, seL4_AllRights));
    }
}

void run_case(void)
{
    section("fields");
    show("node", boot_info->nodeID);
    show("nodes", boot_info->numNodes);
    show("root CNode bits", boot_info->initThreadCNodeSizeBits);
    show("domain", boot_info->initThreadDomain);
    show("IO page table levels", boot_info->numIOPTLevels);
    show("shared frames", boot_info->sharedFrames.end - boot_info->sharedFrames.start);
    show("IO space caps", boot_info->ioSpaceCaps.end - boot_info->ioSpaceCaps.start);
    show("root CNode's slots end", boot_info->empty.end);
    show("IPC buffer aligned", ((seL4_Word)boot_info->ipcBuffer & 0xfff) == 0);
    show("bootinfo follows the IPC buffer", (seL4_Word)boot_info - (seL4_Word)boot_info->ipcBuffer);
    show("image frames before tables", boot_info->userImageFrames.end == boot_info->userImagePaging.start ||
                                           boot_info->userImagePaging.end <= boot_info->userImageFrames.start);
    show("tables of the image", boot_info->userImagePaging.end - boot_info->userImagePaging.start);
    section("untyped");
    show_untyped();
    section("extra");
    show_extra();
    section("slots");
    show_slots();
}

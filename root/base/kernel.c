/* SPDX-License-Identifier: BSD-2-Clause */
/* root/base/kernel.c: kernel.h on the real kernel. */
#include "root/base/kernel.h"

#include <sel4/nucleus.h>
#include <sel4/sel4.h>

#include "model/core/graph.h"

unsigned kernel_root_bits;

/* Depth at which a slot_t addresses a slot from the root CNode. */
static seL4_Word slot_depth(void)
{
    return kernel_root_bits + LEAF_BITS;
}

static seL4_CapRights_t cap_rights(unsigned rights)
{
    return (seL4_CapRights_t){{rights}};
}

int kernel_retype(slot_t untyped, unsigned type, unsigned size_bits, slot_t first, unsigned count)
{
    return (int)seL4_Untyped_Retype(untyped, type, size_bits, SLOT_ROOT_CNODE, first >> LEAF_BITS,
                                    kernel_root_bits, first & (LEAF_SLOTS - 1), count);
}

/* Up to so many pages; returns how many are zero. seL4 does not have it. */
static uint64_t zero_up_to(slot_t untyped, uint64_t pages)
{
    seL4_SetMR(0, pages);
    seL4_MessageInfo_t answer = seL4_Call(untyped, seL4_MessageInfo_new(NUCLEUS_UNTYPED_ZERO, 0, 0, 1));

    return seL4_MessageInfo_get_label(answer) == seL4_NoError ? seL4_GetMR(0) : UINT64_MAX;
}

bool kernel_zero(slot_t untyped, uint64_t all, uint64_t pages)
{
    uint64_t there = zero_up_to(untyped, 0);

    return there >= all || zero_up_to(untyped, all - there < pages ? all : there + pages) >= all;
}

int kernel_retype_leaf(slot_t untyped, uint32_t leaf)
{
    return (int)seL4_Untyped_Retype(untyped, seL4_CapTableObject, LEAF_BITS, SLOT_ROOT_CNODE, 0, 0,
                                    leaf, 1);
}

int kernel_revoke(slot_t slot)
{
    return (int)seL4_CNode_Revoke(SLOT_ROOT_CNODE, slot, (seL4_Uint8)slot_depth());
}

int kernel_delete(slot_t slot)
{
    return (int)seL4_CNode_Delete(SLOT_ROOT_CNODE, slot, (seL4_Uint8)slot_depth());
}

int kernel_copy(slot_t to, slot_t from)
{
    seL4_Uint8 depth = (seL4_Uint8)slot_depth();

    return (int)seL4_CNode_Copy(SLOT_ROOT_CNODE, to, depth, SLOT_ROOT_CNODE, from, depth,
                                seL4_AllRights);
}

int kernel_copy_badged(slot_t to, slot_t from, unsigned rights, uint64_t badge)
{
    seL4_Uint8 depth = (seL4_Uint8)slot_depth();

    return (int)seL4_CNode_Mint(SLOT_ROOT_CNODE, to, depth, SLOT_ROOT_CNODE, from, depth,
                                cap_rights(rights), badge);
}

int kernel_move(slot_t to, slot_t from)
{
    seL4_Uint8 depth = (seL4_Uint8)slot_depth();

    return (int)seL4_CNode_Move(SLOT_ROOT_CNODE, to, depth, SLOT_ROOT_CNODE, from, depth);
}

int kernel_mint(struct cnode to, unsigned index, slot_t from, unsigned rights, uint64_t badge)
{
    return (int)seL4_CNode_Mint(to.slot, index, to.bits, SLOT_ROOT_CNODE, from,
                                (seL4_Uint8)slot_depth(), cap_rights(rights), badge);
}

int kernel_mint_cnode(struct cnode to, unsigned index, slot_t from, unsigned guard_bits)
{
    return kernel_mint(to, index, from, RIGHTS_ALL, seL4_CNode_CapData_new(0, guard_bits).words[0]);
}

int kernel_delete_in(struct cnode cnode, unsigned index)
{
    return (int)seL4_CNode_Delete(cnode.slot, index, cnode.bits);
}

int kernel_save_caller(slot_t slot)
{
    return (int)seL4_CNode_SaveCaller(SLOT_ROOT_CNODE, slot, (seL4_Uint8)slot_depth());
}

static seL4_CapRights_t page_rights(unsigned rights)
{
    return (rights & CM_WRITE) != 0 ? seL4_ReadWrite : seL4_CanRead;
}

static seL4_ARM_VMAttributes page_attributes(unsigned rights, bool device)
{
    return (device ? 0 : seL4_ARM_PageCacheable) |
           ((rights & CM_EXECUTE) == 0 ? seL4_ARM_ExecuteNever : 0);
}

void kernel_signal(slot_t slot)
{
    seL4_Signal(slot);
}

int kernel_map(slot_t frame, slot_t vspace, uint64_t address, unsigned rights, bool device)
{
    return (int)seL4_ARM_Page_Map(frame, vspace, address, page_rights(rights),
                                  page_attributes(rights, device));
}

unsigned kernel_map_row(slot_t first, unsigned count, slot_t vspace, uint64_t address,
                        unsigned rights, bool device, int *error)
{
    seL4_CapRights_t allowed = page_rights(rights);
    seL4_ARM_VMAttributes attributes = page_attributes(rights, device);

    for (slot_t frame = first; frame != first + count; frame++, address += 1u << seL4_PageBits) {
        int failed = (int)seL4_ARM_Page_Map(frame, vspace, address, allowed, attributes);

        if (failed != 0) {
            *error = failed;
            return frame - first;
        }
    }
    return count;
}

int kernel_unmap(slot_t frame)
{
    return (int)seL4_ARM_Page_Unmap(frame);
}

int kernel_map_table(slot_t table, slot_t vspace, uint64_t address)
{
    return (int)seL4_ARM_PageTable_Map(table, vspace, address, seL4_ARM_Default_VMAttributes);
}

int kernel_unify(slot_t frame, uint64_t size)
{
    return (int)seL4_ARM_Page_Unify_Instruction(frame, 0, size);
}

int kernel_assign_asid(slot_t pool, slot_t vspace)
{
    return (int)seL4_ARM_ASIDPool_Assign(pool, vspace);
}

int kernel_make_pool(slot_t untyped, slot_t pool)
{
    return (int)seL4_ARM_ASIDControl_MakePool(SLOT_ASID_CONTROL, untyped, SLOT_ROOT_CNODE, pool,
                                              (seL4_Uint8)slot_depth());
}

/* ---- Threads ---------------------------------------------------------- */

int kernel_thread_configure(slot_t tcb, uint64_t fault, slot_t cspace, uint64_t guard, slot_t vspace, uint64_t buffer, slot_t frame)
{
    return (int)seL4_TCB_Configure(tcb, fault, cspace, guard, vspace, 0, buffer, frame);
}

int kernel_thread_priority(slot_t tcb, unsigned priority)
{
    return (int)seL4_TCB_SetSchedParams(tcb, SLOT_TCB, 0, priority);
}

int kernel_thread_read(slot_t tcb, unsigned count, void *registers)
{
    return (int)seL4_TCB_ReadRegisters(tcb, 0, 0, count, registers);
}

int kernel_thread_write(slot_t tcb, bool resume, unsigned count, void *registers)
{
    return (int)seL4_TCB_WriteRegisters(tcb, resume, 0, count, registers);
}

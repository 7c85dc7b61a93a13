/* SPDX-License-Identifier: BSD-2-Clause */
/* Second threads. The other address space maps the program and its partners' pages where this one has them. */
#include "bench/kernel/measure.h"

enum { partners_maximum = 4, program_address = 0x400000 };

static struct thread *partners[partners_maximum];
static int partner_count;
static seL4_CPtr space;

static void map_there(seL4_CPtr frame, seL4_Word address)
{
    seL4_CPtr copy = cap_copy(frame, seL4_AllRights);
    while (seL4_ARM_Page_Map(copy, space, address, seL4_ReadWrite, seL4_ARM_Default_VMAttributes) ==
           seL4_FailedLookup) {
        seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
        if (seL4_ARM_PageTable_Map(table, space, address, seL4_ARM_Default_VMAttributes) != seL4_NoError) {
            stop("no table in the other space");
        }
    }
}

static void space_make(void)
{
    space = object_new(seL4_ARM_VSpaceObject, 0);
    if (seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space) != seL4_NoError) {
        stop("no ASID");
    }
    seL4_Word address = program_address;
    for (seL4_CPtr frame = boot_info->userImageFrames.start; frame < boot_info->userImageFrames.end; frame++) {
        map_there(frame, address);
        address += 1ul << seL4_PageBits;
    }
}

static void work_entry(void *work)
{
    ((partner_work)work)();
}

struct thread *partner_new(int above, enum partner_space where, seL4_CPtr fault_endpoint)
{
    if (partner_count == partners_maximum) {
        stop("too many partners");
    }
    struct thread *thread = thread_new((seL4_Word)(own_priority + above), fault_endpoint);
    partners[partner_count++] = thread;
    if (where == other_space) {
        if (space == 0) {
            space_make();
        }
        map_there(thread->buffer_frame, (seL4_Word)thread->buffer);
        map_there(thread->stack_frame, (seL4_Word)thread->stack_top - (1ul << seL4_PageBits));
        seL4_TCB_SetSpace(thread->tcb, fault_endpoint, root, 0, space, 0);
    }
    if (without_fpu) {
        seL4_TCB_SetFlags(thread->tcb, 0, seL4_TCBFlag_fpuDisabled);
    }
    return thread;
}

struct thread *partner_start(partner_work work, int above, enum partner_space where)
{
    struct thread *thread = partner_new(above, where, 0);
    thread_start(thread, work_entry, (void *)work);
    if (above == 0) {
        seL4_Yield();
    }
    return thread;
}

void partner_stop(void)
{
    while (partner_count > 0) {
        cap_delete(partners[--partner_count]->tcb);
    }
}

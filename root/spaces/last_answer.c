/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/last_answer.c: see last_answer.h. The stub's stack pointer carries the
 * number of the CPU, which its fault brings back.
 */
#include "root/spaces/last_answer.h"

#include <sel4/sel4.h>

#include "lib/idl/message.h"
#include "root/base/bug.h"
#include "root/memory/heap.h"
#include "root/core/pd.h"

/* Above all PDs, below the root task: it runs as soon as the root task waits. */
#define PRIORITY 240u
#define STUB_ADDRESS ADS_PLACE
#define GUARD_BITS (64 - CSPACE_ADDRESS_BITS)

static struct ads *ads;
static struct cspace cspace;
static struct handle *fault;
static struct id_table waiting;

struct last {
    struct id_entry entry; /* by number of the CPU */
    struct cpu *cpu;
};

static void need(cell_error_t error)
{
    if (error != CELL_OK)
        root_bug("last answer: %s", cell_error_text(error));
}

void last_answer_init(void)
{
    /* x7: system call, x1: label and length of the answer (seL4_MessageInfo_t). */
    const uint32_t stub[] = {
        UINT32_C(0xd2800001) | ((uint32_t)CELL_GONE << 12 & 0xffff) << 5,         /* movz x1, low */
        UINT32_C(0xf2a00001) | ((uint32_t)CELL_GONE >> 4) << 5,                   /* movk x1, high */
        UINT32_C(0x92800007) | (uint32_t)(~(seL4_Word)seL4_SysReply & 0xffff) << 5, /* movn x7 */
        UINT32_C(0xd4000001),                                                     /* svc #0 */
        0,                                                                        /* udf #0 */
    };
    struct mo *mo;
    struct vmr *vmr;

    need(mo_create(&root_account, 1, 0, &mo));
    need(mo_write(mo, 0, stub, sizeof stub));
    need(ads_create(&root_account, &ads));
    need(ads_attach(&root_account, ads, mo, STUB_ADDRESS, CELL_REGION_ELF_CODE, HANDLE_READ | HANDLE_EXECUTE, 0, &vmr));
    object_release(&mo->object);
    /* The root task's own memory is no part of the model. */
    list_remove(&mo->object.all);
    list_remove(&vmr->object.all);
    list_remove(&ads->object.all);
    need(cspace_create(&cspace, &pd_root, &root_account, NULL));
    need(handle_create_direct(&cspace, CSPACE_SLOT_SELF, &ads->object, HANDLE_FAULT, TYPE_ADS, 0,
                              root_endpoint, RIGHTS_CLIENT, &fault));
}

void last_answer_give(struct cpu *cpu)
{
    struct last *last = heap_allocate(sizeof *last);
    uint64_t registers[CPU_REGISTERS] = {STUB_ADDRESS, cpu->object.id};

    cpu_unconfigure(cpu);
    if (last == NULL || (last->entry.id = cpu->object.id, !id_table_add(&waiting, &last->entry))) {
        /* No memory even for this: the callers go on waiting. */
        heap_free(last, sizeof *last);
        object_release(&cpu->object);
        return;
    }
    last->cpu = cpu;
    /* It is no PD's any more, and the root task's own threads are no part of the model. */
    if (cpu->object.handles == 0)
        list_remove(&cpu->object.all);
    must((int)seL4_TCB_SetSpace(cpu->tcb.slot, CSPACE_SELF, cspace_root(&cspace).slot,
                                seL4_CNode_CapData_new(0, GUARD_BITS).words[0], ads->vspace.slot, 0),
         "last answer: space");
    must((int)seL4_TCB_SetSchedParams(cpu->tcb.slot, SLOT_TCB, 0, PRIORITY), "last answer: priority");
    cpu_write(cpu, registers, true);
}

void last_answer_saved(struct cnode reply, unsigned first)
{
    slot_t slot = slot_allocate();
    seL4_Uint8 depth = (seL4_Uint8)(kernel_root_bits + LEAF_BITS);

    if (slot == 0)
        return;
    for (unsigned i = first; i < CSPACE_REPLY_SLOTS; i++) {
        if (seL4_CNode_Move(SLOT_ROOT_CNODE, slot, depth, reply.slot, i, reply.bits) != 0)
            continue;
        message_answer_saved(slot, CELL_GONE, NULL, 0);
        must(kernel_delete(slot), "last answer: saved caller");
    }
    slot_free(slot);
}

bool last_answer_fault(struct request *request)
{
    if (request->handle != fault)
        return false;
    struct id_entry *entry =
        id_table_find(&waiting, request->words[seL4_UserException_SP]);

    if (entry != NULL) {
        struct last *last = CONTAINER(entry, struct last, entry);

        id_table_remove(&waiting, entry);
        object_release(&last->cpu->object);
        heap_free(last, sizeof *last);
    }
    request->deferred = true;
    return true;
}

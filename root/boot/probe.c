/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/boot/probe.c: see probe.h. The probe thread runs one function after another;
 * each either sends a message, or faults, which arrives on the same endpoint.
 */
#include "root/boot/probe.h"

#include <sel4/sel4.h>

#include "root/base/bug.h"
#include "root/base/report.h"
#include "root/memory/memory.h"

/* Label of the message of a probe that got through; above all fault labels. */
#define LABEL_WORKS 100
#define PRIORITY 1

static char stack[512] __attribute__((aligned(16)));

static _Noreturn void works(void)
{
    sel4_trap_send((seL4_Word)seL4_SysSend, SLOT_PROBE_ENDPOINT,
                   seL4_MessageInfo_new(LABEL_WORKS, 0, 0, 0).words[0], 0, 0, 0, 0);
    for (;;)
        seL4_Yield();
}

static _Noreturn void try_counter(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    works();
}

static _Noreturn void try_timer(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, cntp_ctl_el0" : "=r"(value));
    __asm__ volatile("msr cntp_ctl_el0, %0" : : "r"((uint64_t)0));
    __asm__ volatile("mrs %0, cntp_tval_el0" : "=r"(value));
    works();
}

static _Noreturn void try_cycles(void)
{
    uint64_t value;

    __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value));
    works();
}

static bool attempt(slot_t tcb, void (*function)(void))
{
    seL4_UserContext registers = {.pc = (uint64_t)function, .sp = (uint64_t)(stack + sizeof stack)};

    must((int)seL4_TCB_WriteRegisters(tcb, 1, 0, CPU_CONTEXT_WORDS, &registers), "probe: start");
    seL4_MessageInfo_t info = seL4_Recv(SLOT_PROBE_ENDPOINT, NULL);

    must((int)seL4_TCB_Suspend(tcb), "probe: stop");
    return seL4_MessageInfo_get_label(info) == LABEL_WORKS;
}

bool probe_run(struct probe_result *result)
{
    struct kernel_object tcb = {0}, endpoint = {0};

    if (object_allocate(seL4_TCBObject, seL4_TCBBits, &tcb) != CELL_OK ||
        object_allocate(seL4_EndpointObject, seL4_EndpointBits, &endpoint) != CELL_OK) {
        object_free(&tcb);
        return false;
    }
    must(kernel_copy(SLOT_PROBE_ENDPOINT, endpoint.slot), "probe: endpoint");
    must((int)seL4_TCB_Configure(
             tcb.slot, SLOT_PROBE_ENDPOINT, SLOT_ROOT_CNODE,
             seL4_CNode_CapData_new(0, 64 - kernel_root_bits - LEAF_BITS).words[0], SLOT_VSPACE, 0,
             0, 0),
         "probe: configure");
    must((int)seL4_TCB_SetPriority(tcb.slot, SLOT_TCB, PRIORITY), "probe: priority");
    result->counter = attempt(tcb.slot, try_counter);
    result->timer = attempt(tcb.slot, try_timer);
    result->cycles = attempt(tcb.slot, try_cycles);
    object_free(&tcb);
    object_free(&endpoint);
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/loop/pacer.c: see pacer.h. It calls again and again, and is left waiting for the answer while there is nothing to do. */
#include "root/loop/pacer.h"

#include <sel4/sel4.h>

#include "lib/idl/message.h"
#include "root/base/bug.h"
#include "root/base/report.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/loop/request.h"
#include "root/loop/timeouts.h"

static struct kernel_object tcb;
static slot_t caller;     /* its reply capability while it waits; empty otherwise */
static bool waits;
static int priority;      /* that it has */

static void set_priority(int wanted)
{
    if (wanted == priority)
        return;
    must((int)seL4_TCB_SetPriority(tcb.slot, SLOT_TCB, (seL4_Word)wanted), "pacer: priority");
    priority = wanted;
}

static int next_priority(void)
{
    return timeouts_waiting() > reap_priority() ? timeouts_waiting() : reap_priority();
}

bool pacer_called(void)
{
    if (timeouts_waiting() > reap_priority())
        timeouts_run_others();
    else if (reap_waits())
        reap_piece();
    int next = next_priority();

    if (next < 0) {
        must(kernel_save_caller(caller), "pacer: save it");
        waits = true;
        return false;
    }
    set_priority(next);
    return true;
}

static void wake(void)
{
    set_priority(next_priority());
    if (!waits)
        return;
    waits = false;
    message_answer_saved(caller, CELL_OK, NULL, 0);
    must(kernel_delete(caller), "pacer: answered");
}

/* ---- The thread ------------------------------------------------------ */

/* It calls forever: x19 is its endpoint, x20 the number of the system call. It has no stack. */
__asm__(".pushsection .text.pacer, \"ax\"\n"
        "pacer_main:\n"
        "    mov x0, x19\n"
        "    mov x1, xzr\n"
        "    mov x7, x20\n"
        "    svc #0\n"
        "    b pacer_main\n"
        ".popsection\n");
extern const char pacer_main[];

bool pacer_start(void)
{
    slot_t endpoint = slot_allocate();
    seL4_UserContext registers = {
        .pc = (uint64_t)pacer_main, .x19 = endpoint, .x20 = (seL4_Word)seL4_SysCall};

    caller = slot_allocate();
    if (caller == 0 || endpoint == 0 ||
        object_allocate(seL4_TCBObject, seL4_TCBBits, &tcb) != CELL_OK)
        return false;
    must(kernel_copy_badged(endpoint, root_endpoint, RIGHTS_CLIENT, PACER_BADGE), "pacer: endpoint");
    must((int)seL4_TCB_Configure(
             tcb.slot, 0, SLOT_ROOT_CNODE,
             seL4_CNode_CapData_new(0, 64 - kernel_root_bits - LEAF_BITS).words[0], SLOT_VSPACE, 0,
             0, 0),
         "pacer: configure");
    must((int)seL4_TCB_WriteRegisters(tcb.slot, 1, 0, CPU_CONTEXT_WORDS, &registers), "pacer: start");
    reap_wake(wake);
    timeouts_wake(wake);
    return true;
}

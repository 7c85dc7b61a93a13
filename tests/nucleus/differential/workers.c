/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox and its workers.
 *
 * A worker's capability space has two branches: below 2^63 the sandbox's CNode, which all of them share and change at
 * will, above it a CNode of the root task's with the endpoints to which their faults go. Slots of the sandbox are those of
 * the fuzzer's (tests/nucleus/fuzz/sandbox.c), without interrupts and secure monitor calls but for one handler. */
#include "tests/nucleus/differential/differential.h"

enum { master_bits = 22, driver_priority = 100, first_irq = 60, timer_irq = 30, code_address = 0x500000,
       private_bits = 4, tables_maximum = 4, idle_badge = 0x100, late_badge = 0x200, late_ticks = 4000000,
       words_seen = 36, spoil_one_in = 10, registers_of_message = 4, patience = 64 };

#define FAULTS_AT (1ul << 63)

static struct worker {
    seL4_CPtr memory; /* an untyped for the TCB */
    seL4_CPtr tcb;
    seL4_CPtr frame;
    seL4_IPCBuffer *buffer;
    struct call call;
    int invoked; /* `call` is what it was told to do */
} workers[worker_count];

static struct driver_state state;
static struct thread *idle;
static seL4_CPtr idle_memory;
static seL4_CPtr idle_tcb;
static seL4_CPtr done;
static seL4_CPtr signal;
static seL4_CPtr timer;
static seL4_CPtr master;
static seL4_CPtr top;
static seL4_CPtr private;
static seL4_CPtr cnode;
static seL4_CPtr guarded;
static seL4_CPtr space;
static seL4_CPtr tables;
static seL4_CPtr copies;
static seL4_CPtr code;
static seL4_CPtr handler;
static seL4_Word copy_count;
static seL4_Word table_count;

/* One system call, then the end of it; nothing but undefined instructions around. */
__asm__(".section .text.code, \"ax\"\n.balign 4096\nworker_page: .fill 64, 4, 0\nworker_call: svc #0\n"
        ".fill 959, 4, 0\n.previous");
extern const char worker_page[], worker_call[];

static void copy_to(seL4_CPtr there, seL4_Word slot, seL4_Word bits, seL4_CPtr cap, seL4_Word badge)
{
    must("copy", seL4_CNode_Mint(there, slot, (seL4_Uint8)bits, fuzz_root, cap, fuzz_deep, seL4_AllRights, badge));
}

/* ---- Once ---- */

static seL4_Word physical_base(void)
{
    seL4_CPtr slot = slot_new();
    must("frame", seL4_Untyped_Retype(master, seL4_ARM_SmallPageObject, 0, fuzz_root, 0, 0, slot, 1));
    seL4_Word base = seL4_ARM_Page_GetAddress(slot).paddr;
    must("delete", seL4_CNode_Delete(fuzz_root, slot, fuzz_deep));
    return base;
}

static void tell_idle(void *unused)
{
    (void)unused;
    for (;;) {
        seL4_Signal(signal);
    }
}

/* At the lowest priority, made again so that its timeslice is whole. */
static void idle_start(void)
{
    must("revoke", seL4_CNode_Revoke(fuzz_root, idle_memory, fuzz_deep));
    must("TCB", seL4_Untyped_Retype(idle_memory, seL4_TCBObject, 0, fuzz_root, 0, 0, idle_tcb, 1));
    idle->tcb = idle_tcb;
    must("configure", seL4_TCB_Configure(idle_tcb, 0, fuzz_root, 0, seL4_CapInitThreadVSpace, 0, (seL4_Word)idle->buffer,
                                         idle->buffer_frame));
    thread_start(idle, tell_idle, 0);
}

void workers_open(seL4_Word seed)
{
    state.random = (seed * 0x9e3779b97f4a7c15) | 1;
    master = untyped_new(master_bits);
    cnode = slot_new();
    guarded = slot_new();
    space = slot_new();
    top = object_new(seL4_CapTableObject, 1);
    private = object_new(seL4_CapTableObject, private_bits);
    tables = slots_new(tables_maximum);
    copies = slots_new(worker_count + 1);
    done = object_new(seL4_EndpointObject, 0);
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    signal = cap_mint(notification, seL4_AllRights, idle_badge);
    must("bind", seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
    timer = slot_new();
    must("timer", seL4_IRQControl_Get(seL4_CapIRQControl, timer_irq, fuzz_root, timer, fuzz_deep));
    must("timer", seL4_IRQHandler_SetNotification(timer, cap_mint(notification, seL4_AllRights, late_badge)));
    handler = slot_new();
    must("handler", seL4_IRQControl_Get(seL4_CapIRQControl, first_irq, fuzz_root, handler, fuzz_deep));
    for (seL4_CPtr frame = boot_info->userImageFrames.start; frame < boot_info->userImageFrames.end; frame++) {
        if (0x400000 + (frame - boot_info->userImageFrames.start) * (1ul << seL4_PageBits) == (seL4_Word)worker_page) {
            code = frame;
        }
    }
    for (int i = 0; i < worker_count; i++) {
        workers[i].memory = untyped_new(seL4_TCBBits);
        workers[i].tcb = slot_new();
        workers[i].buffer = page_new(&workers[i].frame);
        copy_to(private, (seL4_Word)i, private_bits, done, (seL4_Word)i + 1);
    }
    seL4_CNode_Mint(top, 1, 1, fuzz_root, private, fuzz_deep, seL4_AllRights,
                    seL4_CNode_CapData_new(0, fuzz_deep - 1 - private_bits).words[0]);
    idle = thread_new(0, 0);
    idle_memory = untyped_new(seL4_TCBBits);
    idle_tcb = slot_new();
    observe_memory(physical_base(), 1ul << master_bits);
}

/* ---- A round ---- */

static void map_there(seL4_CPtr frame, seL4_Word address, seL4_CapRights_t rights, seL4_Word attributes)
{
    seL4_CPtr copy = copies + copy_count++;
    must("copy", seL4_CNode_Copy(fuzz_root, copy, fuzz_deep, fuzz_root, frame, fuzz_deep, seL4_AllRights));
    seL4_Error error;
    while ((error = seL4_ARM_Page_Map(copy, space, address, rights, attributes)) == seL4_FailedLookup) {
        seL4_CPtr table = tables + table_count++;
        if (table_count > tables_maximum) {
            stop("too many tables");
        }
        must("table", seL4_Untyped_Retype(master, seL4_ARM_PageTableObject, 0, fuzz_root, 0, 0, table, 1));
        must("map table", seL4_ARM_PageTable_Map(table, space, address, seL4_ARM_Default_VMAttributes));
    }
    must("map", error);
}

static void build_space(void)
{
    copy_count = 0;
    table_count = 0;
    must("space", seL4_Untyped_Retype(master, seL4_ARM_VSpaceObject, 0, fuzz_root, 0, 0, space, 1));
    must("ASID", seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space));
    map_there(code, code_address, seL4_CanRead, seL4_ARM_Default_VMAttributes);
    for (int i = 0; i < worker_count; i++) {
        map_there(workers[i].frame, (seL4_Word)workers[i].buffer, seL4_ReadWrite,
                  seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    }
}

static void give(seL4_CPtr cap, seL4_Word slot, enum kind kind)
{
    must("give", seL4_CNode_Copy(cnode, slot, sandbox_bits, fuzz_root, cap, fuzz_deep, seL4_AllRights));
    state.hints[slot] = (unsigned char)kind;
}

static void make(seL4_Word type, seL4_Word bits, seL4_Word slot)
{
    must("make", seL4_Untyped_Retype(master, type, bits, fuzz_root, guarded, fuzz_deep, slot, 1));
    state.hints[slot] = (unsigned char)kind_of_type(type);
}

static void build_cnode(void)
{
    static const unsigned char untyped_bits[] = {12, 12, 13, 14, 15, 16, 17, 18, 11, 10};
    for (int i = 0; i < sandbox_slots; i++) {
        state.hints[i] = kind_nothing;
    }
    must("CNode", seL4_Untyped_Retype(master, seL4_CapTableObject, sandbox_bits, fuzz_root, 0, 0, cnode, 1));
    must("guard", seL4_CNode_Mint(fuzz_root, guarded, fuzz_deep, fuzz_root, cnode, fuzz_deep, seL4_AllRights,
                                  seL4_CNode_CapData_new(0, fuzz_deep - sandbox_bits).words[0]));
    must("top", seL4_CNode_Mint(top, 0, 1, fuzz_root, cnode, fuzz_deep, seL4_AllRights,
                                seL4_CNode_CapData_new(0, fuzz_deep - 1 - sandbox_bits).words[0]));
    give(guarded, 2, kind_cnode);
    give(space, 3, kind_space);
    give(seL4_CapASIDControl, 4, kind_asid_control);
    give(seL4_CapInitThreadASIDPool, 5, kind_asid_pool);
    for (seL4_Word i = 0; i < sizeof untyped_bits; i++) {
        make(seL4_UntypedObject, untyped_bits[i], 16 + i);
    }
    for (seL4_Word i = 0; i < 4; i++) {
        make(seL4_EndpointObject, 0, 32 + 2 * i);
        make(seL4_NotificationObject, 0, 33 + 2 * i);
    }
    give(handler, 40, kind_irq_handler);
}

static void worker_make(int number)
{
    struct worker *worker = &workers[number];
    must("revoke worker", seL4_CNode_Revoke(fuzz_root, worker->memory, fuzz_deep));
    must("TCB", seL4_Untyped_Retype(worker->memory, seL4_TCBObject, 0, fuzz_root, 0, 0, worker->tcb, 1));
    must("configure", seL4_TCB_Configure(worker->tcb, FAULTS_AT | (seL4_Word)number, top,
                                         seL4_CNode_CapData_new(0, 0).words[0], space, 0, (seL4_Word)worker->buffer,
                                         worker->frame));
    must("priority", seL4_TCB_SetSchedParams(worker->tcb, seL4_CapInitThreadTCB, driver_priority + 8,
                                             driver_priority - 2 + random_below(&state.random, 5)));
    give(worker->tcb, 8 + (seL4_Word)number, kind_tcb);
    for (int i = 0; i < 120; i++) {
        worker->buffer->msg[i] = 0;
    }
    worker->invoked = 0;
}

void workers_build(void)
{
    state.entry = code_address + (seL4_Word)(worker_call - worker_page);
    build_space();
    build_cnode();
    idle_start();
    for (int i = 0; i < worker_count; i++) {
        worker_make(i);
    }
}

void workers_take_down(void)
{
    for (int i = 0; i < worker_count; i++) {
        must("revoke worker", seL4_CNode_Revoke(fuzz_root, workers[i].memory, fuzz_deep));
    }
    must("revoke handler", seL4_CNode_Revoke(fuzz_root, handler, fuzz_deep));
    must("revoke master", seL4_CNode_Revoke(fuzz_root, master, fuzz_deep));
    for (seL4_Word i = 0; i < copy_count; i++) {
        must("delete", seL4_CNode_Delete(fuzz_root, copies + i, fuzz_deep));
    }
    must("memory is whole", seL4_Untyped_Retype(master, seL4_UntypedObject, master_bits, fuzz_root, 0, 0, cnode, 1));
    must("delete", seL4_CNode_Delete(fuzz_root, cnode, fuzz_deep));
}

/* ---- A step ---- */

static void timer_set(seL4_Word on)
{
    __asm__ volatile("msr cntp_tval_el0, %0\n msr cntp_ctl_el0, %1\n isb" : : "r"((seL4_Word)late_ticks), "r"(on));
}

/* A worker has arrived: its message is in the root task's buffer. */
static void arrival(int number, seL4_MessageInfo_t info)
{
    struct worker *worker = &workers[number];
    seL4_Word registers[words_seen] = {0};
    observe("arrives", (seL4_Word)number);
    observe_words("message", seL4_GetIPCBuffer()->msg, seL4_MessageInfo_get_length(info));
    observe("label", seL4_MessageInfo_get_label(info));
    seL4_Error error = seL4_TCB_ReadRegisters(worker->tcb, 0, 0, words_seen, (seL4_UserContext *)(void *)registers);
    observe("registers", error);
    registers[2] = state_shown(registers[2]);
    observe_words("registers", registers, words_seen);
    observe_words("buffer", worker->buffer->msg, seL4_MsgMaxLength);
    observe_words("capabilities", worker->buffer->caps_or_badges, seL4_MsgMaxExtraCaps);
    /* Of a call: x1 is the answer's message information. */
    if (worker->invoked && registers[4] >> 12 == seL4_NoError) {
        call_remember(&state, &worker->call);
    }
    worker->invoked = 0;
}

/* Waits until nobody runs. False: somebody runs without end. */
static int settle(void)
{
    timer_set(1);
    for (;;) {
        seL4_Word badge;
        seL4_MessageInfo_t info = seL4_Recv(done, &badge);
        if ((badge & late_badge) != 0) {
            timer_set(0);
            seL4_IRQHandler_Ack(timer);
            observe("without end", 1);
            return 0;
        }
        if ((badge & idle_badge) != 0) {
            timer_set(0);
            return 1;
        }
        arrival((int)badge - 1, info);
    }
}

static void go(struct worker *worker, seL4_Word number, seL4_Word slot, seL4_Word info, const seL4_Word *words)
{
    seL4_UserContext context = {.pc = state.entry, .sp = 0x6000, .x0 = slot, .x1 = info, .x2 = words[0], .x3 = words[1],
                                .x4 = words[2], .x5 = words[3], .x6 = 0x66, .x7 = number, .x8 = 0x88, .x29 = 0x2929,
                                .x30 = 0x3030};
    observe("slot", slot);
    observe("message", info);
    observe_words("words", worker->buffer->msg, seL4_MsgMaxLength);
    observe_words("capabilities", worker->buffer->caps_or_badges, seL4_MsgMaxExtraCaps);
    observe("go", seL4_TCB_WriteRegisters(worker->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context));
}

static void invoke(struct worker *worker)
{
    struct call *call = &worker->call;
    do {
        *call = (struct call){0};
        call_choose(&state, call);
    } while (call->label == ARMVCPUSetTCB);
    if (random_below(&state.random, spoil_one_in) == 0) {
        call_spoil(&state, call);
    }
    if (call->label == ARMVCPUSetTCB) {
        call->label = 0;
    }
    for (seL4_Word i = 0; i < call->length; i++) {
        worker->buffer->msg[i] = call->words[i];
    }
    for (seL4_Word i = 0; i < seL4_MsgMaxExtraCaps; i++) {
        worker->buffer->caps_or_badges[i] = call->caps[i];
    }
    seL4_Word info = seL4_MessageInfo_new(call->label, 0, call->cap_count, call->length).words[0];
    seL4_Word number = random_below(&state.random, 16) == 0 ? (seL4_Word)seL4_SysNBSend
                       : random_below(&state.random, 16) == 0 ? (seL4_Word)seL4_SysSend
                                                              : (seL4_Word)seL4_SysCall;
    worker->invoked = number == (seL4_Word)seL4_SysCall;
    observe("invokes", call->label);
    go(worker, number, call->slot, info, call->words);
}

static void message(struct worker *worker)
{
    static const seL4_Word numbers[] = {(seL4_Word)seL4_SysCall,   (seL4_Word)seL4_SysCall,      (seL4_Word)seL4_SysReplyRecv,
                                        (seL4_Word)seL4_SysReplyRecv, (seL4_Word)seL4_SysRecv,   (seL4_Word)seL4_SysRecv,
                                        (seL4_Word)seL4_SysSend,   (seL4_Word)seL4_SysNBSend,    (seL4_Word)seL4_SysNBRecv,
                                        (seL4_Word)seL4_SysReply,  (seL4_Word)seL4_SysYield};
    seL4_Word *random = &state.random;
    seL4_Word number = numbers[random_below(random, sizeof numbers / sizeof numbers[0])];
    enum kind kind = random_below(random, 4) == 0 ? kind_notification : kind_endpoint;
    seL4_CPtr slot = random_below(random, 16) == 0 ? random_below(random, sandbox_slots) : call_target(&state, kind);
    seL4_Word length = random_below(random, 8) == 0 ? random_below(random, 128) : random_below(random, 8);
    seL4_Word caps = random_below(random, 3) == 0 ? random_below(random, 4) : 0;
    seL4_Word label = random_below(random, 4) == 0 ? random_next(random) : 0;
    seL4_Word words[registers_of_message];
    for (int i = 0; i < seL4_MsgMaxExtraCaps; i++) {
        worker->buffer->caps_or_badges[i] =
            random_below(random, 2) == 0 ? call_target(&state, kind_endpoint) : random_below(random, sandbox_slots);
    }
    worker->buffer->receiveCNode = 2;
    worker->buffer->receiveIndex = random_below(random, sandbox_slots);
    worker->buffer->receiveDepth = fuzz_deep;
    if (random_below(random, 64) == 0) {
        /* A number that no call has; those of a debug build's own calls are left out. */
        number = random_below(random, 2) == 0 ? random_below(random, 100) : (seL4_Word)-15 - random_below(random, 100);
    }
    for (int i = 0; i < registers_of_message; i++) {
        words[i] = random_next(random);
    }
    for (seL4_Word i = registers_of_message; i < length && i < seL4_MsgMaxLength; i++) {
        worker->buffer->msg[i] = random_next(random);
    }
    observe("calls", number);
    go(worker, number, slot, label << 12 | caps << 7 | length, words);
}

static void disturb(struct worker *worker)
{
    seL4_Word *random = &state.random;
    seL4_Error error;
    switch (random_below(random, 7)) {
    case 0:
        error = seL4_TCB_Suspend(worker->tcb);
        break;
    case 1:
        error = seL4_TCB_Resume(worker->tcb);
        break;
    case 2:
        error = seL4_TCB_SetPriority(worker->tcb, seL4_CapInitThreadTCB, driver_priority - 4 + random_below(random, 8));
        break;
    case 3:
        error = seL4_DomainSet_Set(seL4_CapDomain, (seL4_Uint8)random_below(random, 2), worker->tcb);
        break;
    case 4:
        error = seL4_CNode_Delete(guarded, random_below(random, sandbox_slots), fuzz_deep);
        break;
    case 5:
        error = seL4_CNode_Revoke(guarded, random_below(random, sandbox_slots), fuzz_deep);
        break;
    default:
        error = seL4_CNode_CancelBadgedSends(guarded, call_target(&state, kind_endpoint), fuzz_deep);
        break;
    }
    observe("from outside", error);
}

int workers_step(void)
{
    struct worker *worker = &workers[random_below(&state.random, worker_count)];
    observe("worker", (seL4_Word)(worker - workers));
    switch (random_below(&state.random, 20)) {
    case 0:
        disturb(worker);
        break;
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
        message(worker);
        break;
    default:
        invoke(worker);
        break;
    }
    return settle();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A capability space of 64 CNodes for every address, the deepest that there can be, and in it the search for the call that
 * an interrupt waits for longest: messages of every kind and size, with capabilities, and operations with the most
 * lookups. Each thread that takes part has such a space, and so has the receiver's slot. */
#include "bench/kernel/measure.h"

enum {
    leaf_bits = 4,
    leaves = 1 << leaf_bits,
    chain = deep - leaf_bits,
    tree_inner = leaves / 2 - 1,
    points = 49,
    refined = 12,
    many_bits = 8,
    most_objects = 1 << many_bits,
    /* The contents of the addresses 0 to 15. */
    leaf_endpoint = 0,
    leaf_badged,
    leaf_notification,
    leaf_other,
    leaf_reply_to,
    leaf_untyped,
    leaf_many,
    leaf_top,
    leaf_tcb,
    leaf_space,
    leaf_frame,
    leaf_from,
    leaf_pivot,
    leaf_cnode,
    leaf_free,
    leaf_received,
    nowhere_bit = 63
};

static seL4_CPtr top;
static seL4_CPtr leaf_cnodes[leaves / 2];

/* ---- The space ---- */

static seL4_CPtr cnode_new(seL4_CPtr parent, seL4_Word entry)
{
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 1);
    if (parent != 0 && seL4_CNode_Mint(parent, entry, 1, root, cnode, deep, seL4_AllRights,
                                       seL4_CNode_CapData_new(0, 0).words[0]) != seL4_NoError) {
        stop("deep: no CNode");
    }
    return cnode;
}

static void space_make(void)
{
    seL4_CPtr inner[tree_inner + 1];
    seL4_CPtr last = top = cnode_new(0, 0);
    for (int i = 1; i < chain; i++) {
        last = cnode_new(last, 0);
    }
    /* A full binary tree below it, by rows: node i has 2i and 2i + 1 below. */
    inner[1] = cnode_new(last, 0);
    for (int i = 2; i <= tree_inner; i++) {
        inner[i] = cnode_new(inner[i / 2], (seL4_Word)i % 2);
    }
    for (int i = 0; i < leaves / 2; i++) {
        leaf_cnodes[i] = cnode_new(inner[(tree_inner + 1) / 2 + i / 2], (seL4_Word)i % 2);
    }
}

static void leaf_put(seL4_Word leaf, seL4_CPtr source, seL4_Word badge)
{
    if (seL4_CNode_Mint(leaf_cnodes[leaf / 2], leaf % 2, 1, root, source, deep, seL4_AllRights, badge) != seL4_NoError) {
        stop("deep: no leaf");
    }
}

static void leaf_delete(seL4_Word leaf) { seL4_CNode_Delete(leaf_cnodes[leaf / 2], leaf % 2, 1); }
static void leaf_move(seL4_Word to, seL4_Word from)
{
    seL4_CNode_Move(leaf_cnodes[to / 2], to % 2, 1, leaf_cnodes[from / 2], from % 2, 1);
}

/* ---- Threads in it ---- */

/* One system call, then an end without a handler. */
__asm__(".text\ndeep_call: svc #0\n udf #0");
extern char deep_call[];

static struct thread *worker;
static struct thread *partner;
static struct thread *caller;
static seL4_CPtr endpoint;
static seL4_CPtr other;
static seL4_CPtr untyped;
static seL4_CPtr many;

struct message {
    seL4_Word number; /* of the system call */
    seL4_Word leaf;
    seL4_Word label;
    seL4_Word length;
    seL4_Word words[8];
    seL4_Word caps;
    seL4_Word cap[3];
};

static void go(struct thread *thread, const struct message *message)
{
    seL4_UserContext context = {
        .pc = (seL4_Word)deep_call, .x0 = message->leaf, .x7 = message->number,
        .x1 = seL4_MessageInfo_new(message->label, 0, message->caps, message->length).words[0],
        .x2 = message->words[0], .x3 = message->words[1], .x4 = message->words[2], .x5 = message->words[3]};
    for (int i = 0; i < 8; i++) {
        thread->buffer->msg[i] = message->words[i];
    }
    for (int i = 0; i < 3; i++) {
        thread->buffer->caps_or_badges[i] = message->cap[i];
    }
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
}

static void receive(struct thread *thread, seL4_Word leaf)
{
    struct message message = {.number = (seL4_Word)seL4_SysRecv, .leaf = leaf};
    thread->buffer->receiveCNode = leaf_top;
    thread->buffer->receiveIndex = leaf_received;
    thread->buffer->receiveDepth = deep;
    go(thread, &message);
}

static struct thread *thread_make(void)
{
    struct thread *thread = partner_new(1, same_space, 0);
    if (seL4_TCB_SetSpace(thread->tcb, 1ul << nowhere_bit, top, seL4_CNode_CapData_new(0, 0).words[0], own_space, 0) !=
        seL4_NoError) {
        stop("deep: no thread");
    }
    return thread;
}

static void open(void)
{
    space_make();
    endpoint = object_new(seL4_EndpointObject, 0);
    other = object_new(seL4_EndpointObject, 0);
    many = object_new(seL4_CapTableObject, many_bits);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    leaf_put(leaf_endpoint, endpoint, 1);
    leaf_put(leaf_badged, endpoint, 2);
    leaf_put(leaf_notification, object_new(seL4_NotificationObject, 0), 3);
    leaf_put(leaf_other, other, 4);
    leaf_put(leaf_untyped, untyped, 0);
    leaf_put(leaf_many, many, 0);
    leaf_put(leaf_top, top, 0);
    leaf_put(leaf_tcb, tcb, 0);
    leaf_put(leaf_space, own_space, 0);
    leaf_put(leaf_frame, object_new(seL4_ARM_SmallPageObject, 0), 0);
    leaf_put(leaf_from, endpoint, 0);
    leaf_put(leaf_pivot, other, 0);
    leaf_put(leaf_cnode, top, 0);
    worker = thread_make();
    partner = thread_make();
    caller = thread_make();
}

/* ---- The search ---- */

struct trial {
    void (*before)(void);
    void (*after)(void);
    struct message message;
};

static seL4_Word samples;

/* The latency of an interrupt that is due `ticks` after the call begins. */
static seL4_Word late(const struct trial *trial, seL4_Word ticks)
{
    samples++;
    trial->before();
    latency_arm(ticks);
    go(worker, &trial->message);
    seL4_Word result = latency_wait();
    trial->after();
    return result;
}

/* The worst over the whole of it: at equal distances, then at every tick around the worst of those. */
static seL4_Word worst_of(const struct trial *trial)
{
    trial->before();
    seL4_Word from = read_counter();
    go(worker, &trial->message);
    seL4_Word length = read_counter() - from;
    trial->after();
    seL4_Word worst = 0;
    seL4_Word where = 0;
    for (int i = 0; i < points; i++) {
        seL4_Word ticks = 2 + length * (seL4_Word)i / points;
        seL4_Word value = late(trial, ticks);
        if (value > worst) {
            worst = value;
            where = ticks;
        }
    }
    for (seL4_Word ticks = where > refined ? where - refined : 2; ticks < where + refined; ticks++) {
        seL4_Word value = late(trial, ticks);
        worst = value > worst ? value : worst;
    }
    return worst;
}

/* ---- Messages ---- */

static const struct message gift = {.number = (seL4_Word)seL4_SysSend, .leaf = leaf_badged, .length = seL4_MsgMaxLength,
                                    .caps = 3, .cap = {leaf_notification, leaf_other, leaf_endpoint}};

static void receiver_waits(void) { receive(partner, leaf_endpoint); }
static void sender_waits(void)
{
    worker->buffer->receiveCNode = leaf_top;
    worker->buffer->receiveIndex = leaf_received;
    worker->buffer->receiveDepth = deep;
    go(partner, &gift);
}

/* `caller` waits for the worker's answer at the other endpoint, and a sender at the first. */
static void both_wait(void)
{
    struct message call = {.number = (seL4_Word)seL4_SysCall, .leaf = leaf_other};
    caller->buffer->receiveCNode = leaf_top;
    caller->buffer->receiveIndex = leaf_received;
    caller->buffer->receiveDepth = deep;
    receive(worker, leaf_other);
    go(caller, &call);
    sender_waits();
}

static void received_delete(void)
{
    leaf_delete(leaf_received);
    seL4_TCB_Suspend(worker->tcb);
    seL4_TCB_Suspend(partner->tcb);
    seL4_TCB_Suspend(caller->tcb);
}

static seL4_Word messages(void)
{
    static const seL4_Word sends[] = {(seL4_Word)seL4_SysSend, (seL4_Word)seL4_SysNBSend, (seL4_Word)seL4_SysCall};
    static const seL4_Word lengths[] = {0, 4, seL4_MsgMaxLength};
    seL4_Word worst = 0;
    for (int length = 0; length < 3; length++) {
        for (seL4_Word caps = 0; caps <= 3; caps++) {
            struct trial trial = {receiver_waits, received_delete, gift};
            trial.message.length = lengths[length];
            trial.message.caps = caps;
            for (int i = 0; i < 3; i++) {
                trial.message.number = sends[i];
                seL4_Word value = worst_of(&trial);
                worst = value > worst ? value : worst;
            }
            trial.message.number = (seL4_Word)seL4_SysReplyRecv;
            trial.message.leaf = leaf_endpoint;
            trial.before = both_wait;
            seL4_Word value = worst_of(&trial);
            worst = value > worst ? value : worst;
        }
    }
    struct trial trial = {sender_waits, received_delete, {.number = (seL4_Word)seL4_SysRecv, .leaf = leaf_endpoint}};
    seL4_Word value = worst_of(&trial);
    return value > worst ? value : worst;
}

/* ---- Operations ---- */

static void nothing(void) {}
static void revoke(void) { seL4_CNode_Revoke(leaf_cnodes[leaf_untyped / 2], leaf_untyped % 2, 1); }
static void free_delete(void) { leaf_delete(leaf_free); }
static void rotate_back(void)
{
    leaf_move(leaf_from, leaf_pivot);
    leaf_move(leaf_pivot, leaf_free);
}

#define CALL .number = (seL4_Word)seL4_SysCall
#define RETYPE(type, bits)                                                                                        \
    {revoke, revoke, {CALL, .leaf = leaf_untyped, .label = UntypedRetype, .length = 6, .caps = 1, .cap = {leaf_top}, \
                      .words = {type, bits, leaf_many, deep, 0, most_objects}}}

static const struct trial operations[] = {
    RETYPE(seL4_TCBObject, 0),
    RETYPE(seL4_EndpointObject, 0),
    RETYPE(seL4_NotificationObject, 0),
    RETYPE(seL4_UntypedObject, 4),
    RETYPE(seL4_CapTableObject, 1),
    RETYPE(seL4_ARM_SmallPageObject, 0),
    RETYPE(seL4_ARM_PageTableObject, 0),
    RETYPE(seL4_ARM_VSpaceObject, 0),
    RETYPE(seL4_ARM_VCPUObject, 0),
    {nothing, rotate_back, {CALL, .leaf = leaf_cnode, .label = CNodeRotate, .length = 8, .caps = 2,
                            .cap = {leaf_top, leaf_cnode}, .words = {leaf_free, deep, 0, leaf_pivot, deep, 0, leaf_from, deep}}},
    {nothing, free_delete, {CALL, .leaf = leaf_cnode, .label = CNodeMint, .length = 6, .caps = 1, .cap = {leaf_top},
                            .words = {leaf_free, deep, leaf_from, deep, 15, 0}}},
    {nothing, nothing, {CALL, .leaf = leaf_tcb, .label = TCBConfigure, .length = 4, .caps = 3,
                        .cap = {leaf_top, leaf_space, leaf_frame}, .words = {0, 0, 0, 1 << seL4_IPCBufferSizeBits}}},
    {nothing, nothing, {CALL, .leaf = leaf_tcb, .label = TCBCopyRegisters, .length = 1, .caps = 1, .cap = {leaf_tcb},
                        .words = {12}}},
    {nothing, nothing, {CALL, .leaf = leaf_tcb, .label = TCBSetSchedParams, .length = 2, .caps = 1, .cap = {leaf_tcb}}},
    {nothing, nothing, {CALL, .leaf = leaf_cnode, .label = CNodeRevoke, .length = 2, .words = {leaf_from, deep}}},
    {nothing, nothing, {CALL, .leaf = leaf_free}},
};

void bench_deep_latency(seL4_CPtr memory)
{
    untyped = memory;
    open();
    seL4_Word worst = messages();
    latency_row("Interrupt latency, worst: a message, all lookups 64 CNodes deep", worst, samples);
    samples = 0;
    worst = 0;
    for (seL4_Word i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        seL4_Word value = worst_of(&operations[i]);
        worst = value > worst ? value : worst;
    }
    latency_row("Interrupt latency, worst: an operation, all lookups 64 CNodes deep", worst, samples);
}

/* ---- A signal ---- */

enum { usual = 1000, root_bits = 12, root_entry = 1 };

static void signal(void) { seL4_Signal(leaf_notification); }

/* This thread goes there itself; the root CNode is the other entry of the first one, so that it finds back. */
static void enter(void)
{
    space_make();
    leaf_put(leaf_notification, object_new(seL4_NotificationObject, 0), 0);
    seL4_CNode_Mint(top, root_entry, 1, root, root, deep, seL4_AllRights,
                    seL4_CNode_CapData_new(0, deep - 1 - root_bits).words[0]);
    seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, top, seL4_CNode_CapData_new(0, 0).words[0], own_space, 0);
}

static void leave(void)
{
    seL4_Word there = 1ul << (deep - 1);
    seL4_TCB_SetSpace(there | seL4_CapInitThreadTCB, 0, there | root, seL4_CNode_CapData_new(0, deep - root_bits).words[0],
                      there | own_space, 0);
}

static const struct operation list[] = {
    {"Signal through 64 CNode levels", 0, usual, enter, 0, signal, 0, leave},
};

void bench_deep(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}

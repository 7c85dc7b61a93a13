/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability transfer beyond the simple cases (ipc.c): receive paths that lead nowhere, several capabilities, several
 * levels, badges of unwrapped ones, blocked senders, answers, capabilities that cannot be derived. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static seL4_CPtr endpoint;

struct path {
    seL4_CPtr root;
    seL4_CPtr index;
    seL4_Word depth;
};

static void receiver(void *argument)
{
    const struct path *path = argument;
    seL4_Word badge;
    for (int i = 0; i < 3; i++) {
        seL4_GetIPCBuffer()->caps_or_badges[i] = 0x1110 + (seL4_Word)i;
    }
    seL4_SetCapReceivePath(path->root, path->index, path->depth);
    seL4_MessageInfo_t info = seL4_Recv(endpoint, &badge);
    show_message("  received", info, badge);
    for (int i = 0; i < 3; i++) {
        if (seL4_MessageInfo_get_capsUnwrapped(info) >> i & 1) {
            show_hex("  badge of an unwrapped one", seL4_GetBadge(i));
        }
    }
}

static struct path path;

/* Sends `caps` (of which `count` are announced) to a receiver with `path`. */
static void send(const char *what, seL4_CPtr through, const seL4_CPtr *caps, seL4_Word count)
{
    struct thread *thread = thread_new(255, 0);
    print(what);
    print("\n");
    thread_start(thread, receiver, &path);
    seL4_Yield();
    for (seL4_Word i = 0; i < count; i++) {
        seL4_SetCap((int)i, caps[i]);
    }
    seL4_SetMR(0, 42);
    seL4_NBSend(through, seL4_MessageInfo_new(3, 0, count, 1));
    seL4_Yield();
    seL4_TCB_Suspend(thread->tcb);
}

static void to_fresh_slot(void)
{
    path = (struct path){root, slot_new(), deep};
}

static void paths(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr gift = object_new(seL4_TCBObject, 0);
    seL4_CPtr outer = object_new(seL4_CapTableObject, 4);
    seL4_CPtr inner = object_new(seL4_CapTableObject, 4);
    seL4_CNode_Move(outer, 3, 4, root, inner, deep);
    static const struct {
        const char *name;
        int cnode;
        seL4_CPtr index;
        seL4_Word depth;
    } tried[] = {
        {"depth 0", 0, 0, 0},          {"depth 65", 0, 100, 65},       {"depth 12 with a guard left", 0, 100, 12},
        {"empty root", 1, 100, 64},    {"root is a TCB", 2, 100, 64},  {"two levels", 3, 0x35, 8},
        {"the same again", 3, 0x35, 8}, {"one level too few", 3, 3, 4}, {"bits left", 3, 0x355, 12},
        {"through an empty slot", 3, 0x45, 8},
    };
    for (seL4_Word i = 0; i < sizeof tried / sizeof tried[0]; i++) {
        const seL4_CPtr roots[] = {root, 4003, gift, outer};
        path = (struct path){roots[tried[i].cnode], tried[i].index, tried[i].depth};
        send(tried[i].name, endpoint, &gift, 1);
    }
    check("it is there", seL4_CNode_Copy(root, slot_new(), deep, outer, 0x35, 8, seL4_AllRights));
}

static void several(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr other = object_new(seL4_EndpointObject, 0);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr mine = cap_mint(endpoint, seL4_AllRights, 0x9001);
    seL4_CPtr mine_weak = cap_mint(endpoint, seL4_NoRights, 0x9002);
    seL4_CPtr foreign = cap_mint(other, seL4_AllRights, 0x9003);
    const struct {
        const char *name;
        seL4_CPtr caps[3];
        seL4_Word count;
    } sets[] = {
        {"unbadged same", {endpoint}, 1},
        {"badged same without rights", {mine_weak}, 1},
        {"another endpoint", {foreign}, 1},
        {"same, another, same", {mine, foreign, mine}, 3},
        {"another, same, same", {foreign, mine, mine}, 3},
        {"same, same, another", {mine, mine_weak, foreign}, 3},
        {"another, another", {foreign, foreign}, 2},
        {"same, TCB, TCB", {mine, tcb, tcb}, 3},
    };
    for (seL4_Word i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        to_fresh_slot();
        send(sets[i].name, endpoint, sets[i].caps, sets[i].count);
        check("  the slot was filled", seL4_CNode_Delete(root, path.index, deep));
    }
    seL4_CPtr no_grant = cap_mint(endpoint, seL4_CanWrite, 0x77);
    to_fresh_slot();
    send("same, without grant", no_grant, (seL4_CPtr[]){mine, tcb}, 2);
}

/* As many words as fit, with capabilities, to a receiver with and without a buffer for them. */
static void wide(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr mine = cap_mint(endpoint, seL4_AllRights, 0x9001);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    for (int without_buffer = 0; without_buffer < 2; without_buffer++) {
        for (seL4_Word length = 118; length < 122; length++) {
            struct thread *thread = thread_new(255, 0);
            to_fresh_slot();
            thread_start(thread, receiver, &path);
            seL4_Yield();
            if (without_buffer) {
                seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0);
            }
            for (int i = 0; i < 120; i++) {
                seL4_SetMR(i, 0x1000 + (seL4_Word)i);
            }
            seL4_SetCap(0, mine);
            seL4_SetCap(1, tcb);
            seL4_SetCap(2, tcb);
            show("words", length);
            seL4_NBSend(endpoint, seL4_MessageInfo_new(3, 0, 3, length));
            seL4_Yield();
            check("  the slot was filled", seL4_CNode_Copy(root, slot_new(), deep, root, path.index, deep, seL4_AllRights));
            seL4_TCB_Suspend(thread->tcb);
        }
    }
}

static void underivable(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr table = object_new(seL4_ARM_PageTableObject, 0);
    seL4_CPtr space = object_new(seL4_ARM_VSpaceObject, 0);
    seL4_CPtr used = untyped_new(12);
    seL4_Untyped_Retype(used, seL4_EndpointObject, 0, root, 0, 0, slot_new(), 1);
    seL4_CPtr frame;
    page_new(&frame);
    const struct {
        const char *name;
        seL4_CPtr cap;
    } caps[] = {
        {"unmapped page table", table},   {"unassigned VSpace", space},
        {"untyped with a child", used},   {"IRQ control", seL4_CapIRQControl},
        {"ASID control", seL4_CapASIDControl}, {"domain", seL4_CapDomain},
        {"SMC", seL4_CapSMC},             {"mapped frame", frame},
        {"own VSpace", seL4_CapInitThreadVSpace}, {"ASID pool", seL4_CapInitThreadASIDPool},
        {"own CNode", root},
    };
    for (seL4_Word i = 0; i < sizeof caps / sizeof caps[0]; i++) {
        to_fresh_slot();
        send(caps[i].name, endpoint, &caps[i].cap, 1);
        check("  the slot has it", seL4_CNode_Copy(root, slot_new(), deep, root, path.index, deep, seL4_AllRights));
    }
    /* The copy of a mapped frame is not mapped. */
    to_fresh_slot();
    send("mapped frame", endpoint, &frame, 1);
    check("  map it elsewhere", seL4_ARM_Page_Map(path.index, seL4_CapInitThreadVSpace, 0x20001000, seL4_ReadWrite,
                                                  seL4_ARM_Default_VMAttributes));
    to_fresh_slot();
    send("copies of an untyped without children", endpoint, (seL4_CPtr[]){untyped_new(12)}, 1);
    check("  and it works", seL4_Untyped_Retype(path.index, seL4_EndpointObject, 0, root, 0, 0, slot_new(), 1));
}

static seL4_CPtr gifts[3];
static seL4_Word gift_count;
static seL4_CPtr answer_slot;

static void send_blocked(void *through)
{
    for (seL4_Word i = 0; i < gift_count; i++) {
        seL4_SetCap((int)i, gifts[i]);
    }
    seL4_Send((seL4_CPtr)through, seL4_MessageInfo_new(8, 0, gift_count, 1));
    print("  the sender went on\n");
}

static void call_blocked(void *through)
{
    seL4_SetCapReceivePath(root, answer_slot, deep);
    seL4_MessageInfo_t info = seL4_Call((seL4_CPtr)through, seL4_MessageInfo_new(9, 0, 0, 1));
    show_message("  answer", info, 0);
    check("  the slot has it", seL4_CNode_Copy(root, slot_new(), deep, root, answer_slot, deep, seL4_AllRights));
}

/* The sender waits first: capabilities are looked up when the message goes over. */
static void waiting_sender(void)
{
    seL4_Word badge;
    endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr badged = cap_mint(endpoint, seL4_AllRights, 0x66);
    gifts[0] = object_new(seL4_NotificationObject, 0);
    gift_count = 1;
    thread_start(thread_new(255, 0), send_blocked, (void *)badged);
    seL4_Yield();
    seL4_SetCapReceivePath(root, slot_new(), deep);
    show_message("sender waited", seL4_Recv(endpoint, &badge), badge);
    seL4_Yield();
    thread_start(thread_new(255, 0), send_blocked, (void *)badged);
    seL4_Yield();
    cap_delete(gifts[0]);
    seL4_SetCapReceivePath(root, slot_new(), deep);
    show_message("its gift was deleted meanwhile", seL4_Recv(endpoint, &badge), badge);
    seL4_Yield();
    answer_slot = slot_new();
    thread_start(thread_new(255, 0), call_blocked, (void *)badged);
    seL4_Yield();
    show_message("call", seL4_Recv(endpoint, &badge), badge);
    seL4_SetCap(0, badged);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 1, 0));
    seL4_Yield();
    thread_start(thread_new(255, 0), call_blocked, (void *)badged);
    seL4_Yield();
    show_message("call, receiver's slot is taken", seL4_Recv(endpoint, &badge), badge);
    seL4_SetCap(0, badged);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 1, 0));
    seL4_Yield();
    answer_slot = slot_new();
    thread_start(thread_new(255, 0), call_blocked, (void *)badged);
    seL4_Yield();
    show_message("call", seL4_Recv(endpoint, &badge), badge);
    seL4_SetCap(0, 4003);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 1, 0));
    print("answered with an empty slot\n");
    seL4_Yield();
}

void run_case(void)
{
    section("receive paths");
    paths();
    section("several");
    several();
    section("wide");
    wide();
    section("what cannot be copied");
    underivable();
    section("who waits");
    waiting_sender();
}

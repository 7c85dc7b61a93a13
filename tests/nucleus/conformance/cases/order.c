/* SPDX-License-Identifier: BSD-2-Clause */
/* Who runs next among equals: the order of the ready queue after starting, suspending, waking by each kind of message,
 * priority changes, yielding, preemption, faults (observed; the reference manual leaves most of it open). A driver `d`
 * does something while others are ready; each writes its letter when it runs. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, level = 200 };

static char order[80];
static int at;
static seL4_CPtr endpoint;
static seL4_CPtr notification;
static seL4_CPtr faults;
static struct thread *a;
static struct thread *b;
static struct thread *r;

static void note(char who)
{
    if (at < 79) {
        order[at++] = who;
    }
}

static void once(void *name)
{
    note((char)(seL4_Word)name);
}

static void twice(void *name)
{
    note((char)(seL4_Word)name);
    seL4_Yield();
    note((char)(seL4_Word)name);
}

static void receive(void *name)
{
    seL4_Word badge;
    seL4_Recv(endpoint, &badge);
    note((char)(seL4_Word)name);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    note((char)((seL4_Word)name - 'a' + 'A'));
}

static void wait(void *name)
{
    seL4_Word badge;
    seL4_Wait(notification, &badge);
    note((char)(seL4_Word)name);
}

static void send(void *name)
{
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    note((char)(seL4_Word)name);
}

static void call(void *name)
{
    seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    note((char)(seL4_Word)name);
}

static void fault(void *name)
{
    __asm__ volatile("brk #1");
    note((char)(seL4_Word)name);
}

typedef void (*action)(void);

static action driver_action;

static void drive(void *unused)
{
    (void)unused;
    note('d');
    driver_action();
    note('d');
}

/* `blocked` runs first, at `blocked_level`, until it blocks; then a, b and the driver become ready. */
static void scene(const char *what, action act, void (*blocked)(void *), seL4_Word blocked_level)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    notification = object_new(seL4_NotificationObject, 0);
    faults = object_new(seL4_EndpointObject, 0);
    at = 0;
    r = thread_new(blocked_level, cap_mint(faults, seL4_AllRights, 1));
    if (blocked != 0) {
        thread_start(r, blocked, (void *)'r');
        set_own_priority(10);
        set_own_priority(255);
    }
    driver_action = act;
    a = thread_new(level, 0);
    b = thread_new(level, 0);
    thread_start(a, once, (void *)'a');
    thread_start(b, twice, (void *)'b');
    /* The last one started runs first. */
    thread_start(thread_new(level, cap_mint(faults, seL4_AllRights, 1)), drive, 0);
    set_own_priority(10);
    set_own_priority(255);
    order[at] = '\0';
    print(what);
    print(": ");
    print(order);
    print("\n");
}

static void nothing(void) {}
static void yield(void) { seL4_Yield(); }
static void yield_twice(void) { seL4_Yield(); seL4_Yield(); }
static void do_send(void) { seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)); }
static void do_long_send(void) { seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 50)); }
static void do_nbsend(void) { seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)); }
static void do_call(void) { seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)); }
static void do_long_call(void) { seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 50)); }
static void do_signal(void) { seL4_Signal(notification); }
static void do_recv(void) { seL4_Recv(endpoint, 0); }
static void do_nbrecv(void) { seL4_NBRecv(endpoint, 0); }
static void do_recv_reply(void) { seL4_Recv(endpoint, 0); seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0)); }
static void do_fault_reply(void) { seL4_Recv(faults, 0); seL4_TCB_Suspend(r->tcb); }
static void resume_r(void) { seL4_TCB_Resume(r->tcb); }
static void suspend_a(void) { seL4_TCB_Suspend(a->tcb); }
static void again_a(void) { seL4_TCB_Suspend(a->tcb); seL4_TCB_Resume(a->tcb); }
static void resume_a(void) { seL4_TCB_Resume(a->tcb); }
static void same_a(void) { seL4_TCB_SetPriority(a->tcb, seL4_CapInitThreadTCB, level); }
static void lower_a(void) { seL4_TCB_SetPriority(a->tcb, seL4_CapInitThreadTCB, level - 1); }
static void raise_a(void) { seL4_TCB_SetPriority(a->tcb, seL4_CapInitThreadTCB, level + 1); }
static void there_and_back_a(void) { lower_a(); same_a(); }
static void same_b(void) { seL4_TCB_SetPriority(b->tcb, seL4_CapInitThreadTCB, level); }
static void raise_b(void) { seL4_TCB_SetPriority(b->tcb, seL4_CapInitThreadTCB, level + 1); }
static void delete_endpoint(void) { seL4_CNode_Delete(root, endpoint, deep); }
static void delete_notification(void) { seL4_CNode_Delete(root, notification, deep); }
static void cancel(void) { seL4_TCB_Suspend(r->tcb); seL4_TCB_Resume(r->tcb); }
static void write_registers(void)
{
    seL4_UserContext context = {0};
    seL4_TCB_ReadRegisters(a->tcb, 0, 0, 36, &context);
    seL4_TCB_WriteRegisters(a->tcb, 1, 0, 36, &context);
}
static void domain_a(void) { seL4_DomainSet_Set(seL4_CapDomain, 0, a->tcb); }
static void bind(void) { seL4_TCB_BindNotification(r->tcb, notification); seL4_Signal(notification); }
static void invalid(void) { seL4_Call(4003, seL4_MessageInfo_new(0, 0, 0, 0)); }

static const struct {
    const char *name;
    action act;
    void (*blocked)(void *);
} scenes[] = {
    {"nothing", nothing, 0},
    {"yield", yield, 0},
    {"yield twice", yield_twice, 0},
    {"a failed invocation", invalid, 0},
    {"send to a receiver", do_send, receive},
    {"long send to a receiver", do_long_send, receive},
    {"send without blocking", do_nbsend, receive},
    {"call a receiver", do_call, receive},
    {"long call", do_long_call, receive},
    {"signal a waiter", do_signal, wait},
    {"receive from a sender", do_recv, send},
    {"poll a sender", do_nbrecv, send},
    {"receive from a caller", do_recv, call},
    {"receive and reply", do_recv_reply, call},
    {"receive a fault", do_fault_reply, fault},
    {"delete the endpoint of a receiver", delete_endpoint, receive},
    {"delete the endpoint of a sender", delete_endpoint, send},
    {"delete the notification of a waiter", delete_notification, wait},
    {"suspend and resume a sender", cancel, send},
    {"bind a notification and signal", bind, receive},
    {"resume one that is ready", resume_a, 0},
    {"resume a waiter", resume_r, wait},
    {"suspend a", suspend_a, 0},
    {"suspend and resume a", again_a, 0},
    {"same priority for a", same_a, 0},
    {"same priority for b", same_b, 0},
    {"lower a", lower_a, 0},
    {"raise a", raise_a, 0},
    {"raise b", raise_b, 0},
    {"lower a and back", there_and_back_a, 0},
    {"write a's registers and resume", write_registers, 0},
    {"same domain for a", domain_a, 0},
};

void run_case(void)
{
    static const seL4_Word levels[] = {level, level + 1, level - 1};
    static const char *const titles[] = {"equals", "the other is above", "the other is below"};
    for (int i = 0; i < 3; i++) {
        section(titles[i]);
        for (seL4_Word s = 0; s < sizeof scenes / sizeof scenes[0]; s++) {
            if (i == 0 || scenes[s].blocked != 0) {
                scene(scenes[s].name, scenes[s].act, scenes[s].blocked, levels[i]);
            }
        }
    }
}

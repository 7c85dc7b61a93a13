/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduling: strict priorities, round robin by yield and by timeslice, preemption on wake-up, direct switch on IPC,
 * priority changes of queued threads, domains (reference manual, "Threads", "Scheduling"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static char order[64];
static int at;

static void note(char who)
{
    if (at < 63) {
        order[at++] = who;
    }
}

static void show_order(const char *what)
{
    order[at] = '\0';
    print(what);
    print(": ");
    print(order);
    print("\n");
    at = 0;
}

static void three_times(void *name)
{
    for (int i = 0; i < 3; i++) {
        note((char)(seL4_Word)name);
        seL4_Yield();
    }
}

static void once(void *name)
{
    note((char)(seL4_Word)name);
}

static void rounds(void)
{
    struct thread *a = thread_new(200, 0);
    struct thread *b = thread_new(200, 0);
    struct thread *c = thread_new(201, 0);
    thread_start(a, three_times, (void *)'a');
    thread_start(b, three_times, (void *)'b');
    thread_start(c, three_times, (void *)'c');
    set_own_priority(10);
    set_own_priority(255);
    show_order("priorities and yields");
    a = thread_new(200, 0);
    b = thread_new(200, 0);
    c = thread_new(200, 0);
    thread_start(a, once, (void *)'a');
    thread_start(b, once, (void *)'b');
    thread_start(c, once, (void *)'c');
    seL4_TCB_SetPriority(a->tcb, seL4_CapInitThreadTCB, 199);
    seL4_TCB_SetPriority(b->tcb, seL4_CapInitThreadTCB, 200);
    set_own_priority(10);
    set_own_priority(255);
    show_order("priority changed while queued");
}

extern const char code_spin[];

__asm__(".section .text.code, \"ax\"\n"
        "code_spin: add x0, x0, #1\n b code_spin\n"
        ".previous\n");

/* A timeslice is 5 ticks. */
static void timeslices(void)
{
    struct thread *threads[3];
    time_watch("alone", 2);
    for (seL4_Word i = 0; i < 3; i++) {
        threads[i] = code_new(code_spin, 255, 0);
        seL4_TCB_Resume(threads[i]->tcb);
        time_watch("with one more", 4);
    }
    seL4_TCB_SetPriority(threads[0]->tcb, seL4_CapInitThreadTCB, 254);
    time_watch("one is lower", 4);
    seL4_TCB_Suspend(threads[1]->tcb);
    time_watch("one is suspended", 4);
    seL4_TCB_Suspend(threads[2]->tcb);
    time_watch("both", 4);
    seL4_TCB_Suspend(threads[2]->tcb);
    seL4_TCB_Suspend(threads[0]->tcb);
}

static seL4_CPtr endpoint;
static seL4_CPtr notification;

static void receive_and_note(void *name)
{
    seL4_Word badge;
    seL4_Recv(endpoint, &badge);
    note((char)(seL4_Word)name);
}

static void wait_and_note(void *name)
{
    seL4_Word badge;
    seL4_Wait(notification, &badge);
    note((char)(seL4_Word)name);
}

static void send_and_note(void *name)
{
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    note((char)(seL4_Word)name);
}

static void signal_and_note(void *name)
{
    seL4_Signal(notification);
    note((char)(seL4_Word)name);
}

static void wake(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    notification = object_new(seL4_NotificationObject, 0);
    static const seL4_Word receivers[] = {101, 100, 99};
    for (int i = 0; i < 3; i++) {
        thread_start(thread_new(receivers[i], 0), receive_and_note, (void *)'r');
        set_own_priority(10);
        set_own_priority(255);
        thread_start(thread_new(100, 0), send_and_note, (void *)'s');
        set_own_priority(10);
        set_own_priority(255);
        show_order("send to a receiver above, equal, below");
    }
    for (int i = 0; i < 3; i++) {
        thread_start(thread_new(receivers[i], 0), wait_and_note, (void *)'w');
        set_own_priority(10);
        set_own_priority(255);
        thread_start(thread_new(100, 0), signal_and_note, (void *)'s');
        set_own_priority(10);
        set_own_priority(255);
        show_order("signal to a waiter above, equal, below");
    }
}

static void domains(void)
{
    struct thread *other = thread_new(255, 0);
    check("to domain 1", seL4_DomainSet_Set(seL4_CapDomain, 1, other->tcb));
    thread_start(other, once, (void *)'d');
    set_own_priority(10);
    set_own_priority(255);
    show_order("a thread of another domain does not run");
    check("back to domain 0", seL4_DomainSet_Set(seL4_CapDomain, 0, other->tcb));
    set_own_priority(10);
    set_own_priority(255);
    show_order("back it runs");
}

void run_case(void)
{
    section("rounds");
    rounds();
    section("timeslices");
    timeslices();
    section("wake-up");
    wake();
    section("domains");
    domains();
}

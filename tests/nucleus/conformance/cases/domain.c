/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains: setting a thread's, configuring the schedule, starting it, and how the processor's time is divided then
 * (reference manual, "Domains"; the domain invocations' descriptions). Times are in ticks of 2 ms. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, entries = 100 };

extern const char code_count[];

__asm__(".section .text.code, \"ax\"\n"
        "code_count: add x0, x0, #1\n b code_count\n"
        ".previous\n");

static seL4_Error configure(seL4_Word index, seL4_Word domain, seL4_Word duration)
{
    return seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, index, (seL4_Uint8)domain, duration);
}

/* The domain as a word, of which the stub would keep a byte. */
static seL4_Error configure_wide(seL4_Word index, seL4_Word domain, seL4_Word duration)
{
    seL4_Word words[4] = {index, domain, duration, 0};
    seL4_MessageInfo_t answer = seL4_CallWithMRs(seL4_CapDomain, seL4_MessageInfo_new(DomainScheduleConfigure, 0, 0, 3),
                                                 &words[0], &words[1], &words[2], &words[3]);

    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, words[i]);
    }
    return (seL4_Error)seL4_MessageInfo_get_label(answer);
}

static seL4_Error start(seL4_Word index)
{
    return seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, index);
}

static void refused(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    check("schedule: duration 0 of domain 1", configure(1, 1, 0));
    check("schedule: duration 0 at the start", configure(0, 0, 0));
    check("schedule: 56 bits", configure(2, 1, (1ul << 56) - 1));
    check("schedule: 57 bits", configure(2, 1, 1ul << 56));
    check("schedule: all bits", configure(2, 1, ~0ul));
    check("schedule: last entry", configure(entries - 1, 1, 5));
    check("schedule: past the last", configure(entries, 1, 5));
    check("schedule: far past", configure(~0ul, 1, 5));
    check("schedule: domain 2", configure(2, 2, 5));
    check("schedule: domain 255", configure(2, 255, 5));
    check("schedule: domain 256", configure_wide(2, 256, 5));
    check("schedule: domain 257, duration 0", configure_wide(2, 257, 0));
    check("schedule: domain 2^32 + 1", configure_wide(2, (1ul << 32) + 1, 5));
    check("schedule: both wrong", configure(entries, 2, 0));
    check("schedule: end marker", configure(2, 0, 0));
    check("start: end marker", start(2));
    check("start: past the last", start(entries));
    check("start: far past", start(~0ul));
    check("end marker", configure(entries - 1, 0, 0));
    check("start: not on a domain capability", seL4_DomainSet_ScheduleSetStart(tcb, 0));
    check("set: domain 1", seL4_DomainSet_Set(seL4_CapDomain, 1, tcb));
    check("set: domain 2", seL4_DomainSet_Set(seL4_CapDomain, 2, tcb));
    check("set: domain 255", seL4_DomainSet_Set(seL4_CapDomain, 255, tcb));
    check("set: not a TCB", seL4_DomainSet_Set(seL4_CapDomain, 1, root));
    check("set: an empty slot", seL4_DomainSet_Set(seL4_CapDomain, 1, 4003));
    check("set: both wrong", seL4_DomainSet_Set(seL4_CapDomain, 2, 4003));
    check("set: same domain", seL4_DomainSet_Set(seL4_CapDomain, 0, seL4_CapInitThreadTCB));
}

static seL4_Word counted(struct thread *thread)
{
    seL4_UserContext context = {0};
    seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 4, &context);
    return context.x0;
}

static void dividing(void)
{
    struct thread *other = code_new(code_count, 10, 0);
    seL4_TCB_Resume(other->tcb);
    time_watch("one domain", 4);
    check("the other domain's entry", configure(1, 1, 5));
    check("own entry", configure(0, 0, 8));
    time_watch("not started yet", 4);
    check("start", start(0));
    time_watch("nobody in the other domain", 4);
    check("into the other domain", seL4_DomainSet_Set(seL4_CapDomain, 1, other->tcb));
    seL4_Word before = counted(other);
    check("start", start(0));
    time_watch("somebody there", 4);
    show("it ran", counted(other) > before);
    check("a third entry", configure(2, 0, 3));
    check("a fourth", configure(3, 1, 10));
    check("start", start(0));
    time_watch("four entries", 4);
    check("shorten the fourth while it goes on", configure(3, 1, 2));
    time_watch("no new start", 4);
    check("start in the middle", start(2));
    time_watch("from the third", 4);
    check("end marker in the fourth", configure(3, 0, 0));
    time_watch("the third alone", 4);
    check("start", start(0));
    check("end marker in the second", configure(1, 0, 0));
    time_watch("until the marker", 4);
    check("again the other", configure(1, 1, 4));
    check("start in the other domain", start(1));
    time_watch("from the second", 4);
    check("endless", configure(0, 0, 0x1000000));
    check("marker", configure(1, 0, 0));
    check("start", start(0));
    before = counted(other);
    time_watch("endless", 4);
    show("the other ran", counted(other) - before);
}

/* A message to a thread of the domain that is not active: it is ready, and runs when its time comes. */
static seL4_CPtr endpoint;
static volatile seL4_Word answered;

static void server(void *unused)
{
    seL4_Word badge;
    (void)unused;
    seL4_Recv(endpoint, &badge);
    answered = 1;
    seL4_Reply(seL4_MessageInfo_new(7, 0, 0, 0));
    answered = 2;
}

static void messages(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    struct thread *thread = thread_new(200, 0);
    thread_start(thread, server, 0);
    set_own_priority(10);
    set_own_priority(255);
    check("into the other domain", seL4_DomainSet_Set(seL4_CapDomain, 1, thread->tcb));
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    set_own_priority(10);
    set_own_priority(255);
    show("not yet", answered);
    check("other entry", configure(1, 1, 5));
    check("own entry", configure(0, 0, 5));
    check("start", start(0));
    time_watch("wait", 1);
    show("answered", answered);
    struct thread *second = thread_new(200, 0);
    thread_start(second, server, 0);
    set_own_priority(10);
    set_own_priority(255);
    check("into the other domain", seL4_DomainSet_Set(seL4_CapDomain, 1, second->tcb));
    answered = 0;
    show_message("call across domains", seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 0)), 0);
    show("answered", answered);
    check("own domain to the other and back", seL4_DomainSet_Set(seL4_CapDomain, 1, seL4_CapInitThreadTCB));
    check("back", seL4_DomainSet_Set(seL4_CapDomain, 0, seL4_CapInitThreadTCB));
    time_watch("in it again", 4);
}

void run_case(void)
{
    section("refused");
    refused();
    section("time");
    dividing();
    section("messages");
    messages();
}

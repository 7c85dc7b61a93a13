/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/debug.c: the debug build: system calls -9 to -14 (libsel4's syscall list), and words on the
 * console. What is printed is for people; it is no interface.
 */
#include <sel4/types.h>

#include "nucleus/debug.h"

#include "nucleus/cspace.h"
#include "nucleus/message.h"
#include "nucleus/panic.h"
#include "nucleus/scheduler.h"

static struct thread *all;

void debug_thread_add(struct thread *thread)
{
    thread->all_previous = NULL;
    thread->all_next = all;
    if (all != NULL)
        all->all_previous = thread;
    all = thread;
}

void debug_thread_remove(struct thread *thread)
{
    if (thread->all_previous != NULL)
        thread->all_previous->all_next = thread->all_next;
    else
        all = thread->all_next;
    if (thread->all_next != NULL)
        thread->all_next->all_previous = thread->all_previous;
}

const struct thread *debug_threads(void)
{
    return all;
}

void debug_booted(void)
{
    console_print("nucleus (debug build): booted\n");
}

static void print_name(const struct thread *thread)
{
    if (thread->name[0] != '\0') {
        console_print(thread->name);
    } else {
        console_print("thread ");
        console_print_hex((uint64_t)thread);
    }
}

void debug_unhandled_fault(const struct thread *thread)
{
    console_print("nucleus: no handler for fault ");
    console_print_decimal(thread->fault.type);
    console_print(" of ");
    print_name(thread);
    console_print(": pc ");
    console_print_hex(thread->context.fault_pc);
    console_print(", about ");
    console_print_hex(thread->fault.word[0]);
    console_put(' ');
    console_print_hex(thread->fault.word[1]);
    console_put('\n');
}

/* ---- System calls ---- */

static void put_char(struct thread *thread)
{
    console_put((char)thread->context.x[0]);
}

static void dump_scheduler(struct thread *unused)
{
    (void)unused;
    console_print("name, state, pc, priority, domain\n");
    for (const struct thread *thread = all; thread != NULL; thread = thread->all_next) {
        print_name(thread);
        console_print(", ");
        console_print(thread_state_name(thread->state));
        console_print(", ");
        console_print_hex(thread->context.fault_pc);
        console_print(", ");
        console_print_decimal(thread->priority);
        console_print(", ");
        console_print_decimal(thread->domain);
        console_put('\n');
    }
}

static void halt(struct thread *thread)
{
    panic("halted by a thread: pc", thread->context.fault_pc, 0, 0);
}

/* The numbers that seL4 answers with, as observed. */
static void identify(struct thread *thread)
{
    static const uint8_t numbers[CAP_TYPES] = {
        [CAP_NULL] = 0,         [CAP_FRAME] = 1,        [CAP_UNTYPED] = 2,     [CAP_PAGE_TABLE] = 3,
        [CAP_ENDPOINT] = 4,     [CAP_NOTIFICATION] = 6, [CAP_REPLY] = 8,       [CAP_VSPACE] = 9,
        [CAP_CNODE] = 10,       [CAP_ASID_CONTROL] = 11, [CAP_THREAD] = 12,    [CAP_ASID_POOL] = 13,
        [CAP_IRQ_CONTROL] = 14, [CAP_VCPU] = 15,        [CAP_IRQ_HANDLER] = 16, [CAP_DYING] = 18,
        [CAP_REMNANT] = 18,     [CAP_DOMAIN] = 20,      [CAP_SMC] = 25,        [CAP_SGI_SIGNAL] = 27,
    };
    const struct slot *slot = cspace_lookup(thread, thread->context.x[0]);

    thread->context.x[0] = slot == NULL ? 0 : numbers[cap_type(&slot->cap)];
}

static void snapshot(struct thread *unused)
{
    (void)unused;
    console_print("nucleus: no snapshots\n");
}

static void name_thread(struct thread *thread)
{
    const struct slot *slot = cspace_lookup(thread, thread->context.x[0]);
    const seL4_IPCBuffer *buffer = message_buffer_to_read(thread);
    struct thread *target;
    const char *name;
    unsigned i;

    if (slot == NULL || cap_type(&slot->cap) != CAP_THREAD || buffer == NULL) {
        console_print("nucleus: name of what is no thread\n");
        return;
    }
    target = cap_object(&slot->cap);
    name = (const char *)buffer->msg;
    for (i = 0; i < sizeof target->name - 1 && name[i] != '\0'; i++)
        target->name[i] = name[i];
    target->name[i] = '\0';
}

static void (*const calls[])(struct thread *thread) = {
    [-9 - seL4_SysDebugPutChar] = put_char,
    [-9 - seL4_SysDebugDumpScheduler] = dump_scheduler,
    [-9 - seL4_SysDebugHalt] = halt,
    [-9 - seL4_SysDebugCapIdentify] = identify,
    [-9 - seL4_SysDebugSnapshot] = snapshot,
    [-9 - seL4_SysDebugNameThread] = name_thread,
};

bool debug_syscall(struct thread *thread, uint64_t number)
{
    uint64_t index = (uint64_t)seL4_SysDebugPutChar - number;

    if (index >= sizeof calls / sizeof calls[0])
        return false;
    calls[index](thread);
    return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of a conformance case, and its main function.
 *
 * The root task runs at priority 255. Other threads run while it blocks or lowers itself; every wait is bounded,
 * so that a kernel that loses a thread gives a wrong line and not a hang. */
#include "conformance.h"

extern char conformance_thread_entry[];

void conformance_main(seL4_BootInfo *info);
void conformance_thread_main(struct thread *thread);
void conformance_objects_start(seL4_BootInfo *info);
void conformance_print_start(void);

__thread seL4_IPCBuffer *__sel4_ipc_buffer;

void *memset(void *to, int value, seL4_Word count);

/* The compiler may ask for it; there is no C library here. */
void *memset(void *to, int value, seL4_Word count)
{
    volatile unsigned char *at = to;
    while (count-- > 0) {
        *at++ = (unsigned char)value;
    }
    return to;
}

enum { max_threads = 64, wait_rounds = 100000 };

static struct thread threads[max_threads];
static seL4_Word thread_count;

struct thread *thread_new(seL4_Word priority, seL4_CPtr fault_endpoint)
{
    struct thread *thread = &threads[thread_count++ % max_threads];
    thread->tcb = object_new(seL4_TCBObject, 0);
    thread->buffer = page_new(&thread->buffer_frame);
    char *stack = page_new(&thread->stack_frame);
    /* The thread-local block lies at the foot of the stack page: the stacks of the cases are shallow. */
    thread->tls = stack;
    thread->stack_top = stack + 4096;
    thread->finished = 0;
    seL4_Error error = seL4_TCB_Configure(thread->tcb, fault_endpoint, seL4_CapInitThreadCNode, 0,
                                          seL4_CapInitThreadVSpace, 0, (seL4_Word)thread->buffer,
                                          thread->buffer_frame);
    if (error != seL4_NoError) {
        check("thread_new: configure", error);
    }
    error = seL4_TCB_SetSchedParams(thread->tcb, seL4_CapInitThreadTCB, priority, priority);
    if (error != seL4_NoError) {
        check("thread_new: priority", error);
    }
    return thread;
}

void conformance_thread_main(struct thread *thread)
{
    seL4_SetIPCBuffer(thread->buffer);
    thread->function(thread->argument);
    thread->finished = 1;
    seL4_TCB_Suspend(thread->tcb);
}

void thread_start(struct thread *thread, void (*function)(void *), void *argument)
{
    seL4_UserContext context = {0};
    thread->function = function;
    thread->argument = argument;
    thread->finished = 0;
    context.pc = (seL4_Word)conformance_thread_entry;
    context.sp = (seL4_Word)thread->stack_top;
    context.x0 = (seL4_Word)thread;
    context.tpidr_el0 = (seL4_Word)thread->tls;
    seL4_Error error = seL4_TCB_WriteRegisters(thread->tcb, 1, 0, sizeof context / sizeof(seL4_Word), &context);
    if (error != seL4_NoError) {
        check("thread_start", error);
    }
}

void set_own_priority(seL4_Word priority)
{
    seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, priority);
}

void thread_wait(struct thread *thread)
{
    set_own_priority(1);
    for (seL4_Word round = 0; round < wait_rounds && !thread->finished; round++) {
        seL4_Yield();
    }
    set_own_priority(255);
    if (!thread->finished) {
        print("thread did not finish\n");
    }
}

void conformance_main(seL4_BootInfo *info)
{
    seL4_SetIPCBuffer(info->ipcBuffer);
    conformance_objects_start(info);
    conformance_print_start();
    run_case();
    print("END\n");
    for (;;) {
        seL4_Yield();
    }
}

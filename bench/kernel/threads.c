/* SPDX-License-Identifier: BSD-2-Clause */
/* Thread invocations. The thread operated on is below this one, so that it never runs. */
#include "bench/kernel/measure.h"

enum { usual = 1000, below = 50 };

static seL4_CPtr tcb;
static seL4_CPtr notification;
static seL4_CPtr endpoint;
static seL4_CPtr buffer_frame;
static seL4_Word buffer;
static seL4_UserContext context;

static void configure(void)
{
    seL4_TCB_Configure(tcb, endpoint, root, 0, own_space, 0, buffer, buffer_frame);
}

static void open(void)
{
    tcb = object_new(seL4_TCBObject, 0);
    notification = object_new(seL4_NotificationObject, 0);
    endpoint = object_new(seL4_EndpointObject, 0);
    buffer = (seL4_Word)page_new(&buffer_frame);
    configure();
    seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, below);
}

static void close(void) { cap_delete(tcb); }
static void write_36(void) { seL4_TCB_WriteRegisters(tcb, 0, 0, 36, &context); }
static void write_2(void) { seL4_TCB_WriteRegisters(tcb, 0, 0, 2, &context); }
static void read_36(void) { seL4_TCB_ReadRegisters(tcb, 0, 0, 36, &context); }
static void resume(void) { seL4_TCB_Resume(tcb); }
static void suspend(void) { seL4_TCB_Suspend(tcb); }
static void set_priority(void) { seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, below); }
static void bind(void)
{
    seL4_TCB_BindNotification(tcb, notification);
    seL4_TCB_UnbindNotification(tcb);
}
static void set_tls(void) { seL4_TCB_SetTLSBase(tcb, 0x1000); }

static const struct operation list[] = {
    {"TCB_WriteRegisters 36 regs, no resume", 0, usual, open, 0, write_36, 0, close},
    {"TCB_WriteRegisters 2 regs, no resume", 0, usual, open, 0, write_2, 0, close},
    {"TCB_ReadRegisters 36 regs", 0, usual, open, 0, read_36, 0, close},
    {"TCB_Resume (lower prio, no switch)", 0, usual, open, 0, resume, suspend, close},
    {"TCB_Suspend (runnable)", 0, usual, open, resume, suspend, 0, close},
    {"TCB_SetPriority (inactive)", 0, usual, open, 0, set_priority, 0, close},
    {"TCB_SetPriority (runnable)", 0, usual, open, resume, set_priority, suspend, close},
    {"TCB_Configure", 0, usual, open, 0, configure, 0, close},
    {"TCB_BindNotification + Unbind", 0, usual, open, 0, bind, 0, close},
    {"TCB_SetTLSBase", 0, usual, open, 0, set_tls, 0, close},
};

void bench_threads(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}

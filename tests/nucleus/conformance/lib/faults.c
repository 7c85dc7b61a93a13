/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that run assembly of a case, and the faults that they make. The assembly stands in section .text.code, so that
 * its addresses can be printed relative to where that starts: they do not depend on the compiler. */
#include "conformance.h"

enum { code_stack = 0x7fff0000, patience = 3 };

struct thread *code_new(const char *code, seL4_Word priority, seL4_CPtr fault_endpoint)
{
    struct thread *thread = thread_new(priority, fault_endpoint);
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code;
    context.sp = code_stack;
    context.x0 = 0x100;
    context.x1 = 0x101;
    context.x6 = 0x106;
    context.x30 = 0x130;
    seL4_Error error = seL4_TCB_WriteRegisters(thread->tcb, 0, 0, sizeof context / sizeof(seL4_Word), &context);
    if (error != seL4_NoError) {
        check("code_new", error);
    }
    return thread;
}

struct thread *code_start(const char *code, seL4_Word priority, seL4_CPtr fault_endpoint)
{
    struct thread *thread = code_new(code, priority, fault_endpoint);
    seL4_TCB_Resume(thread->tcb);
    seL4_Yield();
    return thread;
}

void code_go(struct thread *thread, const char *code)
{
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code;
    context.sp = code_stack;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 2, &context);
    seL4_Yield();
}

seL4_Word show_fault(const char *what, seL4_CPtr endpoint)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_NBRecv(endpoint, &badge);
    for (int i = 0; i < patience && seL4_MessageInfo_get_label(info) == 0; i++) {
        seL4_Yield();
        info = seL4_NBRecv(endpoint, &badge);
    }
    seL4_Word label = seL4_MessageInfo_get_label(info);
    if (label == 0) {
        print(what);
        print(": no fault\n");
        return 0;
    }
    show_message(what, info, badge);
    return label;
}

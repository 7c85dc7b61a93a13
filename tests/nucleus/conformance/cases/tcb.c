/* SPDX-License-Identifier: BSD-2-Clause */
/* TCB invocations and each way they are refused: configure, spaces, IPC buffer, priorities, registers, suspend and
 * resume, copying registers, TLS base, affinity, flags (reference manual, "Threads" and the seL4_TCB API). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace };

static void configure(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr frame;
    seL4_Word page = (seL4_Word)page_new(&frame);
    seL4_CPtr endpoint = object_new(seL4_EndpointObject, 0);
    seL4_CPtr cnode = object_new(seL4_CapTableObject, 4);
    seL4_CPtr bare = object_new(seL4_ARM_VSpaceObject, 0);
    check("configure", seL4_TCB_Configure(tcb, endpoint, root, 0, vspace, 0, page, frame));
    check("again", seL4_TCB_Configure(tcb, endpoint, root, 0, vspace, 0, page, frame));
    check("fault endpoint in an empty slot", seL4_TCB_Configure(tcb, 4003, root, 0, vspace, 0, page, frame));
    check("CSpace is an endpoint", seL4_TCB_Configure(tcb, 0, endpoint, 0, vspace, 0, page, frame));
    check("CSpace is empty", seL4_TCB_Configure(tcb, 0, 4003, 0, vspace, 0, page, frame));
    check("CSpace data: guard", seL4_TCB_Configure(tcb, 0, cnode, seL4_CNode_CapData_new(0, 60).words[0], vspace, 0,
                                                   page, frame));
    check("CSpace data: guard too long", seL4_TCB_Configure(tcb, 0, cnode, seL4_CNode_CapData_new(0, 61).words[0],
                                                            vspace, 0, page, frame));
    check("VSpace is a CNode", seL4_TCB_Configure(tcb, 0, root, 0, root, 0, page, frame));
    check("VSpace without an ASID", seL4_TCB_Configure(tcb, 0, root, 0, bare, 0, page, frame));
    check("VSpace is empty", seL4_TCB_Configure(tcb, 0, root, 0, 4003, 0, page, frame));
    check("VSpace data", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 1, page, frame));
    check("buffer not aligned", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page + 8, frame));
    check("buffer at 1 KiB", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page + 1024, frame));
    check("buffer is an endpoint", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page, endpoint));
    check("buffer frame empty", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page, 4003));
    check("no buffer", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, 0, 0));
    check("buffer address, no frame", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page, 0));
    check("read-only frame as a buffer", seL4_TCB_Configure(tcb, 0, root, 0, vspace, 0, page,
                                                            cap_copy(frame, seL4_CanRead)));
    check("service is an endpoint's slot", seL4_TCB_Configure(frame, 0, root, 0, vspace, 0, page, frame));
}

static void spaces(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr frame;
    seL4_Word page = (seL4_Word)page_new(&frame);
    check("set space", seL4_TCB_SetSpace(tcb, 0, root, 0, vspace, 0));
    check("set space: CSpace is a TCB", seL4_TCB_SetSpace(tcb, 0, tcb, 0, vspace, 0));
    check("set space: VSpace is a frame", seL4_TCB_SetSpace(tcb, 0, root, 0, frame, 0));
    check("set IPC buffer", seL4_TCB_SetIPCBuffer(tcb, page, frame));
    check("set IPC buffer: not aligned", seL4_TCB_SetIPCBuffer(tcb, page + 16, frame));
    check("set IPC buffer: none", seL4_TCB_SetIPCBuffer(tcb, page, 0));
    check("set TLS base", seL4_TCB_SetTLSBase(tcb, 0x12345678));
    seL4_UserContext context;
    check("read it back", seL4_TCB_ReadRegisters(tcb, 0, 0, 36, &context));
    show_hex("TLS base", context.tpidr_el0);
}

static void priorities(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr limited = object_new(seL4_TCBObject, 0);
    check("set priority", seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, 255));
    check("priority 256", seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, 256));
    check("MCP 256", seL4_TCB_SetMCPriority(tcb, seL4_CapInitThreadTCB, 256));
    check("authority is not a TCB", seL4_TCB_SetPriority(tcb, root, 5));
    check("authority is empty", seL4_TCB_SetPriority(tcb, 4003, 5));
    check("limit another to 10", seL4_TCB_SetMCPriority(limited, seL4_CapInitThreadTCB, 10));
    check("10 by its authority", seL4_TCB_SetPriority(tcb, limited, 10));
    check("11 by its authority", seL4_TCB_SetPriority(tcb, limited, 11));
    check("MCP 11 by its authority", seL4_TCB_SetMCPriority(tcb, limited, 11));
    check("both", seL4_TCB_SetSchedParams(tcb, limited, 10, 10));
    check("both: MCP too high", seL4_TCB_SetSchedParams(tcb, limited, 11, 10));
    check("both: priority too high", seL4_TCB_SetSchedParams(tcb, limited, 10, 11));
    check("priority above own MCP", seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, 200));
}

static void registers(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr other = object_new(seL4_TCBObject, 0);
    seL4_UserContext context;
    seL4_Word *words = (seL4_Word *)&context;
    for (seL4_Word i = 0; i < sizeof context / sizeof *words; i++) {
        words[i] = 0xff00000000000000 + i;
    }
    check("write all", seL4_TCB_WriteRegisters(tcb, 0, 0, 36, &context));
    for (seL4_Word i = 0; i < 36; i++) {
        words[i] = 0;
    }
    check("read all", seL4_TCB_ReadRegisters(tcb, 0, 0, 36, &context));
    for (seL4_Word i = 0; i < 36; i++) {
        show_hex("  register", i == 2 ? state_shown(words[i]) : words[i]);
    }
    check("read none", seL4_TCB_ReadRegisters(tcb, 0, 0, 0, &context));
    check("read 37", (seL4_Error)seL4_MessageInfo_get_label(
                         (seL4_SetMR(0, 0), seL4_SetMR(1, 37), seL4_Call(tcb, seL4_MessageInfo_new(TCBReadRegisters, 0, 0, 2)))));
    check("read own", seL4_TCB_ReadRegisters(seL4_CapInitThreadTCB, 0, 0, 2, &context));
    check("write own", seL4_TCB_WriteRegisters(seL4_CapInitThreadTCB, 0, 0, 2, &context));
    seL4_SetMR(0, 0);
    seL4_SetMR(1, 36);
    check("write with too few words",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(tcb, seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, 4))));
    check("write with one word",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(tcb, seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, 1))));
    check("copy registers", seL4_TCB_CopyRegisters(other, tcb, 0, 0, 1, 1, 0));
    check("read the copy", seL4_TCB_ReadRegisters(other, 0, 0, 36, &context));
    show_hex("  pc", context.pc);
    show_hex("  sp", context.sp);
    show_hex("  x0", context.x0);
    show_hex("  x9", context.x9);
    show_hex("  x19", context.x19);
    show_hex("  x29", context.x29);
    show_hex("  x30", context.x30);
    show_hex("  tpidr", context.tpidr_el0);
    check("copy from an endpoint", seL4_TCB_CopyRegisters(other, root, 0, 0, 1, 1, 0));
    check("copy from an empty slot", seL4_TCB_CopyRegisters(other, 4003, 0, 0, 1, 1, 0));
}

static volatile seL4_Word counter;

static void count(void *unused)
{
    (void)unused;
    for (;;) {
        counter++;
        seL4_Yield();
    }
}

static void running(void)
{
    struct thread *thread = thread_new(255, 0);
    check("resume before it has registers", seL4_TCB_Suspend(thread->tcb));
    counter = 0;
    thread_start(thread, count, 0);
    seL4_Yield();
    seL4_Yield();
    show("ran", counter);
    check("suspend", seL4_TCB_Suspend(thread->tcb));
    seL4_Yield();
    show("suspended", counter);
    check("suspend again", seL4_TCB_Suspend(thread->tcb));
    check("resume", seL4_TCB_Resume(thread->tcb));
    seL4_Yield();
    show("resumed", counter);
    check("resume again", seL4_TCB_Resume(thread->tcb));
    check("lower it", seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, 100));
    seL4_Word before = counter;
    seL4_Yield();
    show("while lower it does not run", counter - before);
    check("raise it", seL4_TCB_SetPriority(thread->tcb, seL4_CapInitThreadTCB, 255));
    before = counter;
    seL4_Yield();
    show("raised, it runs", counter - before);
    check("read and suspend", seL4_TCB_ReadRegisters(thread->tcb, 1, 0, 2, (seL4_UserContext *)(seL4_Word[36]){0}));
    before = counter;
    seL4_Yield();
    show("stopped by reading", counter - before);
    check("delete it", seL4_CNode_Delete(root, thread->tcb, deep));
    check("its slot is empty", seL4_TCB_Resume(thread->tcb));
    check("resume own", seL4_TCB_Resume(seL4_CapInitThreadTCB));
}

static void others(void)
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_TCB_SetFlags_t flags = seL4_TCB_SetFlags(tcb, 0, 0);
    check("flags", (seL4_Error)flags.error);
    show_hex("  are", flags.flags);
    flags = seL4_TCB_SetFlags(tcb, 0, 0xff);
    check("set all", (seL4_Error)flags.error);
    show_hex("  are", flags.flags);
    flags = seL4_TCB_SetFlags(tcb, 1, 0);
    check("clear the first", (seL4_Error)flags.error);
    show_hex("  are", flags.flags);
    check("operation past the last",
          (seL4_Error)seL4_MessageInfo_get_label(seL4_Call(tcb, seL4_MessageInfo_new(10001, 0, 0, 4))));
    check("domain of a thread", seL4_DomainSet_Set(seL4_CapDomain, 1, tcb));
    check("domain 2", seL4_DomainSet_Set(seL4_CapDomain, 2, tcb));
    check("domain of an endpoint", seL4_DomainSet_Set(seL4_CapDomain, 1, root));
    check("domain of an empty slot", seL4_DomainSet_Set(seL4_CapDomain, 1, 4003));
}

void run_case(void)
{
    section("configure");
    configure();
    section("spaces");
    spaces();
    section("priorities");
    priorities();
    section("registers");
    registers();
    section("running");
    running();
    section("others");
    others();
}

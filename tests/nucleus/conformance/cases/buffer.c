/* SPDX-License-Identifier: BSD-2-Clause */
/* IPC buffers: none, four to a frame, at other addresses, read-only, gone, in large pages, on device memory; and what
 * becomes of long messages then, on the sender's and on the receiver's side (reference manual, "IPC buffer"). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, vspace = seL4_CapInitThreadVSpace, longest = 20 };

extern const char code_send[], code_recv[], code_invoke[];

/* Send and receive of a message whose information is in x1; behind a receive x1 and x2 to x5 show up in a trap. */
__asm__(".section .text.code, \"ax\"\n"
        "code_send: mov x7, #-3\n svc #0\n mov x0, #0\n mov x7, #73\n svc #0\n 1: b 1b\n"
        "code_recv: mov x7, #-5\n svc #0\n mov x7, #75\n svc #0\n 1: b 1b\n"
        "code_invoke: mov x7, #-1\n svc #0\n mov x0, #0\n mov x7, #76\n svc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr endpoint;
static seL4_CPtr faults;

static void go(struct thread *thread, const char *code, seL4_CPtr x0, seL4_Word info)
{
    seL4_UserContext context = {0};
    context.pc = (seL4_Word)code;
    context.x0 = x0;
    context.x1 = info;
    context.x2 = 0x12;
    context.x3 = 0x13;
    context.x4 = 0x14;
    context.x5 = 0x15;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 9, &context);
    seL4_Yield();
}

/* Sends from and to a thread with this buffer; `page` is the buffer as this task sees it, or null. */
static void both_ways(const char *what, seL4_Word address, seL4_CPtr frame, seL4_Word *page)
{
    struct thread *thread = code_new(code_send, 255, cap_mint(faults, seL4_AllRights, 1));
    print(what);
    print("\n");
    if (check("  set", seL4_TCB_SetIPCBuffer(thread->tcb, address, frame)) != seL4_NoError) {
        return;
    }
    for (seL4_Word i = 0; page != 0 && i < longest; i++) {
        page[1 + i] = 0x400 + i;
    }
    seL4_Word badge = 0;
    go(thread, code_send, endpoint, longest);
    for (int i = 0; i < longest; i++) {
        seL4_SetMR(i, 0);
    }
    show_message("  from it, 20 words", seL4_NBRecv(endpoint, &badge), badge);
    show_fault("  behind the send", faults);
    go(thread, code_send, endpoint, 0x80 | 2);
    show_message("  from it, 2 words and a capability", seL4_NBRecv(endpoint, &badge), badge);
    seL4_TCB_Suspend(thread->tcb);
    go(thread, code_recv, endpoint, 0);
    for (seL4_Word i = 0; i < longest; i++) {
        seL4_SetMR((int)i, 0x500 + i);
    }
    seL4_NBSend(endpoint, seL4_MessageInfo_new(6, 0, 0, longest));
    show_fault("  to it", faults);
    if (page != 0) {
        show_hex("  word 3 in its buffer", page[1 + 3]);
        show_hex("  word 4", page[1 + 4]);
        show_hex("  word 19", page[1 + 19]);
        show_hex("  tag", page[0]);
    }
    go(thread, code_invoke, seL4_CapInitThreadTCB, TCBConfigure << 12 | 3 << 7 | 4);
    show_fault("  an invocation with capabilities", faults);
    seL4_TCB_Suspend(thread->tcb);
}

void run_case(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    faults = object_new(seL4_EndpointObject, 0);
    seL4_CPtr frame;
    seL4_Word *page = page_new(&frame);
    section("places");
    both_ways("none", 0, 0, 0);
    for (seL4_Word quarter = 0; quarter < 4; quarter++) {
        both_ways("quarter of a page", (seL4_Word)page + quarter * 1024, frame, page + quarter * 128);
    }
    both_ways("not where it is mapped", 0x7770000, frame, page);
    both_ways("not where it is mapped, 1 KiB in", 0x7770400, frame, page + 128);
    both_ways("past the end of the space", 1ul << 40, frame, page);
    both_ways("at the top of the numbers", 0xfffffffffffffc00, frame, page + 384);
    both_ways("not aligned to 512", (seL4_Word)page + 0x200, frame, page);
    both_ways("not aligned to 8", (seL4_Word)page + 4, frame, page);
    section("frames");
    both_ways("read-only capability", (seL4_Word)page, cap_copy(frame, seL4_CanRead), page);
    both_ways("write-only capability", (seL4_Word)page, cap_copy(frame, seL4_CanWrite), page);
    both_ways("no rights", (seL4_Word)page, cap_copy(frame, seL4_NoRights), page);
    seL4_CPtr unmapped = object_new(seL4_ARM_SmallPageObject, 0);
    both_ways("not mapped anywhere", 0x5000000, unmapped, 0);
    frame_map(unmapped, 0x32000000, seL4_ReadWrite);
    both_ways("mapped since", 0x5000000, unmapped, (seL4_Word *)0x32000000);
    seL4_CPtr large = object_new(seL4_ARM_LargePageObject, 0);
    frame_map(large, 0x32200000, seL4_ReadWrite);
    both_ways("a large page", 0x32200000, large, (seL4_Word *)0x32200000);
    both_ways("inside a large page", 0x32234400, large, (seL4_Word *)0x32234400);
    seL4_CPtr device = device_page(0x40000000);
    both_ways("device memory", 0x32001000, device, 0);
    both_ways("a page table", 0x32001000, object_new(seL4_ARM_PageTableObject, 0), 0);
    both_ways("an untyped", 0x32001000, untyped_new(12), 0);
    section("the frame goes");
    seL4_CPtr goes = object_new(seL4_ARM_SmallPageObject, 0);
    frame_map(goes, 0x32001000, seL4_ReadWrite);
    struct thread *thread = code_new(code_send, 255, cap_mint(faults, seL4_AllRights, 1));
    check("set", seL4_TCB_SetIPCBuffer(thread->tcb, 0x32001000, goes));
    seL4_CPtr copy = cap_copy(goes, seL4_AllRights);
    check("unmap it", seL4_ARM_Page_Unmap(goes));
    seL4_Word badge = 0;
    go(thread, code_send, endpoint, longest);
    show_message("from it", seL4_NBRecv(endpoint, &badge), badge);
    check("delete the capability, a copy is left", seL4_CNode_Delete(root, goes, deep));
    go(thread, code_send, endpoint, longest);
    show_message("from it", seL4_NBRecv(endpoint, &badge), badge);
    check("revoke at the copy", seL4_CNode_Revoke(root, copy, deep));
    check("delete the copy", seL4_CNode_Delete(root, copy, deep));
    go(thread, code_send, endpoint, longest);
    show_message("from it", seL4_NBRecv(endpoint, &badge), badge);
    check("another", seL4_TCB_SetIPCBuffer(thread->tcb, (seL4_Word)page, frame));
    check("and none", seL4_TCB_SetIPCBuffer(thread->tcb, 0, 0));
}

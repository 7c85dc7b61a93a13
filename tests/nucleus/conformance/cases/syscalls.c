/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls as such: numbers that mean nothing, the immediate of the instruction, which registers change, message
 * information with odd bits, destinations of every kind (reference manual, "System calls"; registers: libsel4). The
 * numbers of the debug build's own calls are left out: -9 to -14. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

/* Loads x0 to x30 from x0's block, traps, and stores them there; then traps with number 70. */
extern const char code_call[];

__asm__(".section .text.code, \"ax\"\n"
        "code_call: mov x30, x0\n ldp x0, x1, [x30]\n"
        ".irp n,2,4,6,8,10,12,14,16,18,20,22,24,26\n .set next, \\n + 1\n ldr x\\n, [x30, #8 * \\n]\n .endr\n"
        ".irp n,3,5,7,9,11,13,15,17,19,21,23,25,27,28,29\n ldr x\\n, [x30, #8 * \\n]\n .endr\n"
        " svc #9\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29\n str x\\n, [x30, #8 * \\n]\n .endr\n"
        " mov x0, #0\n mov x1, #0\n mov x2, #0\n mov x3, #0\n mov x4, #0\n mov x5, #0\n mov x7, #70\n svc #0\n 1: b 1b\n"
        ".previous\n");

static seL4_CPtr endpoint;
static seL4_CPtr faults;
static seL4_Word *block;

enum { registers = 30 };

/* Makes the call in a thread and prints which registers are different behind it. */
static void call(const char *what, seL4_Word number, seL4_Word destination, seL4_Word info)
{
    struct thread *thread = code_new(code_call, 255, cap_mint(faults, seL4_AllRights, 1));
    seL4_UserContext context = {0};
    for (seL4_Word i = 0; i < registers; i++) {
        block[i] = 0x100 + i;
    }
    block[0] = destination;
    block[1] = info;
    block[7] = number;
    context.pc = (seL4_Word)code_call;
    context.x0 = (seL4_Word)block;
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, 4, &context);
    seL4_Yield();
    seL4_Word badge = 0;
    seL4_MessageInfo_t answer = seL4_NBRecv(faults, &badge);
    print(what);
    print(": ");
    if (seL4_MessageInfo_get_label(answer) == seL4_Fault_UnknownSyscall &&
        seL4_GetMR(seL4_UnknownSyscall_Syscall) == 70) {
        print("goes on");
        for (seL4_Word i = 0; i < registers; i++) {
            seL4_Word was = i == 0 ? destination : i == 1 ? info : i == 7 ? number : 0x100 + i;
            if (block[i] != was) {
                print(" x");
                print_decimal(i);
                print(" ");
                print_hex(block[i]);
            }
        }
    } else if (seL4_MessageInfo_get_label(answer) != 0) {
        print("fault ");
        print_decimal(seL4_MessageInfo_get_label(answer));
        print(" syscall ");
        print_hex(seL4_GetMR(seL4_UnknownSyscall_Syscall));
    } else {
        print("waits");
    }
    print("\n");
    seL4_TCB_Suspend(thread->tcb);
}

static void numbers(void)
{
    static const seL4_Word unknown[] = {0, 1, 8, 77, (seL4_Word)-15, (seL4_Word)-16, (seL4_Word)-30, (seL4_Word)-100,
                                        1ul << 63, 0xfffffff9, 0x1fffffff9, 0xfffffffffffff000};
    for (seL4_Word i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        show_hex("number", unknown[i]);
        call("  call", unknown[i], endpoint, 0);
    }
}

static void on_each(void)
{
    static const struct {
        const char *name;
        seL4_Word number;
    } kinds[] = {
        {"Call", (seL4_Word)seL4_SysCall},     {"ReplyRecv", (seL4_Word)seL4_SysReplyRecv},
        {"Send", (seL4_Word)seL4_SysSend},     {"NBSend", (seL4_Word)seL4_SysNBSend},
        {"Recv", (seL4_Word)seL4_SysRecv},     {"Reply", (seL4_Word)seL4_SysReply},
        {"Yield", (seL4_Word)seL4_SysYield},   {"NBRecv", (seL4_Word)seL4_SysNBRecv},
    };
    seL4_CPtr notification = object_new(seL4_NotificationObject, 0);
    seL4_CPtr signalled = object_new(seL4_NotificationObject, 0);
    for (seL4_Word i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        print(kinds[i].name);
        print("\n");
        call("  null", kinds[i].number, 0, 0);
        call("  an empty slot", kinds[i].number, 4003, 0);
        call("  a guard that does not match", kinds[i].number, 1ul << 40, 0);
        call("  an endpoint", kinds[i].number, endpoint, 0);
        call("  a notification", kinds[i].number, notification, 0);
        seL4_Signal(cap_mint(signalled, seL4_AllRights, 0x55));
        call("  a signalled one", kinds[i].number, signalled, 0);
        call("  a TCB, label that it has not", kinds[i].number, object_new(seL4_TCBObject, 0), 0x99000);
        call("  a CNode", kinds[i].number, object_new(seL4_CapTableObject, 2), 0x99000);
        call("  an untyped", kinds[i].number, untyped_new(4), 0);
    }
}

static void receiver(void *unused)
{
    seL4_Word badge;
    (void)unused;
    show_message("  received", seL4_Recv(endpoint, &badge), badge);
}

/* Message information with lengths past the end and with bits that only the kernel sets. */
static void informations(void)
{
    static const seL4_Word words[] = {0x7f, 121, 120, 0x800, 0xe00, 0xfffffffffffff000, 0x180, 0x1ff, 5 | 0xa00};
    for (seL4_Word i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct thread *thread = thread_new(255, 0);
        thread_start(thread, receiver, 0);
        seL4_Yield();
        for (int n = 0; n < 120; n++) {
            seL4_SetMR(n, (seL4_Word)n);
        }
        for (int n = 0; n < 3; n++) {
            seL4_SetCap(n, root);
        }
        show_hex("information", words[i]);
        seL4_NBSend(endpoint, (seL4_MessageInfo_t){{words[i]}});
        seL4_Yield();
    }
}

void run_case(void)
{
    endpoint = object_new(seL4_EndpointObject, 0);
    faults = object_new(seL4_EndpointObject, 0);
    block = page_new(0);
    section("numbers");
    numbers();
    section("destinations");
    on_each();
    section("message information");
    informations();
}

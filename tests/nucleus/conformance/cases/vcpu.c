/* SPDX-License-Identifier: BSD-2-Clause */
/* The VCPU object without a guest: association with threads, reading and writing each register, what injection and
 * acknowledgement refuse, deletion on either side (reference manual, "Virtualisation", Arm). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

static const char *const names[] = {"SCTLR", "CPACR", "TTBR0", "TTBR1", "TCR",  "MAIR",  "AMAIR", "CIDR",
                                    "ACTLR", "AFSR0", "AFSR1", "ESR",   "FAR",  "PAR",   "VBAR",  "TPIDR_EL1",
                                    "VMPIDR", "SP_EL1", "ELR_EL1", "SPSR_EL1", "CNTV_CTL", "CNTV_CVAL", "CNTVOFF",
                                    "CNTKCTL"};

enum { register_count = sizeof names / sizeof names[0] };

static void read_all(seL4_CPtr vcpu)
{
    for (seL4_Word i = 0; i < register_count; i++) {
        seL4_ARM_VCPU_ReadRegs_t value = seL4_ARM_VCPU_ReadRegs(vcpu, (seL4_VCPUReg)i);
        print(names[i]);
        print(value.error == 0 ? " " : " refused ");
        print_hex(value.value);
        print("\n");
    }
}

static void association(void)
{
    seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
    seL4_CPtr other = object_new(seL4_ARM_VCPUObject, 0);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_CPtr second = object_new(seL4_TCBObject, 0);
    check("not a TCB", seL4_ARM_VCPU_SetTCB(vcpu, root));
    check("an empty slot", seL4_ARM_VCPU_SetTCB(vcpu, 4003));
    check("set", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
    check("again", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
    check("another thread", seL4_ARM_VCPU_SetTCB(vcpu, second));
    check("the first gets another", seL4_ARM_VCPU_SetTCB(other, tcb));
    check("the second gets that one too", seL4_ARM_VCPU_SetTCB(other, second));
    check("and the first's again", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
    check("delete the VCPU", seL4_CNode_Delete(root, vcpu, deep));
    vcpu = object_new(seL4_ARM_VCPUObject, 0);
    check("a fresh one", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
    check("delete the thread", seL4_CNode_Delete(root, tcb, deep));
    tcb = object_new(seL4_TCBObject, 0);
    check("another thread", seL4_ARM_VCPU_SetTCB(vcpu, tcb));
    check("copy of the capability", seL4_CNode_Copy(root, slot_new(), deep, root, vcpu, deep, seL4_NoRights));
    check("mint", seL4_CNode_Mint(root, slot_new(), deep, root, vcpu, deep, seL4_AllRights, 5));
    seL4_UserContext context = {0};
    check("state of a thread with a VCPU: EL1h", (context.spsr = 0x3c5, seL4_TCB_WriteRegisters(tcb, 0, 0, 3, &context)));
    check("  read", seL4_TCB_ReadRegisters(tcb, 0, 0, 3, &context));
    show_hex("  state", state_shown(context.spsr));
    static const seL4_Word states[] = {0x5, 0x4, 0x0, 0x9, 0xd, 0x8, 0x1f, 0x10, 0xffffffff, 0x200005};
    for (seL4_Word i = 0; i < sizeof states / sizeof states[0]; i++) {
        context.spsr = states[i];
        seL4_TCB_WriteRegisters(tcb, 0, 0, 3, &context);
        seL4_TCB_ReadRegisters(tcb, 0, 0, 3, &context);
        show_hex("state written", states[i]);
        show_hex("  and read", state_shown(context.spsr));
    }
    check("VCPU away", seL4_CNode_Revoke(root, vcpu, deep));
    check("delete", seL4_CNode_Delete(root, vcpu, deep));
    seL4_TCB_ReadRegisters(tcb, 0, 0, 3, &context);
    show_hex("state without it", state_shown(context.spsr));
}

static void registers(void)
{
    seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
    read_all(vcpu);
    for (seL4_Word i = 0; i < register_count; i++) {
        if (seL4_ARM_VCPU_WriteRegs(vcpu, (seL4_VCPUReg)i, 0xa5a5000000000000 + i) != seL4_NoError) {
            show("refused to write", i);
        }
    }
    print("written\n");
    read_all(vcpu);
    check("write the one past the last", seL4_ARM_VCPU_WriteRegs(vcpu, (seL4_VCPUReg)register_count, 0));
    seL4_ARM_VCPU_ReadRegs_t value = seL4_ARM_VCPU_ReadRegs(vcpu, (seL4_VCPUReg)register_count);
    check("read it", (seL4_Error)value.error);
    value = seL4_ARM_VCPU_ReadRegs(vcpu, (seL4_VCPUReg)0xffffffff);
    check("read all ones", (seL4_Error)value.error);
    check("on a TCB", seL4_ARM_VCPU_WriteRegs(seL4_CapInitThreadTCB, seL4_VCPUReg_VBAR, 0));
}

static void injection(void)
{
    seL4_CPtr vcpu = object_new(seL4_ARM_VCPUObject, 0);
    check("inject", seL4_ARM_VCPU_InjectIRQ(vcpu, 40, 0, 0, 0));
    check("same list register", seL4_ARM_VCPU_InjectIRQ(vcpu, 41, 0, 0, 0));
    check("the same in another", seL4_ARM_VCPU_InjectIRQ(vcpu, 40, 0, 0, 1));
    check("list register 3", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 31, 1, 3));
    check("list register 4", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 0, 0, 4));
    check("list register 64", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 0, 0, 64));
    check("list register 255", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 0, 0, 255));
    check("priority 32", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 32, 0, 2));
    check("group 2", seL4_ARM_VCPU_InjectIRQ(vcpu, 42, 0, 2, 2));
    check("interrupt 1023", seL4_ARM_VCPU_InjectIRQ(vcpu, 1023, 0, 0, 2));
    check("interrupt 1024", seL4_ARM_VCPU_InjectIRQ(vcpu, 1024, 0, 0, 2));
    check("interrupt 65535", seL4_ARM_VCPU_InjectIRQ(vcpu, 65535, 0, 0, 2));
    check("interrupt 0", seL4_ARM_VCPU_InjectIRQ(vcpu, 0, 0, 0, 2));
    check("all wrong", seL4_ARM_VCPU_InjectIRQ(vcpu, 2000, 99, 9, 99));
    check("acknowledge 27", seL4_ARM_VCPU_AckVPPI(vcpu, 27));
    check("acknowledge 26", seL4_ARM_VCPU_AckVPPI(vcpu, 26));
    check("acknowledge 30", seL4_ARM_VCPU_AckVPPI(vcpu, 30));
    check("acknowledge 0", seL4_ARM_VCPU_AckVPPI(vcpu, 0));
    check("acknowledge 160", seL4_ARM_VCPU_AckVPPI(vcpu, 160));
    check("acknowledge all ones", seL4_ARM_VCPU_AckVPPI(vcpu, ~0ul));
    check("on a TCB", seL4_ARM_VCPU_AckVPPI(seL4_CapInitThreadTCB, 27));
}

void run_case(void)
{
    section("association");
    association();
    section("registers");
    registers();
    section("injection");
    injection();
}

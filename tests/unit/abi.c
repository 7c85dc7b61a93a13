/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/abi.c: layouts of the kernel's interface against numbers written down a second time, by hand, from libsel4
 * 16.0.0 for AArch64 (hypervisor, not MCS). The compiler checks them; what runs are the functions that pack words.
 */
#include "tests/harness/unit.h"
#include <sel4/types.h>
#include <stddef.h>

#define SAME(what, number) _Static_assert((what) == (number), #what)

SAME(sizeof(seL4_Word), 8);
SAME(sizeof(seL4_MessageInfo_t), 8);
SAME(sizeof(seL4_CapRights_t), 8);
SAME(sizeof(seL4_CNode_CapData_t), 8);

SAME(offsetof(seL4_IPCBuffer, tag), 0);
SAME(offsetof(seL4_IPCBuffer, msg), 8);
SAME(offsetof(seL4_IPCBuffer, userData), 968);
SAME(offsetof(seL4_IPCBuffer, caps_or_badges), 976);
SAME(offsetof(seL4_IPCBuffer, receiveCNode), 1000);
SAME(offsetof(seL4_IPCBuffer, receiveIndex), 1008);
SAME(offsetof(seL4_IPCBuffer, receiveDepth), 1016);
SAME(sizeof(seL4_IPCBuffer), 1024);
SAME(_Alignof(seL4_IPCBuffer), 1024);

SAME(offsetof(seL4_BootInfo, extraLen), 0);
SAME(offsetof(seL4_BootInfo, nodeID), 8);
SAME(offsetof(seL4_BootInfo, numNodes), 16);
SAME(offsetof(seL4_BootInfo, ipcBuffer), 32);
SAME(offsetof(seL4_BootInfo, empty), 40);
SAME(offsetof(seL4_BootInfo, sharedFrames), 56);
SAME(offsetof(seL4_BootInfo, userImageFrames), 72);
SAME(offsetof(seL4_BootInfo, userImagePaging), 88);
SAME(offsetof(seL4_BootInfo, ioSpaceCaps), 104);
SAME(offsetof(seL4_BootInfo, extraBIPages), 120);
SAME(offsetof(seL4_BootInfo, initThreadCNodeSizeBits), 136);
SAME(offsetof(seL4_BootInfo, initThreadDomain), 144);
SAME(offsetof(seL4_BootInfo, untyped), 152);
SAME(offsetof(seL4_BootInfo, untypedList), 168);
SAME(sizeof(seL4_UntypedDesc), 16);
SAME(offsetof(seL4_UntypedDesc, sizeBits), 8);
SAME(offsetof(seL4_UntypedDesc, isDevice), 9);
SAME(sizeof(seL4_BootInfo), 168 + 230 * 16);
SAME(sizeof(seL4_BootInfoHeader), 16);

SAME(sizeof(seL4_UserContext), 36 * 8);
SAME(offsetof(seL4_UserContext, pc), 0);
SAME(offsetof(seL4_UserContext, x0), 3 * 8);
SAME(offsetof(seL4_UserContext, x16), 12 * 8);
SAME(offsetof(seL4_UserContext, x30), 16 * 8);
SAME(offsetof(seL4_UserContext, x9), 17 * 8);
SAME(offsetof(seL4_UserContext, x19), 24 * 8);
SAME(offsetof(seL4_UserContext, tpidr_el0), 34 * 8);
SAME(sizeof(seL4_ARM_SMCContext), 64);

SAME(seL4_SysCall, -1);
SAME(seL4_SysNBRecv, -8);
SAME(seL4_ARM_VCPUObject, 10);
SAME(seL4_NotEnoughMemory, 10);
SAME(seL4_Fault_VMFault, 5);
SAME(seL4_CapSMC, 15);
SAME(UntypedRetype, 1);
SAME(CNodeSaveCaller, 25);
SAME(ARMSMCCall, 37);
SAME(ARMIRQIssueSGISignal, 55);
SAME(nInvocationLabels, 33);
SAME(nArchInvocationLabels, 56);

static void test_message_info(void)
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(0xfedcba9876543, 5, 2, 0x78);

    CHECK_EQUAL(info.words[0], 0xfedcba9876543000 | 5 << 9 | 2 << 7 | 0x78);
    CHECK_EQUAL(seL4_MessageInfo_get_label(info), 0xfedcba9876543);
    CHECK_EQUAL(seL4_MessageInfo_get_capsUnwrapped(info), 5);
    CHECK_EQUAL(seL4_MessageInfo_get_extraCaps(info), 2);
    CHECK_EQUAL(seL4_MessageInfo_get_length(info), 0x78);
    CHECK_EQUAL(seL4_MessageInfo_set_label(info, 1).words[0], 1 << 12 | 5 << 9 | 2 << 7 | 0x78);
    CHECK_EQUAL(seL4_MessageInfo_set_capsUnwrapped(info, 2).words[0], 0xfedcba9876543000 | 2 << 9 | 2 << 7 | 0x78);
    CHECK_EQUAL(seL4_MessageInfo_set_extraCaps(info, 1).words[0], 0xfedcba9876543000 | 5 << 9 | 1 << 7 | 0x78);
    CHECK_EQUAL(seL4_MessageInfo_set_length(info, 7).words[0], 0xfedcba9876543000 | 5 << 9 | 2 << 7 | 7);
}

static void test_rights(void)
{
    CHECK_EQUAL(seL4_CapRights_new(1, 0, 0, 0).words[0], 8);
    CHECK_EQUAL(seL4_CapRights_new(0, 1, 0, 0).words[0], 4);
    CHECK_EQUAL(seL4_CanRead.words[0], 2);
    CHECK_EQUAL(seL4_CanWrite.words[0], 1);
    CHECK_EQUAL(seL4_AllRights.words[0], 15);
    CHECK_EQUAL(seL4_ReadWrite.words[0], 3);
    CHECK_EQUAL(seL4_CapRights_get_capAllowGrantReply(seL4_NoWrite), 1);
    CHECK_EQUAL(seL4_CapRights_get_capAllowWrite(seL4_NoWrite), 0);
}

static void test_guard(void)
{
    seL4_CNode_CapData_t data = seL4_CNode_CapData_new(0x2b, 52);

    CHECK_EQUAL(data.words[0], 0x2b << 6 | 52);
    CHECK_EQUAL(seL4_CNode_CapData_get_guard(data), 0x2b);
    CHECK_EQUAL(seL4_CNode_CapData_get_guardSize(data), 52);
}

static const struct unit_test tests[] = {
    {"message-info", test_message_info}, {"rights", test_rights}, {"guard", test_guard}};

int main(int argc, char **argv)
{
    return UNIT_MAIN(tests, argc, argv);
}

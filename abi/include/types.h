/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of the kernel's interface: words, message information, rights, CNode data, the register context, the IPC buffer
 * and bootinfo. Names and layouts are those of libsel4 16.0.0 for AArch64 (facts). Used by kernel and user level. */
#pragma once

#include <sel4/constants.h>
#include <stdint.h>

typedef int8_t seL4_Int8;
typedef uint8_t seL4_Uint8;
typedef uint16_t seL4_Uint16;
typedef uint32_t seL4_Uint32;
typedef uint64_t seL4_Uint64;
typedef uint64_t seL4_Word;
typedef int64_t seL4_Int64;
typedef uint8_t seL4_Bool;
typedef seL4_Word seL4_CPtr;
typedef seL4_Word seL4_SlotPos;
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_Domain;
typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_ARM_VSpace;
typedef seL4_CPtr seL4_ARM_Page;
typedef seL4_CPtr seL4_ARM_PageTable;
typedef seL4_CPtr seL4_ARM_VCPU;
typedef seL4_CPtr seL4_ARM_SMC;
typedef seL4_CPtr seL4_ARM_ASIDControl;
typedef seL4_CPtr seL4_ARM_ASIDPool;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_Uint64 seL4_Time;

enum { seL4_False = 0, seL4_True = 1 };

/* Message information: length in bits 0 to 6, extra capabilities 7 to 8, unwrapped 9 to 11, label from 12. */
typedef struct seL4_MessageInfo {
    seL4_Word words[1];
} seL4_MessageInfo_t;

static inline seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Word label, seL4_Word unwrapped, seL4_Word extra_caps,
                                                      seL4_Word length)
{
    return (seL4_MessageInfo_t){{label << 12 | (unwrapped & 7) << 9 | (extra_caps & 3) << 7 | (length & 0x7f)}};
}

static inline seL4_Word seL4_MessageInfo_get_label(seL4_MessageInfo_t info)
{
    return info.words[0] >> 12;
}

static inline seL4_Word seL4_MessageInfo_get_capsUnwrapped(seL4_MessageInfo_t info)
{
    return info.words[0] >> 9 & 7;
}

static inline seL4_Word seL4_MessageInfo_get_extraCaps(seL4_MessageInfo_t info)
{
    return info.words[0] >> 7 & 3;
}

static inline seL4_Word seL4_MessageInfo_get_length(seL4_MessageInfo_t info)
{
    return info.words[0] & 0x7f;
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_label(seL4_MessageInfo_t info, seL4_Word label)
{
    return (seL4_MessageInfo_t){{(info.words[0] & 0xfff) | label << 12}};
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_capsUnwrapped(seL4_MessageInfo_t info, seL4_Word unwrapped)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~(7ul << 9)) | (unwrapped & 7) << 9}};
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_extraCaps(seL4_MessageInfo_t info, seL4_Word extra_caps)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~(3ul << 7)) | (extra_caps & 3) << 7}};
}

static inline seL4_MessageInfo_t seL4_MessageInfo_set_length(seL4_MessageInfo_t info, seL4_Word length)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~0x7ful) | (length & 0x7f)}};
}

/* Rights: write is bit 0, read 1, grant 2, grant-reply 3. */
typedef struct seL4_CapRights {
    seL4_Word words[1];
} seL4_CapRights_t;

static inline seL4_CapRights_t seL4_CapRights_new(seL4_Word grant_reply, seL4_Word grant, seL4_Word read,
                                                  seL4_Word write)
{
    return (seL4_CapRights_t){{(grant_reply & 1) << 3 | (grant & 1) << 2 | (read & 1) << 1 | (write & 1)}};
}

static inline seL4_Word seL4_CapRights_get_capAllowWrite(seL4_CapRights_t rights)
{
    return rights.words[0] & 1;
}

static inline seL4_Word seL4_CapRights_get_capAllowRead(seL4_CapRights_t rights)
{
    return rights.words[0] >> 1 & 1;
}

static inline seL4_Word seL4_CapRights_get_capAllowGrant(seL4_CapRights_t rights)
{
    return rights.words[0] >> 2 & 1;
}

static inline seL4_Word seL4_CapRights_get_capAllowGrantReply(seL4_CapRights_t rights)
{
    return rights.words[0] >> 3 & 1;
}

#define seL4_ReadWrite seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights seL4_CapRights_new(1, 1, 1, 1)
#define seL4_CanRead seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights seL4_CapRights_new(0, 0, 0, 0)

/* Data word of a CNode capability: size of the guard in bits 0 to 5, the guard above. */
typedef struct seL4_CNode_CapData {
    seL4_Word words[1];
} seL4_CNode_CapData_t;

static inline seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Word guard, seL4_Word guard_size)
{
    return (seL4_CNode_CapData_t){{guard << 6 | (guard_size & 0x3f)}};
}

static inline seL4_Word seL4_CNode_CapData_get_guard(seL4_CNode_CapData_t data)
{
    return data.words[0] >> 6;
}

static inline seL4_Word seL4_CNode_CapData_get_guardSize(seL4_CNode_CapData_t data)
{
    return data.words[0] & 0x3f;
}

/* A fault message: its label (seL4_FaultType), then its words. seL4_getFault makes one, faults.h has its readers. */
typedef struct seL4_Fault {
    seL4_Word words[1 + seL4_UnknownSyscall_Length];
} seL4_Fault_t;

static inline seL4_Word seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault)
{
    return fault.words[0];
}

/* The order in which TCB invocations carry registers. */
typedef struct seL4_UserContext {
    seL4_Word pc, sp, spsr, x0, x1, x2, x3, x4, x5, x6, x7, x8, x16, x17, x18, x29, x30;
    seL4_Word x9, x10, x11, x12, x13, x14, x15, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
    seL4_Word tpidr_el0, tpidrro_el0;
} seL4_UserContext;

typedef struct seL4_ARM_SMCContext {
    seL4_Word x0, x1, x2, x3, x4, x5, x6, x7;
} seL4_ARM_SMCContext;

/* A thread's message buffer: 1 KiB, aligned to its size. */
typedef struct seL4_IPCBuffer {
    seL4_MessageInfo_t tag;
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData;
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} __attribute__((aligned(1024))) seL4_IPCBuffer;

_Static_assert(sizeof(seL4_IPCBuffer) == 1 << seL4_IPCBufferSizeBits, "IPC buffer");

/* Slots start to end - 1. */
typedef struct seL4_SlotRegion {
    seL4_SlotPos start;
    seL4_SlotPos end;
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[6];
} seL4_UntypedDesc;

/* What the kernel tells the initial thread; further chunks follow at seL4_BootInfoFrameSize, extraLen bytes of them. */
typedef struct seL4_BootInfo {
    seL4_Word extraLen;
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;

_Static_assert(sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize, "bootinfo");

/* In front of each extra chunk; len counts the header too. */
typedef struct seL4_BootInfoHeader {
    seL4_Word id;
    seL4_Word len;
} seL4_BootInfoHeader;

/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls: number in x7, capability (or badge, on return) in x0, message information in x1, message registers 0 to
 * 3 in x2 to x5, the others in the IPC buffer (seL4 reference manual, "Message passing"; libsel4 for AArch64).
 *
 * The IPC buffer of a thread is named by the thread-local variable __sel4_ipc_buffer; the code that starts a thread sets it. Code
 * that has no thread-local variables of its own finds it in TPIDRRO_EL0, if that is set for its threads. */
#pragma once

#include <sel4/types.h>

#ifdef SEL4_IPC_BUFFER_IN_REGISTER
static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    seL4_IPCBuffer *buffer;
    __asm__("mrs %0, tpidrro_el0"
            : "=r"(buffer));
    return buffer;
}
#else
extern __thread seL4_IPCBuffer *__sel4_ipc_buffer;

static inline void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer)
{
    __sel4_ipc_buffer = buffer;
}

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void)
{
    return __sel4_ipc_buffer;
}
#endif

/* Message registers 0 to 119. Those below 4 are in the buffer only around the calls without `WithMRs`. */
static inline seL4_Word seL4_GetMR(int i)
{
    return seL4_GetIPCBuffer()->msg[i];
}

static inline void seL4_SetMR(int i, seL4_Word word)
{
    seL4_GetIPCBuffer()->msg[i] = word;
}

/* Capability `i` of the message to send; badge `i` of a message received. */
static inline void seL4_SetCap(int i, seL4_CPtr cptr)
{
    seL4_GetIPCBuffer()->caps_or_badges[i] = cptr;
}

static inline seL4_CPtr seL4_GetCap(int i)
{
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}

static inline seL4_Word seL4_GetBadge(int i)
{
    return seL4_GetIPCBuffer()->caps_or_badges[i];
}

/* Message information as the buffer has it: the kernel neither reads nor writes it there. */
static inline seL4_MessageInfo_t seL4_GetTag(void)
{
    return seL4_GetIPCBuffer()->tag;
}

static inline void seL4_SetTag(seL4_MessageInfo_t tag)
{
    seL4_GetIPCBuffer()->tag = tag;
}

static inline seL4_Word seL4_GetUserData(void)
{
    return seL4_GetIPCBuffer()->userData;
}

static inline void seL4_SetUserData(seL4_Word data)
{
    seL4_GetIPCBuffer()->userData = data;
}

/* Where a received capability is put. */
static inline void seL4_SetCapReceivePath(seL4_CPtr root, seL4_CPtr index, seL4_Word depth)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    buffer->receiveCNode = root;
    buffer->receiveIndex = index;
    buffer->receiveDepth = depth;
}

static inline void seL4_GetCapReceivePath(seL4_CPtr *root, seL4_CPtr *index, seL4_Word *depth)
{
    const seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    if (root) {
        *root = buffer->receiveCNode;
    }
    if (index) {
        *index = buffer->receiveIndex;
    }
    if (depth) {
        *depth = buffer->receiveDepth;
    }
}

/* The one instruction. Each of the values goes in and comes out. */
static inline void sel4_trap(seL4_Word number, seL4_Word *destination, seL4_Word *info, seL4_Word *mr0, seL4_Word *mr1,
                             seL4_Word *mr2, seL4_Word *mr3)
{
    register seL4_Word x0 __asm__("x0") = *destination;
    register seL4_Word x1 __asm__("x1") = *info;
    register seL4_Word x2 __asm__("x2") = *mr0;
    register seL4_Word x3 __asm__("x3") = *mr1;
    register seL4_Word x4 __asm__("x4") = *mr2;
    register seL4_Word x5 __asm__("x5") = *mr3;
    register seL4_Word x7 __asm__("x7") = number;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                     : "r"(x7)
                     : "memory");
    *destination = x0;
    *info = x1;
    *mr0 = x2;
    *mr1 = x3;
    *mr2 = x4;
    *mr3 = x5;
}

/* For calls of which nothing comes back. */
static inline void sel4_trap_send(seL4_Word number, seL4_Word destination, seL4_Word info, seL4_Word mr0, seL4_Word mr1,
                                  seL4_Word mr2, seL4_Word mr3)
{
    register seL4_Word x0 __asm__("x0") = destination;
    register seL4_Word x1 __asm__("x1") = info;
    register seL4_Word x2 __asm__("x2") = mr0;
    register seL4_Word x3 __asm__("x3") = mr1;
    register seL4_Word x4 __asm__("x4") = mr2;
    register seL4_Word x5 __asm__("x5") = mr3;
    register seL4_Word x7 __asm__("x7") = number;
    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1)
                     : "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x7)
                     : "memory");
}

static inline void sel4_send_buffer(seL4_Word number, seL4_Word destination, seL4_MessageInfo_t info)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    sel4_trap_send(number, destination, info.words[0], buffer->msg[0], buffer->msg[1], buffer->msg[2], buffer->msg[3]);
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    sel4_send_buffer((seL4_Word)seL4_SysSend, dest, info);
}

static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    sel4_send_buffer((seL4_Word)seL4_SysNBSend, dest, info);
}

static inline void seL4_Reply(seL4_MessageInfo_t info)
{
    sel4_send_buffer((seL4_Word)seL4_SysReply, 0, info);
}

static inline void seL4_ReplyWithMRs(seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                     seL4_Word *mr3)
{
    sel4_trap_send((seL4_Word)seL4_SysReply, 0, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                   mr3 ? *mr3 : 0);
}

static inline void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                    seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_trap_send((seL4_Word)seL4_SysSend, dest, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                   mr3 ? *mr3 : 0);
}

static inline void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1,
                                      seL4_Word *mr2, seL4_Word *mr3)
{
    sel4_trap_send((seL4_Word)seL4_SysNBSend, dest, info.words[0], mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0,
                   mr3 ? *mr3 : 0);
}

static inline void seL4_Signal(seL4_CPtr dest)
{
    sel4_trap_send((seL4_Word)seL4_SysSend, dest, 0, 0, 0, 0, 0);
}

static inline void seL4_Yield(void)
{
    register seL4_Word x7 __asm__("x7") = (seL4_Word)seL4_SysYield;
    __asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

/* Sends (if `number` does) and receives; the words that came back are stored in the buffer. */
static inline seL4_MessageInfo_t sel4_receive_buffer(seL4_Word number, seL4_CPtr source, seL4_MessageInfo_t info,
                                                     seL4_Word *badge)
{
    seL4_IPCBuffer *buffer = seL4_GetIPCBuffer();
    seL4_Word word = info.words[0];
    sel4_trap(number, &source, &word, &buffer->msg[0], &buffer->msg[1], &buffer->msg[2], &buffer->msg[3]);
    if (badge != 0) {
        *badge = source;
    }
    return (seL4_MessageInfo_t){{word}};
}

static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive_buffer((seL4_Word)seL4_SysRecv, src, (seL4_MessageInfo_t){{0}}, sender);
}

static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    return sel4_receive_buffer((seL4_Word)seL4_SysNBRecv, src, (seL4_MessageInfo_t){{0}}, sender);
}

static inline void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Recv(src, sender);
}

static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBRecv(src, sender);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    return sel4_receive_buffer((seL4_Word)seL4_SysCall, dest, info, 0);
}

static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender)
{
    return sel4_receive_buffer((seL4_Word)seL4_SysReplyRecv, src, info, sender);
}

/* The same with the first four words in registers only; a null pointer sends 0 and drops what comes back. */
static inline seL4_MessageInfo_t sel4_receive_registers(seL4_Word number, seL4_CPtr dest, seL4_MessageInfo_t info,
                                                        seL4_Word *badge, seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word words[4] = {mr0 ? *mr0 : 0, mr1 ? *mr1 : 0, mr2 ? *mr2 : 0, mr3 ? *mr3 : 0};
    seL4_Word word = info.words[0];
    sel4_trap(number, &dest, &word, &words[0], &words[1], &words[2], &words[3]);
    if (mr0) {
        *mr0 = words[0];
    }
    if (mr1) {
        *mr1 = words[1];
    }
    if (mr2) {
        *mr2 = words[2];
    }
    if (mr3) {
        *mr3 = words[3];
    }
    if (badge) {
        *badge = dest;
    }
    return (seL4_MessageInfo_t){{word}};
}

static inline seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0,
                                                  seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return sel4_receive_registers((seL4_Word)seL4_SysCall, dest, info, 0, mr0, mr1, mr2, mr3);
}

static inline seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                  seL4_Word *mr2, seL4_Word *mr3)
{
    return sel4_receive_registers((seL4_Word)seL4_SysRecv, src, (seL4_MessageInfo_t){{0}}, sender, mr0, mr1, mr2, mr3);
}

static inline seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender,
                                                       seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return sel4_receive_registers((seL4_Word)seL4_SysReplyRecv, src, info, sender, mr0, mr1, mr2, mr3);
}

/* Invokes an object; returns the label of the answer. On an error the four registers are stored in the buffer, where
 * the extra words of the error are looked for. */
static inline seL4_Word seL4_Invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps, seL4_Word length,
                                    seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word info = seL4_MessageInfo_new(label, 0, caps, length).words[0];
    sel4_trap((seL4_Word)seL4_SysCall, &service, &info, mr0, mr1, mr2, mr3);
    seL4_Word result = info >> 12;
    if (__builtin_expect(result != seL4_NoError, 0)) {
        seL4_SetMR(0, *mr0);
        seL4_SetMR(1, *mr1);
        seL4_SetMR(2, *mr2);
        seL4_SetMR(3, *mr3);
    }
    return result;
}

/* The fault message that was received with `tag`; a null fault if it is another message. */
static inline seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
    seL4_Fault_t fault = {{seL4_Fault_NullFault}};
    seL4_Word kind = seL4_MessageInfo_get_label(tag);
    if (kind > seL4_Fault_VPPIEvent) {
        return fault;
    }
    fault.words[0] = kind;
    for (seL4_Word i = 0; i < seL4_UnknownSyscall_Length && i < seL4_MessageInfo_get_length(tag); i++) {
        fault.words[1 + i] = seL4_GetMR((int)i);
    }
    return fault;
}

#ifdef CONFIG_DEBUG_BUILD
/* Only for programs that are to run on debug kernels alone; elsewhere these are unknown system calls. */
static inline void seL4_DebugPutChar(char c)
{
    sel4_trap_send((seL4_Word)seL4_SysDebugPutChar, (seL4_Word)(unsigned char)c, 0, 0, 0, 0, 0);
}

static inline void seL4_DebugPutString(char *text)
{
    for (; *text != 0; text++) {
        seL4_DebugPutChar(*text);
    }
}

static inline void seL4_DebugHalt(void)
{
    sel4_trap_send((seL4_Word)seL4_SysDebugHalt, 0, 0, 0, 0, 0, 0);
}

static inline void seL4_DebugDumpScheduler(void)
{
    sel4_trap_send((seL4_Word)seL4_SysDebugDumpScheduler, 0, 0, 0, 0, 0, 0);
}

static inline void seL4_DebugSnapshot(void)
{
    sel4_trap_send((seL4_Word)seL4_SysDebugSnapshot, 0, 0, 0, 0, 0, 0);
}

/* The kernel's number for the kind of capability; 0 if the slot is empty. */
static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr capability)
{
    seL4_Word words[5] = {0, 0, 0, 0, 0};
    sel4_trap((seL4_Word)seL4_SysDebugCapIdentify, &capability, &words[0], &words[1], &words[2], &words[3], &words[4]);
    return (seL4_Uint32)capability;
}

/* Names a thread in what the kernel prints. The name goes through the IPC buffer, from message register 0. */
static inline void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)seL4_GetIPCBuffer()->msg;
    seL4_Word i = 0;
    for (; i < seL4_MsgMaxLength * sizeof(seL4_Word) - 1 && name[i] != 0; i++) {
        to[i] = name[i];
    }
    to[i] = 0;
    sel4_trap_send((seL4_Word)seL4_SysDebugNameThread, tcb, 0, 0, 0, 0, 0);
}
#endif

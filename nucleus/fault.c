/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fault.c: faults and their answers. Sources: libsel4's lists of message words
 * (sel4/constants.h), observation for the order of the rest.
 *
 * Bottom-up: the words of each message; the answers; raising a fault.
 */
#include <sel4/constants.h>

#include "nucleus/fault.h"

#include "nucleus/cspace.h"
#include "nucleus/debug.h"
#include "nucleus/endpoint.h"
#include "nucleus/message.h"

#define FAULT_WORDS_MAX seL4_UnknownSyscall_Length

/* ---- Messages ---- */

static unsigned capability_words(const struct thread *thread, uint64_t *words)
{
    words[seL4_CapFault_IP] = thread->context.fault_pc;
    words[seL4_CapFault_Addr] = thread->fault.word[0];
    words[seL4_CapFault_InRecvPhase] = thread->fault.fetch;
    return seL4_CapFault_LookupFailureType +
           lookup_failure_words(&thread->fault.lookup, words + seL4_CapFault_LookupFailureType);
}

static unsigned system_call_words(const struct thread *thread, uint64_t *words)
{
    for (unsigned i = 0; i < 8; i++)
        words[seL4_UnknownSyscall_X0 + i] = thread->context.x[i];
    words[seL4_UnknownSyscall_FaultIP] = thread->context.fault_pc;
    words[seL4_UnknownSyscall_SP] = thread->context.sp;
    words[seL4_UnknownSyscall_LR] = thread->context.pc; /* not x30 */
    words[seL4_UnknownSyscall_SPSR] = thread->context.spsr;
    words[seL4_UnknownSyscall_Syscall] = thread->fault.word[0];
    return seL4_UnknownSyscall_Length;
}

static unsigned exception_words(const struct thread *thread, uint64_t *words)
{
    words[seL4_UserException_FaultIP] = thread->context.fault_pc;
    words[seL4_UserException_SP] = thread->context.sp;
    words[seL4_UserException_SPSR] = thread->context.spsr;
    words[seL4_UserException_Number] = thread->fault.word[0];
    words[seL4_UserException_Code] = thread->fault.word[1];
    return seL4_UserException_Length;
}

static unsigned memory_words(const struct thread *thread, uint64_t *words)
{
    words[seL4_VMFault_IP] = thread->context.fault_pc;
    words[seL4_VMFault_Addr] = thread->fault.word[0];
    words[seL4_VMFault_PrefetchFault] = thread->fault.fetch;
    words[seL4_VMFault_FSR] = thread->fault.word[1];
    return seL4_VMFault_Length;
}

/* Virtual interrupt controller, virtual CPU, private interrupt: one word of details. */
static unsigned one_word(const struct thread *thread, uint64_t *words)
{
    words[0] = thread->fault.word[0];
    return 1;
}

/* ---- Answers ---- */

/* Copies the first words of the answer into these registers of the thread. */
static void take_registers(struct thread *thread, const struct thread *handler, const uint16_t *offsets, unsigned count)
{
    unsigned length = message_length(handler->context.x[REG_INFO]);
    const seL4_IPCBuffer *buffer = message_buffer_to_read(handler);

    if (buffer == NULL && length > seL4_FastMessageRegisters)
        length = seL4_FastMessageRegisters;
    for (unsigned i = 0; i < length && i < count; i++)
        *(uint64_t *)((char *)&thread->context + offsets[i]) =
            i < seL4_FastMessageRegisters ? handler->context.x[REG_MESSAGE + i] : buffer->msg[i];
    thread->context.spsr = thread_spsr(thread, thread->context.spsr);
    thread->progress.label = 0;
}

static bool answer_has_label_0(const struct thread *handler)
{
    return message_label(handler->context.x[REG_INFO]) == 0;
}

static bool take_system_call(struct thread *thread, struct thread *handler)
{
    static const uint16_t offsets[] = {
        CONTEXT_X(0), CONTEXT_X(1), CONTEXT_X(2), CONTEXT_X(3), CONTEXT_X(4),
        CONTEXT_X(5), CONTEXT_X(6), CONTEXT_X(7), CONTEXT_FAULT_PC, CONTEXT_SP,
        CONTEXT_PC, CONTEXT_SPSR,
    };

    take_registers(thread, handler, offsets, sizeof offsets / sizeof offsets[0]);
    return answer_has_label_0(handler);
}

static bool take_exception(struct thread *thread, struct thread *handler)
{
    static const uint16_t offsets[] = {CONTEXT_FAULT_PC, CONTEXT_SP, CONTEXT_SPSR};

    take_registers(thread, handler, offsets, sizeof offsets / sizeof offsets[0]);
    return answer_has_label_0(handler);
}

static bool go_on(struct thread *thread, struct thread *handler)
{
    (void)thread;
    (void)handler;
    return true;
}

static const struct fault_kind {
    unsigned (*put)(const struct thread *thread, uint64_t *words);
    bool (*take)(struct thread *thread, struct thread *handler);
} kinds[] = {
    [seL4_Fault_CapFault] = {capability_words, go_on},
    [seL4_Fault_UnknownSyscall] = {system_call_words, take_system_call},
    [seL4_Fault_UserException] = {exception_words, take_exception},
    [seL4_Fault_VMFault] = {memory_words, go_on},
    [seL4_Fault_VGICMaintenance] = {one_word, go_on},
    [seL4_Fault_VCPUFault] = {one_word, go_on},
    [seL4_Fault_VPPIEvent] = {one_word, go_on},
};

void fault_put_message(struct thread *sender, struct thread *receiver, uint64_t badge)
{
    uint64_t words[FAULT_WORDS_MAX];
    unsigned count = kinds[sender->fault.type].put(sender, words);

    count = message_put(receiver, words, count);
    receiver->context.x[REG_CAP] = badge;
    receiver->context.x[REG_INFO] = message_info(sender->fault.type, 0, 0, count);
}

bool fault_take_answer(struct thread *thread, struct thread *handler)
{
    return kinds[thread->fault.type].take(thread, handler);
}

/* ---- Raising ---- */

void fault_raise(struct thread *thread)
{
    struct slot *slot = cspace_lookup(thread, thread->fault_endpoint);
    const struct capability *cap = slot == NULL ? NULL : &slot->cap;

    if (cap == NULL || cap_type(cap) != CAP_ENDPOINT || !cap_may_send(cap) || !cap_may_be_answered(cap)) {
        debug_unhandled_fault(thread);
        thread->fault.type = seL4_Fault_NullFault;
        thread_set_state(thread, THREAD_INACTIVE);
        return;
    }
    endpoint_send(cap_object(cap), thread,
                  &(struct send){.badge = cap->endpoint.badge,
                                 .can_grant = cap_may_grant(cap),
                                 .may_be_answered = true,
                                 .is_call = true,
                                 .can_wait = true});
}

void fault_raise_simple(struct thread *thread, uint64_t type, uint64_t word0, uint64_t word1)
{
    thread->fault.type = type;
    thread->fault.word[0] = word0;
    thread->fault.word[1] = word1;
    fault_raise(thread);
}

void fault_raise_capability(struct thread *thread, uint64_t address, bool receiving)
{
    thread->fault.fetch = receiving;
    thread->fault.lookup = core.lookup_failure;
    fault_raise_simple(thread, seL4_Fault_CapFault, address, 0);
}

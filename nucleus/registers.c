/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/registers.c: reading, writing and copying the registers of a thread.
 *
 * The order of registers is that of libsel4's seL4_UserContext. Its first 17 are the "frame"
 * registers of TCBCopyRegisters, the rest its "integer" registers. The first is the address where the
 * thread would go on if it were restarted.
 */
#include <sel4/types.h>

#include "nucleus/deletion.h"
#include "nucleus/message.h"
#include "nucleus/operations.h"
#include "nucleus/scheduler.h"

static const uint16_t offsets[] = {
    CONTEXT_FAULT_PC, CONTEXT_SP, CONTEXT_SPSR,
    CONTEXT_X(0), CONTEXT_X(1), CONTEXT_X(2), CONTEXT_X(3), CONTEXT_X(4), CONTEXT_X(5), CONTEXT_X(6),
    CONTEXT_X(7), CONTEXT_X(8), CONTEXT_X(16), CONTEXT_X(17), CONTEXT_X(18), CONTEXT_X(29), CONTEXT_X(30),
    CONTEXT_X(9), CONTEXT_X(10), CONTEXT_X(11), CONTEXT_X(12), CONTEXT_X(13), CONTEXT_X(14), CONTEXT_X(15),
    CONTEXT_X(19), CONTEXT_X(20), CONTEXT_X(21), CONTEXT_X(22), CONTEXT_X(23), CONTEXT_X(24), CONTEXT_X(25),
    CONTEXT_X(26), CONTEXT_X(27), CONTEXT_X(28),
    offsetof(struct context, tls), offsetof(struct context, tls_readonly),
};

enum { REGISTERS = sizeof offsets / sizeof offsets[0], FRAME_REGISTERS = 17 };

_Static_assert(REGISTERS == sizeof(seL4_UserContext) / sizeof(seL4_Word), "all of seL4_UserContext");

/* Word 0 of the operations. */
enum {
    FLAG_SUSPEND_OR_RESUME = 1, /* read: suspend; write: resume */
    COPY_SUSPEND_SOURCE = 1,
    COPY_RESUME_TARGET = 2,
    COPY_FRAME = 4,
    COPY_INTEGER = 8,
};

static uint64_t *place(struct thread *thread, unsigned i)
{
    return (uint64_t *)((char *)&thread->context + offsets[i]);
}

static struct thread *target_of(const struct invocation *invocation)
{
    return cap_object(&invocation->slot->cap);
}

/* Registers of `thread` were changed; it goes on where they say. */
static void changed(struct thread *thread)
{
    thread->context.spsr = thread_spsr(thread, thread->context.spsr);
    thread->context.pc = thread->context.fault_pc;
    thread->progress.label = 0;
    thread_load_tls(thread);
    if (thread == core.current)
        scheduler_request();
}

int tcb_read_registers(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);
    struct thread *reader = invocation->thread;
    uint64_t flags = invocation_word(invocation, 0);
    uint64_t count = invocation_word(invocation, 1);
    seL4_IPCBuffer *buffer = message_buffer_to_write(reader);
    unsigned i;

    if (count < 1 || count > REGISTERS)
        return refuse_range(1, REGISTERS);
    if (thread == core.current)
        return refuse(seL4_IllegalOperation);
    if ((flags & FLAG_SUSPEND_OR_RESUME) != 0)
        thread_suspend(thread);
    if (!invocation->is_call)
        return seL4_NoError;
    for (i = 0; i < count && i < seL4_FastMessageRegisters; i++)
        reader->context.x[REG_MESSAGE + i] = *place(thread, i);
    for (; i < count && buffer != NULL; i++)
        buffer->msg[i] = *place(thread, i);
    invocation->answer_length = (uint8_t)i;
    return seL4_NoError;
}

INLINE void copy_words(uint64_t *to, const uint64_t *from, unsigned count)
{
#pragma GCC unroll 16
    for (unsigned i = 0; i < count; i++)
        to[i] = from[i];
}

/* All but the first two registers; `from` begins with those. In the order of `offsets`, row by row. */
static void write_rest(struct context *context, const uint64_t *from)
{
    context->spsr = from[2];
    copy_words(&context->x[0], from + 3, 9);
    copy_words(&context->x[16], from + 12, 3);
    copy_words(&context->x[29], from + 15, 2);
    copy_words(&context->x[9], from + 17, 7);
    copy_words(&context->x[19], from + 24, 10);
    context->tls = from[34];
    context->tls_readonly = from[35];
}

int tcb_write_registers(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);
    uint64_t flags = invocation_word(invocation, 0);
    uint64_t count = invocation_word(invocation, 1);

    if (invocation->length - 2 < count)
        return refuse(seL4_TruncatedMessage);
    if (thread == core.current)
        return refuse(seL4_IllegalOperation);
    /* Two of them came in registers. */
    for (unsigned i = 0; i < count && i < 2; i++)
        *place(thread, i) = invocation_word(invocation, i + 2);
    if (count >= REGISTERS)
        write_rest(&thread->context, invocation->buffer->msg + 2);
    else
        for (unsigned i = 2; i < count; i++)
            *place(thread, i) = invocation->buffer->msg[i + 2];
    changed(thread);
    if ((flags & FLAG_SUSPEND_OR_RESUME) != 0)
        thread_resume(thread);
    return seL4_NoError;
}

static void copy_range(struct thread *to, struct thread *from, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        *place(to, i) = *place(from, i);
}

int tcb_copy_registers(struct invocation *invocation)
{
    struct thread *to = target_of(invocation);
    const struct capability *source = &invocation->caps[0]->cap;
    uint64_t flags = invocation_word(invocation, 0);
    struct thread *from;

    if (cap_type(source) != CAP_THREAD)
        return refuse_capability(1);
    from = cap_object(source);
    if ((flags & COPY_SUSPEND_SOURCE) != 0)
        thread_suspend(from);
    if ((flags & COPY_RESUME_TARGET) != 0)
        thread_resume(to);
    thread_store_tls(from);
    thread_store_tls(to);
    if ((flags & COPY_FRAME) != 0) {
        copy_range(to, from, 0, FRAME_REGISTERS);
        changed(to);
    }
    if ((flags & COPY_INTEGER) != 0) {
        copy_range(to, from, FRAME_REGISTERS, REGISTERS);
        thread_load_tls(to);
        if (to == core.current)
            scheduler_request(); /* for all of its registers to be loaded */
    }
    return seL4_NoError;
}

int tcb_set_tls_base(struct invocation *invocation)
{
    struct thread *thread = target_of(invocation);

    thread->context.tls = invocation_word(invocation, 0);
    thread_load_tls(thread);
    return seL4_NoError;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/message.c: moving messages between threads. Bottom-up: IPC buffers, words, capabilities,
 * the whole message.
 */
#include "nucleus/message.h"

#include "nucleus/arch.h"
#include "nucleus/cspace.h"
#include "nucleus/derivation.h"

/* ---- IPC buffers ---- */

seL4_IPCBuffer *message_buffer_frame(const struct thread *thread, unsigned rights)
{
    const struct capability *cap = &thread->slots[THREAD_SLOT_BUFFER].cap;

    if (cap_type(cap) != CAP_FRAME || (cap->frame.rights & rights) != rights)
        return NULL;
    return (seL4_IPCBuffer *)((uint64_t)cap_object(cap) + (thread->buffer_address & mask_bits(cap_size_bits(cap))));
}

/* ---- Words ---- */

/* Returns how many words arrive. */
static unsigned transfer_words(const struct thread *sender, struct thread *receiver, unsigned length,
                               seL4_IPCBuffer *receive)
{
    const uint64_t *from = sender->context.x + REG_MESSAGE;
    uint64_t *to = receiver->context.x + REG_MESSAGE;
    const seL4_IPCBuffer *send;

    if (length < seL4_FastMessageRegisters) {
        for (unsigned i = 0; i < length; i++)
            to[i] = from[i];
        return length;
    }
    to[0] = from[0], to[1] = from[1], to[2] = from[2], to[3] = from[3];
    if (length == seL4_FastMessageRegisters)
        return length;
    send = message_buffer_to_read(sender);
    if (send == NULL || receive == NULL)
        return seL4_FastMessageRegisters;
    message_copy_words(receive->msg + seL4_FastMessageRegisters, send->msg + seL4_FastMessageRegisters,
                       length - seL4_FastMessageRegisters);
    return length;
}

unsigned message_put(struct thread *receiver, const uint64_t *words, unsigned count)
{
    seL4_IPCBuffer *buffer = count > seL4_FastMessageRegisters ? message_buffer_to_write(receiver) : NULL;
    unsigned i;

    for (i = 0; i < count && i < seL4_FastMessageRegisters; i++)
        receiver->context.x[REG_MESSAGE + i] = words[i];
    for (; i < count && buffer != NULL; i++)
        buffer->msg[i] = words[i];
    return i;
}

/* ---- Capabilities ---- */

int message_lookup_caps(const struct thread *thread, struct slot **slots, unsigned *count, uint64_t *bad)
{
    unsigned there = message_cap_count(thread->context.x[REG_INFO]);
    const seL4_IPCBuffer *buffer = message_buffer_to_read(thread);
    bool walked = false;

    *count = 0;
    if (buffer == NULL)
        return seL4_NoError;
    for (unsigned i = 0; i < there; i++) {
        struct slot *slot = cspace_one_node(&thread->slots[THREAD_SLOT_CSPACE].cap, buffer->caps_or_badges[i], 64);

        if (UNLIKELY(slot == NULL)) {
            *bad = buffer->caps_or_badges[i];
            if (interrupt_waits())
                return PREEMPTED;
            slot = cspace_lookup_nested(thread, *bad);
            if (UNLIKELY(slot == NULL))
                return seL4_FailedLookup;
            walked = true;
        }
        slots[i] = slot;
    }
    if (walked && interrupt_waits())
        return PREEMPTED;
    *count = there;
    return seL4_NoError;
}

/* The empty slot where the receiver wants a capability; null if there is none. */
static struct slot *receive_slot(const struct thread *receiver, const seL4_IPCBuffer *buffer)
{
    struct slot *root = cspace_lookup(receiver, buffer->receiveCNode);
    struct slot *slot;

    if (root == NULL || buffer->receiveDepth < 1 || buffer->receiveDepth > seL4_WordBits)
        return NULL;
    slot = cspace_lookup_from(&root->cap, buffer->receiveIndex, (unsigned)buffer->receiveDepth);
    return slot != NULL && slot_empty(slot) ? slot : NULL;
}

/* At most one is put into the receiver's slot; of those that name `endpoint` only the badge arrives. Ends at the first for which
 * neither can be done. Returns the bits for the message information. */
static uint64_t transfer_caps(const struct message_caps *caps, struct thread *receiver, const void *endpoint,
                              seL4_IPCBuffer *buffer)
{
    struct slot *to = receive_slot(receiver, buffer);
    uint64_t unwrapped = 0;
    struct capability copy;
    unsigned i;

    for (i = 0; i < caps->count && !slot_empty(caps->slot[i]); i++) {
        const struct capability *cap = &caps->slot[i]->cap;

        if (cap_type(cap) == CAP_ENDPOINT && endpoint != NULL && cap_object(cap) == endpoint) {
            buffer->caps_or_badges[i] = cap->endpoint.badge;
            unwrapped |= UINT64_C(1) << i;
            continue;
        }
        if (to == NULL || cap_derive(caps->slot[i], &copy) != seL4_NoError || cap_type(&copy) == CAP_NULL)
            break;
        derivation_insert(caps->slot[i], to, &copy);
        to = NULL;
    }
    return message_info(0, unwrapped, i, 0);
}

/* ---- The whole ---- */

void message_transfer(struct thread *sender, struct thread *receiver, uint64_t badge, const struct message_caps *caps,
                      const void *endpoint)
{
    uint64_t info = sender->context.x[REG_INFO];
    seL4_IPCBuffer *receive = message_buffer_to_write(receiver);
    unsigned length = transfer_words(sender, receiver, message_length(info), receive);
    uint64_t caps_info = 0;

    if (UNLIKELY(caps->count != 0 && receive != NULL))
        caps_info = transfer_caps(caps, receiver, endpoint, receive);
    receiver->context.x[REG_CAP] = badge;
    receiver->context.x[REG_INFO] = message_info(message_label(info), 0, 0, length) | caps_info;
}

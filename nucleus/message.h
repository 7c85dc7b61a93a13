/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/message.h: messages: the first four words in registers, the others in the IPC buffer; and
 * the capabilities that go with them.
 */
#pragma once

#include <sel4/types.h>

#include "nucleus/cspace.h"
#include "nucleus/invocation.h"
#include "nucleus/thread.h"

static inline uint64_t message_label(uint64_t info)
{
    return info >> 12;
}

static inline unsigned message_length(uint64_t info)
{
    unsigned length = info & 0x7f;

    return length > seL4_MsgMaxLength ? seL4_MsgMaxLength : length;
}

/* All of it is in registers: at most four words, no capabilities. */
static inline bool message_is_short(uint64_t info)
{
    return (info & 0x1ff) <= seL4_FastMessageRegisters;
}

static inline unsigned message_cap_count(uint64_t info)
{
    return info >> 7 & 3;
}

static inline bool message_has_caps(uint64_t info)
{
    return message_cap_count(info) != 0;
}

static inline uint64_t message_info(uint64_t label, uint64_t unwrapped, uint64_t caps, uint64_t length)
{
    return label << 12 | unwrapped << 9 | caps << 7 | length;
}

/* The thread's IPC buffer at the kernel's address; null if it has none with the right to read, or
 * to read and write. */
seL4_IPCBuffer *message_buffer_frame(const struct thread *thread, unsigned rights);
/* The same if it is in a small page, and null if not. */
static inline seL4_IPCBuffer *message_buffer_page(const struct thread *thread, unsigned rights)
{
    const struct capability *cap = &thread->slots[THREAD_SLOT_BUFFER].cap;

    if (LIKELY(cap->word[0] >> CAP_FRAME_SIZE_SHIFT == CAP_SMALL_FRAME && (cap->word[0] & rights) == rights))
        return (seL4_IPCBuffer *)((uint64_t)cap_object(cap) | (thread->buffer_address & mask_bits(PAGE_BITS)));
    return NULL;
}

static inline seL4_IPCBuffer *message_buffer(const struct thread *thread, unsigned rights)
{
    seL4_IPCBuffer *buffer = message_buffer_page(thread, rights);

    return LIKELY(buffer != NULL) ? buffer : message_buffer_frame(thread, rights);
}

static inline seL4_IPCBuffer *message_buffer_to_read(const struct thread *thread)
{
    return message_buffer(thread, RIGHT_READ);
}

static inline seL4_IPCBuffer *message_buffer_to_write(const struct thread *thread)
{
    return message_buffer(thread, RIGHT_READ | RIGHT_WRITE);
}

/* Words of messages: `count` of them. */
static inline void message_copy_words(uint64_t *to, const uint64_t *from, unsigned count)
{
    for (; count >= 8; count -= 8, to += 8, from += 8) {
        uint64_t a = from[0], b = from[1], c = from[2], d = from[3];
        uint64_t e = from[4], f = from[5], g = from[6], h = from[7];

        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
        to[4] = e, to[5] = f, to[6] = g, to[7] = h;
    }
    for (; count > 0; count--)
        *to++ = *from++;
}

/* Looks up the capabilities of the message that `thread` sends; none without an IPC buffer. Returns seL4_NoError;
 * seL4_FailedLookup if an address names nothing, see core.lookup_failure, and `*bad` is that address; or PREEMPTED,
 * since each walk of many CNodes takes its time. */
int message_lookup_caps(const struct thread *thread, struct slot **slots, unsigned *count, uint64_t *bad);

/* The same for a message whose capabilities just do not arrive if one is not found. seL4_NoError or PREEMPTED. */
static inline int message_find_caps(const struct thread *thread, bool can_grant, struct message_caps *caps)
{
    uint64_t bad;

    caps->count = 0;
    if (LIKELY(!can_grant || !message_has_caps(thread->context.x[REG_INFO])))
        return seL4_NoError;
    return message_lookup_caps(thread, caps->slot, &caps->count, &bad) == PREEMPTED ? PREEMPTED : seL4_NoError;
}

/* The message in the sender's registers and buffer goes to the receiver, with badge and these capabilities.
 * `endpoint`: capabilities of this one are unwrapped; may be null. */
void message_transfer(struct thread *sender, struct thread *receiver, uint64_t badge, const struct message_caps *caps,
                      const void *endpoint);

/* Gives `receiver` a message that the kernel made: `count` words. Returns how many fit. */
unsigned message_put(struct thread *receiver, const uint64_t *words, unsigned count);

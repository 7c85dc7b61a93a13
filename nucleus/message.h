/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/message.h: messages: the first four words in registers, the others in the IPC buffer; and
 * the capabilities that go with them.
 */
#ifndef NUCLEUS_MESSAGE_H
#define NUCLEUS_MESSAGE_H

#include <sel4/types.h>

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

static inline unsigned message_cap_count(uint64_t info)
{
    return info >> 7 & 3;
}

static inline uint64_t message_info(uint64_t label, uint64_t unwrapped, uint64_t caps, uint64_t length)
{
    return label << 12 | unwrapped << 9 | caps << 7 | length;
}

/* The thread's IPC buffer at the kernel's address; null if it has none with the right to read, or
 * to read and write. */
seL4_IPCBuffer *message_buffer_to_read(const struct thread *thread);
seL4_IPCBuffer *message_buffer_to_write(const struct thread *thread);

/* Looks up the capabilities of a message that `thread` sends. False: an address that leads nowhere,
 * see lookup_failure; `*bad` is that address. */
bool message_lookup_caps(const struct thread *thread, uint64_t info, const seL4_IPCBuffer *buffer, struct slot **caps,
                         uint64_t *bad);

/* The message in the sender's registers and buffer goes to the receiver, with badge.
 * `can_grant`: with its capabilities. `endpoint`: capabilities of this one are unwrapped; may be null. */
void message_transfer(struct thread *sender, struct thread *receiver, uint64_t badge, bool can_grant,
                      const void *endpoint);

/* Gives `receiver` a message that the kernel made: `count` words. Returns how many fit. */
unsigned message_put(struct thread *receiver, const uint64_t *words, unsigned count);

#endif

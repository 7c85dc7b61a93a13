/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/idl/message.h: messages as a receive loop sees them, in the root task and in every server. The first words
 * travel in registers, the others in the IPC buffer.
 */
#pragma once

#include <cell/errors.h>
#include <lib/idl/serve.h>
#include <sel4/sel4.h>
#include <stdbool.h>
#include <string.h>

#define MESSAGE_FAST_WORDS 4u

struct message {
    seL4_Word badge; /* as received */
    seL4_MessageInfo_t info;
    seL4_Word fast[MESSAGE_FAST_WORDS];
};

/* Receives the next message; with `answer`, the same system call answers the last one with what message_fill() put in. */
static inline void message_receive(struct message *message, seL4_CPtr endpoint, bool answer)
{
    seL4_Word *fast = message->fast;

    if (answer)
        message->info = seL4_ReplyRecvWithMRs(endpoint, message->info, &message->badge, &fast[0], &fast[1], &fast[2], &fast[3]);
    else
        message->info = seL4_RecvWithMRs(endpoint, &message->badge, &fast[0], &fast[1], &fast[2], &fast[3]);
}

/* Answers the last one, without receiving. */
static inline void message_answer(const struct message *message)
{
    sel4_trap_send((seL4_Word)seL4_SysReply, 0, message->info.words[0], message->fast[0], message->fast[1], message->fast[2],
                   message->fast[3]);
}

/* Receives a message that is there already. False, and badge 0: there is none (or a signal without a bit), as every capability
 * to the endpoint has a badge. */
static inline bool message_poll(struct message *message, seL4_CPtr endpoint)
{
    seL4_Word *fast = message->fast;

    message->badge = 0;
    message->info = sel4_receive_registers((seL4_Word)seL4_SysNBRecv, endpoint, (seL4_MessageInfo_t){{0}}, &message->badge,
                                           &fast[0], &fast[1], &fast[2], &fast[3]);
    return message->badge != 0;
}

/* Copies the words received to `words`, with room for IDL_WORDS, before requests of one's own overwrite them. Returns how many
 * they are: the kernel lets no more than seL4_MsgMaxLength pass. */
static inline uint32_t message_take(const struct message *message, uint64_t *words)
{
    uint32_t length = (uint32_t)seL4_MessageInfo_get_length(message->info);

    for (unsigned i = 0; i < MESSAGE_FAST_WORDS; i++)
        words[i] = message->fast[i];
    if (length > MESSAGE_FAST_WORDS)
        memcpy(words + MESSAGE_FAST_WORDS, &seL4_GetIPCBuffer()->msg[MESSAGE_FAST_WORDS],
               (length - MESSAGE_FAST_WORDS) * sizeof *words);
    return length;
}

/* Makes the message an answer with `count` words; `words` has at least MESSAGE_FAST_WORDS. */
static inline void message_fill(struct message *message, cell_error_t error, const uint64_t *words, uint32_t count)
{
    for (unsigned i = 0; i < MESSAGE_FAST_WORDS; i++)
        message->fast[i] = words[i];
    if (count > MESSAGE_FAST_WORDS)
        memcpy(&seL4_GetIPCBuffer()->msg[MESSAGE_FAST_WORDS], words + MESSAGE_FAST_WORDS,
               (count - MESSAGE_FAST_WORDS) * sizeof *words);
    message->info = seL4_MessageInfo_new(error, 0, 0, count);
}

/* Answers the caller whose reply capability was saved in `slot`. Sends nothing if that caller is gone: the slot is empty
 * then, and sending is not blocking. The slot is the caller's to empty. */
static inline void message_answer_saved(seL4_CPtr slot, cell_error_t error, const uint64_t *words, uint32_t count)
{
    uint64_t few[MESSAGE_FAST_WORDS] = {0};
    struct message message;

    if (count < MESSAGE_FAST_WORDS) {
        for (unsigned i = 0; i < count; i++)
            few[i] = words[i];
        words = few;
    }
    message_fill(&message, error, words, count);
    sel4_trap_send((seL4_Word)seL4_SysNBSend, slot, message.info.words[0], message.fast[0], message.fast[1],
                   message.fast[2], message.fast[3]);
}

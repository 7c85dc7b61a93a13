/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/invocation.h: an operation on a kernel object, from the message that asked for it to the
 * answer.
 *
 * Each operation is one function. It first checks everything and changes nothing; from the line
 * `invoke:` in its comment or the first change on, nothing is left to refuse. It returns seL4_NoError,
 * an error made by one of the refuse_ functions (refusal.c), or PREEMPTED. operations.c has the table of them.
 */
#pragma once

#include <sel4/types.h>

#include "nucleus/cspace.h"
#include "nucleus/thread.h"

/* An interrupt waits. What was done so far stays done; the system call is to be made again. */
#define PREEMPTED (-1)

struct invocation {
    struct thread *thread;  /* the caller: the current thread */
    struct slot *slot;      /* the capability that is invoked */
    uint64_t label;
    unsigned length;        /* words of the message that can be read */
    unsigned cap_count;
    struct slot *caps[seL4_MsgMaxExtraCaps];
    const seL4_IPCBuffer *buffer; /* may be null if length is at most four */
    uint8_t answer_length;  /* words */
    bool is_call;           /* an answer is wanted */
};

/* Word `i` of the message; i < length. */
static inline uint64_t invocation_word(const struct invocation *invocation, unsigned i)
{
    return i < seL4_FastMessageRegisters ? invocation->thread->context.x[REG_MESSAGE + i] : invocation->buffer->msg[i];
}

/* Each sets the words that the error carries and returns the error (manual, "Errors"). */
int refuse(enum seL4_Error error);
int refuse_argument(uint64_t number);
int refuse_capability(uint64_t number);
int refuse_range(uint64_t least, uint64_t greatest);
/* core.lookup_failure is the reason; `source`: the lookup was of a source slot. */
int refuse_lookup(bool source);
int refuse_memory(uint64_t bytes_left);

/* What each label stands for. A label belongs to one type of capability. */
struct operation {
    uint8_t type;  /* of the capability */
    uint8_t words; /* least number of message words */
    uint8_t caps;  /* least number of capabilities */
    int (*run)(struct invocation *invocation);
};

extern const struct operation operations[nArchInvocationLabels];

/* The operation, if there is one with this label for this type and the message is long enough; null if not. */
static inline const struct operation *operation_find(const struct invocation *invocation, enum cap_type type)
{
    const struct operation *operation = &operations[invocation->label];

    if (UNLIKELY(invocation->label >= nArchInvocationLabels))
        return NULL;
    if (UNLIKELY(operation->type != type))
        return NULL;
    if (UNLIKELY(invocation->length < operation->words))
        return NULL;
    return LIKELY(invocation->cap_count >= operation->caps) ? operation : NULL;
}

/* Word `i` as the depth of a lookup. The kernel does not cut it to a byte as libsel4 does: what is more than a byte is too
 * deep, and what cspace_one_node gets is at most 255. */
static inline uint64_t invocation_depth(const struct invocation *invocation, unsigned i)
{
    uint64_t depth = invocation_word(invocation, i);

    return LIKELY(depth <= UINT8_MAX) ? depth : UINT8_MAX;
}

/* The one word of the answer, if an answer is wanted; registers stay as they are otherwise. */
static inline void invocation_answer(struct invocation *invocation, uint64_t word)
{
    if (!invocation->is_call)
        return;
    invocation->thread->context.x[REG_MESSAGE] = word;
    invocation->answer_length = 1;
}

/* Where this same operation, with this key, was interrupted; `start` if it was not. */
static inline uint64_t invocation_place(const struct invocation *invocation, uint64_t key0, uint64_t key1,
                                        uint64_t start)
{
    struct progress *progress = &invocation->thread->progress;
    bool same = progress->label == invocation->label && progress->key[0] == key0 && progress->key[1] == key1;

    progress->label = 0;
    return same ? progress->done : start;
}

/* An interrupt waits. When the call is made again, invocation_place tells `done`. */
static inline int invocation_interrupted(const struct invocation *invocation, uint64_t key0, uint64_t key1,
                                         uint64_t done)
{
    invocation->thread->progress = (struct progress){invocation->label, {key0, key1}, done};
    return PREEMPTED;
}

/* The refusal when operation_find found no operation. (One type of capability needs no label.) */
int operation_refuse(struct invocation *invocation);

/* The empty or occupied slot that words `index` and depth name in the CNode `root`; null, with the
 * refusal made in `*error`, if there is none. */
struct slot *invocation_slot_checked(const struct capability *root, uint64_t address, uint64_t depth, bool source,
                                  int *error);
static inline struct slot *invocation_slot(const struct capability *root, uint64_t address, uint64_t depth, bool source,
                                           int *error)
{
    struct slot *slot = cspace_one_or_two(root, address, depth);

    return LIKELY(slot != NULL) ? slot : invocation_slot_checked(root, address, depth, source, error);
}

/* The same for a slot that must be empty. */
struct slot *invocation_empty_slot(const struct capability *root, uint64_t address, uint64_t depth, int *error);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/invocation.h: an operation on a kernel object, from the message that asked for it to the
 * answer.
 *
 * Each operation is one function. It first checks everything and changes nothing; from the line
 * `invoke:` in its comment or the first change on, nothing is left to refuse. It returns seL4_NoError,
 * an error made by one of the refuse_ functions, or PREEMPTED. invocation.c has the table of them.
 */
#ifndef NUCLEUS_INVOCATION_H
#define NUCLEUS_INVOCATION_H

#include <sel4/types.h>

#include "nucleus/thread.h"

/* An interrupt waits. What was done so far stays done; the system call is to be made again. */
#define PREEMPTED (-1)

struct invocation {
    struct thread *thread;  /* who asks; it is the current thread */
    struct slot *slot;      /* the capability that is invoked */
    uint64_t label;
    unsigned length;        /* words of the message that can be read */
    unsigned cap_count;
    struct slot *caps[seL4_MsgMaxExtraCaps];
    const uint64_t *word;   /* the first four words */
    const uint64_t *buffer; /* the message in the IPC buffer; null if length is at most four */
    unsigned answer_length;
    bool is_call;           /* an answer is wanted */
};

/* Word `i` of the message; i < length. */
static inline uint64_t invocation_word(const struct invocation *invocation, unsigned i)
{
    return i < seL4_FastMessageRegisters ? invocation->word[i] : invocation->buffer[i];
}

/* The words of an error message. */
struct refusal {
    unsigned length;
    uint64_t word[5];
};

extern struct refusal refusal;

/* Each sets the words that the error carries and returns the error (manual, "Errors"). */
int refuse(enum seL4_Error error);
int refuse_argument(uint64_t number);
int refuse_capability(uint64_t number);
int refuse_range(uint64_t least, uint64_t greatest);
/* lookup_failure is the reason; `source`: the lookup was of a source slot. */
int refuse_lookup(bool source);
int refuse_memory(uint64_t bytes_left);

/* Does the invocation of a capability that is not an endpoint, notification or reply. */
int invocation_run(struct invocation *invocation);

/* The empty or occupied slot that words `index` and depth name in the CNode `root`; null, with the
 * refusal made in `*error`, if there is none. */
struct slot *invocation_slot(const struct capability *root, uint64_t address, uint64_t depth, bool source, int *error);

/* The same for a slot that must be empty. */
struct slot *invocation_empty_slot(const struct capability *root, uint64_t address, uint64_t depth, int *error);

#endif

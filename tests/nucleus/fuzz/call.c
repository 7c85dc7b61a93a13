/* SPDX-License-Identifier: BSD-2-Clause */
/* A random invocation: what it is, how it is spoiled, and what is remembered when it succeeds. */
#include "tests/nucleus/fuzz/fuzz.h"

/* The slot of an operation's object: most often one that the hints name. */
seL4_CPtr call_target(struct driver_state *state, enum kind kind)
{
    seL4_Word start = random_below(&state->random, sandbox_slots);
    for (seL4_Word i = 0; i < sandbox_slots; i++) {
        seL4_Word slot = (start + i) % sandbox_slots;
        if (state->hints[slot] == kind) {
            return slot;
        }
    }
    return start;
}

void call_choose(struct driver_state *state, struct call *call)
{
    const struct operation *operation = &operations[random_below(&state->random, operation_count)];
    call->slot = call_target(state, operation->kind);
    call->label = operation->label;
    call->length = 0;
    for (const char *letter = operation->words; *letter != '\0'; letter++) {
        call->words[call->length++] = word_for(state, *letter);
    }
    call->cap_count = 0;
    for (const char *letter = operation->caps; *letter != '\0'; letter++) {
        call->caps[call->cap_count++] = slot_for(state, *letter);
    }
}

/* Makes one thing different. */
void call_spoil(struct driver_state *state, struct call *call)
{
    seL4_Word *random = &state->random;
    switch (random_below(random, 6)) {
    case 0:
        call->slot = random_below(random, sandbox_slots + 8);
        break;
    case 1:
        call->label = random_below(random, ARMIRQIssueSGISignal + 4);
        break;
    case 2:
        call->length = random_below(random, call->length + 2);
        break;
    case 3:
        call->cap_count = random_below(random, seL4_MsgMaxExtraCaps + 1);
        break;
    case 4:
        call->words[random_below(random, words_maximum)] = random_next(random);
        break;
    default:
        call->caps[random_below(random, seL4_MsgMaxExtraCaps)] = random_below(random, sandbox_slots);
        break;
    }
}

/* A guest whose exception vector cannot be fetched takes exceptions forever without an instruction done; when
 * instructions are counted, time stands still then. So guests keep their stage 1 off and their vectors in range. */
void call_keep_time_going(struct call *call)
{
    if (call->label == ARMVCPUWriteReg && call->words[0] == seL4_VCPUReg_SCTLR) {
        call->words[1] &= ~1ul;
    }
    if (call->label == ARMVCPUWriteReg && call->words[0] == seL4_VCPUReg_VBAR) {
        call->words[1] &= seL4_UserTop / 2;
    }
}

/* Remembers what the call that succeeded has done to slots. */
void call_remember(struct driver_state *state, const struct call *call)
{
    const seL4_Word *words = call->words;
    switch (call->label) {
    case UntypedRetype:
        for (seL4_Word i = 0; i < words[5] && words[4] + i < sandbox_slots; i++) {
            state->hints[words[4] + i] = (unsigned char)kind_of_type(words[0]);
        }
        break;
    case CNodeCopy:
    case CNodeMint:
    case CNodeMove:
    case CNodeMutate:
        state->hints[words[0] % sandbox_slots] = state->hints[words[2] % sandbox_slots];
        if (call->label == CNodeMove || call->label == CNodeMutate) {
            state->hints[words[2] % sandbox_slots] = kind_nothing;
        }
        break;
    case CNodeDelete:
        state->hints[words[0] % sandbox_slots] = kind_nothing;
        break;
    case ARMASIDControlMakePool:
        state->hints[words[0] % sandbox_slots] = kind_asid_pool;
        break;
    default:
        break;
    }
}

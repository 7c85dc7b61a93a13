/* SPDX-License-Identifier: BSD-2-Clause */
/* A random step: an invocation, another system call, an access to memory. A driver keeps in mind what its successful
 * operations left in which slot, as hints for later choices; others change slots too, so a hint may be wrong. */
#include "tests/nucleus/fuzz/fuzz.h"

enum { words_maximum = 40, spoil_one_in = 12, registers_of_message = 4 };

/* The words and slots of a call. */
struct call {
    seL4_CPtr slot;
    seL4_Word label;
    seL4_Word words[words_maximum];
    seL4_Word length;
    seL4_CPtr caps[seL4_MsgMaxExtraCaps];
    seL4_Word cap_count;
};

/* The slot of an operation's object: most often one that the hints name. */
static seL4_CPtr target(struct driver_state *state, enum kind kind)
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

static void choose(struct driver_state *state, struct call *call)
{
    const struct operation *operation = &operations[random_below(&state->random, operation_count)];
    call->slot = target(state, operation->kind);
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
static void spoil(struct driver_state *state, struct call *call)
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

/* A guest whose exception vector cannot be fetched takes exceptions for ever without an instruction done; when
 * instructions are counted, time stands still then. So guests keep their stage 1 off and their vectors in range. */
static void keep_time_going(struct call *call)
{
    if (call->label == ARMVCPUWriteReg && call->words[0] == seL4_VCPUReg_SCTLR) {
        call->words[1] &= ~1ul;
    }
    if (call->label == ARMVCPUWriteReg && call->words[0] == seL4_VCPUReg_VBAR) {
        call->words[1] &= seL4_UserTop / 2;
    }
}

/* Remembers what the call that succeeded has done to slots. */
static void remember(struct driver_state *state, const struct call *call)
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

static void invoke(struct driver_state *state)
{
    struct call call = {0};
    choose(state, &call);
    if (random_below(&state->random, spoil_one_in) == 0) {
        spoil(state, &call);
    }
    keep_time_going(&call);
    for (seL4_Word i = 0; i < call.length; i++) {
        seL4_SetMR((int)i, call.words[i]);
    }
    for (seL4_Word i = 0; i < call.cap_count; i++) {
        seL4_SetCap((int)i, call.caps[i]);
    }
    seL4_MessageInfo_t info = seL4_MessageInfo_new(call.label, 0, call.cap_count, call.length);
    if (random_below(&state->random, 16) == 0) {
        seL4_NBSend(call.slot, info);
        return;
    }
    info = seL4_Call(call.slot, info);
    if (seL4_MessageInfo_get_label(info) == seL4_NoError) {
        state->succeeded++;
        state->by_label[call.label % label_limit]++;
        remember(state, &call);
    }
}

/* A message with whatever is in the buffer. */
static void message(struct driver_state *state)
{
    /* Those that may block are rare: the harness has to help then. */
    static const seL4_Word numbers[] = {
        (seL4_Word)seL4_SysNBSend, (seL4_Word)seL4_SysNBSend, (seL4_Word)seL4_SysNBSend, (seL4_Word)seL4_SysNBRecv,
        (seL4_Word)seL4_SysNBRecv, (seL4_Word)seL4_SysNBRecv, (seL4_Word)seL4_SysReply,  (seL4_Word)seL4_SysYield,
        (seL4_Word)seL4_SysReply,  (seL4_Word)seL4_SysNBSend, (seL4_Word)seL4_SysNBRecv, (seL4_Word)seL4_SysSend,
        (seL4_Word)seL4_SysCall,   (seL4_Word)seL4_SysRecv,   (seL4_Word)seL4_SysReplyRecv};
    seL4_Word *random = &state->random;
    seL4_Word number = numbers[random_below(random, sizeof numbers / sizeof numbers[0])];
    enum kind kind = random_below(random, 3) == 0 ? kind_notification : kind_endpoint;
    seL4_CPtr slot = random_below(random, 16) == 0 ? random_below(random, sandbox_slots) : target(state, kind);
    seL4_Word length = random_below(random, 8) == 0 ? random_below(random, 128) : random_below(random, 8);
    seL4_Word caps = random_below(random, 3) == 0 ? random_below(random, 4) : 0;
    seL4_Word info = random_next(random) << 12 | caps << 7 | length;
    for (int i = 0; i < seL4_MsgMaxExtraCaps; i++) {
        seL4_SetCap(i, random_below(random, sandbox_slots));
    }
    seL4_SetCapReceivePath(2, random_below(random, sandbox_slots), seL4_WordBits);
    if (random_below(random, 64) == 0) {
        /* A number that no call has; those of the debug build's own calls are left out. */
        number = random_below(random, 2) == 0 ? random_below(random, 100) : (seL4_Word)-15 - random_below(random, 100);
    }
    seL4_Word words[registers_of_message];
    for (int i = 0; i < registers_of_message; i++) {
        words[i] = random_next(random);
    }
    sel4_trap(number, &slot, &info, &words[0], &words[1], &words[2], &words[3]);
}

/* Reads or writes where pages may be. */
static void touch(struct driver_state *state)
{
    volatile seL4_Word *word = (volatile seL4_Word *)(word_for(state, 'a') & ~7ul);
    if (random_below(&state->random, 2) == 0) {
        *word = random_next(&state->random);
    } else {
        (void)*word;
    }
}

void driver_run(void *argument)
{
    struct driver_state *state = argument;
    for (;;) {
        state->steps++;
        switch (random_below(&state->random, 40)) {
        case 0:
            touch(state);
            break;
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
            message(state);
            break;
        default:
            invoke(state);
            break;
        }
    }
}

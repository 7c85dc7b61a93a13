/* SPDX-License-Identifier: BSD-2-Clause */
/* A random step: an invocation, another system call, an access to memory. A driver keeps in mind what its successful
 * operations left in which slot, as hints for later choices; others change slots too, so a hint may be wrong. */
#include "tests/nucleus/fuzz/fuzz.h"

enum { spoil_one_in = 12, registers_of_message = 4 };

static void invoke(struct driver_state *state)
{
    struct call call = {0};
    call_choose(state, &call);
    if (random_below(&state->random, spoil_one_in) == 0) {
        call_spoil(state, &call);
    }
    call_keep_time_going(&call);
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
        call_remember(state, &call);
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
    seL4_CPtr slot = random_below(random, 16) == 0 ? random_below(random, sandbox_slots) : call_target(state, kind);
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

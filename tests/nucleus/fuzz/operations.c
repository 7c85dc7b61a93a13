/* SPDX-License-Identifier: BSD-2-Clause */
/* All invocations, and what their arguments look like.
 *
 * Letters of words:                                  Letters of capabilities:
 *   s slot        d depth        D node depth          C CNode    T TCB       V address space
 *   i node index  n count        t object type         F frame    N notification
 *   b size bits   z 0            g guard or badge      U untyped  any other: any slot
 *   R rights      p priority     f register flags
 *   c registers   a address      B buffer address
 *   v attributes  o offset       q interrupt           w any word
 *   k VCPU register  e 0 or 1    P place to run
 */
#include "tests/nucleus/fuzz/fuzz.h"

const struct operation operations[] = {
    {kind_untyped, UntypedRetype, "tbiDsn", "C"},
    {kind_untyped, UntypedRetype, "tbzzsn", "C"},
    {kind_untyped, UntypedRetype, "tbzzsn", "C"},
    {kind_untyped, UntypedRetype, "tbzzsn", "C"},
    {kind_tcb, TCBReadRegisters, "fc", ""},
    {kind_tcb, TCBWriteRegisters, "fcPBwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", ""},
    {kind_tcb, TCBCopyRegisters, "f", "T"},
    {kind_tcb, TCBConfigure, "sgzB", "CVF"},
    {kind_tcb, TCBSetPriority, "p", "T"},
    {kind_tcb, TCBSetMCPriority, "p", "T"},
    {kind_tcb, TCBSetSchedParams, "pp", "T"},
    {kind_tcb, TCBSetIPCBuffer, "B", "F"},
    {kind_tcb, TCBSetSpace, "sgz", "CV"},
    {kind_tcb, TCBSuspend, "", ""},
    {kind_tcb, TCBResume, "", ""},
    {kind_tcb, TCBBindNotification, "", "N"},
    {kind_tcb, TCBUnbindNotification, "", ""},
    {kind_tcb, TCBSetTLSBase, "a", ""},
    {kind_tcb, TCBSetFlags, "ee", ""},
    {kind_cnode, CNodeRevoke, "sd", ""},
    {kind_cnode, CNodeDelete, "sd", ""},
    {kind_cnode, CNodeCancelBadgedSends, "sd", ""},
    {kind_cnode, CNodeCopy, "sdsdR", "C"},
    {kind_cnode, CNodeCopy, "sdsdR", "C"},
    {kind_cnode, CNodeMint, "sdsdRg", "C"},
    {kind_cnode, CNodeMint, "sdsdRg", "C"},
    {kind_cnode, CNodeMove, "sdsd", "C"},
    {kind_cnode, CNodeMove, "sdsd", "C"},
    {kind_cnode, CNodeMutate, "sdsdg", "C"},
    {kind_cnode, CNodeRotate, "sdgsdgsd", "CC"},
    {kind_cnode, CNodeSaveCaller, "sd", ""},
    {kind_irq_control, IRQIssueIRQHandler, "qsd", "C"},
    {kind_irq_control, ARMIRQIssueIRQHandlerTrigger, "qesd", "C"},
    {kind_irq_control, ARMIRQIssueSGISignal, "qesd", "C"},
    {kind_irq_handler, IRQAckIRQ, "", ""},
    {kind_irq_handler, IRQSetIRQHandler, "", "N"},
    {kind_irq_handler, IRQClearIRQHandler, "", ""},
    {kind_space, ARMVSpaceClean_Data, "aa", ""},
    {kind_space, ARMVSpaceInvalidate_Data, "aa", ""},
    {kind_space, ARMVSpaceCleanInvalidate_Data, "aa", ""},
    {kind_space, ARMVSpaceUnify_Instruction, "aa", ""},
    {kind_smc, ARMSMCCall, "wwwwwwww", ""},
    {kind_table, ARMPageTableMap, "av", "V"},
    {kind_table, ARMPageTableMap, "av", "V"},
    {kind_table, ARMPageTableUnmap, "", ""},
    {kind_frame, ARMPageMap, "aRv", "V"},
    {kind_frame, ARMPageMap, "aRv", "V"},
    {kind_frame, ARMPageUnmap, "", ""},
    {kind_frame, ARMPageClean_Data, "oo", ""},
    {kind_frame, ARMPageInvalidate_Data, "oo", ""},
    {kind_frame, ARMPageCleanInvalidate_Data, "oo", ""},
    {kind_frame, ARMPageUnify_Instruction, "oo", ""},
    {kind_frame, ARMPageGetAddress, "", ""},
    {kind_asid_control, ARMASIDControlMakePool, "sd", "UC"},
    {kind_asid_pool, ARMASIDPoolAssign, "", "V"},
    {kind_vcpu, ARMVCPUSetTCB, "", "T"},
    {kind_vcpu, ARMVCPUInjectIRQ, "w", ""},
    {kind_vcpu, ARMVCPUReadReg, "k", ""},
    {kind_vcpu, ARMVCPUWriteReg, "kw", ""},
    {kind_vcpu, ARMVCPUAckVPPI, "q", ""},
};

const seL4_Word operation_count = sizeof operations / sizeof operations[0];

enum kind kind_of_type(seL4_Word type)
{
    static const unsigned char kinds[] = {
        [seL4_UntypedObject] = kind_untyped,        [seL4_TCBObject] = kind_tcb,
        [seL4_EndpointObject] = kind_endpoint,      [seL4_NotificationObject] = kind_notification,
        [seL4_CapTableObject] = kind_cnode,         [seL4_ARM_HugePageObject] = kind_frame,
        [seL4_ARM_VSpaceObject] = kind_space,       [seL4_ARM_SmallPageObject] = kind_frame,
        [seL4_ARM_LargePageObject] = kind_frame,    [seL4_ARM_PageTableObject] = kind_table,
        [seL4_ARM_VCPUObject] = kind_vcpu,
    };
    return type < sizeof kinds ? (enum kind)kinds[type] : kind_nothing;
}

/* Any slot, most often one that probably holds `kind`. */
static seL4_CPtr slot_of_kind(struct driver_state *state, enum kind kind)
{
    seL4_Word slot = random_below(&state->random, sandbox_slots);
    if (random_below(&state->random, 8) == 0) {
        return slot;
    }
    for (seL4_Word i = 0; i < sandbox_slots; i++) {
        seL4_Word tried = (slot + i) % sandbox_slots;
        if (state->hints[tried] == kind) {
            return tried;
        }
    }
    return slot;
}

seL4_CPtr slot_for(struct driver_state *state, char letter)
{
    switch (letter) {
    case 'C':
        /* The sandbox's own CNode, which stands in slot 2, most of the time. */
        return random_below(&state->random, 8) != 0 ? 2 : slot_of_kind(state, kind_cnode);
    case 'T':
        return slot_of_kind(state, kind_tcb);
    case 'V':
        return slot_of_kind(state, kind_space);
    case 'F':
        return slot_of_kind(state, kind_frame);
    case 'N':
        return slot_of_kind(state, kind_notification);
    case 'U':
        return slot_of_kind(state, kind_untyped);
    default:
        return random_below(&state->random, sandbox_slots);
    }
}

/* Words that are likely to be a limit of something. */
static seL4_Word odd_word(struct driver_state *state)
{
    seL4_Word bit = 1ul << random_below(&state->random, 64);
    switch (random_below(&state->random, 6)) {
    case 0:
        return bit;
    case 1:
        return bit - 1;
    case 2:
        return 0 - bit;
    case 3:
        return random_below(&state->random, 256);
    case 4:
        return 0;
    default:
        return random_next(&state->random);
    }
}

/* Few pages in few tables, so that mappings meet; rarely the program's own. */
static seL4_Word address(struct driver_state *state)
{
    seL4_Word page = random_below(&state->random, 8) << 12;
    seL4_Word block = random_below(&state->random, 4) << 21;
    seL4_Word gigabyte = random_below(&state->random, 4) == 0 ? random_below(&state->random, 1024) << 30 : 2ul << 30;
    if (random_below(&state->random, 200) == 0) {
        return state->entry & ~0xffful;
    }
    return gigabyte + block + page + (random_below(&state->random, 16) == 0 ? random_below(&state->random, 4096) : 0);
}

static seL4_Word size_bits(struct driver_state *state)
{
    static const unsigned char usual[] = {0, 0, 1, 4, 4, 5, 8, 11, 12, 12, 13, 14, 16};
    return usual[random_below(&state->random, sizeof usual)];
}

seL4_Word word_for(struct driver_state *state, char letter)
{
    seL4_Word *random = &state->random;
    if (random_below(random, 40) == 0) {
        return odd_word(state);
    }
    switch (letter) {
    case 's':
    case 'i':
        return random_below(random, sandbox_slots);
    case 'd':
        return random_below(random, 32) == 0 ? random_below(random, 70) : seL4_WordBits;
    case 'D':
        return random_below(random, 2) == 0 ? 0 : seL4_WordBits;
    case 'n':
        return random_below(random, 32) == 0 ? 256 : 1 + random_below(random, 3);
    case 't':
        return random_below(random, seL4_ObjectTypeCount);
    case 'b':
        return size_bits(state);
    case 'z':
        return 0;
    case 'g':
        return random_below(random, 2) == 0 ? random_below(random, 8)
                                            : (seL4_WordBits - size_bits(state)) | random_below(random, 2) << 6;
    case 'R':
        return random_below(random, 16);
    case 'p':
        return 90 + random_below(random, 20);
    case 'f':
        return random_below(random, 16);
    case 'c':
        return random_below(random, 2) == 0 ? 36 : random_below(random, 40);
    case 'a':
        return address(state);
    case 'B':
        return address(state) & ~0x3fful;
    case 'v':
        return random_below(random, 8);
    case 'o':
        return random_below(random, 4) << 10;
    case 'q':
        return random_below(random, 4) == 0 ? random_below(random, 170) : 60 + random_below(random, 8);
    case 'k':
        return random_below(random, 26);
    case 'e':
        return random_below(random, 2);
    case 'P':
        return random_below(random, 2) == 0 ? state->entry : address(state);
    default:
        return odd_word(state);
    }
}

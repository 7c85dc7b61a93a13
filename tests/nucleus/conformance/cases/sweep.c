/* SPDX-License-Identifier: BSD-2-Clause */
/* Every invocation with each of its arguments spoiled, one at a time and two at a time: a message that is right, in which
 * one word takes each of some forty values, or one capability is each kind of object, or the object invoked is another,
 * or words and capabilities are missing. So each error of each operation is met from several sides, with the words it
 * carries, and which of two errors comes first. Where an operation succeeds with an odd value, that shows too.
 *
 * A row is an operation and what is spoiled; a token per attempt: a letter for the result (see `letter`), then the words
 * of the error, in hexadecimal. A token that comes n times in a row is followed by *n. The attempts work on a world of
 * objects, made from one untyped that is revoked, and the world made anew, whenever one succeeds: an attempt that is refused
 * has to leave everything as it was. The layout of messages is that of libsel4's interface files;
 * words go to the kernel as they are, also where libsel4's functions would cut them to a byte.
 *
 * Left out, since they change what cannot be put back: the domain schedule (domain.c) and the secure monitor (smc.c). */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits, world_bits = 18, max_words = 40, max_caps = 3, token_size = 48,
       space_base = 0x40000000 };

/* The objects of a world, each in its slot of the root CNode behind `world`. */
enum object { none, untyped, tcb, endpoint, notification, cnode, space, bare_space, frame, mapped_frame, table, mapped_table,
              upper_table, vcpu, page_untyped, handler, badged, large_untyped,
              spare_untyped, other_space,
              /* A space whose ASID pool is gone, and what was mapped in it. */
              dead_pool, dead_untyped, dead_space, dead_frame, dead_table, dead_upper, object_count,
              /* Kept: not of a world. */
              irq_control = object_count, asid_control, asid_pool, domain, empty_slot, cap_count };

static seL4_CPtr world;
static seL4_CPtr pool;
static int world_stands;

static seL4_CPtr slot_of(seL4_Word object)
{
    static const seL4_CPtr kept[] = {seL4_CapIRQControl, seL4_CapASIDControl, seL4_CapInitThreadASIDPool, seL4_CapDomain,
                                     4001};
    if (object == none) {
        return seL4_CapNull;
    }
    return object < object_count ? world + object : kept[object - object_count];
}

static void make(enum object object, seL4_Word type, seL4_Word bits)
{
    if (seL4_Untyped_Retype(pool, type, bits, root, 0, 0, slot_of(object), 1) != seL4_NoError) {
        stop("no world");
    }
}

static void fill(seL4_Word index, enum object object, seL4_Word badge)
{
    seL4_CNode_Mint(slot_of(cnode), index, 4, root, slot_of(object), deep, seL4_AllRights, badge);
}

static void world_dead(void)
{
    make(dead_space, seL4_ARM_VSpaceObject, 0);
    make(dead_upper, seL4_ARM_PageTableObject, 0);
    make(dead_table, seL4_ARM_PageTableObject, 0);
    make(dead_frame, seL4_ARM_SmallPageObject, 0);
    make(dead_untyped, seL4_UntypedObject, 12);
    seL4_ARM_ASIDControl_MakePool(seL4_CapASIDControl, slot_of(dead_untyped), root, slot_of(dead_pool), deep);
    seL4_ARM_ASIDPool_Assign(slot_of(dead_pool), slot_of(dead_space));
    seL4_ARM_PageTable_Map(slot_of(dead_upper), slot_of(dead_space), space_base, seL4_ARM_Default_VMAttributes);
    seL4_ARM_PageTable_Map(slot_of(dead_table), slot_of(dead_space), space_base, seL4_ARM_Default_VMAttributes);
    seL4_ARM_Page_Map(slot_of(dead_frame), slot_of(dead_space), space_base, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
    seL4_CNode_Delete(root, slot_of(dead_pool), deep);
}

/* The CNode: 0 an endpoint, 1 a badged one, 2 a TCB, 3 a frame, 4 an untyped, 5 a CNode; the rest is empty. */
static void world_new(void)
{
    world_dead();
    make(bare_space, seL4_ARM_VSpaceObject, 0);
    make(space, seL4_ARM_VSpaceObject, 0);
    make(other_space, seL4_ARM_VSpaceObject, 0);
    make(large_untyped, seL4_UntypedObject, 14);
    make(upper_table, seL4_ARM_PageTableObject, 0);
    make(mapped_table, seL4_ARM_PageTableObject, 0);
    make(table, seL4_ARM_PageTableObject, 0);
    make(frame, seL4_ARM_SmallPageObject, 0);
    make(mapped_frame, seL4_ARM_SmallPageObject, 0);
    make(page_untyped, seL4_UntypedObject, 12);
    make(vcpu, seL4_ARM_VCPUObject, 0);
    make(untyped, seL4_UntypedObject, 12);
    make(spare_untyped, seL4_UntypedObject, 12);
    make(tcb, seL4_TCBObject, 0);
    make(cnode, seL4_CapTableObject, 4);
    make(endpoint, seL4_EndpointObject, 0);
    make(notification, seL4_NotificationObject, 0);
    seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, slot_of(space));
    seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, slot_of(other_space));
    seL4_ARM_PageTable_Map(slot_of(upper_table), slot_of(space), space_base, seL4_ARM_Default_VMAttributes);
    seL4_ARM_PageTable_Map(slot_of(mapped_table), slot_of(space), space_base, seL4_ARM_Default_VMAttributes);
    seL4_ARM_Page_Map(slot_of(mapped_frame), slot_of(space), space_base, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
    seL4_IRQControl_Get(seL4_CapIRQControl, 79, root, slot_of(handler), deep);
    seL4_CNode_Mint(root, slot_of(badged), deep, root, slot_of(endpoint), deep, seL4_AllRights, 7);
    fill(0, endpoint, 0);
    fill(1, endpoint, 7);
    fill(2, tcb, 0);
    fill(3, frame, 0);
    fill(4, spare_untyped, 0);
    fill(5, cnode, 0);
}

static void world_end(void)
{
    seL4_CNode_Delete(root, slot_of(handler), deep);
    seL4_CNode_Revoke(root, pool, deep);
}

/* An operation: the object, its words and capabilities as they are right in a fresh world. */
struct operation {
    const char *name;
    seL4_Word label;
    enum object object;
    seL4_Word word_count;
    seL4_Word cap_count;
    seL4_Word words[9];
    enum object caps[max_caps];
};

static const struct operation operations[] = {
    {"Untyped_Retype", UntypedRetype, large_untyped, 6, 1, {seL4_EndpointObject, 4, 0, 0, 8, 1}, {cnode}},
    {"Untyped_Retype CNodes by depth", UntypedRetype, large_untyped, 6, 1, {seL4_CapTableObject, 4, 5, 4, 9, 2}, {cnode}},
    {"Untyped_Retype untypeds", UntypedRetype, untyped, 6, 1, {seL4_UntypedObject, 5, 0, 0, 8, 3}, {cnode}},
    {"Untyped_Retype frames", UntypedRetype, large_untyped, 6, 1, {seL4_ARM_SmallPageObject, 0, 0, 0, 8, 3}, {cnode}},
    {"TCB_ReadRegisters", TCBReadRegisters, tcb, 2, 0, {0, 4}, {}},
    {"TCB_WriteRegisters", TCBWriteRegisters, tcb, 5, 0, {0, 3, 0x1000, 0x2000, 0}, {}},
    {"TCB_CopyRegisters", TCBCopyRegisters, tcb, 1, 1, {0xc}, {tcb}},
    {"TCB_Configure", TCBConfigure, tcb, 4, 3, {0, 0, 0, 0x2000}, {cnode, space, frame}},
    {"TCB_SetPriority", TCBSetPriority, tcb, 1, 1, {0}, {tcb}},
    {"TCB_SetMCPriority", TCBSetMCPriority, tcb, 1, 1, {0}, {tcb}},
    {"TCB_SetSchedParams", TCBSetSchedParams, tcb, 2, 1, {0, 0}, {tcb}},
    {"TCB_SetIPCBuffer", TCBSetIPCBuffer, tcb, 1, 1, {0x2000}, {frame}},
    {"TCB_SetSpace", TCBSetSpace, tcb, 3, 2, {0, 0, 0}, {cnode, space}},
    {"TCB_Suspend", TCBSuspend, tcb, 0, 0, {}, {}},
    {"TCB_Resume", TCBResume, tcb, 0, 0, {}, {}},
    {"TCB_BindNotification", TCBBindNotification, tcb, 0, 1, {}, {notification}},
    {"TCB_UnbindNotification", TCBUnbindNotification, tcb, 0, 0, {}, {}},
    {"TCB_SetTLSBase", TCBSetTLSBase, tcb, 1, 0, {0x1000}, {}},
    {"TCB_SetFlags", TCBSetFlags, tcb, 2, 0, {0, 1}, {}},
    {"CNode_Revoke", CNodeRevoke, cnode, 2, 0, {0, 4}, {}},
    {"CNode_Delete", CNodeDelete, cnode, 2, 0, {0, 4}, {}},
    {"CNode_CancelBadgedSends", CNodeCancelBadgedSends, cnode, 2, 0, {1, 4}, {}},
    {"CNode_Copy", CNodeCopy, cnode, 5, 1, {8, 4, 0, 4, 15}, {cnode}},
    {"CNode_Copy of a frame", CNodeCopy, cnode, 5, 1, {8, 4, 3, 4, 15}, {cnode}},
    {"CNode_Mint", CNodeMint, cnode, 6, 1, {8, 4, 0, 4, 15, 9}, {cnode}},
    {"CNode_Mint of a CNode", CNodeMint, cnode, 6, 1, {8, 4, 5, 4, 15, 0}, {cnode}},
    {"CNode_Move", CNodeMove, cnode, 4, 1, {8, 4, 0, 4}, {cnode}},
    {"CNode_Mutate", CNodeMutate, cnode, 5, 1, {8, 4, 5, 4, 0}, {cnode}},
    {"CNode_Rotate", CNodeRotate, cnode, 8, 2, {8, 4, 0, 2, 4, 0, 3, 4}, {cnode, cnode}},
    {"CNode_SaveCaller", CNodeSaveCaller, cnode, 2, 0, {8, 4}, {}},
    {"IRQControl_Get", IRQIssueIRQHandler, irq_control, 3, 1, {77, 8, 4}, {cnode}},
    {"IRQControl_GetTrigger", ARMIRQIssueIRQHandlerTrigger, irq_control, 4, 1, {77, 1, 8, 4}, {cnode}},
    {"IRQControl_IssueSGISignal", ARMIRQIssueSGISignal, irq_control, 4, 1, {5, 0, 8, 4}, {cnode}},
    {"IRQHandler_Ack", IRQAckIRQ, handler, 0, 0, {}, {}},
    {"IRQHandler_SetNotification", IRQSetIRQHandler, handler, 0, 1, {}, {notification}},
    {"IRQHandler_Clear", IRQClearIRQHandler, handler, 0, 0, {}, {}},
    {"DomainSet_Set", DomainSetSet, domain, 1, 1, {1}, {tcb}},
    {"DomainSet_Set, not a TCB", DomainSetSet, domain, 1, 1, {1}, {cnode}},
    {"VSpace_Clean_Data", ARMVSpaceClean_Data, space, 2, 0, {space_base, space_base + 64}, {}},
    {"VSpace_Invalidate_Data", ARMVSpaceInvalidate_Data, space, 2, 0, {space_base, space_base + 64}, {}},
    {"VSpace_CleanInvalidate_Data", ARMVSpaceCleanInvalidate_Data, space, 2, 0, {space_base, space_base + 64}, {}},
    {"VSpace_Unify_Instruction", ARMVSpaceUnify_Instruction, space, 2, 0, {space_base, space_base + 64}, {}},
    {"PageTable_Map", ARMPageTableMap, table, 2, 1, {space_base + 0x200000, 3}, {space}},
    {"PageTable_Unmap", ARMPageTableUnmap, mapped_table, 0, 0, {}, {}},
    {"Page_Map", ARMPageMap, frame, 3, 1, {space_base + 0x1000, 3, 3}, {space}},
    {"Page_Map again", ARMPageMap, mapped_frame, 3, 1, {space_base, 3, 3}, {space}},
    {"Page_Map elsewhere", ARMPageMap, mapped_frame, 3, 1, {space_base, 3, 3}, {other_space}},
    {"PageTable_Map again", ARMPageTableMap, mapped_table, 2, 1, {space_base, 3}, {space}},
    {"Page_Unmap", ARMPageUnmap, mapped_frame, 0, 0, {}, {}},
    {"Page_Clean_Data", ARMPageClean_Data, mapped_frame, 2, 0, {0, 64}, {}},
    {"Page_Invalidate_Data", ARMPageInvalidate_Data, mapped_frame, 2, 0, {0, 64}, {}},
    {"Page_CleanInvalidate_Data", ARMPageCleanInvalidate_Data, mapped_frame, 2, 0, {0, 64}, {}},
    {"Page_Unify_Instruction", ARMPageUnify_Instruction, mapped_frame, 2, 0, {0, 64}, {}},
    {"Page_Clean_Data, not mapped", ARMPageClean_Data, frame, 2, 0, {0, 64}, {}},
    {"Page_GetAddress", ARMPageGetAddress, frame, 0, 0, {}, {}},
    {"VSpace_Clean_Data without a pool", ARMVSpaceClean_Data, dead_space, 2, 0, {space_base, space_base + 64}, {}},
    {"VSpace_Unify_Instruction without a pool", ARMVSpaceUnify_Instruction, dead_space, 2, 0, {space_base, space_base + 64}, {}},
    {"PageTable_Map without a pool", ARMPageTableMap, table, 2, 1, {space_base, 3}, {dead_space}},
    {"PageTable_Unmap without a pool", ARMPageTableUnmap, dead_table, 0, 0, {}, {}},
    {"Page_Map without a pool", ARMPageMap, dead_frame, 3, 1, {space_base, 3, 3}, {dead_space}},
    {"Page_Unmap without a pool", ARMPageUnmap, dead_frame, 0, 0, {}, {}},
    {"Page_Clean_Data without a pool", ARMPageClean_Data, dead_frame, 2, 0, {0, 64}, {}},
    {"Page_Invalidate_Data without a pool", ARMPageInvalidate_Data, dead_frame, 2, 0, {0, 64}, {}},
    {"ASIDPool_Assign without a pool", ARMASIDPoolAssign, asid_pool, 0, 1, {}, {dead_space}},
    {"ASIDControl_MakePool", ARMASIDControlMakePool, asid_control, 2, 2, {8, 4}, {page_untyped, cnode}},
    {"ASIDPool_Assign", ARMASIDPoolAssign, asid_pool, 0, 1, {}, {bare_space}},
    {"VCPU_SetTCB", ARMVCPUSetTCB, vcpu, 0, 1, {}, {tcb}},
    {"VCPU_InjectIRQ", ARMVCPUInjectIRQ, vcpu, 1, 0, {40}, {}},
    {"VCPU_ReadRegs", ARMVCPUReadReg, vcpu, 1, 0, {2}, {}},
    {"VCPU_WriteRegs", ARMVCPUWriteReg, vcpu, 2, 0, {2, 0x1000}, {}},
    {"VCPU_AckVPPI", ARMVCPUAckVPPI, vcpu, 1, 0, {27}, {}},
};

static const seL4_Word spoiled[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 15, 16, 27, 31, 32, 47, 48, 63, 64, 65, 159, 160, 255, 256, 0x104, 0x1000, 0x1001,
    0x10000, 0x200000, 0x1000000, space_base - 1, space_base + 0x1000, space_base + 0x200000, 1ul << 32, 4ul << 32,
    (1ul << 40) - 0x1000, 1ul << 40, ~0ul,
};

enum { spoiled_count = sizeof spoiled / sizeof spoiled[0], operation_count = sizeof operations / sizeof operations[0] };

/* ---- Tokens: what one attempt gave, gathered so that repetitions are counted ---- */

static char last_token[token_size];
static seL4_Word repeated;

static void token_end(void)
{
    if (repeated == 0) {
        return;
    }
    print(" ");
    print(last_token);
    if (repeated > 1) {
        print("*");
        print_decimal(repeated);
    }
    repeated = 0;
}

static void token(const char *text)
{
    seL4_Word i = 0;
    while (text[i] != '\0' && text[i] == last_token[i]) {
        i++;
    }
    if (repeated == 0 || text[i] != last_token[i]) {
        token_end();
        for (i = 0; i == 0 || text[i - 1] != '\0'; i++) {
            last_token[i] = text[i];
        }
    }
    repeated++;
}

static char *put_hex(char *to, seL4_Word value)
{
    int shift = 60;
    while (shift > 0 && value >> shift == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[value >> shift & 15];
    }
    return to;
}

/* ok, argument, capability, illegal, range, alignment, lookup, truncated, delete first, revoke first, memory */
static char letter(seL4_Word error)
{
    return error < seL4_NumErrors ? ".acirALtdvm"[error] : '?';
}

/* How many words an error carries; as in lib/print.c. */
static seL4_Word error_words(seL4_Word error)
{
    switch (error) {
    case seL4_InvalidArgument:
    case seL4_InvalidCapability:
    case seL4_NotEnoughMemory:
        return 1;
    case seL4_RangeError:
        return 2;
    case seL4_FailedLookup:
        return seL4_GetMR(1) < seL4_MissingCapability ? 2 : seL4_GetMR(1) + 1;
    default:
        return 0;
    }
}

struct message {
    seL4_Word object;
    seL4_Word word_count;
    seL4_Word cap_count;
    seL4_Word words[9];
    seL4_Word caps[max_caps];
};

static struct message right(const struct operation *operation)
{
    struct message message = {operation->object, operation->word_count, operation->cap_count, {0}, {0}};
    for (seL4_Word i = 0; i < operation->word_count; i++) {
        message.words[i] = operation->words[i];
    }
    for (seL4_Word i = 0; i < operation->cap_count; i++) {
        message.caps[i] = operation->caps[i];
    }
    return message;
}

static void attempt(const struct operation *operation, const struct message *message)
{
    char text[token_size * 2];
    if (!world_stands) {
        world_new();
        world_stands = 1;
    }
    for (seL4_Word i = 0; i < 9; i++) {
        seL4_SetMR((int)i, i < message->word_count ? message->words[i] : 0);
    }
    for (seL4_Word i = 0; i < max_caps; i++) {
        seL4_SetCap((int)i, i < message->cap_count ? slot_of(message->caps[i]) : 0);
    }
    seL4_MessageInfo_t info = seL4_Call(slot_of(message->object), seL4_MessageInfo_new(operation->label, 0, message->cap_count,
                                                                                       message->word_count));
    seL4_Word error = seL4_MessageInfo_get_label(info);
    char *at = text;
    *at++ = letter(error);
    for (seL4_Word i = 0; i < error_words(error); i++) {
        if (i > 0) {
            *at++ = ',';
        }
        at = put_hex(at, seL4_GetMR((int)i));
    }
    *at = '\0';
    if (error == seL4_NoError) {
        world_end();
        world_stands = 0;
    }
    token(text);
}

static void row(const struct operation *operation, const char *what, seL4_Word number)
{
    print(operation->name);
    print(", ");
    print(what);
    if (number != ~0ul) {
        print(" ");
        print_decimal(number);
    }
    print(":");
}

static void row_end(void)
{
    token_end();
    print("\n");
}

/* The object invoked is each kind in turn; then words are missing, then capabilities. */
static void around(const struct operation *operation)
{
    row(operation, "object", ~0ul);
    for (seL4_Word object = none; object < cap_count; object++) {
        /* Messages to endpoints would wait. */
        if (object != endpoint && object != badged) {
            struct message message = right(operation);
            message.object = object;
            attempt(operation, &message);
        }
    }
    row_end();
    row(operation, "shorter", ~0ul);
    for (seL4_Word missing = 0; missing <= operation->word_count; missing++) {
        struct message message = right(operation);
        message.word_count -= missing;
        attempt(operation, &message);
    }
    for (seL4_Word missing = 1; missing <= operation->cap_count; missing++) {
        struct message message = right(operation);
        message.cap_count -= missing;
        attempt(operation, &message);
    }
    row_end();
}

static void one_spoiled(const struct operation *operation)
{
    for (seL4_Word w = 0; w < operation->word_count; w++) {
        row(operation, "word", w);
        for (seL4_Word v = 0; v < spoiled_count; v++) {
            struct message message = right(operation);
            message.words[w] = spoiled[v];
            attempt(operation, &message);
        }
        row_end();
    }
    for (seL4_Word c = 0; c < operation->cap_count; c++) {
        row(operation, "capability", c);
        for (seL4_Word object = none; object < cap_count; object++) {
            struct message message = right(operation);
            message.caps[c] = object;
            attempt(operation, &message);
        }
        row_end();
    }
}

/* Argument n of a message, words first, takes a value that is wrong in most places. */
static void spoil(const struct operation *operation, struct message *message, seL4_Word argument, int other)
{
    if (argument < operation->word_count) {
        message->words[argument] = other ? 1ul << 40 | 3 : 65;
    } else {
        message->caps[argument - operation->word_count] = other ? notification : none;
    }
}

static void two_spoiled(const struct operation *operation)
{
    seL4_Word count = operation->word_count + operation->cap_count;
    for (seL4_Word first = 0; first + 1 < count; first++) {
        row(operation, "pairs from", first);
        for (seL4_Word second = first + 1; second < count; second++) {
            for (int which = 0; which < 4; which++) {
                struct message message = right(operation);
                spoil(operation, &message, first, which & 1);
                spoil(operation, &message, second, which >> 1);
                attempt(operation, &message);
            }
        }
        row_end();
    }
}

void run_case(void)
{
    pool = untyped_new(world_bits);
    world = slots_new(object_count);
    for (seL4_Word i = 0; i < operation_count; i++) {
        section(operations[i].name);
        if (world_stands) {
            world_end();
            world_stands = 0;
        }
        around(&operations[i]);
        one_spoiled(&operations[i]);
        two_spoiled(&operations[i]);
    }
}

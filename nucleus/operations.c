/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/operations.c: the table of all operations.
 *
 * A label belongs to one type of capability. The table says which, and how many words and
 * capabilities the message has to have; with fewer it is truncated.
 */
#include <sel4/nucleus.h>

#include "nucleus/check.h"
#include "nucleus/irq.h"
#include "nucleus/operations.h"

const struct operation operations[nArchInvocationLabels] = {
    [InvalidInvocation] = {CAP_TYPES, 0, 0, NULL}, /* no capability has this type; all others are in the table */

    [UntypedRetype] = {CAP_UNTYPED, 6, 1, untyped_retype},

    [TCBReadRegisters] = {CAP_THREAD, 2, 0, tcb_read_registers},
    [TCBWriteRegisters] = {CAP_THREAD, 2, 0, tcb_write_registers},
    [TCBCopyRegisters] = {CAP_THREAD, 1, 1, tcb_copy_registers},
    [TCBConfigure] = {CAP_THREAD, 4, 3, tcb_configure},
    [TCBSetPriority] = {CAP_THREAD, 1, 1, tcb_set_priority},
    [TCBSetMCPriority] = {CAP_THREAD, 1, 1, tcb_set_mc_priority},
    [TCBSetSchedParams] = {CAP_THREAD, 2, 1, tcb_set_sched_params},
    [TCBSetIPCBuffer] = {CAP_THREAD, 1, 1, tcb_set_ipc_buffer},
    [TCBSetSpace] = {CAP_THREAD, 3, 2, tcb_set_space},
    [TCBSuspend] = {CAP_THREAD, 0, 0, tcb_suspend},
    [TCBResume] = {CAP_THREAD, 0, 0, tcb_resume},
    [TCBBindNotification] = {CAP_THREAD, 0, 1, tcb_bind_notification},
    [TCBUnbindNotification] = {CAP_THREAD, 0, 0, tcb_unbind_notification},
    [TCBSetTLSBase] = {CAP_THREAD, 1, 0, tcb_set_tls_base},
    [TCBSetFlags] = {CAP_THREAD, 2, 0, tcb_set_flags},

    [CNodeRevoke] = {CAP_CNODE, 2, 0, cnode_revoke},
    [CNodeDelete] = {CAP_CNODE, 2, 0, cnode_delete},
    [CNodeCancelBadgedSends] = {CAP_CNODE, 2, 0, cnode_cancel_badged_sends},
    /* These look at the destination, words 0 and 1, before they count the others (cnode.c). */
    [CNodeCopy] = {CAP_CNODE, 2, 0, cnode_copy},
    [CNodeMint] = {CAP_CNODE, 2, 0, cnode_mint},
    [CNodeMove] = {CAP_CNODE, 2, 0, cnode_move},
    [CNodeMutate] = {CAP_CNODE, 2, 0, cnode_mutate},
    [CNodeRotate] = {CAP_CNODE, 2, 0, cnode_rotate},
    [CNodeSaveCaller] = {CAP_CNODE, 2, 0, cnode_save_caller},

    [IRQIssueIRQHandler] = {CAP_IRQ_CONTROL, 3, 1, irq_control_get},
    [ARMIRQIssueIRQHandlerTrigger] = {CAP_IRQ_CONTROL, 4, 1, irq_control_get_trigger},
    [ARMIRQIssueSGISignal] = {CAP_IRQ_CONTROL, 4, 1, irq_control_issue_sgi},
    [IRQAckIRQ] = {CAP_IRQ_HANDLER, 0, 0, irq_handler_ack},
    [IRQSetIRQHandler] = {CAP_IRQ_HANDLER, 0, 1, irq_handler_set},
    [IRQClearIRQHandler] = {CAP_IRQ_HANDLER, 0, 0, irq_handler_clear},

    [DomainSetSet] = {CAP_DOMAIN, 1, 1, domain_set},
    [DomainScheduleConfigure] = {CAP_DOMAIN, 3, 0, domain_configure},
    [DomainScheduleSetStart] = {CAP_DOMAIN, 1, 0, domain_set_start},

    [ARMVSpaceClean_Data] = {CAP_VSPACE, 2, 0, cache_of_space},
    [ARMVSpaceInvalidate_Data] = {CAP_VSPACE, 2, 0, cache_of_space},
    [ARMVSpaceCleanInvalidate_Data] = {CAP_VSPACE, 2, 0, cache_of_space},
    [ARMVSpaceUnify_Instruction] = {CAP_VSPACE, 2, 0, cache_of_space},

    [ARMPageTableMap] = {CAP_PAGE_TABLE, 2, 1, page_table_map},
    [ARMPageTableUnmap] = {CAP_PAGE_TABLE, 0, 0, page_table_unmap},

    [ARMPageMap] = {CAP_FRAME, 3, 1, page_map},
    [ARMPageUnmap] = {CAP_FRAME, 0, 0, page_unmap},
    [ARMPageClean_Data] = {CAP_FRAME, 2, 0, cache_of_page},
    [ARMPageInvalidate_Data] = {CAP_FRAME, 2, 0, cache_of_page},
    [ARMPageCleanInvalidate_Data] = {CAP_FRAME, 2, 0, cache_of_page},
    [ARMPageUnify_Instruction] = {CAP_FRAME, 2, 0, cache_of_page},
    [ARMPageGetAddress] = {CAP_FRAME, 0, 0, page_get_address},

    [ARMASIDControlMakePool] = {CAP_ASID_CONTROL, 2, 2, asid_control_make_pool},
    [ARMASIDPoolAssign] = {CAP_ASID_POOL, 0, 1, asid_pool_assign},

    [ARMVCPUSetTCB] = {CAP_VCPU, 0, 1, vcpu_set_tcb},
    [ARMVCPUInjectIRQ] = {CAP_VCPU, 1, 0, vcpu_inject_irq},
    [ARMVCPUReadReg] = {CAP_VCPU, 1, 0, vcpu_read_register},
    [ARMVCPUWriteReg] = {CAP_VCPU, 2, 0, vcpu_write_register},
    [ARMVCPUAckVPPI] = {CAP_VCPU, 1, 0, vcpu_ack_vppi},

    [ARMSMCCall] = {CAP_SMC, 8, 0, smc_call},
};

int operation_refuse(struct invocation *invocation)
{
    uint64_t label = invocation->label;
    enum cap_type type = cap_type(&invocation->slot->cap);

    switch (type) {
    case CAP_NULL:
    case CAP_DYING:
    case CAP_REMNANT:
        return refuse_capability(0);
    case CAP_SGI_SIGNAL:
        irq_raise_sgi(&invocation->slot->cap);
        return seL4_NoError;
    default:
        break;
    }
    if (label < nArchInvocationLabels && operations[label].type == type)
        return refuse(seL4_TruncatedMessage);
    if (type == CAP_THREAD && label == NUCLEUS_TCB_TICKS)
        return tcb_ticks(invocation);
    if (type == CAP_UNTYPED && label == NUCLEUS_UNTYPED_ZERO)
        return untyped_zero(invocation);
#if NUCLEUS_CHECKED
    if (type == CAP_THREAD && label == NUCLEUS_TCB_BREAK && invocation->length >= 1)
        return check_break((unsigned)invocation_word(invocation, 0)) ? seL4_NoError : refuse_argument(0);
#endif
    return refuse(seL4_IllegalOperation);
}

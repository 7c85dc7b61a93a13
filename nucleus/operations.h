/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/operations.h: all operations of the table in operations.c. Each checks, then acts; see
 * invocation.h. abi/invocations.abi and the manual describe what they do and take.
 */
#pragma once

#include "nucleus/domain.h"
#include "nucleus/invocation.h"

/* untyped.c */
int untyped_retype(struct invocation *invocation);
int untyped_zero(struct invocation *invocation);

/* tcb.c */
int tcb_configure(struct invocation *invocation);
int tcb_set_priority(struct invocation *invocation);
int tcb_set_mc_priority(struct invocation *invocation);
int tcb_set_sched_params(struct invocation *invocation);
int tcb_set_ipc_buffer(struct invocation *invocation);
int tcb_set_space(struct invocation *invocation);
int tcb_suspend(struct invocation *invocation);
int tcb_resume(struct invocation *invocation);
int tcb_bind_notification(struct invocation *invocation);
int tcb_unbind_notification(struct invocation *invocation);
int tcb_set_tls_base(struct invocation *invocation);
int tcb_set_flags(struct invocation *invocation);
int tcb_ticks(struct invocation *invocation);

/* registers.c */
int tcb_read_registers(struct invocation *invocation);
int tcb_write_registers(struct invocation *invocation);
int tcb_copy_registers(struct invocation *invocation);

/* cnode.c */
int cnode_revoke(struct invocation *invocation);
int cnode_delete(struct invocation *invocation);
int cnode_cancel_badged_sends(struct invocation *invocation);
int cnode_copy(struct invocation *invocation);
int cnode_mint(struct invocation *invocation);
int cnode_move(struct invocation *invocation);
int cnode_mutate(struct invocation *invocation);
int cnode_rotate(struct invocation *invocation);
int cnode_save_caller(struct invocation *invocation);

/* irq.c */
int irq_control_get(struct invocation *invocation);
int irq_control_get_trigger(struct invocation *invocation);
int irq_control_issue_sgi(struct invocation *invocation);
int irq_handler_ack(struct invocation *invocation);
int irq_handler_set(struct invocation *invocation);
int irq_handler_clear(struct invocation *invocation);

/* page.c, page_table.c */
int page_map(struct invocation *invocation);
int page_unmap(struct invocation *invocation);
int page_get_address(struct invocation *invocation);
int page_table_map(struct invocation *invocation);
int page_table_unmap(struct invocation *invocation);

/* cache.c */
int cache_of_page(struct invocation *invocation);
int cache_of_space(struct invocation *invocation);

/* asid.c */
int asid_control_make_pool(struct invocation *invocation);
int asid_pool_assign(struct invocation *invocation);

/* vcpu_invoke.c */
int vcpu_set_tcb(struct invocation *invocation);
int vcpu_inject_irq(struct invocation *invocation);
int vcpu_read_register(struct invocation *invocation);
int vcpu_write_register(struct invocation *invocation);
int vcpu_ack_vppi(struct invocation *invocation);

/* smc.c */
int smc_call(struct invocation *invocation);

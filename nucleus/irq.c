/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/irq.c: interrupts.
 *
 * An interrupt of a device is masked when it comes, its notification is signalled, and IRQAckIRQ
 * unmasks it. Each interrupt has a slot for the notification's capability: a copy of the user's, in
 * the derivation list like every other.
 *
 * Bottom-up: what each interrupt is for; handling; the invocations.
 */
#include <sel4/constants.h>

#include "nucleus/irq.h"

#include <board_kernel.h>
#include "nucleus/arch.h"
#include "nucleus/debug.h"
#include "nucleus/deletion.h"
#include "nucleus/derivation.h"
#include "nucleus/gic.h"
#include "nucleus/notification.h"
#include "nucleus/operations.h"
#include "nucleus/scheduler.h"
#include "nucleus/syscall.h"
#include "nucleus/timer.h"
#include "nucleus/vcpu.h"

enum irq_use {
    IRQ_FREE,
    IRQ_HANDLED, /* by user level: there is a handler capability */
    IRQ_TICK,
    IRQ_VIRTUAL, /* of the current virtual CPU */
};

static struct {
    uint8_t use;
} irqs[BOARD_IRQ_COUNT];

static struct slot slots[BOARD_IRQ_COUNT]; /* empty, or a notification with the right to signal */

#define SGI_COUNT 16
#define SGI_TARGETS 8

/* ---- Handling ---- */

static void signal(unsigned irq)
{
    const struct capability *cap = &slots[irq].cap;

    gic_mask(irq);
    if (cap_type(cap) == CAP_NOTIFICATION)
        notification_signal(cap_object(cap), cap->endpoint.badge);
}

static void dispatch(unsigned irq)
{
    if (irq >= BOARD_IRQ_COUNT)
        return;
    switch (irqs[irq].use) {
    case IRQ_HANDLED:
        signal(irq);
        break;
    case IRQ_TICK:
        timer_restart();
        scheduler_tick();
        break;
    case IRQ_VIRTUAL:
        vcpu_interrupt(irq);
        break;
    default:
        gic_mask(irq);
        break;
    }
}

void irq_handle(void)
{
    uint32_t taken = gic_take();
    unsigned irq = gic_number(taken);

    if (irq == GIC_NONE)
        return;
    dispatch(irq);
    gic_end(taken);
}

struct thread *interrupt_enter(struct thread *thread)
{
    thread->context.fault_pc = thread->context.pc;
    irq_handle();
    return scheduler_run();
}

static void take_for_kernel(unsigned irq, enum irq_use use)
{
    irqs[irq].use = (uint8_t)use;
    gic_unmask(irq);
}

void irq_boot(void)
{
    gic_boot();
    take_for_kernel(BOARD_IRQ_KERNEL_TIMER, IRQ_TICK);
    take_for_kernel(BOARD_IRQ_VGIC, IRQ_VIRTUAL);
    take_for_kernel(BOARD_IRQ_VIRTUAL_TIMER, IRQ_VIRTUAL);
}

/* ---- Interrupt control ---- */

/* A handler for `irq` in the slot that the words from `first` on name in capability 0. */
static int issue_handler(struct invocation *invocation, uint64_t irq, unsigned first, bool set_trigger, bool edge)
{
    struct capability cap = cap_new(CAP_IRQ_HANDLER, 0);
    struct slot *to;
    int error;

    if (irq >= BOARD_IRQ_COUNT)
        return refuse_range(0, BOARD_IRQ_COUNT - 1);
    if (irqs[irq].use != IRQ_FREE)
        return refuse(seL4_RevokeFirst);
    to = invocation_empty_slot(&invocation->caps[0]->cap, invocation_word(invocation, first),
                               invocation_depth(invocation, first + 1), &error);
    if (to == NULL)
        return error;
    if (set_trigger)
        gic_set_edge((unsigned)irq, edge);
    irqs[irq].use = IRQ_HANDLED;
    cap.interrupt.irq = (uint32_t)irq;
    derivation_insert(invocation->slot, to, &cap);
    gic_unmask((unsigned)irq);
    return seL4_NoError;
}

int irq_control_get(struct invocation *invocation)
{
    return issue_handler(invocation, invocation_word(invocation, 0), 1, false, false);
}

int irq_control_get_trigger(struct invocation *invocation)
{
    return issue_handler(invocation, invocation_word(invocation, 0), 2, true, invocation_word(invocation, 1) != 0);
}

int irq_control_issue_sgi(struct invocation *invocation)
{
    struct capability cap = cap_new(CAP_SGI_SIGNAL, 0);
    uint64_t irq = invocation_word(invocation, 0);
    uint64_t target = invocation_word(invocation, 1);
    struct slot *to;
    int error;

    if (irq >= SGI_COUNT)
        return refuse_range(0, SGI_COUNT - 1);
    if (target >= SGI_TARGETS)
        return refuse_argument(1);
    to = invocation_empty_slot(&invocation->caps[0]->cap, invocation_word(invocation, 2),
                               invocation_depth(invocation, 3), &error);
    if (to == NULL)
        return error;
    cap.interrupt.irq = (uint32_t)irq;
    cap.interrupt.target = (uint32_t)target;
    derivation_insert(invocation->slot, to, &cap);
    return seL4_NoError;
}

void irq_raise_sgi(const struct capability *cap)
{
    gic_raise_sgi(cap->interrupt.irq, 1u << cap->interrupt.target);
}

/* ---- Handlers ---- */

int irq_handler_ack(struct invocation *invocation)
{
    gic_unmask(invocation->slot->cap.interrupt.irq);
    return seL4_NoError;
}

int irq_handler_set(struct invocation *invocation)
{
    struct slot *from = invocation->caps[0];
    struct slot *to = &slots[invocation->slot->cap.interrupt.irq];
    struct capability copy = from->cap;
    int error;

    if (cap_type(&from->cap) != CAP_NOTIFICATION || !cap_may_send(&from->cap))
        return refuse_capability(0);
    error = slot_delete(to);
    if (error != seL4_NoError)
        return error;
    derivation_insert(from, to, &copy);
    return seL4_NoError;
}

int irq_handler_clear(struct invocation *invocation)
{
    return slot_delete(&slots[invocation->slot->cap.interrupt.irq]);
}

struct slot *irq_handler_end(const struct capability *cap)
{
    unsigned irq = cap->interrupt.irq;

    gic_mask(irq);
    irqs[irq].use = IRQ_FREE;
    return &slots[irq];
}

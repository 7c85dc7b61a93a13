/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: the console's transmit interrupt is raised by a store, a thread above waits for it (PL011, Arm DDI 0183:
 * interrupt mask at 0x38, bit 5 = transmit). */
#include "bench/kernel/measure.h"

enum { usual = 1000, uart_irq = 33, uart_mask = 0x38 / 4, transmit = 1 << 5 };

static volatile unsigned *uart;
static seL4_CPtr handler;
static seL4_CPtr notification;

static void serve(void)
{
    for (;;) {
        seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0);
        uart[uart_mask] = 0;
        seL4_IRQHandler_Ack(handler);
    }
}

static void serve_and_note(void)
{
    for (;;) {
        seL4_RecvWithMRs(notification, 0, 0, 0, 0, 0);
        measure_end_elsewhere();
        uart[uart_mask] = 0;
        seL4_IRQHandler_Ack(handler);
    }
}

static void raise(void) { uart[uart_mask] = transmit; }
static void acknowledge(void) { seL4_IRQHandler_Ack(handler); }

static void get(void)
{
    uart = console_registers();
    handler = slot_new();
    notification = object_new(seL4_NotificationObject, 0);
    seL4_IRQControl_Get(seL4_CapIRQControl, uart_irq, root, handler, deep);
    seL4_IRQHandler_SetNotification(handler, notification);
}

static void open_note(void)
{
    get();
    partner_start(serve_and_note, 1, same_space);
}

static void open_round(void)
{
    get();
    partner_start(serve, 1, same_space);
}

static void close(void)
{
    partner_stop();
    cap_delete(handler);
}

static const struct operation list[] = {
    {"IRQ -> user thread (UART SPI 33)", "noFPU: IRQ -> user thread", usual, open_note, 0, raise, 0, close},
    {"IRQ full round (deliver, clear, Ack, Wait, resume)", "noFPU: IRQ full round", usual, open_round, 0, raise, 0, close},
    {"IRQHandler_Ack alone", 0, usual, get, 0, acknowledge, 0, close},
};

void bench_interrupts(void)
{
    measure_list(list, sizeof list / sizeof list[0]);
}

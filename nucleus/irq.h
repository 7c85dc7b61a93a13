/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/irq.h: interrupts and the notifications that they signal (manual 8.1, "Interrupt delivery").
 */
#pragma once

#include "nucleus/capability.h"

/* Takes and handles the interrupt that waits, if one does. */
void irq_handle(void);

/* The kernel's own interrupts are taken; the controller runs. */
void irq_boot(void);

/* The last capability of an interrupt's handler goes. Returns the slot with what it signalled. */
struct slot *irq_handler_end(const struct capability *cap);

/* Invocation of an SGI signal capability. */
void irq_raise_sgi(const struct capability *cap);

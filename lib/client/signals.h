/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/signals.h: what arrives at a notification, as root task and programs both see it.
 *
 * A notification is a word of bits that others set and one takes. A thread has one that is bound
 * to it: what is signalled there arrives where the thread receives. Each bit has a fixed place:
 *
 *   0 to 31    the program's own: interrupts, handles of type NTFN
 *   32 to 59   rings (lib/ring)
 *   60         somebody interrupts (word.interrupt)
 *   61         a wait for a word of memory is over
 *   62         the root task has work for a server, or a fault for a handler (idl/fault.idl)
 *   63         every signal has it, and no request does
 */
#pragma once

#include <stdint.h>

#define SIGNAL_BIT(bit) (UINT64_C(1) << (bit))

/* Bits that a handle of type NTFN can bring are below. */
#define SIGNAL_HANDLE_BITS 60u
#define SIGNAL_OWN_BITS 32u
#define SIGNAL_RING_FIRST 32u
#define SIGNAL_RINGS 28u

#define SIGNAL_RING ((SIGNAL_BIT(SIGNAL_RINGS) - 1) << SIGNAL_RING_FIRST)
#define SIGNAL_OWN (SIGNAL_BIT(SIGNAL_OWN_BITS) - 1)
#define SIGNAL_LOOK_BIT 60u
#define SIGNAL_WOKEN_BIT 61u
#define SIGNAL_WOKEN SIGNAL_BIT(SIGNAL_WOKEN_BIT)
#define SIGNAL_WORK_BIT 62u
#define SIGNAL_WORK SIGNAL_BIT(SIGNAL_WORK_BIT)
#define SIGNAL_MARK SIGNAL_BIT(63)

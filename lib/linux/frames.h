/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/frames.h: a handler's frame on the program's stack, as Linux has it (sigaction(2), the ABI of AArch64). */
#pragma once

#include "lib/linux/linux.h"

/* ucontext, up to the floating point registers, which are first in the room behind it. */
struct linux_context {
    uint64_t flags, link;
    struct linux_stack stack;
    uint64_t mask, more_mask[15], pad;
    uint64_t fault_address, x[31], sp, pc, state, pad2;
};
_Static_assert(offsetof(struct linux_context, fault_address) == 176 && sizeof(struct linux_context) == 464, "ucontext");

/* Before that, a pair of registers for linux_jump, and why the handler runs. */
struct linux_frame {
    uint64_t pair[2];
    struct linux_siginfo info;
    struct linux_context context;
};

/* What is in the program's registers: of a call that is about to return, or as the last upcall left them. */
void frame_of_call(struct thread *thread, int64_t result, struct linux_context *context);
void frame_of_upcall(const struct thread *thread, struct linux_context *context);

/* Puts a frame, whose info and registers are there, onto the program's stack (the alternate one, if the action says so) and makes the
 * block go on in the handler; false: the
 * stack is not there. `mask` is what the program has again afterwards. */
bool frame_enter(struct thread *thread, const struct linux_sigaction *action, struct linux_frame *frame, uint64_t mask);

/* Takes the frame away that rt_sigreturn finds: the context; false: there is none. */
bool frame_leave(struct thread *thread, struct linux_context *context);
/* Makes the block go on as a context says, where that is behind a call; false: it is not, and the upcall's frame is set instead, for
 * pd.resume. */
bool frame_set(struct thread *thread, const struct linux_context *context);

/* The call whose stub begins at an address; 0: none does. */
uint64_t frame_site_of(uint64_t stub);

/* Is an address on the alternate stack? */
bool frame_on_stack(const struct linux_stack *stack, uint64_t sp);

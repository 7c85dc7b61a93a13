/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fpu.h: the owner of the floating point unit.
 */
#pragma once

#include <sel4/constants.h>

#include "nucleus/thread.h"

/* At boot: the unit is closed. */
void fpu_boot(void);

/* The processor goes to `thread`. */
void fpu_switch(struct thread *thread);

/* The current thread touched the unit while it was closed. False: it may not use it. */
bool fpu_trap(struct thread *thread);

/* The thread's values are saved in its TCB, and it owns the unit no longer. */
void fpu_release(struct thread *thread);

/* seL4_TCBFlag_fpuDisabled may have changed. */
void fpu_flags_changed(struct thread *thread);

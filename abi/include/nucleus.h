/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus.h: what nucleus offers beyond seL4's interface. Programs must do without
 * it: seL4 refuses these operations with seL4_IllegalOperation.
 */
#pragma once

/*
 * Label of an invocation of a TCB without arguments: how long the thread has had
 * the processor. The answer's first message word: ticks of the scheduler at which it
 * was the one that ran; the second: nanoseconds from tick to tick. The label is beyond all those
 * of seL4 16.0.0 (abi/invocations.abi).
 */
#define NUCLEUS_TCB_TICKS 0x4e55

/*
 * Label of an invocation of untyped memory that has no children and is RAM, of a page at least: zeroes it from its start, up to so
 * many pages (one word), so that a frame that is made of it need not be zeroed any more. The answer's first message word: how many
 * are zero by now. seL4_InvalidArgument: it does not have so many; seL4_RevokeFirst: it has children.
 */
#define NUCLEUS_UNTYPED_ZERO 0x4e57

/*
 * Only in the checked build, for the tests of its checker: breaks something. One word: what
 * (nucleus/check_break.c); seL4_InvalidArgument if there is no such thing.
 */
#define NUCLEUS_TCB_BREAK 0x4e56

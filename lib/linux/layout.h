/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/layout.h: what assembly and C both know of struct thread, and of the registers that an upcall leaves. */
#pragma once

/* Offsets in struct thread. */
#define THREAD_X 0 /* x0 to x18 */
#define THREAD_SP 152
#define THREAD_LR 160
#define THREAD_NZCV 168
#define THREAD_FRAME 176 /* registers of the last upcall: as pd.upcall says (idl/pd.idl) */
#define THREAD_MARK 496  /* not 0: signals are to be looked for before the program goes on; behind the frame */
#define THREAD_AFTER 504 /* a function to be called before that; 0: none */
#define THREAD_SAVED 512 /* x19 to x29, where a call needs them */

#define THREAD_ANSWERS 600 /* of the calls from getpid to gettid, which have nothing to find out */

/* Its bytes, at most: they are the top of the personality's stack. */
#define THREAD_BYTES 1024

/* Offsets in an upcall's frame. */
#define FRAME_PC 0
#define FRAME_SP 8
#define FRAME_SPSR 16
#define FRAME_X0 24 /* x0 to x8, then x16, x17, x18, x29, x30, x9 to x15, x19 to x28: the order of seL4_UserContext */
#define FRAME_X16 (FRAME_X0 + 9 * 8)
#define FRAME_X30 (FRAME_X0 + 13 * 8)
#define FRAME_TPIDR 272
#define FRAME_CAUSE 288
#define FRAME_ADDRESS 296
#define FRAME_SYNDROME 304
#define FRAME_NUMBER 312
#define FRAME_WORDS 40

/* Floating point registers in the frame of a handler: struct fpsimd_context. */
#define FP_MAGIC_HIGH 0x4650
#define FP_MAGIC_LOW 0x8001
#define FP_BYTES 528

/* In an IPC buffer: the thread that it belongs to. */
#define BUFFER_THREAD 968

/* The personality is linked here; what the program maps lies below. */
#define ZONE_START 0x3f80000000

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/rewrite.h: system calls in a program's code become branches to stubs, which enter the personality.
 *
 * Stubs lie within 128 MiB of the code. No register is free at a call, so a stub pushes two, and 16 bytes below SP are
 * used. An area of stubs begins with the branch to the entry that all of them share:
 *
 *   common: ldr x16, 1f ; br x16 ; 1: .quad entry
 *   stub:   stp x16, x30, [sp, #-16]! ; bl common ; ldp x16, x30, [sp], #16 ; b <behind the call>
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Bytes of `common`, and of a stub. */
#define STUB_BYTES 16u
/* What a stub begins with: stp x16, x30, [sp, #-16]! */
#define STUB_FIRST UINT32_C(0xa9bf7bf0)
/* The places in a stub where a call has been made and the program has not gone on. */
#define STUB_LDP 8u
#define STUB_B 12u

/* svc #0; svc with another immediate is no system call of Linux. */
#define INSTRUCTION_SVC UINT32_C(0xd4000001)

/* Calls in `words` words of code. */
uint64_t rewrite_count(const uint32_t *code, uint64_t words);

/* Bytes that an area for this many calls takes. */
static inline uint64_t rewrite_area(uint64_t calls)
{
    return STUB_BYTES * (1 + calls);
}

/* Where stubs go: `memory` is written, and will be at `address`. */
struct stubs {
    uint32_t *memory;
    uint64_t address;
    uint64_t used, bytes; /* of the area */
};

/* Begins an area; false: it has no room for `common`. */
bool stubs_begin(struct stubs *stubs, uint64_t entry);

/* Replaces the calls in `words` words of code, which is written at `code` and will be at `address`. False: a stub is out of
 * reach, or the area is full; calls before that are replaced. */
bool rewrite_code(struct stubs *stubs, uint32_t *code, uint64_t address, uint64_t words);

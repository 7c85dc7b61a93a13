/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/syndrome.h: what the processor says about an exception, in words: the
 * exception syndrome register, ESR_EL1 or ESR_EL2 (Arm ARM DDI 0487, D17.2.37).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exception classes that somebody asks for. */
enum { SYNDROME_UNKNOWN = 0x00, SYNDROME_SVC = 0x15, SYNDROME_PC_ALIGNMENT = 0x22, SYNDROME_BRK = 0x3c };

static inline unsigned syndrome_class(uint64_t syndrome)
{
    return (unsigned)(syndrome >> 26 & 0x3f);
}

/* Of a data abort: was it a write? */
static inline bool syndrome_is_write(uint64_t syndrome)
{
    return (syndrome >> 6 & 1) != 0;
}

/* Of a BRK instruction: its number. */
static inline unsigned syndrome_comment(uint64_t syndrome)
{
    return (unsigned)(syndrome & 0xffff);
}

/* Of a data or instruction abort: is it about a page, one that is not mapped or not with these
 * rights? Only such a fault can be mended by mapping something. */
bool syndrome_is_page_fault(uint64_t syndrome);

/* Of a data or instruction abort that concerns no page: what it concerns. */
const char *syndrome_abort(uint64_t syndrome);

/* Of other exceptions: what the program did, behind "it "; cut to `size`. */
void syndrome_describe(uint64_t syndrome, char *text, size_t size);

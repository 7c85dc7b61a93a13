/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/secret.h: looks for a word that is kept somewhere else: in all memory that can be read, and in the answers to requests
 * that name its address. */
#pragma once

#include <stdint.h>

/* Whoever looks must not have the word itself anywhere: it knows the word with these bits inverted. */
#define SECRET_MASK UINT64_C(0xa5a5a5a5a5a5a5a5)

/* How often the word turns up. `address` is where it lies in the address space that has it. */
unsigned secret_seen(uint64_t masked, uint64_t address);

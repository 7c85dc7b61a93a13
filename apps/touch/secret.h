/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/secret.h: looks for a word that another address space keeps: in all memory that can be read, and in the answers to requests
 * that name the word's address. */
#pragma once

#include <stdint.h>

/* The search must not find copies of its own: it knows the word only with these bits inverted. */
#define SECRET_MASK UINT64_C(0xa5a5a5a5a5a5a5a5)

/* Counts how often the word is found. `masked`: the word with the bits of SECRET_MASK inverted; `address`: where it is in the address
 * space that has it. */
unsigned secret_seen(uint64_t masked, uint64_t address);

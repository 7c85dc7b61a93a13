/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/touch.h: accesses that may fault, each of which returns whether it succeeded. For the current PD, after touch_begin(). */
#pragma once

#include <lib/client/client.h>
#include <stdbool.h>

/* Where a fault saves the registers (pd.upcall); must stay valid until touch_end(). */
struct touch_frame {
    uint64_t words[48];
};

/* From now on, until touch_end(), a fault of the PD makes one of the functions below return 0. */
cell_error_t touch_begin(struct touch_frame *frame);
void touch_end(void);

/* Reads a word. */
bool touch_read(uint64_t address);
/* Reads a word, and writes the same value. */
bool touch_write(uint64_t address);
/* Calls an address, which must hold a return instruction. */
bool touch_execute(uint64_t address);
/* Sends a request that does not exist; returns its error. */
uint64_t touch_call(cell_cap_t at);

/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/touch/touch.h: accesses that may fault, each of which tells whether it worked. For the PD that runs, after touch_begin(). */
#pragma once

#include <lib/client/client.h>
#include <stdbool.h>

/* What a fault leaves behind (pd.upcall), in memory that stays until touch_end(). */
struct touch_frame {
    uint64_t words[48];
};

/* From now on, until touch_end(), a fault of the PD makes one of the functions below return 0. */
cell_error_t touch_begin(struct touch_frame *frame);
void touch_end(void);

bool touch_read(uint64_t address);
/* The word that stands there. */
bool touch_write(uint64_t address);
/* A return instruction. */
bool touch_execute(uint64_t address);
/* A request that nobody knows; returns its error. */
uint64_t touch_call(cell_cap_t at);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/instruction.h: loads and stores that the hardware does not describe in its syndrome (EXIT_BLIND): those of a pair of
 * registers, and those that change the register with the address (Arm DDI 0487, section C4.1.94, "Loads and Stores").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/vmm/exit.h"

struct instruction {
    struct exit access[2]; /* EXIT_ACCESS each; the second lies behind the first */
    unsigned accesses;     /* 1 or 2 */
    bool changes;          /* the register with the address is changed, too */
    uint8_t base;          /* that register, 0 to 30 */
    int16_t change;        /* by this much */
};

/* False: it is no such instruction, or one of vector registers, or its address is in the stack pointer. */
bool instruction_decode(uint32_t word, struct instruction *instruction);

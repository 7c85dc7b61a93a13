/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/walk.h: from a guest's addresses to its physical ones, by its own translation tables (Arm DDI 0487, chapter D8:
 * stage 1 of EL1, 48 bits, any of the three granules). The tables are the guest's, and may say anything: what they name is
 * read by the caller's function, four words at most.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct walk {
    uint64_t sctlr, tcr, ttbr0, ttbr1; /* as the registers are */
    /* Reads a word of the guest's memory, at an address that is a multiple of 8. False: there is no memory. */
    bool (*read)(void *context, uint64_t address, uint64_t *word);
    void *context;
};

/* False: nothing is there. */
bool walk(const struct walk *walk, uint64_t address, uint64_t *physical);

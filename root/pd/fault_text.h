/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/fault_text.h: a fault in words.
 */
#pragma once

#include "root/core/pd.h"

#define FAULT_TEXT_SIZE 4096u

struct fault_facts {
    uint64_t label;    /* seL4_Fault_… */
    uint64_t counter;  /* where, as the message says */
    uint64_t address;  /* that was touched, or capability address */
    unsigned access;   /* HANDLE_READ, _WRITE or _EXECUTE */
    uint64_t syndrome; /* ESR */
    uint64_t number;   /* of the system call */
    enum ads_fault region; /* of a page fault; ADS_FAULT_NONE: it is none */
    bool forged;
    uint32_t instruction; /* that the program counter is at; 0: not to be read */
    uint64_t registers[CPU_REGISTERS]; /* of the stopped thread */
};

/* Writes the report: which PD, cause, region, guess, registers, backtrace. */
void fault_text(struct pd *pd, const struct fault_facts *facts, char text[FAULT_TEXT_SIZE]);

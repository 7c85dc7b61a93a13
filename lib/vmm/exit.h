/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/vmm/exit.h: why a guest's CPU has stopped, from the syndrome that the hardware gives (ESR_EL2: Arm DDI 0487,
 * section D17.2.37).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum exit_kind {
    EXIT_ACCESS, /* of memory that is not there, one register: struct exit's fields say what */
    EXIT_BLIND,  /* the same, by an instruction that the hardware does not describe */
    EXIT_FETCH,  /* of an instruction */
    EXIT_WAIT,   /* WFI or WFE */
    EXIT_HVC,
    EXIT_SMC,
    EXIT_REGISTER, /* a system register, MSR or MRS */
    EXIT_OTHER,
};

struct exit {
    enum exit_kind kind;
    bool write;      /* ACCESS, REGISTER: the guest writes */
    bool extend;     /* ACCESS, a read: the sign is extended */
    bool wide;       /* ACCESS: into 64 bits, otherwise the upper 32 become 0 */
    bool event;      /* WAIT: WFE */
    uint8_t bytes;   /* ACCESS: 1, 2, 4, 8 */
    uint8_t target;  /* ACCESS, REGISTER: number of the register, 31: none, zero */
    uint16_t number; /* HVC, SMC: the immediate */
    uint32_t system; /* REGISTER: op0 op1 CRn CRm op2, as EXIT_SYSTEM() */
};

#define EXIT_SYSTEM(op0, op1, crn, crm, op2) \
    ((uint32_t)(op0) << 20 | (uint32_t)(op2) << 17 | (uint32_t)(op1) << 14 | (uint32_t)(crn) << 10 | (uint32_t)(crm) << 1)

struct exit exit_decode(uint64_t syndrome);

/* What a read of `value` leaves in the register. */
uint64_t exit_extend(const struct exit *exit, uint64_t value);

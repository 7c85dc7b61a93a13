/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/account.h: who pays for what. Every PD has an account; what it makes is
 * charged to it until that is freed, even if others hold it by then, so an
 * account outlives its PD while something stands on it.
 *
 *   pages    4 KiB frames of memory objects
 *   objects  kernel objects (TCBs, page tables, CNodes, endpoints …)
 *   slots    handles and further mappings
 */
#pragma once

#include <stdint.h>

#include "root/base/errors.h"

enum account_unit { ACCOUNT_PAGES, ACCOUNT_OBJECTS, ACCOUNT_SLOTS, ACCOUNT_UNITS };

#define ACCOUNT_UNLIMITED UINT64_MAX

struct account {
    uint64_t used[ACCOUNT_UNITS];
    uint64_t limit[ACCOUNT_UNITS];
    uint32_t references;
};

/* The root task's own; without limits. */
extern struct account root_account;

/* A new account without limits and one reference; NULL: no memory. */
struct account *account_create(void);
void account_refer(struct account *account);
/* Gives a reference up; the last one frees the account. */
void account_release(struct account *account);

/* Takes `count` of a unit: CELL_QUOTA if that goes above the limit; CELL_NO_MEMORY
 * if the machine is down to its reserve (memory_short()), which only root_account
 * may touch. Nothing is charged then. */
cell_error_t account_charge(struct account *account, enum account_unit unit, uint64_t count);
void account_refund(struct account *account, enum account_unit unit, uint64_t count);

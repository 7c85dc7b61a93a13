/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/domain.h: the schedule of domains.
 */
#pragma once

#include "nucleus/invocation.h"

/* Entries of the schedule (seL4's CONFIG_NUM_DOMAIN_SCHEDULES). The last is always an end marker. */
#define DOMAIN_ENTRIES 100
/* Domains that threads and entries may be of. */
#define DOMAINS (NUCLEUS_PLAIN ? 1 : CONFIG_NUM_DOMAINS)
/* Longest duration of an entry, ticks. */
#define DOMAIN_DURATION_BITS 56

/* A tick; asks the scheduler to choose when the domain's time is over. */
void domain_tick(void);

/* Goes to the next entry if the time of the present one is over. */
void domain_advance(void);

/* Invocations of the domain capability. */
int domain_set(struct invocation *invocation);
int domain_configure(struct invocation *invocation);
int domain_set_start(struct invocation *invocation);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/fault.h: faults of PDs: pages that are made when touched, and reports for
 * people of everything else.
 */
#pragma once

#include "root/pd/fault_text.h"

/* Registers with the request loop. */
void fault_init(void);

/* A report that is kept. */
struct fault_report {
    uint64_t number; /* from 1 */
    uint64_t pd;
    const char *text; /* zero-terminated */
};

/* Adds a report about a PD. */
void fault_report_keep(uint64_t pd, const char *text);
/* Ends a PD, which is stopped, by a fault, with a report. */
void fault_ends(struct pd *pd, const struct fault_facts *facts);
/* Ends a server that is alive and has not answered for this long, as by a fault, with a report. */
void fault_hangs(struct pd *pd, uint64_t seconds);

/* The oldest kept report with a number above `after`; false: none. */
bool fault_report_next(uint64_t after, struct fault_report *report);

/* Reports that are kept; older ones are forgotten. */
#define FAULT_REPORTS 64u
/* Reports for the PDs of one budget in a second; those of further faults are only counted. */
#define FAULT_REPORTS_A_SECOND 8u

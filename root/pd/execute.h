/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/execute.h: making PDs: from a configuration's text to a PD that runs.
 */
#pragma once

#include "lib/plan/plan.h"
#include "root/core/pd.h"

/* Carries a plan out. All or nothing; the new PD runs and refers to itself. */
cell_error_t execute(struct pd *creator, const struct plan *plan, struct pd **made,
                     struct plan_error *error);

/* Plans a configuration as `creator` and carries the plan out. */
cell_error_t create_configured(struct pd *creator, const struct config *config, struct pd **made,
                               struct plan_error *error);

/* Reads one block, plans it as `creator` (the root task: with the system's
 * authority) and carries it out. */
cell_error_t pd_make(struct pd *creator, const char *text, size_t length, uint32_t line,
                       struct pd **made, struct plan_error *error);

/* What a creator sees of the system (view.c). */
struct plan_view view_of(struct pd *creator);

/* The MO of pages of the boot archive; shared by all who map it. */
cell_error_t segment_mo(const struct archive_file *file, uint64_t offset, uint64_t pages,
                        struct mo **mo);

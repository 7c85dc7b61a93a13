/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/authority.h: authority over PDs (docs/authority.md).
 *
 * Authority over a PD is a handle of it. A handle of P counts, with its rights,
 * for P and for all that P made, directly or through others, and goes on doing so
 * when P is dead. PD_0 made the first PDs, so a handle of it covers all.
 * Costs the number of makers between the PDs, without the dead ones that nobody
 * holds, however many handles there are.
 */
#pragma once

#include "root/core/pd.h"

/* The rights of all handles of `asker` that cover `target`, together. The root task has all
 * rights over everyone; a PD has none over itself without a handle. */
unsigned authority_over(const struct pd *asker, struct pd *target);

/* Of a handle of `holder` and an id: the PD with that id, alive or ended, if the handle
 * covers it; else NULL. */
struct pd *authority_select(const struct pd *holder, uint64_t id);

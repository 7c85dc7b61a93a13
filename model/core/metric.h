/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that all metrics take. All zero is the definition of docs/model-metrics.md. */
#pragma once

#include "graph.h"

struct cm_metric_options {
    bool compat;             /* the numbers of the original tool */
    uint32_t depth;          /* RSI: paths of at most this many edges; 0: no limit (compat: 4) */
    bool not_direct;         /* FR: ignore the requests between the two PDs */
    const cm_node *without;  /* FR: PDs to ignore */
    uint32_t without_count;
};

/* SPDX-License-Identifier: BSD-2-Clause */
#include "root/graph.h"
#include "root/serve_pd.h"
#include "root/system.h"
void graph_init(void) {}
void system_check_ready(void) {}
cell_error_t serve_graph(struct request *request) { (void)request; return CELL_UNSUPPORTED; }

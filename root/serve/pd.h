/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd.h: what the handlers of pd, handle, machine, report, resspc and graph share.
 */
#pragma once

#include "root/core/mo.h"
#include "root/core/pd.h"
#include "root/serve/serve.h"

/* Registers these interfaces. */
void serve_pd_start(void);
cell_error_t serve_resspc(struct request *request);
cell_error_t serve_graph(struct request *request);
cell_error_t serve_handle(struct request *request);
cell_error_t serve_machine(struct request *request);
cell_error_t serve_report(struct request *request);

/* Registers what snapshots have to be told. */
void serve_graph_start(void);

/* Returns the holder of a handle, never NULL. Of a common table that several share: its maker, or, if that
 * is dead, one of them. */
struct pd *serve_holder(const struct handle *handle);

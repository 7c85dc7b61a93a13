/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd.h: what the handlers of pd, resspc and graph share.
 */
#pragma once

#include "root/core/pd.h"
#include "root/serve/serve.h"

/* Registers the interfaces pd, resspc and graph. */
void serve_pd_start(void);

/* Listens for PDs that are gone: their open snapshots go. */
void serve_graph_start(void);

cell_error_t serve_pd(struct request *request);
cell_error_t serve_resspc(struct request *request);
cell_error_t serve_graph(struct request *request);

/* Gives `to` a handle like `handle` with some of its rights; *there is where. */
cell_error_t serve_give(struct pd *giver, struct handle *handle, struct pd *to, uint64_t rights,
                        uint64_t *there);

/* Who holds a handle; never NULL. */
struct pd *serve_holder(const struct handle *handle);

/* Writes a zero-terminated text into an MO that an argument names (right: w), cut to
 * its size. */
cell_error_t serve_text(const struct request *request, uint64_t mo, const char *text, size_t length);

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

struct server;

/* Counts one more that a client (NULL: CELL_DENIED) takes of a server (NULL: none). A PD takes of those whom it may ask, as
 * many as its edge allows, and of itself; anybody else gives to it only with authority over it. *edge is what counts it, to
 * be given back with handle_untake() if nothing is given, or NULL. CELL_DENIED, CELL_QUOTA; CELL_AGAIN: the client has many
 * edges. */
cell_error_t serve_take(const struct request *request, struct pd *client, const struct server *server, struct handle **edge);
/* Notes that the edge (or NULL) counts the handle, until that goes. */
void serve_taken(struct handle *handle, struct handle *edge);

/* Returns the holder of a handle, never NULL. Of a common table that several share: its maker, or, if that
 * is dead, one of them. */
struct pd *serve_holder(const struct handle *handle);

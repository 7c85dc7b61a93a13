/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/parts.h: between the files of the frame. */
#pragma once

#include <lib/server/server.h>

/* The server that runs, from server_run() on. */
extern const struct server *server_running;

/* ---- handles.c: from badges to resources -------------------------------- */

/* The handle behind a badge; asks the root task when it is new. CELL_GONE: what it was on has been
 * deleted since the message was sent; CELL_NO_MEMORY. */
cell_error_t handles_find(uint64_t badge, struct server_handle **handle);
/* Forgets a badge, those of a space, and a client with all its badges. */
void handles_freed(uint64_t badge);
void handles_space_gone(struct server_handle *first);
void handles_client_gone(uint64_t client);
/* A client (0: none; it may be gone) waits for one answer less. */
void handles_answered(uint64_t client);

/* ---- bulk.c --------------------------------------------------------------- */

/* Flag of ads_attach(): the client pays. */
#define SERVER_ATTACH_FOR_GIVER 8u

/* Memory that requests of the client have named; NULL: it is not known. */
const struct server_bulk *bulk_of(cell_cap_t mo, const struct server_client *client);
unsigned bulk_rights(const struct server_bulk *bulk);
/* Drops what a client gave, or leaves it to who uses it. */
void bulk_client_gone(struct server_client *client);
/* idl/server.idl */
extern const struct idl_interface *const bulk_interface;

/* ---- work.c --------------------------------------------------------------- */

/* Does all work that the root task has. */
void work_run(void);

/* ---- spaces.c --------------------------------------------------------------- */

/* Makes a space of each type that the PD may serve. CELL_DENIED: there is none; and as
 * resspc_create(). */
cell_error_t spaces_start(void);
/* The type of a space; NULL: no such space. */
const struct server_type *spaces_type(uint64_t space);
/* Where the handles on a space and what is in it begin; NULL: no such space. */
struct server_handle **spaces_handles(uint64_t space);
/* Any space, to name the server by. */
cell_cap_t spaces_any(void);
/* Forgets a space that the root task has deleted. */
void spaces_forget(uint64_t space);

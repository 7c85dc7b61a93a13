/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/parts.h: between the files of the frame. */
#ifndef CELLULOS_SERVER_PARTS_H
#define CELLULOS_SERVER_PARTS_H

#include <lib/server/server.h>

/* ---- handles.c: who is behind a badge ----------------------------------- */

/* The handle behind a badge; asks the root task when it is new. CELL_BAD_HANDLE:
 * none; CELL_NO_MEMORY. */
cell_error_t handles_find(uint64_t badge, struct server_handle **handle);
/* Forgets a badge, and a client with all its badges. */
void handles_freed(uint64_t badge);
void handles_client_gone(const struct server *server, uint64_t client);

/* ---- work.c --------------------------------------------------------------- */

/* Does all work that the root task has. */
void work_run(const struct server *server);

/* ---- spaces.c --------------------------------------------------------------- */

/* The type of all spaces; before the first is made. */
void spaces_start(const char *type);
/* Forgets a space that the root task has deleted. */
void spaces_forget(uint64_t space);

#endif

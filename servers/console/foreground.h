/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/foreground.h: whose the keyboard is. A PD in the foreground reads, with all that it made; while none
 * is there, the client that names the foreground (a shell). Before any client has named one, and when that client is gone,
 * all may read.
 */
#pragma once

#include <lib/server/server.h>

/* Puts a PD into the foreground; takes over `pd`, a handle that covers it (0: nobody is). `by` is who says
 * so. */
void foreground_set(const struct server_client *by, cell_cap_t pd, uint64_t id);
bool foreground_is_set(void);
/* Ends the PD in the foreground. */
void foreground_interrupt(void);

/* Whether a client may read now. */
bool foreground_reads(const struct server_client *client);
void foreground_forget(const struct server_client *client);

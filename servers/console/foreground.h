/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/foreground.h: which client may read the keyboard. A PD in the foreground reads, and all PDs that it made; while
 * the foreground is empty, the client that sets the foreground (a shell) reads. Before any client has set it, and after that
 * client is gone, all may read.
 */
#pragma once

#include <lib/server/server.h>

/* Puts a PD into the foreground; takes over `pd`, a handle that covers it (0: the foreground is empty then). `by` is the client
 * that asks for this. */
void foreground_set(const struct server_client *by, cell_cap_t pd, uint64_t id);
bool foreground_is_set(void);
/* Ends the PD in the foreground. */
void foreground_interrupt(void);

/* Whether a client may read now. */
bool foreground_reads(const struct server_client *client);
/* A client is gone: if it had set the foreground, all may read. */
void foreground_forget(const struct server_client *client);

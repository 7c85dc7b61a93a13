/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/readers.h: who waits for a line. Lines go to those who wait in
 * the order in which they asked.
 */
#ifndef CONSOLE_READERS_H
#define CONSOLE_READERS_H

#include <lib/server/server.h>

#include "lib/line/editor.h"

/* A line of which its reader has not taken everything. */
struct unread {
    char *text; /* owned; NULL: nothing is left */
    size_t start, length;
};

/* Takes the next bytes of it, at most `most`. */
size_t unread_take(struct unread *unread, char *bytes, size_t most);
void unread_free(struct unread *unread);

/* Keeps the caller of a read request until there is a line; the rest of it goes
 * to `unread`. CELL_BUSY: too many wait. */
cell_error_t readers_add(struct server_request *request, bool history, size_t most,
                         struct unread *unread);
/* The editor whose line is on the screen; NULL: nobody reads. */
struct editor *readers_editor(void);
/* Gives what was typed to those who wait. */
void readers_feed(void);
/* A client is gone. */
void readers_forget(const struct server_client *client);

#endif

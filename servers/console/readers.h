/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/readers.h: requests that wait for a line. Lines go to those who may read
 * (foreground.h), in the order in which they asked; the others wait.
 */
#pragma once

#include <lib/server/server.h>

#include "lib/line/editor.h"

/* The rest of a line, which its reader has not taken yet. */
struct unread {
    char *text; /* owned; NULL: nothing is left */
    size_t start, length;
};

/* Takes the next bytes of it, at most `most`. */
size_t unread_take(struct unread *unread, char *bytes, size_t most);
void unread_free(struct unread *unread);

/* The flags of console_read(). */
#define READER_HISTORY 1u
#define READER_TABS 2u
#define READER_BYTES 4u
#define READER_INTERRUPT 8u
#define READER_HIDDEN 16u

/* A request that waits for a line. */
struct reader {
    struct server_reply reply;
    const struct server_client *client; /* NULL: the record is not in use */
    struct unread *unread;
    size_t most;
    unsigned flags;
    bool chosen, owned; /* it may read now; the record is freed when the request is answered */
    struct reader *next;
};

/* Keeps the caller of a read request until there is a line; the rest of the line goes to `unread`. `own` is a record of the
 * client's, so that its first request that waits takes no memory. CELL_NO_MEMORY; errors as server_defer(). */
cell_error_t readers_add(struct server_request *request, unsigned flags, size_t most, struct unread *unread, struct reader *own);
/* Chooses the readers again after the foreground has changed. */
void readers_choose(void);
/* Types text into the line that the client was shown for a tab; false: it has no such line. */
bool readers_insert(const struct server_client *client, const char *text, size_t count);
/* The editor whose line is on the screen; NULL: nobody reads a line that is shown. */
struct editor *readers_editor(void);
/* Does somebody wait for what is typed? */
bool readers_wait(void);
/* Does the next one take Ctrl-C as a byte? */
bool readers_take_interrupt(void);
/* Gives what was typed to those who wait. */
void readers_feed(void);
/* A client is gone. */
void readers_forget(const struct server_client *client);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the model of a running system comes from, again and again: a socket of the runner, a file, or a command that prints
 * it. A reading takes place piece by piece, as its descriptor is ready. */
#pragma once

#include "states.h"

#include <sys/types.h>

/* The largest text of one state: two fit into what is kept. */
#define LIVE_MOST_TEXT (LIVE_BYTES / 2)

struct live_source {
    const char *path;     /* of a socket or file; NULL: the command */
    char *const *command; /* its program and arguments, ended by NULL */
    bool socket;          /* the path is one */
    int descriptor;       /* of the reading under way; -1: none is */
    pid_t child;          /* the command; 0: none runs */
    bool heard;           /* it ran before: what it complains of is known */
    char *text;           /* the bytes received; owned */
    size_t size, room;
};

enum live_outcome {
    LIVE_MORE,  /* not yet */
    LIVE_WHOLE, /* `text` is complete, the caller's to take (and to set to NULL) */
    LIVE_FAILED,
};

/* Begins a reading. LIVE_MORE, or what went wrong, with `why` set to words of static memory. */
enum live_outcome live_source_begin(struct live_source *source, const char **why);

/* Reads a piece; at the end, or if something is wrong, the reading is over. */
enum live_outcome live_source_read(struct live_source *source, const char **why);

/* Gives up a reading, if one is under way, and ends its command. */
void live_source_stop(struct live_source *source);

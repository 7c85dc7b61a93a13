/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/spawn.h: making PDs. A configuration is text (lib/plan/config.h);
 * these functions write it piece by piece and hand it to the one PD path.
 */
#pragma once

#include <lib/client/client.h>
#include <lib/words/words.h>
#include <stdbool.h>

/* Most bytes of a configuration (pd_create). */
#define SPAWN_TEXT_BYTES 4096u
/* Bytes of a message about a configuration, with its zero. */
#define SPAWN_FAULT_BYTES 288u

struct spawn {
    char *text;     /* owned */
    size_t length, room;
    bool failed;    /* no memory, or beyond SPAWN_TEXT_BYTES */
};

struct spawned {
    cell_cap_t pd;  /* handle with all rights */
    uint64_t id;
    /* Of a configuration that was refused: */
    enum cell_refusal reason;
    uint64_t line;
    const char *text;              /* what is wrong with which field, in `fault`; may be empty */
    char fault[SPAWN_FAULT_BYTES]; /* "line N: " and the text; empty as that is */
};

/* Begins the configuration of `name` with a preset ("process", "thread") and the
 * rest of the first line ("program=hello"). */
void spawn_begin(struct spawn *spawn, const char *name, const char *preset, const char *more);
/* Adds a line: a keyword and words that need no quotes, printf-like. */
void spawn_line(struct spawn *spawn, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds lines as they are. */
void spawn_text(struct spawn *spawn, const char *lines);
/* Adds all request edges of the calling PD whose servers are alive, for reading and
 * writing. */
void spawn_edges(struct spawn *spawn);
/* Adds `count` arguments, whatever characters they have. */
void spawn_arguments(struct spawn *spawn, int count, char *const *arguments);

/* Adds a variable of the environment, whatever characters its value has. */
void spawn_environment(struct spawn *spawn, const char *name, const char *value);

/*
 * Makes the PD and forgets the configuration. Errors as pd_create(); CELL_TOO_LARGE:
 * the configuration has more than SPAWN_TEXT_BYTES; CELL_DENIED: no request edge
 * for PD or MO. Not for several threads at once.
 */
cell_error_t spawn_run(struct spawn *spawn, struct spawned *spawned);

/* Makes a copy of the calling PD, which goes on behind this call as the caller does: with copies of
 * all memory, and with handles and request edges on what they are on here. For the copy *child is
 * zero. What is mapped of a memory object is another one's copy there; the handle is on the old one. */
cell_error_t cell_fork(const char *name, struct spawned *child);

/* Starts a thread of the calling PD's address space: a PD of its own that shares
 * everything, dies with its creator, and ends when `function` returns, with that
 * exit code. */
cell_error_t cell_thread_create(int (*function)(void *), void *argument, struct spawned *spawned);

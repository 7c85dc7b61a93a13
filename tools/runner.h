/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner.h: what the parts of the QEMU runner share: runner.c (options),
 * runner_machine.c (starting and ending QEMU), runner_terminal.c (the person's
 * terminal), runner_control.c (frames), runner_models.c (models for programs that
 * connect), runner_loop.c (all of it together).
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "tools/host.h"

#define RUNNER "cellrun"

/* Exit statuses of the runner besides those that the machine gives. */
enum {
    STATUS_DEAD = 70,     /* no sign of life from the machine */
    STATUS_REPORT = 71,   /* the machine reported a fatal end */
    STATUS_VANISHED = 72, /* QEMU ended by itself */
    STATUS_TIMEOUT = 124, /* --timeout passed */
};

/* Seconds without a frame after which the machine is taken for dead: until the
 * first heartbeat, and after it. */
#define FIRST_SIGN_SECONDS 30
#define NEXT_SIGN_SECONDS 10
/* After the end of input, 0x04 (Ctrl-D) is typed this often. */
#define END_OF_INPUT_MILLISECONDS 500

/* Room for this many disks; a board may have fewer. */
#define RUNNER_DISKS 8u

struct runner_options {
    const char *image;   /* of the machine; NULL: packed from root and kernel */
    const char *kernel;  /* NULL: nucleus */
    const char *root;    /* NULL: the project's root task */
    const char *archive; /* NULL: the project's */
    const char *system;  /* NULL: what the root task takes by default */
    const char *disks[RUNNER_DISKS]; /* FILE or FILE,ro */
    unsigned disk_count;
    bool net;            /* a network card */
    const char *words;   /* further options for the machine, or NULL */
    const char *models;  /* the socket that serves models, or NULL */
    bool debug;
    bool no_archive;
    bool no_input;    /* leave stdin alone */
    bool no_console;
    bool no_watch;    /* don't expect signs of life */
    bool icount;
    uint64_t memory;  /* MiB */
    uint64_t timeout; /* seconds; 0: none */
    struct host_output console;    /* gets the console's output; each stream may be NULL */
    struct host_output transcript; /* the same */
    struct host_output model;      /* gets the model */
    struct host_output bench;      /* gets benchmark rows */
    struct host_output frames;     /* gets a line per frame */
};

/* ---- runner_machine.c: QEMU as a child process ------------------------- */

struct machine {
    pid_t process;
    pid_t filter; /* of what it says on stderr; 0: none */
    int input;   /* to its UART, non-blocking */
    int output;  /* from its UART, non-blocking */
    int control; /* both ways, non-blocking */
};

/* Packs an image if needed and starts QEMU; a failure ends the runner. */
struct machine machine_start(const struct runner_options *options);

/* Ends QEMU and waits for it. */
void machine_stop(struct machine *machine);

/* Waits for a QEMU that has closed its channels; returns its exit status, or
 * 128 + the signal that ended it. */
int machine_wait(struct machine *machine);

/* ---- runner_terminal.c ------------------------------------------------- */

/* Makes stdin raw if it is a terminal, and restores it at exit. */
void terminal_raw(void);

/* The key that the person typed after Ctrl-A. */
enum terminal_command {
    TERMINAL_NONE,
    TERMINAL_QUIT,     /* x */
    TERMINAL_MODEL,    /* m */
    TERMINAL_POWEROFF, /* p */
};

/* Takes Ctrl-A and the character behind it out of `size` typed bytes; returns
 * how many remain. Only for a terminal: anything else passes unchanged. */
size_t terminal_filter(uint8_t *bytes, size_t size, enum terminal_command *command);

/* ---- runner_control.c -------------------------------------------------- */

/* What the runner knows from the frames so far. */
struct control {
    const struct runner_options *options;
    bool ended;  /* with this status: */
    int status;
    bool alive;  /* a heartbeat has come */
    bool spoke;  /* a frame has come */
    bool heard;  /* one has come since the caller cleared this */
    unsigned pieces; /* of the model, that are not acknowledged yet */
};

/* Starts afresh; the options outlive it. */
void control_init(const struct runner_options *options);

/* Takes bytes from the channel. */
void control_take(const uint8_t *bytes, size_t size);

extern struct control control;

/* Sends a frame without payload. */
void control_send(int fd, const char *kind);
/* Tells the machine of the pieces of the model that have arrived. */
void control_acknowledge(int fd);

/* ---- runner_models.c --------------------------------------------------- */

/* Makes the socket, for its owner only; a failure ends the runner. `path` outlives it, the socket does not outlive the
 * runner. */
void models_open(const char *path);

/* Takes a piece of a model, and the end of one, with the reason or "ok"; false: it is not for the one that is connected. */
bool models_take(const char *bytes, size_t size);
bool models_end(const char *why);

/* What the loop is to wait for, and what it does after it: `time` in milliseconds. A machine that is alive is asked for a
 * model per connection. */
struct pollfd models_poll(void);
void models_turn(const struct pollfd *polled, int control_fd, int64_t time);

/* ---- runner_loop.c ----------------------------------------------------- */

/* Runs the machine to its end; returns the runner's exit status. */
int runner_loop(const struct runner_options *options, struct machine *machine);

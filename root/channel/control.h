/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/channel/control.h: frames to and from the runner (lib/control/frame.h). The
 * monitor thread drives the device; here are the root task's ends of the two
 * byte rings between them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest payload that control_send() takes; longer things go in pieces. */
#define CONTROL_PAYLOAD 16384u

/* Is there a control channel? Without one, frames are dropped. */
bool control_present(void);

/* Queues a frame. False: no room at present, nothing was queued (see below);
 * never with fewer than CONTROL_PAYLOAD bytes after control_ready() was true. */
bool control_send(const char *kind, const void *payload, size_t size);

/* Room for a frame of CONTROL_PAYLOAD bytes? */
bool control_ready(void);
/* Calls `run` once, from the loop, as soon as there is room. One at a time. */
void control_when_ready(void (*run)(void *context), void *context);

/* Calls `run` for each frame of `kind` from the runner (payload up to
 * CONTROL_TEXT bytes, zero-terminated; longer ones are cut). */
#define CONTROL_TEXT 255u
void control_register(const char *kind, void (*run)(const char *payload, size_t size));

/* Ends the machine: `exit` frame with the status, then off. */
_Noreturn void control_exit(int status);

/* Ends the machine with a report for a person, which the runner shows; not for bugs, which have
 * root_bug(). `format`: as printf. */
_Noreturn void control_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Text (printf-like: %s %d %u %x %lx %lu %c %p) as a `log` frame, which the
 * runner shows on request; for developers, never for programs to read. */
void control_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/input.h: bytes that were typed and nobody has read yet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Typed ahead; what comes beyond waits in the port and before it. */
#define INPUT_BYTES 65536u

#define INPUT_INTERRUPT '\x03' /* Ctrl-C */
#define INPUT_END '\x04'       /* Ctrl-D */

bool input_full(void);
/* Keeps a byte; not when full. Ends of input directly behind one another count
 * as one: the runner goes on sending them when its input has ended. */
void input_put(char byte);
/* The oldest byte; false: none. */
bool input_take(char *byte);
/* Bytes that are there; *line: whether the end of a line or of input is among them. */
size_t input_count(bool *line);
/* Drops everything up to the last Ctrl-C; false: nobody typed one. */
bool input_take_interrupt(void);

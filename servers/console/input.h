/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/console/input.h: bytes that were typed and nobody has read yet.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What can be typed ahead; bytes beyond that wait in the port and at the sender. */
#define INPUT_BYTES 65536u

#define INPUT_INTERRUPT '\x03' /* Ctrl-C */
#define INPUT_END '\x04'       /* Ctrl-D */

bool input_full(void);
/* Keeps a byte; must not be called when full. Ends of input in a row count
 * as one: the runner goes on sending them when its input has ended. */
void input_put(char byte);
/* Takes the oldest byte; false: there is none. */
bool input_take(char *byte);
/* Counts the bytes that are there; *line: whether the end of a line or of input is among them. */
size_t input_count(bool *line);
/* Drops everything up to the last Ctrl-C; false: nobody typed one. */
bool input_take_interrupt(void);

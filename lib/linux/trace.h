/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/trace.h: system calls as text on the console, as strace(1) writes them. */
#pragma once

#include "lib/linux/linux.h"

struct trace {
    char bytes[600];
    struct text text;
    const char *arguments; /* those that are shown when the call has answered, */
    const uint64_t *values;
    bool begun;  /* behind others */
    char result; /* '>': an address; '0': octal; 0: a number */
};

/* Notes a call; `arguments` says how they are shown (calls.c). Without a name, by its number. */
void trace_begin(struct trace *trace, const char *name, const char *arguments, const uint64_t *values);
/* Shows it with its result. */
void trace_end(struct trace *trace, int64_t result);
/* Shows it without: it will not return. */
void trace_leave(struct trace *trace);
/* Show a signal that the program gets, and that it ends, by a signal or with a code. */
void trace_received(const struct linux_siginfo *info);
void trace_killed(unsigned signal);
void trace_exited(uint64_t code);

/* By name (trace_names.c): flags and choices of a kind, false if there are none of it; a signal, and why it came; an error with its
 * words. */
bool trace_flags(struct text *text, char kind, uint64_t value);
void trace_signal(struct text *text, uint64_t number);
void trace_signal_code(struct text *text, int32_t signal, int32_t code);
void trace_error(struct text *text, int64_t error);

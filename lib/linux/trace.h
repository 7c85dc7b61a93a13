/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/trace.h: system calls as text on the console, as strace(1) writes them. */
#pragma once

#include "lib/linux/linux.h"

struct trace {
    char bytes[400];
    struct text text;
};

/* Notes a call; `arguments` says how they are shown (calls.c). Without a name, by its number. */
void trace_begin(struct trace *trace, const char *name, const char *arguments, const uint64_t *values);
/* Shows it with its result. */
void trace_end(struct trace *trace, int64_t result);

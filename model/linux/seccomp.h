/* SPDX-License-Identifier: BSD-2-Clause */
/* What a seccomp filter lets through (seccomp(2), ptrace(2) PTRACE_SECCOMP_GET_FILTER). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/filter.h>

/* System calls of this machine are numbered below that. */
enum { LX_CALLS = 512 };

/* A set of system calls. */
struct lx_calls {
    uint64_t bits[LX_CALLS / 64];
};

static inline bool lx_calls_has(const struct lx_calls *calls, long number)
{
    return number >= 0 && number < LX_CALLS && (calls->bits[number / 64] >> number % 64 & 1) != 0;
}

/* Takes from `calls` those that a filter refuses whatever their arguments are. A call that it may let through, or leave to
 * another process to decide, stays. */
void lx_filter_apply(const struct sock_filter *program, size_t length, struct lx_calls *calls);

/* The calls that all filters of a task may let through. It is stopped for that moment, as by a debugger. False: that may not
 * be read, or the task has gone. */
bool lx_filters_read(pid_t task, struct lx_calls *calls);

/* `0-3,8` into `text`, cut at `size`; returns how many there are. */
unsigned lx_calls_text(const struct lx_calls *calls, char *text, size_t size);

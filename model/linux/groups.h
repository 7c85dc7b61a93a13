/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of control groups. */
#pragma once

#include <stddef.h>

/* A line of a task's cgroup, `number:controllers:path`, and behind it the limits of that very group, as the reader's
 * /sys/fs/cgroup has them: ` memory=1048576 tasks=10`; cut at `size`. */
void lx_group_text(const char *line, char *text, size_t size);

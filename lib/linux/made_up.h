/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/made_up.h: names that no disk has: /dev and /proc. */
#pragma once

#include "lib/linux/files.h"

/* Bytes of the longest of their paths. */
#define MADE_UP_MOST 128u

/* Does a path lead into them? Then `made_up` is the path from the root, without what names this process in another way. */
bool made_up_path(int32_t directory, const char *path, char *made_up);

/* Opens one; its links are followed unless O_NOFOLLOW says otherwise. */
int64_t made_up_open(const char *path, uint32_t flags, struct description **opened);
/* -EINVAL: it is no link. `target`: PATH_MOST bytes. */
int64_t made_up_read_link(const char *path, char *target, uint64_t *length);
/* Makes one of their directories the one where relative paths begin. */
int64_t made_up_enter(const char *path);

/* A path from the root, in memory of heap_get(); NULL: no memory, or it begins in a directory that has no name. */
char *path_name(int32_t directory, const char *path);
/* Puts the directory `base` and a path together, without `.` and `..`; false: it does not fit. */
bool path_join(char *to, uint64_t most, const char *base, const char *path);

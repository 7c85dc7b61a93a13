/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/file_locks.h: locks of files: POSIX record locks of the process, those of open file descriptions, and flock. Those of a
 * server's files hold against all who use the file, others between the descriptions of this process.
 */
#pragma once

#include "lib/linux/files.h"

/* fcntl's F_…LK; `at`: struct flock of the program. */
int64_t file_locks_control(struct description *description, uint64_t command, uint64_t at);
/* A descriptor is closed: that ends the record locks that the process has on the file. */
void file_locks_close(const struct description *description);
/* Ends what a description holds, before it goes. */
void file_locks_drop(const struct description *description);

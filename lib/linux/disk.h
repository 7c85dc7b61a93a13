/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/disk.h: files of a file server, where the PD has an edge to one (idl/file.idl). */
#pragma once

#include "lib/linux/files.h"

/* Makes the memory that data goes through, and opens the root directory. Without a file server nothing is there. */
void disk_start(void);
bool disk_there(void);

/* Opens a path; `directory`: a descriptor, or AT_FDCWD. */
int64_t disk_open(int32_t directory, const char *path, uint32_t flags, uint32_t mode, struct description **opened);
int64_t disk_stat(int32_t directory, const char *path, bool follow, struct linux_stat *stat);
int64_t disk_read_link(int32_t directory, const char *path, char *target, uint64_t *length);

/* Everything that was written is on the disk then. */
void disk_sync(void);

call_function disk_unlinkat, disk_mkdirat, disk_mknodat, disk_renameat, disk_renameat2, disk_linkat, disk_symlinkat, disk_chdir,
    disk_fchdir;

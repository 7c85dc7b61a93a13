/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/linux/files.h: descriptors. An open file description has functions for what it is (struct file_kind); descriptors
 * refer to it.
 */
#pragma once

#include "lib/linux/linux.h"

struct description;

/* What a kind of file can do; NULL: it cannot. Results are Linux's. */
struct file_kind {
    int64_t (*read)(struct description *description, uint64_t to, uint64_t count, uint64_t offset);
    int64_t (*write)(struct description *description, uint64_t from, uint64_t count, uint64_t offset);
    int64_t (*stat)(struct description *description, struct linux_stat *stat);
    int64_t (*ioctl)(struct description *description, uint64_t request, uint64_t argument);
    void (*close)(struct description *description);
    bool seeks; /* it has an offset */
};

struct description {
    const struct file_kind *kind;
    uint32_t flags; /* O_… */
    uint32_t uses;  /* descriptors, and calls under way */
    uint64_t offset, size;
    uint64_t data, id; /* the kind's own */
};

extern const struct file_kind file_terminal, file_null, file_zero, file_full, file_random, file_archive;

/* Standard input, output and error. */
void files_start(void);

/* The description of a descriptor, to be given back by description_put(); NULL: it is not open. */
struct description *description_get(uint64_t number);
void description_put(struct description *description);

/* Maps a file of the boot archive into the personality's zone, to be read; a path begins at the archive's names. */
int64_t archive_map(const char *path, uint64_t *address, uint64_t *size);
void archive_unmap(uint64_t address);
/* Opens one, read-only. */
int64_t archive_open(const char *path, uint32_t flags, struct description **opened);

/* A new descriptor; the description is used up. */
int64_t descriptor_new(struct description *description, uint64_t lowest, bool cloexec);
/* A new description without data; NULL: no memory. */
struct description *description_new(const struct file_kind *kind, uint32_t flags);

int64_t files_openat(struct thread *thread, const uint64_t *arguments);
int64_t files_close(struct thread *thread, const uint64_t *arguments);
int64_t files_read(struct thread *thread, const uint64_t *arguments);
int64_t files_write(struct thread *thread, const uint64_t *arguments);
int64_t files_readv(struct thread *thread, const uint64_t *arguments);
int64_t files_writev(struct thread *thread, const uint64_t *arguments);
int64_t files_pread(struct thread *thread, const uint64_t *arguments);
int64_t files_pwrite(struct thread *thread, const uint64_t *arguments);
int64_t files_lseek(struct thread *thread, const uint64_t *arguments);
int64_t files_fstat(struct thread *thread, const uint64_t *arguments);
int64_t files_fstatat(struct thread *thread, const uint64_t *arguments);
int64_t files_faccessat(struct thread *thread, const uint64_t *arguments);
int64_t files_readlinkat(struct thread *thread, const uint64_t *arguments);
int64_t files_getcwd(struct thread *thread, const uint64_t *arguments);
int64_t files_fcntl(struct thread *thread, const uint64_t *arguments);
int64_t files_dup(struct thread *thread, const uint64_t *arguments);
int64_t files_dup3(struct thread *thread, const uint64_t *arguments);
int64_t files_ioctl(struct thread *thread, const uint64_t *arguments);
int64_t files_ppoll(struct thread *thread, const uint64_t *arguments);
int64_t files_umask(struct thread *thread, const uint64_t *arguments);

/* select.c */
int64_t select_pselect6(struct thread *thread, const uint64_t *arguments);

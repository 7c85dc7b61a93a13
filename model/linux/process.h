/* SPDX-License-Identifier: BSD-2-Clause */
/* One Linux process as /proc tells it (proc(5)): what it maps, its threads, namespaces, control groups, open files.
 *
 * A process changes while it is read, or ends. What was read is kept together with its start time and its mappings' sum
 * before and after, so that the caller can name those that changed; one that is gone is an exact status, not a fault. */
#ifndef CELLULOS_MODEL_LINUX_PROCESS_H
#define CELLULOS_MODEL_LINUX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How reading one went. */
enum lx_status {
    LX_OK = 0,
    LX_GONE,      /* no such process any more */
    LX_DENIED,    /* it exists, its mappings may not be read */
    LX_KERNEL,    /* a kernel thread: no address space of its own */
    LX_NO_MEMORY, /* ours */
};

/* A line of maps. `path` is empty for anonymous memory. */
struct lx_mapping {
    uint64_t start, end;    /* bytes */
    uint64_t offset;        /* bytes into the file */
    uint64_t device, inode; /* of the file; 0 for none */
    uint64_t resident;      /* pages present according to smaps; UINT64_MAX if that could not be read */
    bool read, write, execute, shared;
    char *path;
};

/* An open file. */
struct lx_file {
    uint64_t device, inode;
    bool read, write;
    char *path;
};

/* A namespace or control group: `type` as the model names it (NSMNT, CGROUP…), `name` what identifies it. */
struct lx_membership {
    char type[16];
    char *name;
};

struct lx_thread {
    pid_t id;
    char name[32];
};

struct lx_process {
    pid_t id;
    char name[32];
    uint64_t started;  /* ticks after boot: tells a process from a later one of the same id */
    uint64_t cores;    /* bit n: may run on core n (the first 64) */
    bool changed;      /* its mappings or identity changed while it was read */
    struct lx_mapping *mappings;
    size_t mapping_count;
    struct lx_file *files;
    size_t file_count;
    bool files_denied; /* its open files may not be listed */
    struct lx_membership *memberships;
    size_t membership_count;
    struct lx_thread *threads;
    size_t thread_count;
};

/* Where /proc is mounted; tests point it at a made-up one. Default "/proc". */
extern const char *lx_proc;

/* Reads all of a process but its page frames. The result is to be freed whatever the status says. */
enum lx_status lx_process_read(pid_t id, struct lx_process *process);

/* Reads identity and mappings again and sets `changed` if they differ. */
void lx_process_recheck(struct lx_process *process);

void lx_process_free(struct lx_process *process);

/* Ids of all processes, ascending, in an array to be freed; *count of them. NULL: no memory or no /proc. */
pid_t *lx_processes(size_t *count);

/* The same, only those whose name (comm) is `name`. */
pid_t *lx_processes_named(const char *name, size_t *count);

#endif

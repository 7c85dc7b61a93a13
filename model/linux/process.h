/* SPDX-License-Identifier: BSD-2-Clause */
/* One Linux process as /proc tells it (proc(5)): what it maps, its threads, namespaces, control groups, open files.
 *
 * A process changes while it is read, or ends. What was read is kept together with its start time and its mappings, so
 * that both can be looked at again afterwards; one that is gone is an exact status, not a fault. */
#pragma once

#include "seccomp.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How reading one went. */
enum lx_status {
    LX_OK = 0,
    LX_GONE,      /* no such process any more */
    LX_DENIED,    /* it exists, its mappings may not be read */
    LX_KERNEL,    /* a kernel thread, or one that has ended: no address space */
    LX_NO_MEMORY, /* ours */
    LX_FAILED,    /* it may be there: reading failed for another reason (too many open files, an error of /proc) */
};

/* The most cores that a Linux kernel can be configured for (CONFIG_NR_CPUS). */
enum { LX_CORES = 8192 };

/* The most of a command line that is read. */
enum { LX_COMMAND = 4096 };

/* A line of maps. `path` is empty for anonymous memory. */
struct lx_mapping {
    uint64_t start, end;    /* bytes */
    uint64_t offset;        /* bytes into the file */
    uint64_t device, inode; /* of the file; 0 for none */
    bool read, write, execute, shared;
    char *path;
};

/* The kind of an open file. */
enum lx_file_kind {
    LX_FILE,      /* a file, folder or device */
    LX_PIPE,      /* a pipe, with a name or without */
    LX_SOCKET,    /* a socket: `inode` is its number */
    LX_EVENT,     /* an eventfd: `inode` is its number among all, where the kernel tells (Linux 5.2) */
    LX_ANONYMOUS, /* of a kind whose files all share one inode: distinguished by process and descriptor */
    LX_NOTHING,   /* a device that carries nothing from one to another: null, zero, full, random */
};

/* An open file. */
struct lx_file {
    uint64_t device, inode;
    int number; /* its descriptor */
    enum lx_file_kind kind;
    bool read, write;
    char *path;
};

/* A namespace, control group, root directory or security label: `type` as the model names it (NSMNT, CGROUP…), `name`
 * how the kernel shows it, `number` what identifies it among those of its type. */
struct lx_membership {
    char type[16];
    char *name;
    uint64_t number;
    uint64_t owner; /* of a namespace: the user namespace whose administrators may change it; 0: not known */
};

/* Whose authority a task acts with: credentials(7), capabilities(7), seccomp(2). */
struct lx_credentials {
    uint32_t user[4], group[4]; /* real, effective, saved, for files */
    uint32_t *groups;           /* further ones */
    size_t group_count;
    uint64_t permitted, effective;          /* capabilities as bits */
    uint64_t user_namespace, pid_namespace; /* inodes; 0 if they may not be read */
    unsigned seccomp, filters;              /* mode (0 none, 1 strict, 2 filter), how many filters */
    bool no_new_privileges;
    bool dumpable;        /* its own user may trace it, even without another right to */
    pid_t parent, tracer; /* 0: none */
    pid_t innermost;      /* its id in its own PID namespace */
};

/* A thread, or the process as a whole. */
struct lx_task {
    pid_t id;
    char name[64];
    uint64_t cores[LX_CORES / 64]; /* bit n: may run on core n */
    struct lx_credentials credentials;
    struct lx_file *files;
    size_t file_count;
    struct lx_membership *memberships;
    size_t membership_count;
    struct lx_calls calls; /* what its seccomp filters may let through, if that was read */
    bool filters_read;
    bool files_denied;      /* its open files may not be listed */
    bool namespaces_denied; /* its namespaces may not be read */
};

struct lx_process {
    pid_t id;
    pid_t reader;        /* the thread in whose folder it is read: the first may have ended before others */
    uint64_t started;    /* ticks after boot: tells a process from a later one of the same id */
    char *program;       /* path of what it executes; empty if that may not be known */
    char command[LX_COMMAND]; /* its command line, arguments apart by blanks, cut at LX_COMMAND - 1 bytes; may be empty */
    struct lx_mapping *mappings;
    size_t mapping_count;
    struct lx_task *tasks;
    size_t task_count;
    bool pages_denied;   /* its page map may not be read */
    uint64_t swapped;    /* pages that are in swap, hence nowhere in memory */
    uint64_t private;    /* where frames are hidden: pages that are named by this process … */
    uint64_t unseen;     /* … and how many of them other processes map as well, since a fork: the size of the error */
};

/* Where /proc is mounted. "/proc". */
extern const char *lx_proc;

/* Reads all of a process but its pages: all of its threads, or one task that represents them. Of one that is LX_DENIED,
 * what may be read is there. The result is to be freed whatever the status says. */
enum lx_status lx_process_read(pid_t id, bool threads, struct lx_process *process);

/* Looks again. LX_GONE: it has ended; LX_OK: it has not; also tells whether its mappings have changed. */
enum lx_status lx_process_recheck(const struct lx_process *process, bool *changed);

void lx_process_free(struct lx_process *process);

/* Ids of all processes, ascending, in an array to be freed; *count of them. NULL: no memory or no /proc. */
pid_t *lx_processes(size_t *count);

/* The same, only those whose name (comm) is `name`. */
pid_t *lx_processes_named(const char *name, size_t *count);

/* ---------------------------------------------------------------------------------------- the parts of a process */

/* What errno says of a file of /proc that could not be read: LX_NO_MEMORY, LX_GONE (one that may not be read counts as gone, too),
 * or LX_FAILED. */
enum lx_status lx_failure(void);

/* maps: what `id` maps. LX_KERNEL: nothing. */
enum lx_status lx_mappings_read(pid_t id, struct lx_mapping **mappings, size_t *count);
void lx_mappings_free(struct lx_mapping *mappings, size_t count);

/* status of task->id, and whether it is dumpable: cores and credentials. False: it has gone, or no memory. */
bool lx_status_read(struct lx_task *task);

/* fd, ns and cgroup of task->id. What may not be read sets its flag, what has gone in the meantime is left out. */
enum lx_status lx_files_read(struct lx_task *task);
enum lx_status lx_memberships_read(struct lx_task *task);

/* SPDX-License-Identifier: BSD-2-Clause */
/* From what was read to a graph: PD_0 is the kernel; its spaces of the core types have fixed numbers. All other numbers of ids
 * come from what a thing is, so that it has the same id whenever it is read: an address space's from the process's id and
 * start, a mapping's from its address, an MO's from its first frame, a file's from device and inode. */
#pragma once

#include "../core/graph.h"
#include "channels.h"
#include "guest.h"
#include "known.h"
#include "memory_map.h"
#include "namespaces.h"
#include "pages.h"

/* A process as it was read. */
struct lx_entry {
    struct lx_process process;
    bool denied;  /* its memory may not be read */
    bool partial; /* something of it may not be read */
    size_t owner; /* the number of its first mapping */
    size_t twin;  /* the entry before it whose address space it shares, or its own index */
    const struct lx_guest *guest; /* that it runs; NULL: none. Its memory is numbered behind the mappings */
};

/* How many numbers its mappings and its guest's memory take. */
size_t lx_owners(const struct lx_entry *entry);

/* The number in the id of its address space. */
uint64_t lx_space_number(const struct lx_process *process);

enum {
    LX_MO_SPACE = 1,
    LX_VCPU_SPACE,
    LX_PCPU_SPACE,
    LX_EP_SPACE,
    LX_PD_SPACE,
    LX_RESSPC_SPACE,
    LX_NTFN_SPACE,
    LX_IRQ_SPACE,
    LX_IMAGE_SPACE,
    LX_SOCKET_SPACE,
    LX_FIRST_FREE_SPACE
};

/* A folder of a file system that is mounted somewhere. */
struct lx_mount {
    char *place; /* `major:minor folder` */
    cm_node node;
};

struct lx_build {
    const struct lx_entry *entries;
    size_t entry_count;
    const struct lx_runs *runs;   /* cut */
    const struct lx_memory_map *memory_map;
    const struct lx_namespaces *namespaces;
    const struct lx_sockets *sockets;
    /* what follows is filled in by lx_build() */
    struct cm_graph *graph;
    cm_node kernel;
    cm_node core[LX_FIRST_FREE_SPACE];
    cm_node *cores;               /* the PCPUs */
    size_t core_count;
    struct lx_known known;
    cm_node *pds;                 /* of all tasks, in order */
    bool has_files;               /* there is a space of FILEs */
    struct lx_mount *mounts;      /* all MOUNTs */
    size_t mount_count;
    cm_node *pieces;              /* node of each piece of runs */
    size_t *first_run;            /* runs of mapping, or memory of a guest, i: in `by_owner` from first_run[i] to first_run[i + 1] */
    const struct lx_run **by_owner;
    struct lx_space *spaces;      /* of each entry */
};

/* An address space in the graph. */
struct lx_space {
    uint64_t number;
    cm_node node;
    cm_node first_vmr;            /* VMRs are consecutive nodes */
};

/* Makes the graph, finished, in build->graph; on an error there is none. */
enum cm_status lx_build(struct lx_build *build);

/* ------------------------------------------------------------------------------------------------ its parts */

/* `<TYPE>_SPACE_<number>`, managed by the kernel. */
enum cm_status lx_add_space(struct lx_build *build, const char *type, uint64_t number, cm_node *node);

/* `<TYPE>_<space>_<number>` in that space. */
enum cm_status lx_add_resource(struct lx_build *build, const char *type, uint64_t space, uint64_t number,
                               const char *extra, cm_node space_node, cm_node *node);

/* memory: MOs of all pieces; then the address space of entry i, whose MOs must be there. */
enum cm_status lx_add_pieces(struct lx_build *build);
enum cm_status lx_add_address_space(struct lx_build *build, size_t entry);

/* A space, or a resource in a space of its own, that the kernel manages, as `name` has it: made if there is none yet. */
enum cm_status lx_find_space(struct lx_build *build, const char *type, uint64_t number, cm_node *node);
enum cm_status lx_find_resource(struct lx_build *build, const char *type, uint64_t space, uint64_t number,
                                const char *extra, cm_node *node);

/* The FILE of that device and inode. */
enum cm_status lx_find_file(struct lx_build *build, uint64_t device, uint64_t inode, const char *path, cm_node *node);

/* A task's open files, its memberships, and the requests that it may make to the kernel. */
enum cm_status lx_hold_files(struct lx_build *build, const struct lx_task *task, cm_node pd);
enum cm_status lx_hold_memberships(struct lx_build *build, const struct lx_task *task, cm_node pd);
enum cm_status lx_request_kernel(struct lx_build *build, const struct lx_task *task, cm_node pd);

/* Sockets: a listening one is a space of the process that listens, a connection a resource that both ends hold. */
enum cm_status lx_add_sockets(struct lx_build *build);

/* Which tasks may signal, inspect and trace which others, by classes of tasks of equal credentials. */
enum cm_status lx_add_authority(struct lx_build *build);

/* System V queues, semaphores and segments: who may use them. */
enum cm_status lx_add_ipc(struct lx_build *build);

/* Nesting (of namespaces, control groups, mounted folders), which tasks die with which, and which trace which. */
enum cm_status lx_add_structure(struct lx_build *build);

/* Guests: all of their own models, as part of this one. */
enum cm_status lx_add_guests(struct lx_build *build);

/* Edges from a node to the pieces behind mapping or memory number `owner`, with the rights of their runs and `more`. */
enum cm_status lx_map_pieces(struct lx_build *build, size_t owner, cm_node from, unsigned more);

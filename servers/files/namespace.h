/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/namespace.h: namespaces, which are spaces of FILEs: a directory that is the root for all clients with an edge to it.
 *
 * A file belongs to the innermost namespace that its directory is in. One with names in several namespaces belongs to that in which
 * it was made, while the server lives, and after a restart to that in which a count finds it first. The space that it takes counts
 * in that namespace and in all around it (quota.c) that have limits.
 */
#pragma once

#include "servers/files/files.h"

/* How deep namespaces can be nested. */
#define NAMESPACE_DEPTH 16u

#define NAMESPACE_NAME_SIZE 32u

/* How many files a directory may have when a client makes a namespace with limits of it: they are counted then. */
#define NAMESPACE_COUNT_MOST 1024u

struct namespace
{
    struct id_entry entry;   /* its id is the space's */
    struct id_entry of_root; /* its id is the inode's number; of the namespaces of one directory, the last one made is in the table */
    char name[NAMESPACE_NAME_SIZE];
    uint32_t root;                       /* inode */
    struct namespace *around; /* the innermost one that its root is in, or an earlier one of the same root; NULL: it is the first */
    struct namespace *maker;             /* in which it was made; NULL: it is the first */
    struct namespace *made, **last_made; /* those made in it, the first one first */
    struct namespace *next_made, **made_link;
    unsigned depth;                    /* how deep it is nested, in its makers and in those around it */
    struct open_file *opened;          /* FILEs in it */
    struct open_file *stands;          /* the FILE that stands for it; NULL: none */
    uint64_t most_blocks, most_inodes; /* 0: no limit */
    uint64_t blocks, inodes;           /* taken; counted if there is a limit */
    unsigned references;               /* by files that belong to it and namespaces in it, plus 1 until it ends */
    bool ended;
};

/* What a namespace is made with. */
struct namespace_limits {
    uint64_t blocks, inodes; /* 0: none */
};

/* Makes the namespace of the server's first space, which is the whole file system. */
cell_error_t namespaces_start(void);
/* Makes a namespace that lasts as long as the server, for `rde … space=PATH`; makes the directory if it is missing. */
cell_error_t namespace_make_named(const char *path, const struct namespace_limits *limits);

/* Makes one of a directory in the namespace of a request, for its client; *edge is the client's request edge to it. CELL_TOO_LARGE:
 * they are nested too deep, or it has limits and the directory has too many files; errors as ext4_hold() and server_create_space(). */
cell_error_t namespace_make(const struct server_request *request, const struct open_file *directory, const struct namespace_limits *limits,
                            unsigned rights, const char *name, struct namespace **made, cell_cap_t *edge);

/* Finds one by the number of its space; NULL: there is none. */
struct namespace *namespace_find(uint64_t space);
/* The namespace of a request; NULL: it has ended. */
struct namespace *namespace_of(const struct server_request *request);
/* Ends one, and those that were made in it; their files are closed. */
void namespace_end(struct namespace *namespace);
/* The root task has deleted the space. */
void namespace_destroyed(uint64_t space);

/* The innermost namespace that a directory is in. Costs as much as the directory is deep, if there are several namespaces. */
struct namespace *namespace_of_directory(uint32_t directory);
/* Is a directory in the namespace, or its root? */
bool namespace_has(const struct namespace *namespace, uint32_t directory);
/* Is a directory the root of one? */
bool namespace_is_root(uint32_t inode);
/* Adds or takes back a reference: the record stays while there is one, even if the namespace has ended. */
struct namespace *namespace_refer(struct namespace *namespace);
void namespace_release(struct namespace *namespace);

/* ---- quota.c --------------------------------------------------------------------------------------------------------- */

/* The namespace that a file belongs to, which was found in a directory. */
struct namespace *quota_owner(uint32_t inode, uint32_t directory);
/* Notes that a file belongs to `owner` although it gets a name in a directory of another namespace. CELL_NO_MEMORY. */
cell_error_t quota_keep_owner(uint32_t inode, struct namespace *owner);
/* A name of it was removed, or it was closed: if nothing is left of it, the note is dropped. */
void quota_look_after(uint32_t inode);

/* What the file system takes and frees between these two is counted in a namespace and those around it; beyond a limit, the file
 * system fails with CELL_QUOTA. quota_end() returns `error`. */
void quota_begin(struct namespace *namespace);
cell_error_t quota_end(cell_error_t error);

/* Whether it, or one around it, has a limit: then what is freed must be freed at once, to be counted. */
bool quota_limits(struct namespace *namespace);

/* Counts what the tree of a namespace takes, if that has limits. CELL_TOO_LARGE: there are more than `most` files. */
cell_error_t quota_count(struct namespace *namespace, uint64_t most);
/* Lowers what ext4_statfs() says to what a namespace may have. */
void quota_limit(struct namespace *namespace, struct ext4_statfs *about);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/namespace.h: namespaces, which are spaces of FILEs: a directory that is the root for all who have an edge.
 *
 * A file belongs to the namespace that its directory is in, the innermost one; one with names in several belongs where it was
 * made, as long as the server lives, and where a count finds it first after that. What it takes counts in that namespace and in
 * all around it (quota.c), as far as they have limits.
 */
#pragma once

#include "servers/files/files.h"

/* Namespaces in one another, at most. */
#define NAMESPACE_DEPTH 16u

#define NAMESPACE_NAME_SIZE 32u

/* Files that are counted when one with limits is made of a directory that has some, at most. */
#define NAMESPACE_COUNT_MOST 1024u

struct namespace
{
    struct id_entry entry;   /* its id is the space's */
    struct id_entry of_root; /* its id is the inode's number; of those of one directory, the last one made is in the table */
    char name[NAMESPACE_NAME_SIZE];
    uint32_t root;                       /* inode */
    struct namespace *around;            /* the innermost one that its root is in, or the one before of the same root; NULL: it is all */
    struct namespace *maker;             /* in which it was made; NULL: by nobody */
    struct namespace *made, **last_made; /* in it, the first one first */
    struct namespace *next_made, **made_link;
    unsigned depth;                    /* in its makers and in those around it */
    struct open_file *opened;          /* in it */
    struct open_file *stands;          /* for it; NULL: none */
    uint64_t most_blocks, most_inodes; /* 0: no limit */
    uint64_t blocks, inodes;           /* taken; counted if there is a limit */
    unsigned references;               /* of files that belong to it, and of namespaces in it; and 1 while it is there */
    bool ended;
};

/* What a namespace is made with. */
struct namespace_limits {
    uint64_t blocks, inodes; /* 0: none */
};

/* The namespace of the first space, which is all of the file system. */
cell_error_t namespaces_start(void);
/* Makes one that lasts as long as the server, for `rde … space=PATH`; makes the directory if it is missing. */
cell_error_t namespace_make_named(const char *path, const struct namespace_limits *limits);

/* Makes one of a directory, for the client of a request in whose namespace it is: requests.c has the rest. */
cell_error_t namespace_make(const struct server_request *request, const struct open_file *directory, const struct namespace_limits *limits,
                            unsigned rights, const char *name, struct namespace **made, cell_cap_t *edge);

/* By number: NULL: none. */
struct namespace *namespace_find(uint64_t space);
/* That of a request; NULL: it has ended. */
struct namespace *namespace_of(const struct server_request *request);
/* Ends one, and those that were made in it; their files are closed. */
void namespace_end(struct namespace *namespace);
/* The root task has deleted the space. */
void namespace_destroyed(uint64_t space);

/* The innermost namespace that a directory is in. Costs its depth, if there are namespaces at all. */
struct namespace *namespace_of_directory(uint32_t directory);
/* Is a directory in the namespace, or its root? */
bool namespace_has(const struct namespace *namespace, uint32_t directory);
/* Is a directory the root of one? */
bool namespace_is_root(uint32_t inode);
/* One more, or one less, that needs it though it may have ended. */
struct namespace *namespace_refer(struct namespace *namespace);
void namespace_release(struct namespace *namespace);

/* ---- quota.c --------------------------------------------------------------------------------------------------------- */

/* Where a file belongs that was found in a directory. */
struct namespace *quota_owner(uint32_t inode, uint32_t directory);
/* A file gets a name in a directory of another namespace: it stays with the one where it is. CELL_NO_MEMORY. */
cell_error_t quota_keep_owner(uint32_t inode, struct namespace *owner);
/* A name of it, or an open file, went: if it was the last, nothing is kept. */
void quota_look_after(uint32_t inode);

/* What the file system does between these two is counted in a namespace and those around it, and gets CELL_QUOTA beyond a limit. */
void quota_begin(struct namespace *namespace);
cell_error_t quota_end(cell_error_t error);

/* Whether it may be so: what is freed for it must not be freed later. */
bool quota_limits(struct namespace *namespace);

/* Counts what is in the tree of a namespace, up to this many files: CELL_TOO_LARGE. */
cell_error_t quota_count(struct namespace *namespace, uint64_t most);
/* What a namespace has of the file system. */
void quota_limit(struct namespace *namespace, struct ext4_statfs *about);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/resspc.h: resource spaces, their resources, and the servers that manage
 * them.
 *
 * A handle on a space or resource is minted from its server's endpoint, so that
 * requests go there; the badge is a handle id like any other. The root task's
 * own spaces have no server: requests go to the root task.
 */
#pragma once

#include "root/core/ep.h"
#include "root/core/gift.h"
#include "lib/idtable/idtable.h"
#include "root/core/pd.h"
#include "root/spaces/replies.h"

/* In place of a resource's number: the space itself. */
#define SPACE_ITSELF UINT64_MAX

/* A mapping of a resource or space onto what realises it. */
struct map_edge {
    struct list of_source; /* resource->maps, space->maps */
    struct list of_target; /* space->mapped, when the target is a space or in one */
    struct space *from;    /* space of the source */
    struct object *target; /* referred to: resource, space, or an object of the root task */
    struct account *account; /* pays; referred to */
    uint64_t first, blocks;  /* the part of the target, a range of a disk; 0, 0: all of it */
    bool meta;
    bool whole;               /* the source is the space itself */
};

/* How many mappings have gone, or lead nowhere any more. */
extern uint32_t map_edges_gone;

#define RESOURCE_NAME_SIZE 32u

/* Most mappings in a chain below a new one; and those that are looked at to see that it closes no loop. */
#define MAP_DEPTH 16u
#define MAP_LOOKS 1000u

struct space {
    struct object object;     /* object.type: what it serves */
    struct id_entry entry;    /* by number */
    struct pd *manager;       /* NULL: deleted */
    struct server *server;    /* NULL: the root task's */
    struct list of_server;
    struct id_table resources;
    struct list all;          /* its resources */
    struct list maps;         /* of the space itself */
    struct list mapped;       /* edges of others that end in this space */
    uint64_t seen;            /* by which walk along mappings; 0: none */
    bool keeps_edges;         /* once it is deleted: heir.h */
    handle_id_t taken; /* edge of the client for whom it was made; 0: for nobody */
    union {
        char name[RESOURCE_NAME_SIZE]; /* by which `rde` lines find it; empty: they do not */
        struct reap reap;              /* once it is deleted */
    };
};

struct resource {
    struct object object;
    struct id_entry entry; /* by number in the space */
    struct list of_space;
    struct space *space;   /* referred to */
    struct list maps;
    union {
        char name[RESOURCE_NAME_SIZE];
        struct reap reap;  /* once it is deleted */
    };
    uint64_t seen; /* as in struct space */
};

extern struct object_class space_class, resource_class;

enum work_kind { WORK_NONE,
                 WORK_EXTRACT,
                 WORK_FREED,
                 WORK_CLIENT_GONE,
                 WORK_DESTROY,
                 WORK_ALIVE };

struct work {
    struct list list; /* server->queue, or ->handed out */
    uint64_t item;
    uint8_t kind;
    uint64_t space, object, badge;
    struct account *account; /* pays; referred to; NULL: nobody */
    void (*done)(struct work *work, cell_error_t result); /* NULL: none waits for it */
    void *context;
    struct gift place; /* of gifts_collect(), among the told gifts; no gift itself: nobody's */
};

/* What makes a PD a server. */
struct server {
    struct pd *pd;
    struct ep *endpoint;
    struct replies replies;      /* answers that it owes */
    slot_t signal;               /* its notification, with the badge of work */
    struct list spaces;
    struct list queue, given;    /* work to be fetched, and fetched */
    struct list kept;            /* what it keeps for clients (core/gift.h) */
    uint64_t items;
    bool ends;                   /* server_finish() has begun */
};

/* ---- Gifts (gifts.c) -------------------------------------------------- */

void gifts_init(void);
/* A server has done work of the kind WORK_CLIENT_GONE: what the client gave to it goes, unless the server maps it. As
 * much as *units of work (reaper.h) allow; true: that was all. */
bool gifts_collect(const struct server *server, struct work *work, uint32_t *units);
/* Such work is dropped meanwhile. */
void gifts_forget(struct work *work);

/* Makes the root task's spaces. */
void resspc_init(void);
/* The root task's space of a core type. */
struct space *resspc_root(type_t type);

/* The space by number; NULL: none. */
struct space *space_by_id(uint64_t id);
/* A space of a type, of one PD or (NULL) of any: the first. NULL: none. */
struct space *space_of_type(type_t type, const struct pd *manager);

/* The endpoint from which handles on it are minted (rights: RIGHTS_CLIENT, so that no
 * capability can be sent through them). */
slot_t space_endpoint(const struct space *space);

/* Makes a PD a server: endpoint, notification, reply CNode. It may be one already. */
cell_error_t server_ensure(struct pd *pd);
/* Its PD ends: clients that wait get CELL_GONE; all its spaces are deleted. */
bool server_finish(struct pd *pd, uint32_t *units);

/* Makes a space, which `account` pays for; the caller's reference belongs to the server. */
cell_error_t space_create(struct pd *manager, struct account *account, type_t type, struct space **made);
/* Lets it map onto the spaces that another one maps onto: errors as map_create(). */
cell_error_t space_map_like(struct space *space, const struct space *other);
/* Deletes it with all resources and handles. */
void space_delete(struct space *space);

/* `account` pays. CELL_BAD_ARGUMENT: a BLOCK whose name is not `<first>_<count>`. */
cell_error_t resource_create(struct space *space, struct account *account, uint64_t number,
                             const char *name, struct resource **made);
/* Is it a range of a disk, that is, of type BLOCK? Then its name says which. */
bool resource_range(const struct resource *resource, uint64_t *first, uint64_t *count);
struct resource *resource_find(const struct space *space, uint64_t number);
void resource_delete(struct resource *resource);

/* Gives a PD a handle on a resource or (kind HANDLE_SPACE) a space. */
cell_error_t space_give(struct space *space, struct object *object, enum handle_kind kind,
                        struct slot_table *table, unsigned rights, struct handle **handle);

/* Makes a handle like another one, with the rights of it that are among `rights`, in a table: for a
 * request edge the private one. Errors as handle_create(). */
cell_error_t space_copy(const struct handle *handle, struct slot_table *table, unsigned rights,
                        struct handle **copy);

/* The space of an object behind a handle: of a resource, a space, or a core object;
 * NULL: an ADS or a region. */
struct space *space_of_object(struct object *object);
/* The server that requests through a handle go to; NULL: the root task, or none. */
struct pd *space_server(const struct handle *handle);
/* An edge of the PD to a space of the server, among as many of its edges from *where on as a piece of a request looks at.
 * CELL_AGAIN: there are more; CELL_DENIED: it has none. */
cell_error_t server_edge(const struct server *server, const struct pd *client, cell_cap_t *where, struct handle **edge);

/* Notes a mapping, which counts as an object of the server: of a resource, or (NULL) of the space, onto an object or a part of
 * it. CELL_EXISTS, but of parts; CELL_LOOP: the target maps onto the source; CELL_TOO_LARGE: MAP_DEPTH; CELL_QUOTA,
 * CELL_NO_MEMORY. */
struct map_target {
    struct object *object;
    uint64_t first, blocks; /* of a range; 0, 0: all of it */
    bool meta;
};
cell_error_t map_create(struct space *from, struct resource *resource, const struct map_target *target);
/* Forgets mappings of a resource, as many as a piece of a request may take. CELL_AGAIN: there are more. */
cell_error_t map_forget(struct resource *resource);

/* ---- Work (work.c) --------------------------------------------------- */

/* Queues work and signals the server; a slot of `payer` (NULL: nobody), which gave something back
 * for it, counts until the work is done. NULL: no memory. */
struct work *work_queue(struct server *server, struct account *payer, enum work_kind kind,
                        uint64_t space, uint64_t object, uint64_t badge);
/* Returns the next one, which is then given out; NULL: nothing waits. */
struct work *work_next(struct server *server);
bool work_waits(const struct server *server);
/* What a server has fetched and not done yet, at most, for work_done() to find it. */
#define WORK_GIVEN_MOST 1000u
/* CELL_NOT_FOUND; CELL_AGAIN: ask once more. */
cell_error_t work_done(struct server *server, uint64_t item, cell_error_t result);
/* Was that the last of the work that says that the PD is gone? */
bool work_is_told(const struct server *server, uint64_t pd);
/* Drops all work of a server that ends. */
bool work_drop_all(struct server *server, uint32_t *units);

/* A PD ended: tells the servers that it had handles of. Before its CSpace goes. */
bool servers_client_gone(struct pd *pd, uint32_t *units);
/* A client gave this handle up: tells the server. Before the handle goes. */
void servers_freed(struct handle *handle);

/* Drops work that is queued or given out: nobody waits for it any more. A server that reports it
 * done later gets CELL_NOT_FOUND. */
void work_drop(struct work *work);

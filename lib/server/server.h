/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/server.h: the frame of a resource server.
 *
 * A server is a `struct server` with a `struct server_type` for each type of resource,
 * handlers for the operations of their interfaces (prototypes in <cell/idl/NAME_server.h>),
 * and a main that calls server_run(). The frame registers a space of each type that the PD
 * may serve, receives requests, finds out whose they are and of which type, checks them, calls
 * the handlers, and answers. A handle that a request names is one in the server's own table
 * that this client gave it
 * (handle_give_to_server); the frame has asked the root task for that. In between it
 * does the work that the root task has for the server. What is called never
 * waits: requests go up towards the root task only, and a caller that has to wait is
 * answered later (server_defer).
 *
 * A PD has one server; the functions below work on it.
 */
#pragma once

#include <lib/client/client.h>
#include <lib/idl/serve.h>
#include <lib/idtable/idtable.h>

/* `object` of what came through a handle of the space itself (a request edge). */
#define SERVER_SPACE UINT64_MAX

/* A PD that has sent something. It is there until the PD is gone. */
struct server_client {
    struct id_entry entry; /* its id is the PD's */
    struct server_handle *handles;
    struct server_bulk *bulks;
    uint32_t kept, charged; /* records that the server keeps for it, and most so far: these it pays for */
    unsigned reply_slot;    /* of an answer that it had, for the next that comes later: so who has waited once can wait again; 0: none */
    void *data[]; /* by type: server_client_data() */
};

/* A handle of a client on the space or on one of its resources. */
struct server_handle {
    struct id_entry entry; /* its id is the badge */
    struct server_client *client;
    const struct server_type *type;
    uint64_t space;           /* id */
    uint64_t object;          /* number of the resource, or SERVER_SPACE */
    uint8_t rights;           /* CELL_READ … */
    uint64_t data;            /* whatever the server likes; 0 at first */
    struct server_ring *ring; /* that it asks through, besides calls; NULL: none */
    struct server_handle *next_of_client, **link_of_client;
    struct server_handle *next_of_space, **link_of_space;
};

/* What a handler gets as its first argument. */
struct server_request {
    struct server_handle *handle;
    bool deferred;
    const struct server_source *source; /* NULL: a call that has just come */
};

/* How a request came otherwise. */
struct server_source {
    struct server_ring *ring; /* NULL: by a call */
    uint64_t tag;
    struct server_reply *kept; /* of a caller that waits already (server_again()); NULL: none does */
    unsigned calls;            /* how often its handler was called before */
    uint64_t progress;         /* what the handler said then */
};

/* What a type of resource is to a server. What is NULL is left to the frame. */
struct server_type {
    const char *name;                      /* "TOY" */
    const struct idl_interface *interface; /* of that type */

    /* Nobody holds the resource any more; the root task has deleted it. */
    void (*freed)(uint64_t space, uint64_t object);
    /* A client is gone, whatever it asked for; its server_client_data() is the server's to free. */
    void (*client_gone)(struct server_client *client);
    /* A handle that has sent something is gone, or what it is on; before client_gone. */
    void (*handle_gone)(const struct server_handle *handle);
    /* The model is being extracted: report what has changed in the space with server_map().
     * Not needed if the server does so at once. CELL_AGAIN: there is more; it is called once more when a request, if one
     * waits, has been answered. */
    cell_error_t (*extract)(uint64_t space);
    /* A space has been deleted: forget it. */
    void (*destroyed)(uint64_t space);
};

/* What makes a server different. What is NULL is left to the frame. */
struct server {
    const struct server_type *const *types; /* ended by NULL */

    /* Before the first request; the spaces are there. An error ends the server. */
    cell_error_t (*start)(int argc, char **argv);
    /* A message of a guest whose handler the PD is (idl/vcpu.idl), by the badge that vcpu_badge() told. `words` are the
     * message's, then the answer's, *count of them; it may be answered later, as a request. False: no such guest. */
    bool (*fault)(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count);
    /* An interrupt or another signal, also the end of a wait (SIGNAL_WOKEN): the bits that were given for it. */
    void (*notified)(uint64_t bits);
};

/* Serves forever; returns main's exit code if it cannot begin. */
int server_run(const struct server *server, int argc, char **argv);

/* ---- Spaces and resources --------------------------------------------- */

/* Id of the space of a type that was registered at the start; 0: the PD may not serve the type. */
uint64_t server_space(const struct server_type *type);
/* A further space like one that there is: of its type, and mapped onto the same spaces. A client, who pays, gets a request
 * edge with these rights at *edge; without one (NULL) the server pays. `name`: what `rde` lines of a PD with an edge, or
 * without a client those of a description, call it. Errors as resspc_create_for(). */
cell_error_t server_create_space(uint64_t like, const struct server_client *client, unsigned rights, const char *name,
                                 uint64_t *space, cell_cap_t *edge);
/* The handle of a space that the server has from the root task; 0: no such space. */
cell_cap_t server_space_handle(uint64_t space);
/* Deletes a further space with all its resources, which `freed` does not report; their users get CELL_GONE. */
cell_error_t server_delete_space(uint64_t space);

/* Where a server keeps what it has for a client and a type: NULL at first. */
void **server_client_data(struct server_client *client, const struct server_type *type);

/* Makes resource `object` in a space for the client of a request, who pays for it, and gives
 * it a handle with all rights; *there is its address in the client. CELL_QUOTA: the client
 * has as many as its edge allows, or is at a limit. All or nothing. */
cell_error_t server_create_resource(uint64_t space, uint64_t object, const char *name,
                                    const struct server_client *client, cell_cap_t *there);
/* The same; the handle has these rights. */
cell_error_t server_make(uint64_t space, uint64_t object, const char *name, const struct server_client *client,
                         unsigned rights, cell_cap_t *there);
/* Gives a client a further handle on a resource. */
cell_error_t server_give(uint64_t space, uint64_t object, const struct server_client *client,
                         unsigned rights, cell_cap_t *there);
/* Takes a resource from all clients and deletes it. */
cell_error_t server_revoke(uint64_t space, uint64_t object);
/* Tells that a resource (SERVER_SPACE: the space) is realised by `handle`. */
cell_error_t server_map(uint64_t space, uint64_t object, cell_cap_t handle);
/* The same of `count` blocks from `first` on of a range of a disk (type BLOCK). `meta`: its bookkeeping is stored there. */
cell_error_t server_map_part(uint64_t space, uint64_t object, cell_cap_t range, uint64_t first, uint64_t count, bool meta);
/* The same of another resource of the server. */
cell_error_t server_map_own(uint64_t space, uint64_t object, uint64_t onto_space, uint64_t onto);
/* Takes back all that was told of a resource. */
cell_error_t server_unmap(uint64_t space, uint64_t object);

/* While `extract` runs: 0: what nobody holds is not wanted; else a number of this extraction, the same in all its pieces. */
uint64_t server_extracts_all(void);

/* ---- Bulk data ------------------------------------------------------------ */

/* Data that is too long for a message lies in a memory object that the client gave
 * (handle_give_to_server()), and requests name it with an offset and a length. An interface says so with
 * `in NAME cap MO resource r` (or w), by which the frame has checked whose it is.
 *
 * What lies there is hostile: it may change while it is read. Read each thing once, copy it before it is
 * checked. */

/* Most pages of such a memory object: CELL_TOO_LARGE. */
#define SERVER_BULK_PAGES 4096u

/* Finds `length` bytes from `at` on in a memory object that a request names, with at least these rights, and maps
 * it if this is the first request that does; *memory is good until the client is gone or takes it back.
 * CELL_BAD_ARGUMENT: that is not inside; CELL_DENIED; CELL_BAD_HANDLE: another client gave it; and as ads_attach(),
 * which the client pays for. */
cell_error_t server_bulk(const struct server_request *request, cell_cap_t mo, uint64_t at, uint64_t length,
                         unsigned rights, void **memory);

/* For a request that is answered later: the memory, found by server_bulk(), stays until it is released, whatever
 * the client does. */
struct server_bulk *server_bulk_keep(cell_cap_t mo);
void server_bulk_release(struct server_bulk *bulk);
/* For drivers: the physical address of a page of memory that is kept, asked for once. Errors as mo_physical(). */
cell_error_t server_bulk_physical(struct server_bulk *bulk, uint64_t page, uint64_t *physical);

/* ---- Records that clients pay for ---------------------------------------- */

/* Charges a client for one more record that the server keeps for it. What was charged stays so until the client is gone, for the
 * next records; so as many are paid for as there were at once. CELL_QUOTA: the client has as many as its edge allows, or is at
 * a limit; CELL_DENIED: it has no edge; CELL_NO_MEMORY. */
cell_error_t server_charge(struct server_client *client);
/* There is one record less. */
void server_discharge(struct server_client *client);

/* When there is no memory for what the server keeps, and no limit left, whoever asked for it lends the server's budget of its
 * own: malloc does so, and what makes room for answers. Whom the server works for from now on, until the next request, signal
 * or call of server_again(), if it is not the one that asked. */
void server_works_for(const struct server_client *client);

/* ---- Answering later ---------------------------------------------------- */

struct server_reply {
    unsigned slot;            /* 0: nobody waits */
    uint64_t client;          /* id of the one that waits */
    struct server_ring *ring; /* NULL: it waits in a call */
    uint64_t tag;
};

/* Keeps the caller, who pays for that; the handler's result is ignored then. There is room for all who may wait.
 * CELL_QUOTA: the client has as many as its edge allows, or is at a limit; CELL_NO_MEMORY. */
cell_error_t server_defer(struct server_request *request, struct server_reply *reply);
/* Answers with the words of an `_out` structure, or with an error. Harmless if
 * the caller is gone. */
void server_answer(struct server_reply *reply, cell_error_t error, const void *out, size_t bytes);

/* The result of a handler that cannot go on and has changed nothing: its caller waits, as after server_defer(), until one of
 * the events (bits that mean what the server likes) comes, and then the handler is called again with the same arguments.
 * `progress` is in the request's source then. */
cell_error_t server_later(uint64_t events, uint64_t progress);

/* Calls the handlers of up to `most` requests that wait for one of these events, the longest first. False: there are none. */
bool server_again(uint64_t events, unsigned most);

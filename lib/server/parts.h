/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/server/parts.h: between the files of the frame. */
#pragma once

#include <lib/server/server.h>

/* The server that runs, from server_run() on. */
extern const struct server *server_running;

/* ---- handles.c: from badges to resources -------------------------------- */

/* The handle behind a badge; asks the root task when it is new. CELL_GONE: what it was on has been
 * deleted since the message was sent; CELL_NO_MEMORY. */
cell_error_t handles_look_up(uint64_t badge, struct server_handle **handle);
/* The one that was found last, most likely for the next request, too; NULL: it is gone. */
extern struct server_handle *handles_latest;
static inline cell_error_t handles_find(uint64_t badge, struct server_handle **handle)
{
    *handle = handles_latest;
    return *handle != NULL && (*handle)->entry.id == badge ? CELL_OK : handles_look_up(badge, handle);
}
/* Forgets a badge, those of a space, and a client with all its badges. */
void handles_freed(uint64_t badge);
void handles_space_gone(struct server_handle *first);
void handles_client_gone(uint64_t client);
/* A client by the id of its PD; NULL: it is gone, or 0. */
struct server_client *handles_client(uint64_t id);

/* ---- memory.c ------------------------------------------------------------- */

/* The heap, when it cannot grow, borrows from the payer. */
void memory_start(void);
/* Sets who pays from now on when there is no other memory: the client with this id; 0: none. */
extern uint64_t memory_paid_by;
static inline void memory_payer(uint64_t client)
{
    memory_paid_by = client;
}
/* Has the payer lend what a request to the root task did not get by its error `why`; false: it does not, or that is not why. */
bool memory_lend_objects(cell_error_t why);

/* ---- bulk.c --------------------------------------------------------------- */

/* Flag of ads_attach(): the client pays. */
#define SERVER_ATTACH_FOR_GIVER 8u

/* Memory that requests of the client have named; NULL: it is not known. */
const struct server_bulk *bulk_of(cell_cap_t mo, const struct server_client *client);
unsigned bulk_rights(const struct server_bulk *bulk);
/* Drops what a client gave, or leaves that to its last user. */
void bulk_client_gone(struct server_client *client);
/* idl/server.idl */
extern const struct idl_interface *const bulk_interface;

/* ---- server.c ------------------------------------------------------------- */

/* Checks a request of a handle and carries it out; `out` has room for IDL_WORDS. Unless it is deferred then, the caller answers. */
cell_error_t request_run(struct server_request *request, uint64_t label, uint32_t length, const uint64_t *words,
                         uint64_t *out, uint32_t *out_words);
/* Gives the slot back that a client, which goes, has for answers. */
void replies_client_gone(struct server_client *client);
/* The operation that a label names; NULL: none that the server has. */
const struct idl_operation *request_operation(uint64_t label);

/* ---- rings.c -------------------------------------------------------------- */

/* Doorbells have rung: bits of a signal. */
void rings_rung(uint64_t bits);
/* The first ring with requests that were not served; NULL: there is none. */
extern struct server_ring *rings_ready;
/* Serves some of it. */
void rings_turn(void);
/* The handle is gone, and its ring ends. */
void ring_handle_gone(struct server_handle *handle);
/* Keeps a ring for an answer, which may come after its end. */
void ring_owe(struct server_ring *ring);
void ring_answer(struct server_ring *ring, uint64_t tag, cell_error_t error, const uint64_t *words, uint32_t count);

/* ---- later.c -------------------------------------------------------------- */

/* Keeps a request whose handler returned CELL_LATER; errors as server_defer(). */
cell_error_t later_keep(struct server_request *request, uint64_t label, uint32_t length, const uint64_t *words);

/* ---- work.c --------------------------------------------------------------- */

/* Does all work that the root task has; what takes long, as far as one piece. */
void work_run(void);
/* Whether there is more of that, and the next piece of it. */
extern struct unfinished *work_unfinished;
static inline bool work_is_unfinished(void)
{
    return work_unfinished != NULL;
}
void work_go_on(void);

/* ---- spaces.c --------------------------------------------------------------- */

/* Makes a space of each type that the PD may serve. CELL_DENIED: there is none; and as
 * resspc_create(). */
cell_error_t spaces_start(void);
/* The type of a space; NULL: no such space. */
const struct server_type *spaces_type(uint64_t space);
/* Where the handles on a space and what is in it begin; NULL: no such space. */
struct server_handle **spaces_handles(uint64_t space);
/* Any space, to name the server by. */
cell_cap_t spaces_any(void);
/* Forgets a space that the root task has deleted. */
void spaces_forget(uint64_t space);

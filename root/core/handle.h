/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/handle.h: handles, the root task's record of every capability that it
 * minted: who (a slot table) may do what (rights) with which object.
 *
 * The badge of the capability is the handle's id, index | generation << 32. A
 * freed index is used again with another generation, so an old id is refused.
 * Handles of one object are linked, and those of one holder are found through
 * its slot table, so that ending either costs what it has.
 */
#pragma once

#include <stddef.h>

#include "lib/words/words.h"
#include "root/core/cspace.h"
#include "root/core/object.h"

/* Rights, as in the model. */
#define HANDLE_READ CELL_READ
#define HANDLE_WRITE CELL_WRITE
#define HANDLE_EXECUTE CELL_EXECUTE
#define HANDLE_GRANT CELL_GRANT
#define HANDLE_ALL CELL_ALL

/* HANDLE_SELF: CSPACE_SELF, by which a PD asks for what concerns itself, and its faults come.
 * HANDLE_FAULT: the same of one that asks for nothing; whatever comes through it is a
 * fault (request.h). The others as enum idl_on. */
enum handle_kind { HANDLE_FAULT = 0, HANDLE_SPACE = 1, HANDLE_RESOURCE = 2, HANDLE_SELF = 4 };

/* Which member of struct handle's union holds. */
enum handle_use {
    HANDLE_IS_PLAIN,
    HANDLE_IS_PASS_ON, /* an edge, not to ask through */
    HANDLE_IS_EDGE,
    HANDLE_IS_TAKEN, /* a resource that a client took of its server */
    HANDLE_IS_GIFT,
};

/* Resources that a client may take of the server of an edge, and gifts that it may have there, together. */
#define HANDLE_ALLOWANCE 1024u

struct gift;
struct ep;
struct ntfn;

struct handle {
    struct object *object;     /* NULL: free */
    struct slot_table *holder; /* the table that it is in; NULL: a direct slot */
    struct cspace *direct;     /* direct slot: of which CSpace; else NULL */
    uint32_t generation;
    uint32_t where;            /* its address in the holder's CSpace */
    uint32_t next, previous;   /* on the same object; `next` also links free ones */
    uint32_t index;
    uint32_t giver;            /* number of the PD that gave it + 1; 0: nobody did */
    type_t type;
    uint8_t kind;              /* enum handle_kind */
    uint8_t rights;
    uint8_t use;               /* enum handle_use */
    union {
        uint8_t bit; /* NTFN: that its signals bring */
        bool known;  /* of a server: to that, which has asked whose it is */
    };
    union {
        struct {
            uint32_t allowance, taken;
        };
        uint64_t edge;         /* TAKEN: id of the edge by whose allowance; it may be gone */
        struct gift *gift;
    };
};

typedef uint64_t handle_id_t;

static inline handle_id_t handle_id(const struct handle *handle)
{
    return (handle_id_t)handle->generation << 32 | handle->index;
}

/*
 * Makes a handle and mints its capability, a copy of the root task's `endpoint`
 * (root_endpoint for what the root task serves, else the server's), into the
 * table's next empty slot. Takes a reference on the object. `rights`: HANDLE_…;
 * `cap_rights`: RIGHTS_CLIENT.
 * CELL_NO_SLOTS, CELL_NO_MEMORY, CELL_QUOTA (the table's account).
 */
cell_error_t handle_create(struct slot_table *table, struct object *object, enum handle_kind kind,
                           type_t type, unsigned rights, slot_t endpoint, unsigned cap_rights,
                           struct handle **handle);

/* The same for a notification: the capability is one to that itself, for waiting (HANDLE_READ)
 * and signalling `bit` (HANDLE_WRITE). When a handle with HANDLE_WRITE goes, the bit is signalled
 * once more: requests that wait for its holder end with CELL_GONE. */
cell_error_t handle_create_signal(struct slot_table *table, struct ntfn *ntfn, unsigned rights,
                                  unsigned bit, struct handle **handle);

/* The same for an endpoint, to receive from (HANDLE_READ) and to call (HANDLE_WRITE). CELL_GONE: it
 * is closed. */
cell_error_t handle_create_ep(struct slot_table *table, struct ep *ep, unsigned rights,
                              struct handle **handle);

/* The same into an empty direct slot of a CSpace (CSPACE_SLOT_SELF). */
cell_error_t handle_create_direct(struct cspace *cspace, unsigned slot, struct object *object,
                                  enum handle_kind kind, type_t type, unsigned rights,
                                  slot_t endpoint, unsigned cap_rights, struct handle **handle);

/* Whose it is: the PD of the CSpace or table; NULL: of a common table that
 * survived its maker. */
struct pd *handle_pd(const struct handle *handle);

/* The PD that sends what comes through it: the PD whose direct or private slot it is in, as nobody
 * else can use that. NULL: it is in a common table, and all who share that can. */
static inline struct pd *handle_caller(const struct handle *handle)
{
    return handle->direct != NULL                        ? handle->direct->pd
           : handle->holder->region == CSPACE_PRIVATE ? handle->holder->pd
                                                         : NULL;
}

/* Deletes the capability, empties the slot, gives up the object (which may be
 * destroyed by that). */
void handle_free(struct handle *handle);

/* Makes an edge one to another space of its type, whose server receives from `endpoint`; id, address,
 * rights and allowance stay. */
void handle_redirect(struct handle *edge, struct object *space, slot_t endpoint);

/* For cspace.c: the same when its capability and slot go anyway. */
void handle_drop(struct handle *handle);

/* Deletes handles on an object, as many as *units of work (reaper.h) allow; true: all. The
 * caller holds a reference. */
bool handle_free_all(struct object *object, uint32_t *units);

/* The records, in chunks that never move. */
#define HANDLE_CHUNK_BITS 8u
struct handle_chunks {
    struct handle **chunk;
    uint32_t count;
};
extern struct handle_chunks handle_chunks;

/* By index, as slot tables have it; never stale there. */
static inline struct handle *handle_by_index(uint32_t index)
{
    return &handle_chunks.chunk[index >> HANDLE_CHUNK_BITS][index & ((1u << HANDLE_CHUNK_BITS) - 1)];
}
/* By id: NULL if stale or forged. */
static inline struct handle *handle_by_id(handle_id_t id)
{
    uint32_t index = (uint32_t)id;

    if (index >> HANDLE_CHUNK_BITS >= handle_chunks.count)
        return NULL;
    struct handle *handle = handle_by_index(index);

    return handle->generation == id >> 32 && handle->object != NULL ? handle : NULL;
}

static inline struct handle *handle_first(const struct object *object)
{
    return object->handles == 0 ? 0 : handle_by_index(object->handles);
}
static inline struct handle *handle_next(const struct handle *handle)
{
    return handle->next == 0 ? 0 : handle_by_index(handle->next);
}

/* One more is taken by an edge: CELL_QUOTA, as many as it allows are. The edge may be gone
 * when it is given back. */
cell_error_t handle_take(struct handle *edge);
void handle_untake(handle_id_t edge);

/* Handles in use. */
uint64_t handle_count(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/handle.c: see handle.h. Records stand in chunks that never move; free
 * ones are linked by `next`.
 */
#include "root/core/handle.h"

#include "root/core/ep.h"
#include "root/core/gift.h"
#include "root/core/ntfn.h"
#include "root/core/reaper.h"
#include "root/core/standing.h"
#include "root/memory/heap.h"

#define CHUNK_HANDLES (1u << HANDLE_CHUNK_BITS)
/* Badges of the root task's notification have bit 63, so generations end here;
 * a record that gets there is not used again. */
#define GENERATION_LIMIT 0x7fffffffu

struct handle_chunks handle_chunks;
static uint32_t chunk_room;
static uint32_t first_free; /* 0: none; record 0 is never used */
static uint64_t in_use;

/* ---- Records --------------------------------------------------------- */

static bool chunk_add(void)
{
    if (handle_chunks.count == UINT32_MAX >> HANDLE_CHUNK_BITS)
        return false;
    if (handle_chunks.count == chunk_room) {
        uint32_t room = chunk_room == 0 ? 16 : chunk_room * 2;
        struct handle **grown =
            heap_resize(handle_chunks.chunk, chunk_room * sizeof *handle_chunks.chunk, room * sizeof *handle_chunks.chunk);

        if (grown == NULL)
            return false;
        handle_chunks.chunk = grown;
        chunk_room = room;
    }
    struct handle *chunk = heap_allocate(CHUNK_HANDLES * sizeof *chunk);

    if (chunk == NULL)
        return false;
    uint32_t base = handle_chunks.count << HANDLE_CHUNK_BITS;

    for (uint32_t i = CHUNK_HANDLES; i-- > 0;) {
        chunk[i].index = base + i;
        chunk[i].generation = 1;
        if (base + i != 0) {
            chunk[i].next = first_free;
            first_free = base + i;
        }
    }
    handle_chunks.chunk[handle_chunks.count++] = chunk;
    return true;
}

/* The first of the handles on `object`. */
static inline void link_to(struct handle *handle, struct object *object)
{
    handle->object = object;
    handle->next = object->handles;
    handle->previous = 0;
    if (object->handles != 0)
        handle_by_index(object->handles)->previous = handle->index;
    object->handles = handle->index;
    object_refer(object);
}

/* Returns the object, on which its reference is still to be given up. */
static inline struct object *unlink(struct handle *handle)
{
    struct object *object = handle->object;

    if (handle->previous != 0)
        handle_by_index(handle->previous)->next = handle->next;
    else
        object->handles = handle->next;
    if (handle->next != 0)
        handle_by_index(handle->next)->previous = handle->previous;
    return object;
}

/* A record for a handle on `object`, linked to it; NULL: no memory. */
static inline struct handle *record_take(struct object *object)
{
    if (first_free == 0 && !chunk_add())
        return NULL;
    struct handle *handle = handle_by_index(first_free);

    first_free = handle->next;
    handle->giver = 0;
    handle->use = HANDLE_IS_PLAIN;
    handle->known = false;
    link_to(handle, object);
    in_use++;
    return handle;
}

/* What was kept of it elsewhere. */
static void end_use(struct handle *handle)
{
    if (handle->use == HANDLE_IS_GIFT)
        gift_end(handle->gift);
    else if (handle->use == HANDLE_IS_TAKEN)
        handle_untake(handle->edge);
    handle->use = HANDLE_IS_PLAIN;
}

/* Unlinks and frees a record; its reference on the object, which is returned,
 * is still to be given up. */
static struct object *record_give(struct handle *handle)
{
    if (handle->use > HANDLE_IS_EDGE)
        end_use(handle);
    struct object *object = unlink(handle);

    handle->object = NULL;
    handle->holder = NULL;
    handle->direct = NULL;
    in_use--;
    if (++handle->generation < GENERATION_LIMIT) {
        handle->next = first_free;
        first_free = handle->index;
    }
    return object;
}

/* ---- The interface --------------------------------------------------- */

/* Is it authority over a PD? */
static bool stands(unsigned kind, type_t type)
{
    return type == TYPE_PD && kind == HANDLE_RESOURCE;
}

/* The capability that a handle is. */
struct source {
    slot_t slot;
    unsigned rights;
    uint64_t badge; /* 0: the handle's id */
};

static cell_error_t create(struct slot_table *table, struct object *object, enum handle_kind kind,
                           type_t type, unsigned rights, struct source source, struct handle **made)
{
    struct handle *handle = record_take(object);
    cell_cap_t where;

    if (handle == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = table_put_entry(table, source.slot, source.rights,
                                         source.badge != 0 ? source.badge : handle_id(handle),
                                         handle->index, &where);

    if (error == CELL_OK && stands(kind, type) && !standing_add(table, object->id, rights)) {
        table_remove(table, where);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        object_release(record_give(handle));
        return error;
    }
    handle->holder = table;
    handle->where = (uint32_t)where;
    handle->kind = (uint8_t)kind;
    handle->type = type;
    handle->rights = (uint8_t)rights;
    if (kind == HANDLE_SPACE) {
        handle->use = HANDLE_IS_EDGE;
        handle->allowance = HANDLE_ALLOWANCE;
        handle->taken = 0;
    }
    *made = handle;
    return CELL_OK;
}

cell_error_t handle_create(struct slot_table *table, struct object *object, enum handle_kind kind,
                           type_t type, unsigned rights, slot_t endpoint, unsigned cap_rights,
                           struct handle **made)
{
    return create(table, object, kind, type, rights, (struct source){endpoint, cap_rights, 0}, made);
}

cell_error_t handle_create_signal(struct slot_table *table, struct ntfn *ntfn, unsigned rights,
                                  unsigned bit, struct handle **made)
{
    struct source source = {
        .slot = ntfn->notification.slot,
        .rights = ((rights & HANDLE_READ) != 0 ? RIGHT_RECEIVE : 0) |
                  ((rights & HANDLE_WRITE) != 0 ? RIGHT_SEND : 0),
        .badge = ntfn_badge(bit),
    };
    cell_error_t error = create(table, &ntfn->object, HANDLE_RESOURCE, TYPE_NTFN, rights, source, made);

    if (error == CELL_OK)
        (*made)->bit = (uint8_t)bit;
    return error;
}

cell_error_t handle_create_ep(struct slot_table *table, struct ep *ep, unsigned rights,
                              struct handle **made)
{
    unsigned allowed = ((rights & HANDLE_READ) != 0 ? RIGHT_RECEIVE : 0) |
                       ((rights & HANDLE_WRITE) != 0 ? RIGHTS_CLIENT : 0);

    if (ep->endpoint.slot == 0)
        return CELL_GONE;
    cell_error_t error = create(table, &ep->object, HANDLE_RESOURCE, TYPE_EP, rights,
                                (struct source){ep->endpoint.slot, allowed, 0}, made);

    if (error == CELL_OK && (rights & HANDLE_READ) != 0)
        ep->receivers++;
    return error;
}

cell_error_t handle_create_direct(struct cspace *cspace, unsigned slot, struct object *object,
                                  enum handle_kind kind, type_t type, unsigned rights,
                                  slot_t endpoint, unsigned cap_rights, struct handle **made)
{
    struct handle *handle = record_take(object);

    if (handle == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = cspace_put_entry(cspace, slot, endpoint, cap_rights, handle_id(handle),
                                          handle->index);

    if (error != CELL_OK) {
        object_release(record_give(handle));
        return error;
    }
    handle->direct = cspace;
    handle->where = (uint32_t)CSPACE_DIRECT(slot);
    handle->kind = (uint8_t)kind;
    handle->type = type;
    handle->rights = (uint8_t)rights;
    *made = handle;
    return CELL_OK;
}

/* What else goes with a handle that is the kernel's own capability. */
static void end_own(struct object *object, const struct handle *handle)
{
    if (object->class == &ntfn_class && (handle->rights & HANDLE_WRITE) != 0)
        ntfn_signal(ntfn_of(object), handle->bit);
    else if (object->class == &ep_class && (handle->rights & HANDLE_READ) != 0 && --ep_of(object)->receivers == 0)
        ep_unreceived(ep_of(object));
}

void handle_drop(struct handle *handle)
{
    if (stands(handle->kind, handle->type))
        standing_remove(handle->holder, handle->object->id, handle->rights);
    struct object *object = record_give(handle);

    if (handle->kind == HANDLE_RESOURCE)
        end_own(object, handle);
    if (object->handles == 0 && object->class->unheld != NULL)
        object->class->unheld(object);
    object_release(object);
}

void handle_free(struct handle *handle)
{
    if (handle->direct != NULL)
        cspace_remove_direct(handle->direct, handle->where >> CSPACE_INDEX_BITS);
    else
        table_remove(handle->holder, handle->where);
    handle_drop(handle);
}

void handle_redirect(struct handle *edge, struct object *space, slot_t endpoint)
{
    struct object *before = unlink(edge);

    link_to(edge, space);
    edge->known = false;
    table_replace(edge->holder, edge->where, endpoint, edge->use == HANDLE_IS_PASS_ON ? 0 : RIGHTS_CLIENT, handle_id(edge));
    object_release(before);
}

/* Units of work of deleting one, besides what its object takes. */
#define HANDLE_UNITS 3u

bool handle_free_all(struct object *object, uint32_t *units)
{
    while (object->handles != 0) {
        if (reap_take(units, HANDLE_UNITS) == 0)
            return false;
        handle_free(handle_by_index(object->handles));
    }
    return true;
}

struct pd *handle_pd(const struct handle *handle)
{
    return handle->direct != NULL ? handle->direct->pd : handle->holder->pd;
}

cell_error_t handle_take(struct handle *edge)
{
    if (edge->taken >= edge->allowance)
        return CELL_QUOTA;
    edge->taken++;
    return CELL_OK;
}

void handle_untake(handle_id_t id)
{
    struct handle *edge = handle_by_id(id);

    if (edge != NULL)
        edge->taken--;
}

uint64_t handle_count(void)
{
    return in_use;
}

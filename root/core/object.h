/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/object.h: what everything that a handle can denote begins with.
 *
 * An object lives while something refers to it: a handle, or another object
 * that uses it (a VMR its MO, a CPU its ADS). object_release() of the last
 * reference calls its class's destroy(), which gives back everything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "root/base/list.h"
#include "root/core/account.h"
#include "root/core/types.h"

struct object;

struct object_class {
    const char *name;
    /* Called when the last reference is gone; frees the object. */
    void (*destroy)(struct object *object);
    /* Called when the last *handle* is gone while uses remain, or NULL. */
    void (*unheld)(struct object *object);
    struct list all;    /* every object of the class, by object.all */
    uint64_t count;
    uint64_t next_id;
    uint32_t objects;   /* that its record costs: RECORD_OBJECTS() */
};

struct object {
    struct object_class *class;
    struct list all;
    struct account *account; /* who pays; referred to */
    uint64_t id;             /* unique within the class, never used again */
    uint32_t references;     /* handles and uses */
    uint32_t handles;        /* first handle on it (handle.h), 0: none */
    type_t type;             /* TYPE_MO …; of a space: the type of it */
    bool dead;               /* revoked: handles no longer resolve */
};

/* Initialises the common part, with one reference that belongs to the caller, and
 * charges the record and `objects` kernel objects. On CELL_QUOTA or CELL_NO_MEMORY the
 * record is the caller's to free. */
static inline cell_error_t object_init(struct object *object, struct object_class *class, type_t type,
                                       struct account *account, uint32_t objects)
{
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, class->objects + objects);

    if (error != CELL_OK)
        return error;
    object->class = class;
    object->type = type;
    object->account = account;
    account_refer(account);
    object->id = ++class->next_id;
    object->references = 1;
    object->handles = 0;
    object->dead = false;
    list_append(&class->all, &object->all);
    class->count++;
    return CELL_OK;
}

static inline void object_refer(struct object *object)
{
    object->references++;
}
void object_release(struct object *object);
/* Takes it out of the class's list, refunds the record and `objects` kernel objects, and
 * gives up the account: the last step of every destroy() before the memory is freed. */
void object_finish(struct object *object, uint64_t objects);

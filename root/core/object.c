/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/object.c: see object.h. */
#include "root/core/object.h"

cell_error_t object_init(struct object *object, struct object_class *class, type_t type,
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

void object_release(struct object *object)
{
    if (--object->references == 0)
        object->class->destroy(object);
}

void object_finish(struct object *object, uint64_t objects)
{
    account_refund(object->account, ACCOUNT_OBJECTS, object->class->objects + objects);
    list_remove(&object->all);
    object->class->count--;
    account_release(object->account);
}

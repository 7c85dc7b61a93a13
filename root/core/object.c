/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/object.c: see object.h. */
#include "root/core/object.h"

void object_init(struct object *object, struct object_class *class, type_t type,
                 struct account *account)
{
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
}

void object_release(struct object *object)
{
    if (--object->references == 0)
        object->class->destroy(object);
}

void object_finish(struct object *object)
{
    list_remove(&object->all);
    object->class->count--;
    account_release(object->account);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/object.c: see object.h. */
#include "root/core/object.h"

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

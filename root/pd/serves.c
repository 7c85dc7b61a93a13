/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/serves.c: see serves.h. */
#include "root/pd/serves.h"

#include <string.h>

#include "root/memory/heap.h"
#include "root/spaces/resspc.h"

#define SERVED_OBJECTS RECORD_OBJECTS(sizeof(struct served))

/* Those of the description, whether their blocks have been started or not. */
static struct served *reserved;

static bool same(const char *text, const char *other, size_t length)
{
    return strncmp(text, other, length) == 0 && text[length] == 0;
}

static cell_error_t add(struct served **list, const char *type, size_t type_length,
                        const char *name, size_t length)
{
    struct served *served = heap_allocate(sizeof *served);

    if (served == NULL)
        return CELL_NO_MEMORY;
    *served = (struct served){.next = *list};
    memcpy(served->type, type, type_length);
    memcpy(served->name, name, length);
    *list = served;
    return CELL_OK;
}

cell_error_t serves_add(struct pd *pd, const char *type, size_t type_length, const char *name,
                        size_t length)
{
    cell_error_t error = account_charge(pd->account, ACCOUNT_OBJECTS, SERVED_OBJECTS);

    if (error != CELL_OK)
        return error;
    error = add(&pd->serves, type, type_length, name, length);
    if (error != CELL_OK)
        account_refund(pd->account, ACCOUNT_OBJECTS, SERVED_OBJECTS);
    return error;
}

void serves_clear(struct pd *pd)
{
    while (pd->serves != NULL) {
        struct served *served = pd->serves;

        pd->serves = served->next;
        heap_free(served, sizeof *served);
        account_refund(pd->account, ACCOUNT_OBJECTS, SERVED_OBJECTS);
    }
}

static bool is_reserved(const char *type, size_t length)
{
    for (const struct served *at = reserved; at != NULL; at = at->next)
        if (same(at->type, type, length))
            return true;
    return false;
}

static bool is_core(const char *type, size_t length)
{
    type_t number = type_find(type, (uint32_t)length);

    return number == TYPE_VMR || resspc_root(number) != NULL;
}

bool serves_allowed(const struct pd *pd, const char *type, size_t length)
{
    if (length != 0 && is_core(type, length))
        return false;
    if (pd == &pd_root)
        return true;
    for (const struct served *at = pd->serves; at != NULL; at = at->next)
        if (at->type[0] == 0 ? length == 0 || !is_reserved(type, length)
                             : length != 0 && same(at->type, type, length))
            return true;
    return false;
}

bool serves_type(const struct pd *pd, const char *type, size_t length, const char *name,
                 size_t name_length)
{
    for (const struct served *at = pd->serves; at != NULL; at = at->next)
        if (at->type[0] != 0 && same(at->type, type, length) &&
            (name == NULL || same(pd->name, name, name_length) ||
             (at->name[0] != 0 && same(at->name, name, name_length))))
            return true;
    return false;
}

cell_error_t serves_reserve(const char *type, size_t length)
{
    return is_reserved(type, length) ? CELL_OK : add(&reserved, type, length, "", 0);
}

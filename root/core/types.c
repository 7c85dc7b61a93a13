/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/types.c: see types.h. Bottom-up: names, numbers, adding and ending.
 */
#include "root/core/types.h"

#include <stdbool.h>
#include <string.h>

#include "root/base/list.h"
#include "root/memory/heap.h"
#include "lib/idtable/idtable.h"

static const char *const core_names[CM_CORE_TYPES] = CM_CORE_TYPE_NAMES;

struct type {
    struct id_entry entry; /* by hash of the name: several may have the same */
    type_t number;
    uint32_t references;
    char name[TYPE_NAME_LENGTH + 1];
};

_Static_assert(sizeof(struct type) <= TYPE_BYTES, "TYPE_BYTES");

/* Types by number, in groups that are there while a number of theirs is in use. */
#define GROUP_BITS 8u
#define GROUP (1u << GROUP_BITS)

struct group {
    struct list with_room; /* groups with a free number */
    uint32_t index, used;
    struct type *types[GROUP];
};

static struct group **groups;
static uint32_t group_room;
static struct list with_room = LIST_EMPTY(with_room);
static struct id_table by_name;
static uint32_t count = CM_CORE_TYPES;

static uint64_t hash(const char *name, uint32_t length)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (uint32_t i = 0; i < length; i++)
        value = (value ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
    return value;
}

/* ---- Names ----------------------------------------------------------- */

/* Words that readers of a model take for nothing (docs/model-format.md). */
static bool name_is_reserved(const char *name, uint32_t length)
{
    static const char *const words[] = {"NA", "null", "NaN"};

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(words[i], name, length) == 0)
            return true;
    return false;
}

static bool name_is_good(const char *name, uint32_t length)
{
    if (length == 0 || length > TYPE_NAME_LENGTH || name_is_reserved(name, length))
        return false;
    for (uint32_t i = 0; i < length; i++) {
        char c = name[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
    }
    return true;
}

static struct type *added_type(const char *name, uint32_t length)
{
    uint64_t id = hash(name, length);

    for (struct id_entry *at = id_table_find(&by_name, id); at != NULL; at = at->next) {
        struct type *type = CONTAINER(at, struct type, entry);

        if (at->id == id && strncmp(type->name, name, length) == 0 && type->name[length] == 0)
            return type;
    }
    return NULL;
}

static type_t core_type(const char *name, uint32_t length)
{
    for (type_t type = 0; type < CM_CORE_TYPES; type++)
        if (strlen(core_names[type]) == length && memcmp(core_names[type], name, length) == 0)
            return type;
    return TYPE_NONE;
}

type_t type_find(const char *name, uint32_t length)
{
    if (!name_is_good(name, length))
        return TYPE_NONE;
    type_t core = core_type(name, length);
    const struct type *type = core != TYPE_NONE ? NULL : added_type(name, length);

    return type == NULL ? core : type->number;
}

/* ---- Numbers --------------------------------------------------------- */

/* Numbers of core types lie in the first group; nobody else gets them. */
static struct type **place_of(type_t number)
{
    return &groups[number >> GROUP_BITS]->types[number & (GROUP - 1)];
}

static bool more_groups(uint32_t index)
{
    if (index < group_room)
        return true;
    struct group **more = heap_resize(groups, group_room * sizeof *groups,
                                      (index + 1) * 2 * sizeof *groups);

    if (more == NULL)
        return false;
    groups = more;
    group_room = (index + 1) * 2;
    return true;
}

/* A group with a free number; if there is none, a new one at the lowest index that is not in use. */
static struct group *group_with_room(void)
{
    uint32_t index = 0;

    if (!list_empty(&with_room))
        return CONTAINER(with_room.next, struct group, with_room);
    while (index < group_room && groups[index] != NULL)
        index++;
    if (index >> (24 - GROUP_BITS) != 0 || !more_groups(index))
        return NULL;
    struct group *group = heap_allocate(sizeof *group);

    if (group == NULL)
        return NULL;
    group->index = index;
    groups[index] = group;
    list_append(&with_room, &group->with_room);
    return group;
}

static bool take_number(struct type *type)
{
    struct group *group = group_with_room();

    if (group == NULL)
        return false;
    uint32_t first = group->index == 0 ? CM_CORE_TYPES : 0, i = first;

    while (group->types[i] != NULL)
        i++;
    group->types[i] = type;
    type->number = group->index << GROUP_BITS | i;
    if (++group->used == GROUP - first)
        list_remove(&group->with_room);
    return true;
}

static void give_number(type_t number)
{
    struct group *group = groups[number >> GROUP_BITS];

    *place_of(number) = NULL;
    list_remove(&group->with_room);
    if (--group->used != 0) {
        list_insert(&with_room, &group->with_room);
        return;
    }
    groups[group->index] = NULL;
    heap_free(group, sizeof *group);
    while (group_room > 0 && groups[group_room - 1] == NULL) {
        uint32_t room = group_room - 1;
        struct group **less = heap_resize(groups, group_room * sizeof *groups, room * sizeof *groups);

        if (less == NULL && room != 0)
            return; /* next time */
        groups = less;
        group_room = room;
    }
}

/* ---- Adding and ending ------------------------------------------------ */

static cell_error_t add(const char *name, uint32_t length, type_t *number)
{
    struct type *type = heap_allocate(sizeof *type);

    if (type == NULL)
        return CELL_NO_MEMORY;
    if (!take_number(type)) {
        heap_free(type, sizeof *type);
        return count >= TYPE_LIMIT - GROUP ? CELL_TOO_LARGE : CELL_NO_MEMORY;
    }
    memcpy(type->name, name, length);
    type->references = 1;
    type->entry.id = hash(name, length);
    if (!id_table_add(&by_name, &type->entry)) {
        give_number(type->number);
        heap_free(type, sizeof *type);
        return CELL_NO_MEMORY;
    }
    count++;
    *number = type->number;
    return CELL_OK;
}

cell_error_t type_add(const char *name, uint32_t length, type_t *type)
{
    if (!name_is_good(name, length))
        return CELL_BAD_ARGUMENT;
    *type = type_find(name, length);
    if (*type == TYPE_NONE)
        return add(name, length, type);
    type_refer(*type);
    return CELL_OK;
}

void type_refer(type_t type)
{
    if (type >= CM_CORE_TYPES)
        (*place_of(type))->references++;
}

void type_release(type_t number)
{
    struct type *type = number < CM_CORE_TYPES ? NULL : *place_of(number);

    if (type == NULL || --type->references != 0)
        return;
    id_table_remove(&by_name, &type->entry);
    give_number(number);
    heap_free(type, sizeof *type);
    count--;
}

const char *type_name(type_t type)
{
    if (type < CM_CORE_TYPES)
        return core_names[type];
    return type >> GROUP_BITS < group_room && groups[type >> GROUP_BITS] != NULL && *place_of(type) != NULL
               ? (*place_of(type))->name : "UNKNOWN";
}

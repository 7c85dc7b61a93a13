/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/types.c: see types.h. Names in an array by number, and a hash table of
 * numbers with open addressing, at most half full.
 */
#include "root/core/types.h"

#include <stdbool.h>
#include <string.h>

#include "root/memory/heap.h"

static const char *const core_names[CM_CORE_TYPES] = {
    [CM_TYPE_ADS] = "ADS",     [CM_TYPE_VMR] = "VMR",   [CM_TYPE_MO] = "MO",
    [CM_TYPE_VCPU] = "VCPU",   [CM_TYPE_PCPU] = "PCPU", [CM_TYPE_EP] = "EP",
    [CM_TYPE_PD] = "PD",       [CM_TYPE_RESSPC] = "RESSPC",
    [CM_TYPE_BLOCK] = "BLOCK", [CM_TYPE_FILE] = "FILE", [CM_TYPE_KVSTORE] = "KVSTORE",
    [CM_TYPE_GMO] = "GMO",
};

static const char **names;
static uint32_t count, room;
static type_t *table; /* number + 1; 0: empty */
static uint32_t table_size;

static uint32_t hash(const char *name, uint32_t length)
{
    uint32_t value = 2166136261u;

    for (uint32_t i = 0; i < length; i++)
        value = (value ^ (uint8_t)name[i]) * 16777619u;
    return value;
}

/* The table's place for a name: where it is, or where it would go. */
static uint32_t place_of(const char *name, uint32_t length)
{
    uint32_t place = hash(name, length) & (table_size - 1);

    for (; table[place] != 0; place = (place + 1) & (table_size - 1)) {
        const char *other = names[table[place] - 1];

        if (strncmp(other, name, length) == 0 && other[length] == 0)
            break;
    }
    return place;
}

/* Room for one more; also fills in the core types the first time. */
static bool grow(void)
{
    uint32_t new_room = room == 0 ? 32 : room * 2;
    type_t *new_table = heap_allocate(new_room * 2 * sizeof *new_table);

    if (new_table == NULL)
        return false;
    const char **new_names = heap_resize(names, room * sizeof *names, new_room * sizeof *names);

    if (new_names == NULL) {
        heap_free(new_table, new_room * 2 * sizeof *new_table);
        return false;
    }
    names = new_names;
    heap_free(table, table_size * sizeof *table);
    table = new_table;
    table_size = new_room * 2;
    room = new_room;
    if (count == 0)
        for (; count < CM_CORE_TYPES; count++)
            names[count] = core_names[count];
    for (uint32_t i = 0; i < count; i++)
        table[place_of(names[i], (uint32_t)strlen(names[i]))] = (type_t)(i + 1);
    return true;
}

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

type_t type_find(const char *name, uint32_t length)
{
    if (table == NULL && !grow())
        return TYPE_NONE;
    if (!name_is_good(name, length))
        return TYPE_NONE;
    uint32_t place = place_of(name, length);

    return table[place] == 0 ? TYPE_NONE : (type_t)(table[place] - 1);
}

cell_error_t type_add(const char *name, uint32_t length, type_t *type)
{
    if (!name_is_good(name, length))
        return CELL_BAD_ARGUMENT;
    *type = type_find(name, length);
    if (*type != TYPE_NONE)
        return CELL_OK;
    if (count >= TYPE_LIMIT)
        return CELL_TOO_LARGE;
    if (table == NULL || (count == room && !grow()))
        return CELL_NO_MEMORY;
    char *copy = heap_allocate(length + 1);

    if (copy == NULL)
        return CELL_NO_MEMORY;
    memcpy(copy, name, length);
    uint32_t place = place_of(copy, length);

    *type = (type_t)count;
    names[count++] = copy;
    table[place] = (type_t)count;
    return CELL_OK;
}

const char *type_name(type_t type)
{
    return type < count ? names[type] : type < CM_CORE_TYPES ? core_names[type] : "UNKNOWN";
}

uint32_t type_count(void)
{
    return count;
}

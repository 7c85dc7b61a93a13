/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/held.c: what a PD holds and may request: its handles, in order. Several
 * handles on one thing are one edge, with the union of their rights; they meet in
 * a hash table with open addressing, at most half full.
 */
#include <string.h>

#include "root/graph/pass.h"
#include "root/graph/select.h"
#include "root/graph/sheets.h"
#include "root/graph/tables.h"
#include "root/core/pd.h"
#include "root/spaces/resspc.h"

struct held {
    struct object *object;
    type_t type;
    uint8_t kind, rights;
    uint32_t place; /* in the place of that number: its own number + 1; 0: none */
};

static struct meeting {
    struct sheets held; /* of all PDs, one after the other */
    uint32_t count;
    uint32_t places; /* a power of two; as many records */
} meeting;

static struct held *held_at(uint32_t number)
{
    return sheets_at(&meeting.held, sizeof(struct held), number);
}

/* Something is held, once more perhaps. */
static void meet(struct object *object, type_t type, uint8_t kind, uint8_t rights)
{
    uint64_t hash = ((uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) & (meeting.places - 1);

    for (;; at = (at + 1) & (meeting.places - 1)) {
        uint32_t *place = &held_at(at)->place, number = *place;
        struct held *held = held_at(number == 0 ? meeting.count : number - 1);

        if (number == 0) {
            held->object = object;
            held->type = type;
            held->kind = kind;
            *place = ++meeting.count;
        } else if (held->object != object || held->type != type || held->kind != kind) {
            continue;
        }
        held->rights |= rights;
        return;
    }
}

static void meet_all(const struct slot_table *table)
{
    cell_cap_t where = 0;
    uint32_t entry;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY) {
        const struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

        pass_take(1);
        if (handle != NULL)
            meet(handle->object, handle->type, handle->kind, handle->rights);
    }
}

static void put_request(struct records *records, const struct pd *pd, const struct held *held)
{
    const struct space *space = CONTAINER(held->object, struct space, object);

    if (space->manager == NULL)
        return;
    struct record *record = record_add(records, RECORD_REQUEST, held->type, 3);

    record->word[0] = pd->object.id;
    record->word[1] = space->manager->object.id;
    /* Address spaces are made on request: none of them is named. */
    record->word[2] = held->type == TYPE_ADS ? RECORD_ANY : space->object.id;
}

static void put_held(struct records *records, const struct pd *pd, const struct held *held)
{
    const struct object *object = held->object;

    if (object_is_gone(object))
        return;
    if (held->kind == HANDLE_SPACE) {
        put_request(records, pd, held);
        return;
    }
    /* What it runs on and in is written with the x. */
    if ((object->class == &ads_class && pd_runs_in(pd, CONTAINER(object, struct ads, object))) ||
        (pd->cpu != NULL && object == &pd->cpu->object))
        return;
    /* On these x says that the PD runs there. */
    bool place = object->class == &ads_class || object->class == &cpu_class;

    graph_edge(records, CM_HOLD, pd_node(pd),
               graph_node(object, held->type), held->rights & ~(place ? CM_EXECUTE : 0u));
}

/* Empty places, twice as many as a PD has handles. */
static bool begin(uint32_t handles)
{
    const uint32_t each = sheets_each(sizeof(struct held));

    meeting.count = 0;
    for (meeting.places = 8; meeting.places < (uint64_t)handles * 2;)
        meeting.places *= 2;
    if (!sheets_grow(&meeting.held, sizeof(struct held), meeting.places))
        return false;
    for (uint32_t i = 0; i < meeting.places; i += each) {
        pass_take(5);
        memset(held_at(i), 0, (meeting.places < each ? meeting.places : each) * sizeof(struct held));
    }
    return true;
}

void graph_held(struct records *records, const struct pd *pd)
{
    const struct slot_table *private = pd->cspace.private, *common = pd->cspace.common;

    if (!begin(private->used + common->used + 1)) {
        records->failed = CELL_NO_MEMORY;
        return;
    }
    meet_all(private);
    meet_all(common);
    /* It waits for what is bound to its CPU. */
    if (pd->cpu != NULL && pd->cpu->ntfn != NULL)
        meet(&pd->cpu->ntfn->object, TYPE_NTFN, HANDLE_RESOURCE, HANDLE_READ);
    for (uint32_t i = 0; i < meeting.count; i++)
        put_held(records, pd, held_at(i));
}

bool held_clear(uint32_t *units)
{
    return sheets_free(&meeting.held, units);
}

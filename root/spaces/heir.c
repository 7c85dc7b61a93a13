/* SPDX-License-Identifier: BSD-2-Clause */
/* root/spaces/heir.c: see heir.h. */
#include "root/spaces/heir.h"

#include <string.h>

#include "root/memory/heap.h"

struct kept {
    struct list list;
    struct space *space; /* deleted; referred to */
    char name[RESOURCE_NAME_SIZE]; /* that it had */
    struct space *heir;  /* referred to; NULL: not yet, or nobody */
    bool drops;          /* nobody is to come */
    bool moves;          /* its reap is queued */
    struct reap reap;
};

static struct kept *kept_of(struct list *entry)
{
    return CONTAINER(entry, struct kept, list);
}

void edges_keep(struct list *kept, struct space *space)
{
    struct kept *one = heap_allocate(sizeof *one);

    if (one == NULL)
        return;
    one->space = space;
    memcpy(one->name, space->name, sizeof one->name);
    object_refer(&space->object);
    space->keeps_edges = true;
    list_append(kept, &one->list);
}

/* Units of work (reaper.h) of an edge. */
#define EDGE_UNITS 5u

static void forget_heir(struct kept *one)
{
    if (one->heir != NULL)
        object_release(&one->heir->object);
    one->heir = NULL;
}

/* Also what else denotes the old space goes, as with every space that is deleted. */
static bool move_some(struct reap *reap)
{
    struct kept *one = CONTAINER(reap, struct kept, reap);
    struct handle *handle;

    while ((handle = handle_first(&one->space->object)) != NULL) {
        bool moves = !one->drops && handle->kind == HANDLE_SPACE;

        if (moves && (one->heir == NULL || one->heir->server == NULL)) {
            forget_heir(one);
            one->moves = false;
            return true;
        }
        if (reap_take(&reap_left, EDGE_UNITS) == 0)
            return false;
        if (moves)
            handle_redirect(handle, &one->heir->object, space_endpoint(one->heir));
        else
            handle_free(handle);
    }
    forget_heir(one);
    list_remove(&one->list);
    object_release(&one->space->object);
    heap_free(one, sizeof *one);
    return true;
}

static void begin(struct kept *one)
{
    if (one->moves)
        return;
    one->moves = true;
    reap_later(&one->reap, one->space->object.account, move_some);
}

void edges_inherit(const struct list *kept, struct space *heir)
{
    LIST_EACH (entry, kept) {
        struct kept *one = kept_of(entry);

        if (one->space->object.type != heir->object.type || strcmp(one->name, heir->name) != 0 || one->heir == heir)
            continue;
        forget_heir(one);
        one->heir = heir;
        object_refer(&heir->object);
        begin(one);
    }
}

void edges_drop(struct list *kept)
{
    while (!list_empty(kept)) {
        struct kept *one = kept_of(kept->next);

        list_remove(&one->list);
        one->drops = true;
        begin(one);
    }
}

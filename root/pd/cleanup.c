/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/cleanup.c: see cleanup.h. First everything that goes is found, by two
 * walks breadth-first while all is still there; then it goes. Bottom-up: what
 * depends on what, the walk over PDs, the walk over spaces, the ending.
 *
 * A PD whose fault handler dies counts as one hop from it: it depends on it.
 */
#include "root/pd/life.h"
#include "root/pd/cleanup.h"

#include <string.h>

#include "root/core/events.h"
#include "root/base/options.h"
#include "root/pd/authority.h"
#include "root/spaces/resspc.h"

static unsigned default_pd_depth, default_space_depth;

enum mark { UNSEEN, SEEN };

/* PDs and spaces that were reached, in the order of their hops. */
struct walk {
    struct list pds, spaces;
    unsigned pd_depth, space_depth;
    bool complete; /* with linked PDs, even if nobody farther away goes */
};

bool cleanup_depth_is_all(const char *option)
{
    char value[sizeof "all" + 1];

    return strcmp(option_text(option, value, sizeof value, ""), "all") == 0;
}

static unsigned booted_depth(const char *option)
{
    return cleanup_depth_is_all(option) ? UINT32_MAX : (unsigned)option_number(option, 0);
}

void cleanup_init(void)
{
    default_pd_depth = booted_depth("pd_depth");
    default_space_depth = booted_depth("space_depth");
}

static bool is_said(const char *option)
{
    char value[2];

    return option_text(option, value, sizeof value, "")[0] != 0;
}

static unsigned depth_of(unsigned said, unsigned booted)
{
    unsigned depth = said == CLEANUP_DEFAULT ? booted : said;

    return depth == CLEANUP_ALL ? UINT32_MAX : depth;
}

void cleanup_policy(unsigned pd_depth, unsigned space_depth)
{
    if (!is_said("pd_depth"))
        default_pd_depth = depth_of(pd_depth, default_pd_depth);
    if (!is_said("space_depth"))
        default_space_depth = depth_of(space_depth, default_space_depth);
}

/* ---- The walk over PDs ----------------------------------------------- */

/* Notes one PD; false: it is noted, or does not go. */
static bool note_pd(struct walk *walk, struct pd *pd, uint32_t hops)
{
    if (pd == &pd_root || pd->mark != UNSEEN || pd->state != PD_RUNNING || hops > walk->pd_depth)
        return false;
    pd->mark = SEEN;
    pd->hops = hops;
    list_append(&walk->pds, &pd->queue);
    return true;
}

/* Notes a PD and all that are linked to it, over any number of links: they are as
 * far away, and come before those that are farther. If nobody farther away goes, they need
 * not be known before: pd_finish() ends them. */
static void reach_pd(struct walk *walk, struct pd *pd, uint32_t hops)
{
    if (!note_pd(walk, pd, hops) || (walk->pd_depth == 0 && walk->space_depth == 0 && !walk->complete))
        return;
    for (struct list *at = &pd->queue; at != &walk->pds; at = at->next)
        LIST_EACH(entry, &CONTAINER(at, struct pd, queue)->linked)
            note_pd(walk, CONTAINER(entry, struct pd, of_link), hops);
}

static void reach_holders(struct walk *walk, const struct object *object, uint32_t hops)
{
    for (struct handle *handle = handle_first(object); handle != NULL; handle = handle_next(handle)) {
        if (handle->holder == NULL)
            continue;
        LIST_EACH(entry, &handle->holder->users)
            reach_pd(walk, CONTAINER(entry, struct cspace_link, list)->cspace->pd, hops);
    }
}

/* All who depend on a PD, one hop on. */
static void reach_dependents(struct walk *walk, struct pd *pd)
{
    uint32_t hops = pd->hops + 1;

    if (hops > walk->pd_depth)
        return;
    LIST_EACH(entry, &pd->handled)
        reach_pd(walk, CONTAINER(entry, struct pd, of_handler), hops);
    if (pd->server == NULL)
        return;
    LIST_EACH(entry, &pd->server->spaces) {
        struct space *space = CONTAINER(entry, struct space, of_server);

        reach_holders(walk, &space->object, hops);
        LIST_EACH(resource, &space->all)
            reach_holders(walk, &CONTAINER(resource, struct resource, of_space)->object, hops);
    }
}

/* ---- The walk over spaces -------------------------------------------- */

static void reach_space(struct walk *walk, struct space *space, uint32_t hops)
{
    if (space->server == NULL || space->manager == NULL || hops > walk->space_depth)
        return;
    if (space->mark != UNSEEN)
        return;
    space->mark = SEEN;
    space->hops = hops;
    list_append(&walk->spaces, &space->queue);
}

static void reach_above(struct walk *walk, struct space *space)
{
    LIST_EACH(entry, &space->mapped) {
        struct map_edge *edge = CONTAINER(entry, struct map_edge, of_target);

        /* Only mappings of whole spaces count; resources go by their space. */
        if (edge->whole)
            reach_space(walk, edge->from, space->hops + 1);
    }
}

static void reach_spaces_of(struct walk *walk, struct pd *pd)
{
    if (pd->server == NULL)
        return;
    LIST_EACH(entry, &pd->server->spaces)
        reach_space(walk, CONTAINER(entry, struct space, of_server), 0);
}

/* ---- The ending ------------------------------------------------------ */

static void delete_spaces(struct walk *walk)
{
    while (!list_empty(&walk->spaces)) {
        struct space *space = CONTAINER(walk->spaces.next, struct space, queue);
        struct server *server = space->server;

        list_remove(&space->queue);
        space->mark = UNSEEN;
        /* Those of PDs that end go with them. */
        if (space->manager->mark != UNSEEN)
            continue;
        uint64_t id = space->object.id;

        space_delete(space);
        work_queue(server, server->pd->account, WORK_DESTROY, id, 0, 0);
    }
}

/* All stop before anything is taken from one of them. */
static void end_pds(struct walk *walk)
{
    bool alone = walk->pds.next->next == &walk->pds;

    LIST_EACH(entry, &walk->pds)
        pd_stop(CONTAINER(entry, struct pd, queue));
    while (!list_empty(&walk->pds)) {
        struct pd *pd = CONTAINER(walk->pds.next, struct pd, queue);

        list_remove(&pd->queue);
        pd->mark = UNSEEN;
        if (alone) {
            event_happened(EVENT_PD_ENDS, pd);
            pd_finish(pd);
        } else if (pd->state == PD_RUNNING) {
            pd_end(pd, (enum pd_cause)pd->cause, pd->code);
        }
    }
}

static struct pd *queued(struct list *entry)
{
    return CONTAINER(entry, struct pd, queue);
}

/* Finds all that goes; changes nothing but marks and queues. */
static void find(struct walk *walk, struct pd *pd, unsigned pd_depth, unsigned space_depth)
{
    walk->pd_depth = depth_of(pd_depth, default_pd_depth);
    walk->space_depth = depth_of(space_depth, default_space_depth);
    list_init(&walk->pds);
    list_init(&walk->spaces);
    reach_pd(walk, pd, 0);
    LIST_EACH(entry, &walk->pds)
        reach_dependents(walk, queued(entry));
    /* Spaces count from the PD that died: it and those linked to it. */
    LIST_EACH(entry, &walk->pds)
        if (queued(entry)->hops == 0)
            reach_spaces_of(walk, queued(entry));
    LIST_EACH(entry, &walk->spaces)
        reach_above(walk, CONTAINER(entry, struct space, queue));
}

static void end_found(struct walk *walk, struct pd *pd, enum pd_cause cause, uint64_t code)
{
    LIST_EACH(entry, &walk->pds)
        queued(entry)->cause = PD_WITH_ANOTHER;
    pd->cause = (uint8_t)cause;
    pd->code = code;
    delete_spaces(walk);
    end_pds(walk);
    event_happened(EVENT_PD_READY, NULL);
}

void cleanup(struct pd *pd, enum pd_cause cause, uint64_t code, unsigned pd_depth,
             unsigned space_depth)
{
    struct walk walk = {.complete = false};

    find(&walk, pd, pd_depth, space_depth);
    end_found(&walk, pd, cause, code);
}

/* ---- Ending by somebody else's will ------------------------------------ */

/* A client of a server has accepted the policy it was booted with; farther than that, it takes
 * authority over each one. */
static bool may_end(const struct walk *walk, const struct pd *by)
{
    LIST_EACH(entry, &walk->pds)
        if (queued(entry)->hops > default_pd_depth &&
            (authority_over(by, queued(entry)) & HANDLE_WRITE) == 0)
            return false;
    LIST_EACH(entry, &walk->spaces) {
        const struct space *space = CONTAINER(entry, struct space, queue);

        if (space->hops > default_space_depth &&
            (authority_over(by, space->manager) & HANDLE_WRITE) == 0)
            return false;
    }
    return true;
}

static void forget_found(struct walk *walk)
{
    while (!list_empty(&walk->pds)) {
        queued(walk->pds.next)->mark = UNSEEN;
        list_remove(walk->pds.next);
    }
    while (!list_empty(&walk->spaces)) {
        CONTAINER(walk->spaces.next, struct space, queue)->mark = UNSEEN;
        list_remove(walk->spaces.next);
    }
}

cell_error_t cleanup_by(const struct pd *by, struct pd *pd, unsigned pd_depth, unsigned space_depth)
{
    struct walk walk = {.complete = false};

    find(&walk, pd, pd_depth, space_depth);
    if (!may_end(&walk, by)) {
        forget_found(&walk);
        return CELL_DENIED;
    }
    end_found(&walk, pd, PD_TERMINATED, 0);
    return CELL_OK;
}

/* ---- Only looking ---------------------------------------------------------- */

static void foresee(struct foreseen *foreseen, uint64_t what, uint64_t id)
{
    /* FNV-1a, by words. */
    foreseen->number = (foreseen->number ^ what) * UINT64_C(0x100000001b3);
    foreseen->number = (foreseen->number ^ id) * UINT64_C(0x100000001b3);
    if (foreseen->pds + foreseen->spaces++ >= foreseen->from && foreseen->count < foreseen->room)
        foreseen->ids[foreseen->count++] = id;
}

static void foresee_all(const struct walk *walk, struct foreseen *foreseen)
{
    foreseen->number = UINT64_C(0xcbf29ce484222325);
    foreseen->pds = foreseen->spaces = 0;
    foreseen->count = 0;
    LIST_EACH (entry, &walk->pds)
        foresee(foreseen, 0, queued(entry)->object.id);
    foreseen->pds = foreseen->spaces;
    foreseen->spaces = 0;
    LIST_EACH (entry, &walk->spaces) {
        const struct space *space = CONTAINER(entry, struct space, queue);

        if (space->manager->mark == UNSEEN)
            foresee(foreseen, 1, space->object.id);
    }
}

cell_error_t cleanup_foresee(const struct pd *by, struct pd *pd, unsigned pd_depth, unsigned space_depth,
                             struct foreseen *foreseen)
{
    struct walk walk = {.complete = true};

    find(&walk, pd, pd_depth, space_depth);
    bool may = may_end(&walk, by);

    if (may)
        foresee_all(&walk, foreseen);
    forget_found(&walk);
    return may ? CELL_OK : CELL_DENIED;
}

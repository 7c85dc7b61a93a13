/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/cleanup.c: see cleanup.h. First everything that goes is found while all is still there (closure.h); then all
 * PDs of it are stopped, those looked for that were made meanwhile, and all of it goes. Each of that is done in pieces, at
 * the priority of the PD that asked, or of the one that ended by itself. Where no depth is beyond 0, the PD ends at once.
 */
#include "root/pd/life.h"
#include "root/pd/cleanup.h"

#include <string.h>

#include "root/base/options.h"
#include "root/core/events.h"
#include "root/memory/heap.h"
#include "root/pd/closure.h"
#include "root/pd/wait.h"
#include "root/spaces/resspc.h"

static unsigned default_pd_depth, default_space_depth;

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

/* ---- One under way ----------------------------------------------------- */

enum stage { FINDS,
             COUNTS_PDS,
             COUNTS_SPACES,
             DECIDES,
             STOPS,
             DELETES,
             ENDS,
             FORGETS };

struct ending {
    struct reap reap;
    struct deferred asker;   /* slot 0: nobody waits, or it has ended */
    struct account *account; /* pays for the record; referred to */
    struct pd *first;        /* referred to */
    struct closure closure;
    const struct list *at; /* in closure.found */
    uint8_t stage;         /* enum stage */
    uint8_t cause;
    bool left;              /* the first has ended by itself */
    bool foresees, expects; /* only tells; ends only if ->number is what is wanted */
    uint64_t code, wanted;
    uint64_t from; /* this many at the list's beginning are left out */
    uint64_t answer[CLEANUP_FORESEEN_WORDS];
};

#define ENDING_OBJECTS RECORD_OBJECTS(sizeof(struct ending))

/* Steps (closure.h) of stopping a PD, of ending one, of deleting a space. */
#define STOP_STEPS 16u
#define END_STEPS 40u
#define DELETE_STEPS 60u

static void forget(struct ending *ending)
{
    ending->stage = FORGETS;
}

/* What is decided is done; else nothing was. */
static void asker_gone(struct deferred *deferred)
{
    struct ending *ending = CONTAINER(deferred, struct ending, asker);

    if (ending->stage < STOPS)
        forget(ending);
}

/* ---- What is done with what was reached ---------------------------------- */

static void count(struct ending *ending, uint64_t what, uint64_t id)
{
    uint64_t *answer = ending->answer;
    uint64_t room = CLEANUP_FORESEEN_WORDS - FORESEEN_LIST;
    uint64_t listed = answer[FORESEEN_BYTES] / sizeof *answer;

    /* FNV-1a, by words. */
    answer[FORESEEN_NUMBER] = (answer[FORESEEN_NUMBER] ^ what) * UINT64_C(0x100000001b3);
    answer[FORESEEN_NUMBER] = (answer[FORESEEN_NUMBER] ^ id) * UINT64_C(0x100000001b3);
    if (answer[FORESEEN_PDS] + answer[FORESEEN_SPACES] >= ending->from && listed < room) {
        answer[FORESEEN_LIST + listed] = id;
        answer[FORESEEN_BYTES] += sizeof *answer;
    }
    answer[FORESEEN_PDS + what]++;
}

static void do_with_pd(struct ending *ending, struct pd *pd)
{
    if (ending->stage == COUNTS_PDS) {
        count(ending, 0, pd->object.id);
    } else if (ending->stage == STOPS) {
        pd_stop(pd);
    } else if (pd == ending->first && ending->left) {
        pd_take(pd);
    } else if (pd->state == PD_RUNNING) {
        bool is_first = pd == ending->first;

        pd_end(pd, is_first ? (enum pd_cause)ending->cause : PD_WITH_ANOTHER, is_first ? ending->code : 0);
    }
}

static void do_with_space(struct ending *ending, struct space *space)
{
    struct server *server = space->server;
    uint64_t id = space->object.id;

    /* Those of PDs that end go with them. */
    if (server == NULL || closure_has(&ending->closure, space->manager))
        return;
    if (ending->stage == COUNTS_SPACES) {
        count(ending, 1, id);
        return;
    }
    space_delete(space);
    work_queue(server, server->pd->account, WORK_DESTROY, id, 0, 0);
}

/* Goes through all that was reached; false: the piece is over. */
static bool go_through(struct ending *ending, enum reached_kind kind, uint32_t steps)
{
    struct closure *closure = &ending->closure;

    if (ending->at == NULL)
        ending->at = closure->found.next;
    for (; ending->at != &closure->found; ending->at = ending->at->next) {
        const struct reached *reached = CONTAINER(ending->at, struct reached, list);

        if (!closure_spend(closure, reached->kind == kind ? steps : 1))
            return false;
        if (reached->kind == kind && kind == REACHED_PD)
            do_with_pd(ending, pd_of(reached->object));
        else if (reached->kind == kind)
            do_with_space(ending, CONTAINER(reached->object, struct space, object));
    }
    ending->at = NULL;
    return true;
}

/* ---- Stage by stage ------------------------------------------------------ */

/* What there is no memory for does not end with a PD that has ended already. */
static bool is_refused(const struct ending *ending)
{
    return ending->closure.error != CELL_OK && !ending->left;
}

static void decide(struct ending *ending)
{
    const uint64_t *answer = ending->answer;
    bool changed = ending->expects && answer[FORESEEN_NUMBER] != ending->wanted;

    ending->stage = STOPS;
    if (ending->foresees) {
        deferred_answer(&ending->asker, CELL_OK, answer,
                        FORESEEN_LIST + (uint32_t)(answer[FORESEEN_BYTES] / sizeof *answer));
        forget(ending);
    } else if (changed) {
        deferred_answer(&ending->asker, CELL_CHANGED, NULL, 0);
        forget(ending);
    }
}

/* Looks for what came meanwhile, until there is nothing; without memory, for no more. */
static void stopped(struct ending *ending)
{
    bool again = ending->closure.grew && ending->closure.error == CELL_OK;

    closure_again(&ending->closure);
    ending->stage = again ? FINDS : DELETES;
}

static void found(struct ending *ending)
{
    bool decided = ending->closure.again;

    if (!decided && is_refused(ending)) {
        deferred_answer(&ending->asker, ending->closure.error, NULL, 0);
        forget(ending);
    } else if (decided) {
        ending->stage = ending->closure.grew ? STOPS : DELETES;
    } else {
        ending->stage = ending->foresees || ending->expects ? COUNTS_PDS : DECIDES;
    }
}

static void ended(struct ending *ending)
{
    /* A PD of which not even the record was reached. */
    if (ending->left && !closure_has(&ending->closure, ending->first))
        pd_take(ending->first);
    wait_instead(&ending->asker, ending->first);
    event_happened(EVENT_PD_READY, NULL);
    forget(ending);
}

static bool free_ending(struct ending *ending)
{
    struct account *account = ending->account;

    if (!closure_free(&ending->closure))
        return false;
    deferred_drop(&ending->asker);
    object_release(&ending->first->object);
    heap_free(ending, sizeof *ending);
    account_refund(account, ACCOUNT_OBJECTS, ENDING_OBJECTS);
    account_release(account);
    return true;
}

static void go_on(struct ending *ending)
{
    switch ((enum stage)ending->stage) {
    case FINDS:
        if (closure_go_on(&ending->closure))
            found(ending);
        break;
    case COUNTS_PDS:
    case COUNTS_SPACES:
        if (go_through(ending, ending->stage == COUNTS_PDS ? REACHED_PD : REACHED_SPACE, 1))
            ending->stage++;
        break;
    case DECIDES:
        decide(ending);
        break;
    case STOPS:
        if (go_through(ending, REACHED_PD, STOP_STEPS))
            stopped(ending);
        break;
    case DELETES:
        if (go_through(ending, REACHED_SPACE, DELETE_STEPS))
            ending->stage = ENDS;
        break;
    case ENDS:
        if (go_through(ending, REACHED_PD, END_STEPS))
            ended(ending);
        break;
    case FORGETS:
        break;
    }
}

/* As many stages as go in a piece. */
static bool reap_ending(struct reap *reap)
{
    struct ending *ending = CONTAINER(reap, struct ending, reap);
    unsigned before;

    ending->closure.left = CLOSURE_PIECE;
    do {
        before = ending->stage;
        go_on(ending);
    } while (ending->stage != before && ending->stage != FORGETS);
    return ending->stage == FORGETS && free_ending(ending);
}

/* ---- Beginning ----------------------------------------------------------- */

/* A record, charged to an account; NULL: to none. */
static cell_error_t ending_create(struct account *account, bool anyway, struct ending **made)
{
    cell_error_t error = CELL_OK;

    if (anyway)
        account_charge_anyway(account, ACCOUNT_OBJECTS, ENDING_OBJECTS);
    else
        error = account_charge(account, ACCOUNT_OBJECTS, ENDING_OBJECTS);
    if (error != CELL_OK)
        return error;
    *made = heap_allocate(sizeof **made);
    if (*made == NULL) {
        account_refund(account, ACCOUNT_OBJECTS, ENDING_OBJECTS);
        return CELL_NO_MEMORY;
    }
    account_refer(account);
    (*made)->account = account;
    list_init(&(*made)->asker.of_pd);
    (*made)->answer[FORESEEN_NUMBER] = UINT64_C(0xcbf29ce484222325);
    return CELL_OK;
}

static void begin(struct ending *ending, struct pd *by, struct pd *pd, unsigned pd_depth, unsigned space_depth)
{
    struct closure *closure = &ending->closure;

    closure->pd_depth = pd_depth;
    closure->space_depth = space_depth;
    closure->free_pds = default_pd_depth;
    closure->free_spaces = default_space_depth;
    object_refer(&pd->object);
    ending->first = pd;
    closure_begin(closure, ending->account, by, pd);
    reap_later(&ending->reap, ending->account, reap_ending);
}

/* It alone, and those that are linked to it (life.h). */
static void end_at_once(struct pd *pd, enum pd_cause cause, uint64_t code)
{
    pd->cause = (uint8_t)cause;
    pd->code = code;
    pd_stop(pd);
    event_happened(EVENT_PD_ENDS, pd);
    pd_finish(pd);
    event_happened(EVENT_PD_READY, NULL);
}

void cleanup_new(struct pd *pd)
{
    end_at_once(pd, PD_TERMINATED, 0);
}

void cleanup(struct pd *pd, enum pd_cause cause, uint64_t code)
{
    struct ending *ending;

    if (default_pd_depth == 0 && default_space_depth == 0) {
        end_at_once(pd, cause, code);
        return;
    }
    pd_leave(pd, cause, code);
    /* Without memory for that, nobody goes with it. */
    if (ending_create(pd->account, true, &ending) != CELL_OK) {
        pd_take(pd);
        return;
    }
    ending->left = true;
    begin(ending, NULL, pd, default_pd_depth, default_space_depth);
}

/* With the asker, which waits. */
static cell_error_t begin_for(struct request *request, struct pd *pd, struct ending *ending,
                              const struct cleanup_depths *depths)
{
    struct account *account = ending->account;

    ending->asker.gone = asker_gone;
    cell_error_t error = request_defer(request, &ending->asker);

    if (error != CELL_OK) {
        heap_free(ending, sizeof *ending);
        account_refund(account, ACCOUNT_OBJECTS, ENDING_OBJECTS);
        account_release(account);
        return error;
    }
    list_append(&request->caller->deferred, &ending->asker.of_pd);
    begin(ending, request->caller, pd, depth_of(depths->pds, default_pd_depth),
          depth_of(depths->spaces, default_space_depth));
    return CELL_OK;
}

cell_error_t cleanup_by(struct request *request, struct pd *pd, const struct cleanup_depths *depths, const uint64_t *wanted)
{
    struct ending *ending;

    if (wanted == NULL && depth_of(depths->pds, default_pd_depth) == 0 &&
        depth_of(depths->spaces, default_space_depth) == 0) {
        end_at_once(pd, PD_TERMINATED, 0);
        return CELL_OK;
    }
    cell_error_t error = ending_create(request->caller->account, false, &ending);

    if (error != CELL_OK)
        return error;
    ending->cause = PD_TERMINATED;
    ending->expects = wanted != NULL;
    ending->wanted = wanted == NULL ? 0 : *wanted;
    return begin_for(request, pd, ending, depths);
}

cell_error_t cleanup_foresee(struct request *request, struct pd *pd, const struct cleanup_depths *depths, uint64_t from)
{
    struct ending *ending;
    cell_error_t error = ending_create(request->caller->account, false, &ending);

    if (error != CELL_OK)
        return error;
    ending->foresees = true;
    ending->from = from;
    return begin_for(request, pd, ending, depths);
}

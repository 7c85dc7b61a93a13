/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd.c: requests about PDs (idl/pd.idl): what is done to another one, a PD's own faults, ends. The requests that make PDs
 * are in pd_making.c, that for a heap in pd_heap.c.
 */
#include <cell/idl/pd_server.h>

#include <string.h>

#include "lib/words/name.h"
#include "root/core/reaper.h"
#include "root/loop/piece.h"
#include "root/pd/cleanup.h"
#include "root/pd/family.h"
#include "root/pd/handed.h"
#include "root/pd/upcall.h"
#include "root/pd/wait.h"
#include "root/serve/pd.h"

/* ---- Steering --------------------------------------------------------- */

cell_error_t pd_link_serve(void *context, const struct pd_link_in *in, struct pd_link_out *out)
{
    struct request *request = context;
    struct pd *pd = request->other;

    (void)in;
    (void)out;
    if (pd == &pd_root)
        return CELL_UNSUPPORTED; /* all die with it anyway */
    return pd_alive(pd) ? pd_set_link(pd, request->caller) : CELL_GONE;
}

cell_error_t pd_limits_serve(void *context, const struct pd_limits_in *in, struct pd_limits_out *out)
{
    const struct request *request = context;
    const struct pd *pd = request->other;
    const uint64_t limits[] = {in->pages, in->objects, in->slots};

    (void)out;
    /* A member cannot lift its own limit. */
    if (request->caller == pd ||
        (pd->founded != NULL && budget_contains(pd->founded, request->caller->account)))
        return CELL_DENIED;
    if (pd->founded == NULL)
        return CELL_NOT_FOUND;
    budget_limit(pd->founded, limits);
    return CELL_OK;
}

cell_error_t pd_set_name_serve(void *context, const struct pd_set_name_in *in,
                               struct pd_set_name_out *out)
{
    struct request *request = context;
    size_t length = strnlen(in->name, sizeof in->name);

    (void)out;
    if (length >= PD_NAME_SIZE || !name_is_good(in->name, length)) {
        request->answer[0] = 3;
        return CELL_BAD_ARGUMENT;
    }
    if (request->other == &pd_root)
        return CELL_UNSUPPORTED;
    if (!pd_alive(request->other))
        return CELL_GONE;
    pd_set_name(request->other, in->name, length);
    return CELL_OK;
}

/* The lowest limit of the budgets that it is in. */
static uint64_t page_limit(const struct pd *pd)
{
    uint64_t limit = ACCOUNT_UNLIMITED;

    for (const struct budget *at = pd->account->budget; at != NULL; at = at->parent)
        if (at->limit[ACCOUNT_PAGES] < limit)
            limit = at->limit[ACCOUNT_PAGES];
    return limit;
}

/* A further state, beside those of enum pd_state. */
#define STANDS_IN_FAULT 4u

cell_error_t pd_info_serve(void *context, const struct pd_info_in *in, struct pd_info_out *out)
{
    const struct request *request = context;
    struct pd *pd = request->other;

    (void)in;
    out->state = handed_stands(pd) ? STANDS_IN_FAULT : pd->state;
    out->pages = pd->account->used[ACCOUNT_PAGES];
    out->objects = pd->account->used[ACCOUNT_OBJECTS];
    out->slots = pd->account->used[ACCOUNT_SLOTS];
    out->page_limit = page_limit(pd);
    out->time = pd == &pd_root       ? cpu_time_of_root()
                : pd->cpu == NULL ? UINT64_MAX
                                  : cpu_time(pd->cpu);
    memcpy(out->name, pd->name, sizeof out->name);
    return CELL_OK;
}

/* ---- Ending ---------------------------------------------------------- */

cell_error_t pd_exit_serve(void *context, const struct pd_exit_in *in, struct pd_exit_out *out)
{
    struct request *request = context;

    (void)out;
    request->deferred = true; /* nobody is left to answer to */
    cleanup(request->caller, PD_EXITED, in->code);
    return CELL_OK;
}

/* A PD that shares its address space with the PD that it dies with could have that one do the same. */
static struct pd *process_of(struct pd *pd)
{
    while (pd->link != NULL && pd_alive(pd->link) && pd->link->place->ads == pd->place->ads)
        pd = pd->link;
    return pd;
}

cell_error_t pd_exit_process_serve(void *context, const struct pd_exit_process_in *in, struct pd_exit_process_out *out)
{
    struct request *request = context;

    (void)out;
    request->deferred = true;
    cleanup(process_of(request->caller), PD_EXITED, in->code);
    return CELL_OK;
}

/* ---- Its own faults --------------------------------------------------- */

cell_error_t pd_upcall_serve(void *context, const struct pd_upcall_in *in, struct pd_upcall_out *out)
{
    const struct request *request = context;

    (void)out;
    request->caller->upcall = in->entry;
    request->caller->upcall_frame = in->frame;
    return CELL_OK;
}

cell_error_t pd_resume_serve(void *context, const struct pd_resume_in *in, struct pd_resume_out *out)
{
    struct request *request = context;
    cell_error_t error = upcall_resume(request->caller);

    (void)in;
    (void)out;
    request->deferred = error == CELL_OK;
    return error;
}

/* ---- Ending others ---------------------------------------------------- */

/* One that is not taken apart yet: the request helps. */
struct ending {
    struct piece piece;
    struct pd *pd; /* referred to */
    uint32_t number; /* of its end, at most (reaper.h) */
};

static void undo_ending(struct piece *piece)
{
    object_release(&CONTAINER(piece, struct ending, piece)->pd->object);
}

static cell_error_t until_dead(struct ending *ending)
{
    if (ending->pd->state != PD_DEAD && reap_piece_until(ending->number))
        return piece_again(&ending->piece);
    undo_ending(&ending->piece);
    piece_end(&ending->piece);
    return CELL_OK;
}

/* Has begun to end a PD, to which the caller refers. */
static cell_error_t end_in_pieces(struct request *request, struct pd *pd)
{
    struct piece *piece;

    /* Without memory for this, the PD is taken apart anyway. */
    if (pd->state == PD_DEAD || piece_begin(request, sizeof(struct ending), undo_ending, &piece) != CELL_OK)
        return CELL_OK;
    CONTAINER(piece, struct ending, piece)->pd = pd;
    CONTAINER(piece, struct ending, piece)->number = reap_last;
    object_refer(&pd->object);
    return piece_again(piece);
}

/* Ends a PD that is alive. */
static cell_error_t terminate(struct request *request, const struct cleanup_depths *depths, const uint64_t *wanted)
{
    struct pd *pd = request->other;
    uint64_t id = request->caller->object.id;

    object_refer(&pd->object);
    cell_error_t error = cleanup_by(request, pd, depths, wanted);

    /* Did the caller go with it? */
    request->deferred |= pd_by_id(id) == NULL;
    if (error == CELL_OK && !request->deferred)
        error = end_in_pieces(request, pd);
    object_release(&pd->object);
    return error;
}

cell_error_t pd_terminate_serve(void *context, const struct pd_terminate_in *in,
                                struct pd_terminate_out *out)
{
    struct request *request = context;
    const struct cleanup_depths depths = {(unsigned)in->pd_depth, (unsigned)in->space_depth};
    struct piece *piece = piece_find(request, undo_ending);

    (void)out;
    if (piece != NULL)
        return until_dead(CONTAINER(piece, struct ending, piece));
    if (!pd_alive(request->other))
        return CELL_OK;
    return request->other == &pd_root ? CELL_UNSUPPORTED /* machine_power_off ends it */
                                      : terminate(request, &depths, NULL);
}

_Static_assert(sizeof(struct pd_foresee_out) == CLEANUP_FORESEEN_WORDS * sizeof(uint64_t), "it is answered by words");

cell_error_t pd_foresee_serve(void *context, const struct pd_foresee_in *in, struct pd_foresee_out *out)
{
    struct request *request = context;
    const struct cleanup_depths depths = {(unsigned)in->pd_depth, (unsigned)in->space_depth};

    (void)out;
    if (!pd_alive(request->other))
        return CELL_NOT_FOUND;
    return request->other == &pd_root ? CELL_UNSUPPORTED : cleanup_foresee(request, request->other, &depths, in->from);
}

cell_error_t pd_terminate_if_serve(void *context, const struct pd_terminate_if_in *in,
                                   struct pd_terminate_if_out *out)
{
    struct request *request = context;
    const struct cleanup_depths depths = {(unsigned)in->pd_depth, (unsigned)in->space_depth};

    (void)out;
    if (request->other == &pd_root)
        return CELL_UNSUPPORTED;
    return pd_alive(request->other) ? terminate(request, &depths, &in->number) : CELL_NOT_FOUND;
}

cell_error_t pd_end_family_serve(void *context, const struct pd_end_family_in *in,
                                 struct pd_end_family_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    return request->other == &pd_root ? CELL_UNSUPPORTED : family_end(request, request->other);
}

cell_error_t pd_wait_serve(void *context, const struct pd_wait_in *in, struct pd_wait_out *out)
{
    struct request *request = context;
    struct pd *pd = request->other;

    (void)in;
    if (pd == request->caller)
        return CELL_LOOP;
    if (pd->state != PD_DEAD)
        return wait_for(request, pd);
    out->cause = pd->cause;
    out->code = pd->code;
    return CELL_OK;
}

/* ---- Interfaces ------------------------------------------------------ */

static cell_error_t serve_pd(struct request *request)
{
    return serve_request(request, &pd_interface, TYPE_PD);
}

void serve_pd_start(void)
{
    request_register(5, serve_pd);
    request_register(6, serve_resspc);
    request_register(7, serve_graph);
    request_register(10, serve_handle);
    request_register(11, serve_machine);
    request_register(12, serve_report);
}

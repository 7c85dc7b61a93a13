/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd.c: requests about PDs (idl/pd.idl): making them, and what is done to another one.
 */
#include <cell/idl/pd_server.h>

#include <string.h>

#include "lib/words/name.h"
#include "lib/words/number.h"
#include "root/core/follow.h"
#include "root/core/reaper.h"
#include "root/loop/piece.h"
#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/context.h"
#include "root/pd/execute.h"
#include "root/pd/family.h"
#include "root/pd/library.h"
#include "root/pd/upcall.h"
#include "root/pd/wait.h"
#include "root/serve/follow.h"
#include "root/serve/pd.h"

/* ---- Making ---------------------------------------------------------- */

/* The text says what the plan refused. */
static cell_error_t create_error(cell_error_t error)
{
    return error == CELL_OVERLAP || error == CELL_TOO_LARGE ? CELL_BAD_CONFIG : error;
}

/* Gives the creator its handle of a new PD. A context has only a number. */
static cell_error_t hand_out(struct request *request, const struct made *made, uint64_t *where, uint64_t *id)
{
    struct pd *pd = made->pd;

    if (made->context != NULL) {
        *where = 0;
        *id = made->context->entry.id;
        return CELL_OK;
    }
    object_refer(&pd->object);
    cell_error_t error = serve_new_handle_for(request, &pd->object, TYPE_PD,
                                              pd->library != NULL ? LIBRARY_RIGHTS : HANDLE_ALL, where);

    if (error != CELL_OK)
        cleanup_new(pd);
    else
        *id = pd->object.id;
    return error;
}

/* One that takes several pieces. */
struct maker {
    struct piece piece;
    struct making making;
    struct config *config;
    size_t size;
};

static void forget_maker(struct maker *maker)
{
    heap_free(maker->config, maker->size);
    piece_end(&maker->piece);
}

static void undo_making(struct piece *piece)
{
    struct maker *maker = CONTAINER(piece, struct maker, piece);

    making_undo(&maker->making);
    heap_free(maker->config, maker->size);
}

static cell_error_t keep(struct request *request, struct making *making,
                         const struct config *config, size_t size)
{
    struct config *copy = heap_copy(config, size);
    struct piece *piece;
    cell_error_t error = copy == NULL ? CELL_NO_MEMORY
                                      : piece_begin(request, sizeof(struct maker), undo_making, &piece);

    if (error != CELL_OK) {
        heap_free(copy, size);
        making_undo(making);
        return error;
    }
    struct maker *maker = CONTAINER(piece, struct maker, piece);

    making_move(&maker->making, making, copy);
    maker->config = copy;
    maker->size = size;
    return piece_again(piece);
}

/* Goes on with one; false: the request is a new one. */
static bool go_on(struct request *request, uint64_t *where, uint64_t *id, struct plan_error *why,
                  cell_error_t *error)
{
    struct piece *piece = piece_find(request, undo_making);
    struct made made;

    if (piece == NULL)
        return false;
    struct maker *maker = CONTAINER(piece, struct maker, piece);

    *error = making_go_on(&maker->making, &made, why);
    if (*error == CELL_AGAIN) {
        piece_again(piece);
        return true;
    }
    forget_maker(maker);
    *error = *error == CELL_OK ? hand_out(request, &made, where, id) : create_error(*error);
    return true;
}

/* Begins with one of a configuration of `size` bytes, which stays the caller's. */
static cell_error_t begin(struct request *request, const struct config *config, size_t size,
                          uint64_t *where, uint64_t *id, struct plan_error *why)
{
    struct making making;
    struct made made;
    cell_error_t error = making_begin(&making, request->caller, config, NULL, why);

    if (error == CELL_AGAIN) /* nothing is begun */
        return error;
    /* After a long plan it goes on in the next piece. */
    if (error == CELL_OK)
        error = making.plan.room > PLAN_FEW ? CELL_AGAIN : making_go_on(&making, &made, why);
    if (error == CELL_AGAIN)
        return keep(request, &making, config, size);
    return error == CELL_OK ? hand_out(request, &made, where, id) : create_error(error);
}

static cell_error_t begin_text(struct request *request, const char *text, size_t length,
                               uint64_t *where, uint64_t *id, struct plan_error *why)
{
    struct config *config;
    size_t size;
    cell_error_t error = config_read(request->caller, text, length, 1, &config, &size, why);

    if (error != CELL_OK)
        return create_error(error);
    error = begin(request, config, size, where, id, why);
    heap_free(config, size);
    return error;
}

static cell_error_t begin_from(struct request *request, const struct pd_create_in *in, struct mo *mo,
                               struct pd_create_out *out, struct plan_error *why)
{
    char *text = heap_allocate(in->size);

    if (text == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = mo_read(mo, 0, text, in->size);

    if (error == CELL_OK)
        error = begin_text(request, text, in->size, &out->pd, &out->id, why);
    heap_free(text, in->size);
    return error;
}

/* What the planner says, into the answer. */
static cell_error_t answer_fault(const struct plan_error *why, cell_error_t error, void *out)
{
    struct pd_make_fault *fault = out;

    if (error == CELL_OK || error == CELL_AGAIN)
        return error;
    *fault = (struct pd_make_fault){0};
    if (why->error != CELL_OK) {
        fault->line = why->line;
        fault->reason = why->reason;
        fault->text_count = strnlen(why->text, sizeof fault->text - 1);
        memcpy(fault->text, why->text, fault->text_count);
    }
    return error;
}

_Static_assert(sizeof(struct pd_make_fault) == sizeof(struct pd_create_fault), "they are the same");

cell_error_t pd_create_serve(void *context, const struct pd_create_in *in, struct pd_create_out *out)
{
    struct request *request = context;
    struct plan_error why;
    cell_error_t error;

    why.error = CELL_OK;
    if (!go_on(request, &out->pd, &out->id, &why, &error))
        error = begin_from(request, in, mo_of(request->named[0]->object), out, &why);
    return answer_fault(&why, error, out);
}

cell_error_t pd_make_serve(void *context, const struct pd_make_in *in, struct pd_make_out *out)
{
    struct plan_error why;
    cell_error_t error;

    why.error = CELL_OK;
    if (!go_on(context, &out->pd, &out->id, &why, &error))
        error = begin_text(context, in->text, in->text_count, &out->pd, &out->id, &why);
    return answer_fault(&why, error, out);
}

/* The configuration of a thread, as a text would give it:
 *   pd thread-PD.N thread entry=FUNCTION argument=ARGUMENT
 *   rde * */
struct thread_config {
    struct config config;
    struct config_item edges;
    char name[64];
};

static void fill_thread(struct thread_config *thread, struct pd *creator,
                        const struct pd_thread_in *in)
{
    static const char prefix[] = "thread-";
    char *end = thread->name + sizeof prefix - 1;

    *thread = (struct thread_config){
        .config = {.preset = PRESET_THREAD,
                   .pages = CONFIG_UNLIMITED,
                   .objects = CONFIG_UNLIMITED,
                   .slots = CONFIG_UNLIMITED,
                   .priority = CONFIG_DEFAULT_PRIORITY,
                   .ceiling = CONFIG_DEFAULT_PRIORITY,
                   .function = in->function,
                   .argument = in->argument,
                   .items = offsetof(struct thread_config, edges),
                   .item_count = 1},
        .edges = {.kind = ITEM_RDE,
                  .flags = CONFIG_ALL,
                  .rights = CONFIG_DEFAULT_RIGHTS,
                  .pages = CONFIG_UNLIMITED}};
    memcpy(thread->name, prefix, sizeof prefix - 1);
    end = number_put(end, creator->object.id);
    *end++ = '.';
    end = number_put(end, ++creator->threads);
    thread->config.name =
        (struct config_text){offsetof(struct thread_config, name), (uint32_t)(end - thread->name)};
}

cell_error_t pd_thread_serve(void *context, const struct pd_thread_in *in, struct pd_thread_out *out)
{
    struct request *request = context;
    struct thread_config thread;
    struct plan_error why;
    cell_error_t error;

    if (go_on(request, &out->pd, &out->id, &why, &error))
        return error;
    fill_thread(&thread, request->caller, in);
    return begin(request, &thread.config, sizeof thread, &out->pd, &out->id, &why);
}

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

cell_error_t pd_info_serve(void *context, const struct pd_info_in *in, struct pd_info_out *out)
{
    const struct request *request = context;
    struct pd *pd = request->other;

    (void)in;
    out->state = pd->state;
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

/* ---- The heap -------------------------------------------------------- */

/* The heap grows by regions of at least this many pages; most are only addresses at first. */
#define HEAP_REGION_PAGES 256u

/* Makes the heap that ends at `end` longer: by half, by HEAP_REGION_PAGES, or as far as is needed. So there
 * are few regions, however large it becomes. Who shares it gets them, too. */
static cell_error_t lengthen_heap(const struct request *request, uint64_t end, uint64_t have, uint64_t needed)
{
    struct pd *pd = request->caller;
    uint64_t most = follow_heap_end(pd->place->ads), room = most < end ? 0 : (most - end) / PAGE_SIZE;
    uint64_t generous = have / 2 > HEAP_REGION_PAGES ? have / 2 : HEAP_REGION_PAGES;
    cell_error_t error = CELL_OVERLAP;
    struct vmr *vmr = NULL;

    if (generous > room)
        generous = room;
    for (unsigned i = 0; i < 2 && error == CELL_OVERLAP && needed <= room; i++) {
        struct mo *mo;

        error = mo_create(pd->account, i == 0 && needed < generous ? generous : needed, MO_COMMIT, &mo);
        if (error != CELL_OK)
            return error;
        error = ads_attach(pd->account, pd->place->ads, mo, end, CELL_REGION_HEAP, HANDLE_READ | HANDLE_WRITE,
                           ATTACH_ON_TOUCH, &vmr);
        object_release(&mo->object);
    }
    return error == CELL_OK && most != UINT64_MAX ? follow_attach(request, pd->account, vmr) : error;
}

/* Commits those of pages from..to-1 of the heap that are in one of its regions, which begins with page `base`. */
static cell_error_t commit_region(struct vmr *vmr, uint64_t base, uint64_t from, uint64_t to)
{
    uint64_t first = from > base ? from - base : 0;
    uint64_t end = to < base + vmr->pages ? to - base : vmr->pages;

    if (vmr->mo == NULL || first >= end || to <= base)
        return CELL_OK;
    /* A part of it may be unmapped for good. */
    return vmr->unmapped != 0 ? CELL_BUSY : ads_commit(vmr, first, end - first);
}

cell_error_t pd_commit_heap_serve(void *context, const struct pd_commit_heap_in *in,
                                  struct pd_commit_heap_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;
    const struct list *heaps = &pd->place->ads->kinds[CELL_REGION_HEAP];
    uint64_t to = in->first + in->count, base = 0;

    (void)out;
    if (list_empty(heaps))
        return CELL_NOT_FOUND;
    bool alone = list_empty(&pd->place->ads->follows), all = false;
    cell_error_t error = alone ? CELL_NOT_FOUND : follow_go_on(request, &(uint64_t){0}, &all);

    if ((error != CELL_OK && error != CELL_NOT_FOUND) || all)
        return error;
    error = account_charge(pd->account, ACCOUNT_PAGES, in->total);
    if (error != CELL_OK)
        return error;
    account_refund(pd->account, ACCOUNT_PAGES, in->total);
    struct vmr *vmr = CONTAINER(heaps->next, struct vmr, of_kind);
    uint64_t start = vmr->start;

    while (base < to) {
        uint64_t end = vmr_end(vmr);

        error = commit_region(vmr, base, in->first, to);

        struct vmr *next = ads_find(pd->place->ads, end);

        base += vmr->pages;
        if (error == CELL_OK && base < to && (next == NULL || next->start != end || next->kind != CELL_REGION_HEAP)) {
            error = lengthen_heap(request, end, base, to - base);
            next = ads_find(pd->place->ads, end);
        }
        if (error != CELL_OK)
            return error;
        vmr = next;
    }
    return alone ? CELL_OK : follow_commit(request, pd->place->ads, start + in->first * PAGE_SIZE, start + to * PAGE_SIZE);
}

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

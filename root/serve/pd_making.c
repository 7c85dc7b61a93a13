/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/pd_making.c: requests that make PDs (idl/pd.idl): from a text, from a text in memory, and threads. */
#include <cell/idl/pd_server.h>

#include <string.h>

#include "lib/words/number.h"
#include "root/loop/piece.h"
#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/context.h"
#include "root/pd/execute.h"
#include "root/pd/library.h"
#include "root/serve/pd.h"

/* The text has the reason of a refused plan. */
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

/* Copies the planner's message into the answer. */
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

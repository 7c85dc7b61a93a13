/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd.c: requests about PDs (idl/pd.idl): making, giving, ending.
 * What tells about PDs is in serve_pd_info.c.
 */
#include <cell/idl/pd_server.h>

#include <sel4/sel4.h>
#include <stdio.h>
#include <string.h>

#include "root/base/bug.h"
#include "root/channel/control.h"
#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/execute.h"
#include "root/pd/wait.h"
#include "root/serve/pd.h"
#include "root/spaces/resspc.h"
#include "root/core/events.h"

/* The PD that a handle of one denotes; NULL: it is dead. */
static struct pd *target(const struct request *request)
{
    struct pd *pd = pd_of(request->handle->object);

    return pd_alive(pd) ? pd : NULL;
}

struct pd *serve_holder(const struct handle *handle)
{
    struct pd *pd = handle_pd(handle);

    /* A common table that survived its maker: whoever is linked to it. */
    if (pd == NULL && handle->holder != NULL && !list_empty(&handle->holder->users))
        pd = CONTAINER(handle->holder->users.next, struct cspace_link, list)->cspace->pd;
    return pd == NULL ? &pd_root : pd;
}

cell_error_t serve_text(const struct request *request, uint64_t mo, const char *text, size_t length)
{
    struct handle *handle;
    cell_error_t error = serve_argument(request, mo, TYPE_MO, HANDLE_WRITE, &handle);

    if (error != CELL_OK)
        return error;
    struct mo *object = mo_of(handle->object);

    if (length >= object->pages * PAGE_SIZE)
        length = object->pages * PAGE_SIZE - 1;
    error = mo_write(object, 0, text, length);
    return error == CELL_OK ? mo_write(object, length, "", 1) : error;
}

/* ---- Making ---------------------------------------------------------- */

/* What the plan refused is told by the text. */
static cell_error_t create_error(cell_error_t error)
{
    return error == CELL_OVERLAP || error == CELL_TOO_LARGE ? CELL_BAD_CONFIG : error;
}

static cell_error_t create(struct request *request, const struct pd_create_in *in, struct mo *mo,
                           struct pd **made)
{
    char *text = heap_allocate(in->size);
    struct plan_error why = {0};

    if (text == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = mo_read(mo, 0, text, in->size);

    if (error == CELL_OK)
        error = pd_make(request->caller, text, in->size, 1, made, &why);
    heap_free(text, in->size);
    if (why.error != CELL_OK) {
        char message[PLAN_TEXT + 32];
        int length = snprintf(message, sizeof message, "line %u: %s", why.line, why.text);

        serve_text(request, in->config, message, (size_t)length);
    }
    return create_error(error);
}

/* Gives the creator its handle of a new PD. */
static cell_error_t hand_out(struct request *request, struct pd *pd, uint64_t *where, uint64_t *id)
{
    object_refer(&pd->object);
    cell_error_t error = serve_new_handle(request, &pd->object, TYPE_PD, where);

    if (error != CELL_OK)
        cleanup(pd, PD_TERMINATED, 0, 0, 0);
    else
        *id = pd->object.id;
    return error;
}

cell_error_t pd_create_serve(void *context, const struct pd_create_in *in, struct pd_create_out *out)
{
    struct request *request = context;
    struct handle *handle;
    struct pd *pd;
    cell_error_t error = serve_argument(request, in->config, TYPE_MO, HANDLE_READ, &handle);

    if (error == CELL_OK && request->caller == NULL)
        error = CELL_BAD_HANDLE;
    if (error == CELL_OK)
        error = create(request, in, mo_of(handle->object), &pd);
    return error == CELL_OK ? hand_out(request, pd, &out->pd, &out->id) : error;
}

cell_error_t pd_make_serve(void *context, const struct pd_make_in *in, struct pd_make_out *out)
{
    struct request *request = context;
    struct plan_error why;
    struct pd *pd;

    if (request->caller == NULL)
        return CELL_BAD_HANDLE;
    cell_error_t error = pd_make(request->caller, in->text, in->text_count, 1, &pd, &why);

    return error == CELL_OK ? hand_out(request, pd, &out->pd, &out->id) : create_error(error);
}

/* Appends a number in decimal. */
static void put_number(char *text, uint32_t *length, uint64_t number)
{
    char digits[20];
    unsigned count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0)
        text[(*length)++] = digits[--count];
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
    uint32_t length = sizeof prefix - 1;

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
        .edges = {.kind = ITEM_RDE, .flags = CONFIG_ALL, .rights = CONFIG_DEFAULT_RIGHTS}};
    memcpy(thread->name, prefix, length);
    put_number(thread->name, &length, creator->object.id);
    thread->name[length++] = '.';
    put_number(thread->name, &length, ++creator->threads);
    thread->config.name = (struct config_text){offsetof(struct thread_config, name), length};
}

cell_error_t pd_thread_serve(void *context, const struct pd_thread_in *in, struct pd_thread_out *out)
{
    struct request *request = context;
    struct thread_config thread;
    struct plan_error why;
    struct pd *pd;

    if (request->caller == NULL)
        return CELL_BAD_HANDLE;
    fill_thread(&thread, request->caller, in);
    cell_error_t error = create_configured(request->caller, &thread.config, &pd, &why);

    return error == CELL_OK ? hand_out(request, pd, &out->pd, &out->id) : create_error(error);
}

/* ---- Giving ---------------------------------------------------------- */

cell_error_t serve_give(struct pd *giver, struct handle *handle, struct pd *to, uint64_t rights,
                        uint64_t *there)
{
    struct space *space = space_of_object(handle->object);
    bool edge = handle->kind == HANDLE_SPACE;
    bool ours = space == NULL || space->server == NULL || handle->type == TYPE_RESSPC;
    struct slot_table *table = edge ? to->cspace.private : to->cspace.common;
    struct handle *made;

    if (!pd_alive(to) || to == &pd_root)
        return CELL_GONE;
    if (handle->kind == HANDLE_FAULT)
        return CELL_WRONG_TYPE;
    if ((rights & ~handle->rights) != 0 || (!edge && (handle->rights & HANDLE_GRANT) == 0))
        return CELL_DENIED;
    cell_error_t error = handle_create(table, handle->object, (enum handle_kind)handle->kind,
                                       handle->type, (unsigned)rights,
                                       ours ? root_endpoint : space_endpoint(space),
                                       ours ? RIGHTS_CLIENT : space_cap_rights(space), &made);

    if (error != CELL_OK)
        return error;
    made->giver = (uint32_t)giver->object.id + 1;
    *there = made->where;
    return CELL_OK;
}

cell_error_t pd_give_serve(void *context, const struct pd_give_in *in, struct pd_give_out *out)
{
    struct request *request = context;
    struct handle *handle;
    cell_error_t error = request_handle(request, in->handle, &handle);

    if (error == CELL_OK && handle->kind != HANDLE_RESOURCE)
        error = CELL_WRONG_TYPE;
    if (error != CELL_OK)
        return error;
    return serve_give(serve_holder(request->handle), handle, pd_of(request->handle->object),
                      in->rights, &out->there);
}

static cell_error_t edge_argument(const struct request *request, uint64_t where,
                                  struct handle **handle)
{
    cell_error_t error = request_handle(request, where, handle);

    return error == CELL_OK && (*handle)->kind != HANDLE_SPACE ? CELL_WRONG_TYPE : error;
}

cell_error_t pd_share_rde_serve(void *context, const struct pd_share_rde_in *in,
                                struct pd_share_rde_out *out)
{
    struct request *request = context;
    struct handle *edge;
    cell_error_t error = edge_argument(request, in->rde, &edge);

    if (error != CELL_OK)
        return error;
    return serve_give(serve_holder(request->handle), edge, pd_of(request->handle->object),
                      edge->rights, &out->there);
}

cell_error_t pd_give_to_server_serve(void *context, const struct pd_give_to_server_in *in,
                                     struct pd_give_to_server_out *out)
{
    struct request *request = context;
    struct handle *edge, *handle;
    cell_error_t error = edge_argument(request, in->rde, &edge);

    if (error == CELL_OK)
        error = request_handle(request, in->handle, &handle);
    if (error != CELL_OK)
        return error;
    struct space *space = space_of_object(edge->object);

    if (handle->kind != HANDLE_RESOURCE || space == NULL)
        return CELL_WRONG_TYPE;
    if (space->manager == NULL || space->manager == &pd_root)
        return CELL_GONE;
    return serve_give(serve_holder(request->handle), handle, space->manager, in->rights,
                      &out->there);
}

cell_error_t pd_open_serve(void *context, const struct pd_open_in *in, struct pd_open_out *out)
{
    struct pd *pd = pd_by_id(in->id);

    if (pd == NULL || pd == &pd_root)
        return CELL_NOT_FOUND;
    object_refer(&pd->object);
    return serve_new_handle(context, &pd->object, TYPE_PD, &out->pd);
}

cell_error_t pd_release_serve(void *context, const struct pd_release_in *in,
                              struct pd_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    if (request->handle->holder == NULL)
        return CELL_BAD_HANDLE;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t pd_drop_serve(void *context, const struct pd_drop_in *in, struct pd_drop_out *out)
{
    struct request *request = context;
    struct handle *handle;
    cell_error_t error = request_handle(request, in->handle, &handle);

    (void)out;
    if (error != CELL_OK)
        return error;
    if (handle->holder == NULL)
        return CELL_BAD_HANDLE;
    servers_freed(handle);
    handle_free(handle);
    return CELL_OK;
}

/* ---- Ties and limits ------------------------------------------------- */

cell_error_t pd_link_serve(void *context, const struct pd_link_in *in, struct pd_link_out *out)
{
    struct request *request = context;
    struct pd *pd = target(request);

    (void)in;
    (void)out;
    if (pd == NULL || request->caller == NULL)
        return CELL_GONE;
    return pd_set_link(pd, request->caller);
}

cell_error_t pd_limits_serve(void *context, const struct pd_limits_in *in, struct pd_limits_out *out)
{
    struct pd *pd = target(context);

    (void)out;
    if (pd == NULL)
        return CELL_GONE;
    pd->account->limit[ACCOUNT_PAGES] = in->pages;
    pd->account->limit[ACCOUNT_OBJECTS] = in->objects;
    pd->account->limit[ACCOUNT_SLOTS] = in->slots;
    return CELL_OK;
}

cell_error_t pd_set_name_serve(void *context, const struct pd_set_name_in *in,
                               struct pd_set_name_out *out)
{
    struct request *request = context;
    struct pd *pd = target(request);
    size_t length = strnlen(in->name, sizeof in->name);

    (void)out;
    if (pd == NULL)
        return CELL_GONE;
    if (length == 0 || length >= PD_NAME_SIZE) {
        request->answer[0] = 1;
        return CELL_BAD_ARGUMENT;
    }
    pd_set_name(pd, in->name, length);
    return CELL_OK;
}

/* ---- Ending ---------------------------------------------------------- */

cell_error_t pd_exit_serve(void *context, const struct pd_exit_in *in, struct pd_exit_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;

    (void)out;
    if (pd == NULL)
        return CELL_GONE;
    request->deferred = true; /* nobody is left to answer to */
    cleanup(pd, PD_EXITED, in->code, CLEANUP_DEFAULT, CLEANUP_DEFAULT);
    return CELL_OK;
}

cell_error_t pd_terminate_serve(void *context, const struct pd_terminate_in *in,
                                struct pd_terminate_out *out)
{
    struct request *request = context;
    struct pd *pd = target(request);
    struct pd *caller = request->caller;
    uint64_t id = caller == NULL ? 0 : caller->object.id;

    (void)out;
    if (pd == NULL)
        return CELL_OK;
    if (pd == &pd_root)
        return CELL_DENIED;
    cleanup(pd, PD_TERMINATED, 0, (unsigned)in->pd_depth, (unsigned)in->space_depth);
    /* Did the caller go with it? */
    request->deferred = id != 0 && pd_by_id(id) == NULL;
    return CELL_OK;
}

cell_error_t pd_wait_serve(void *context, const struct pd_wait_in *in, struct pd_wait_out *out)
{
    struct request *request = context;
    struct pd *pd = pd_of(request->handle->object);

    (void)in;
    if (pd == request->caller)
        return CELL_LOOP;
    if (pd_alive(pd))
        return wait_for(request, pd);
    out->cause = pd->cause;
    out->code = pd->code;
    return CELL_OK;
}

cell_error_t pd_power_off_serve(void *context, const struct pd_power_off_in *in,
                                struct pd_power_off_out *out)
{
    (void)context;
    (void)out;
    control_exit((int)in->status);
}

cell_error_t pd_ready_serve(void *context, const struct pd_ready_in *in, struct pd_ready_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    if (request->caller == NULL || request->caller->ready)
        return CELL_OK;
    request->caller->ready = true;
    control_send("ready", request->caller->name, strlen(request->caller->name));
    event_happened(EVENT_PD_READY, NULL);
    return CELL_OK;
}

/* ---- The heap -------------------------------------------------------- */

/* The lowest heap region and the end of all that follow it without a gap. */
static struct vmr *find_heap(const struct ads *ads, uint64_t *end)
{
    struct vmr *first = ads_next(ads, 0);

    while (first != NULL && first->kind != CELL_REGION_HEAP)
        first = ads_next(ads, first->start + 1);
    if (first == NULL)
        return NULL;
    for (struct vmr *at = first; at != NULL && at->kind == CELL_REGION_HEAP; at = ads_next(ads, *end)) {
        if (at != first && at->start != *end)
            break;
        *end = vmr_end(at);
    }
    return first;
}

cell_error_t pd_grow_heap_serve(void *context, const struct pd_grow_heap_in *in,
                                struct pd_grow_heap_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;
    uint64_t end = 0;
    struct vmr *heap = pd == NULL ? NULL : find_heap(pd->ads, &end);
    struct vmr *vmr;
    struct mo *mo;

    (void)out;
    if (heap == NULL)
        return CELL_NOT_FOUND;
    uint64_t have = (end - heap->start) / PAGE_SIZE;

    if (in->pages <= have)
        return CELL_OK;
    cell_error_t error = mo_create(pd->account, in->pages - have, MO_ON_TOUCH, &mo);

    if (error != CELL_OK)
        return error;
    error = ads_attach(pd->ads, mo, end, CELL_REGION_HEAP, HANDLE_READ | HANDLE_WRITE, ATTACH_ON_TOUCH,
                       &vmr);
    object_release(&mo->object);
    return error;
}

/* ---- Interrupts ------------------------------------------------------ */

#define SIGNAL_MARK (UINT64_C(1) << 63)
#define SIGNAL_WORK (UINT64_C(1) << 62)

static bool may_have(const struct pd *pd, uint64_t irq)
{
    for (uint32_t i = 0; i < pd->irq_count; i++)
        if (pd->irqs[i] == irq)
            return true;
    return false;
}

/* Binds a handler capability in `slot` to a badged copy of the PD's notification. */
static cell_error_t bind(struct pd *pd, slot_t slot, uint64_t badge)
{
    cell_error_t error = cpu_notification(pd->cpu);
    slot_t signal = error == CELL_OK ? slot_allocate() : 0;

    if (error != CELL_OK)
        return error;
    if (signal == 0)
        return CELL_NO_MEMORY;
    must(kernel_copy_badged(signal, pd->cpu->notification.slot, RIGHT_SEND,
                            SIGNAL_MARK | (badge & ~SIGNAL_WORK)),
         "pd: copy a notification");
    must((int)seL4_IRQHandler_SetNotification(slot, signal), "pd: set a notification");
    must((int)seL4_IRQHandler_Ack(slot), "pd: acknowledge");
    must(kernel_delete(signal), "pd: drop a notification");
    slot_free(signal);
    return CELL_OK;
}

cell_error_t pd_interrupt_serve(void *context, const struct pd_interrupt_in *in,
                                struct pd_interrupt_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;

    if (pd == NULL || !may_have(pd, in->irq))
        return CELL_DENIED;
    slot_t slot = slot_allocate();
    cell_error_t error = CELL_OK;

    if (slot == 0)
        return CELL_NO_MEMORY;
    if (seL4_IRQControl_Get(SLOT_IRQ_CONTROL, in->irq, SLOT_ROOT_CNODE, slot,
                            (seL4_Uint8)(kernel_root_bits + LEAF_BITS)) != seL4_NoError) {
        slot_free(slot);
        return CELL_BUSY;
    }
    error = bind(pd, slot, in->badge);
    if (error == CELL_OK)
        error = table_put(pd->cspace.common, slot, RIGHTS_ALL, 0, &out->handler);
    /* The PD's copy is the only one, so that the interrupt is free when that goes. */
    must(kernel_delete(slot), "pd: drop an interrupt");
    slot_free(slot);
    return error;
}

cell_error_t serve_pd(struct request *request)
{
    return serve_request(request, &pd_interface);
}

void serve_pd_start(void)
{
    request_register(5, serve_pd);
    request_register(6, serve_resspc);
    request_register(7, serve_graph);
}

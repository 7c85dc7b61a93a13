/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/serve.c: see serve.h.
 */
#include "root/serve/serve.h"

#include "root/pd/authority.h"
#include "root/pd/help.h"

_Static_assert((int)HANDLE_SPACE == (int)IDL_SPACE && (int)HANDLE_RESOURCE == (int)IDL_RESOURCE &&
                   (int)HANDLE_SELF == (int)IDL_SELF && (int)HANDLE_ALL == (int)IDL_ALL &&
                   REQUEST_HANDLES == IDL_ARGUMENTS,
               "kinds and rights of handles are those of lib/idl");

/* What is at `where` in the caller's CSpace. Of a request whose caller is not known, only the table that its handle
 * is in is looked at. */
static uint32_t entry_at(const struct request *request, cell_cap_t where)
{
    if (request->caller != NULL)
        return cspace_entry(pd_cspace(request->caller), where);
    return where >> CSPACE_INDEX_BITS == CSPACE_COMMON ? table_entry(request->handle->holder, where) : SLOT_EMPTY;
}

/* A handle argument. CELL_BAD_HANDLE: nothing is there, or not a handle, or its object is dead. */
static cell_error_t find(void *context, unsigned number, uint64_t where, struct idl_handle *found)
{
    struct request *request = context;

    /* Who asks by it names it mostly, too. */
    if (where == CSPACE_SELF && request->handle->kind == HANDLE_SELF) {
        request->named[number] = request->handle;
        found->on = HANDLE_SELF;
        return CELL_OK;
    }
    uint32_t entry = entry_at(request, where);

    if (entry == SLOT_EMPTY || entry == SLOT_BARE)
        return CELL_BAD_HANDLE;
    struct handle *handle = handle_by_index(entry);

    if (handle->object->dead)
        return CELL_BAD_HANDLE;
    request->named[number] = handle;
    *found = (struct idl_handle){handle->kind, handle->rights, type_name(handle->type)};
    return CELL_OK;
}

cell_error_t serve_other(struct request *request, uint64_t id)
{
    const struct handle *authority = request->named[0];
    struct pd *holder = authority->kind == HANDLE_SELF ? request->caller : pd_of(authority->object);

    request->other = authority_select(holder, id);
    if (request->other == NULL)
        return holder == &pd_root ? CELL_NOT_FOUND : CELL_DENIED;
    return authority->kind == HANDLE_SELF && request->other != holder ? CELL_DENIED : CELL_OK;
}

static cell_error_t select(void *context, uint64_t id)
{
    return serve_other(context, id);
}

static __attribute__((noinline)) cell_error_t serve(struct request *request,
                                                    const struct idl_interface *interface, type_t type)
{
    /* There is one request at a time. */
    static struct idl_target target = {.find = find, .select = select};

    target.on = request->handle->kind;
    target.rights = request->handle->rights;
    target.type_matches = request->handle->type == type;
    return idl_serve(interface, &target, request->operation, request->length, request->words,
                     request, request->answer, &request->answer_length);
}

cell_error_t serve_request(struct request *request, const struct idl_interface *interface, type_t type)
{
    struct pd *pd = request->caller;

    if (pd == NULL)
        return serve(request, interface, type);
    if (help_first(pd))
        return CELL_AGAIN;
    bool owing = reap_waits();
    cell_error_t error = serve(request, interface, type);

    return help_again(pd, help_may_help(error), owing) ? CELL_AGAIN : error;
}

cell_error_t serve_new_handle_for(const struct request *request, struct object *object, type_t type, unsigned rights,
                                  uint64_t *where)
{
    struct handle *handle;
    cell_error_t error = handle_create(pd_cspace(request->caller)->common, object, HANDLE_RESOURCE,
                                       type, rights, root_endpoint, RIGHTS_CLIENT, &handle);

    if (error == CELL_OK)
        *where = handle->where;
    object_release(object);
    return error;
}

cell_error_t serve_new_handle(const struct request *request, struct object *object, type_t type, uint64_t *where)
{
    return serve_new_handle_for(request, object, type, HANDLE_ALL, where);
}

struct account *serve_account(const struct request *request)
{
    return pd_account(request->caller);
}

void serve_start(void)
{
    request_register(1, serve_mo);
    request_register(2, serve_ads);
    request_register(3, serve_cpu);
    request_register(4, serve_ep);
    request_register(8, serve_clock);
    request_register(9, serve_bench);
    request_register(13, serve_ntfn);
    request_register(14, serve_word);
    request_register(15, serve_library);
    request_register(24, serve_context);
    request_register(22, serve_vcpu);
    request_register(28, serve_fault);
    serve_word_start();
}

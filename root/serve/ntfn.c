/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/ntfn.c: requests about notifications (idl/ntfn.idl). */
#include <cell/idl/ntfn_server.h>

#include "root/core/ntfn.h"
#include "root/core/pd.h"
#include "root/serve/serve.h"

static cell_error_t give(const struct request *request, struct ntfn *ntfn, unsigned rights,
                         unsigned bit, uint64_t *where)
{
    struct handle *handle;
    cell_error_t error = handle_create_signal(pd_cspace(request->caller)->common, ntfn, rights, bit,
                                              &handle);

    if (error == CELL_OK)
        *where = handle->where;
    return error;
}

cell_error_t ntfn_allocate_serve(void *context, const struct ntfn_allocate_in *in,
                                 struct ntfn_allocate_out *out)
{
    struct request *request = context;
    struct ntfn *ntfn;
    cell_error_t error = ntfn_create(serve_account(request), &ntfn);

    (void)in;
    if (error != CELL_OK)
        return error;
    error = give(request, ntfn, HANDLE_ALL, 0, &out->ntfn);
    object_release(&ntfn->object);
    return error;
}

cell_error_t ntfn_bound_serve(void *context, const struct ntfn_bound_in *in,
                              struct ntfn_bound_out *out)
{
    struct request *request = context;
    cell_error_t error = pd_notification(request->caller);

    (void)in;
    return error != CELL_OK ? error
                            : give(request, request->caller->cpu->ntfn, HANDLE_ALL, 0, &out->ntfn);
}

cell_error_t ntfn_bring_serve(void *context, const struct ntfn_bring_in *in,
                              struct ntfn_bring_out *out)
{
    const struct request *request = context;
    const struct handle *handle = request->named[0];

    return give(request, ntfn_of(handle->object), handle->rights, (unsigned)in->bit, &out->there);
}

cell_error_t serve_ntfn(struct request *request)
{
    return serve_request(request, &ntfn_interface, TYPE_NTFN);
}

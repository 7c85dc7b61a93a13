/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/mo.c: requests about memory objects (idl/mo.idl). */
#include <cell/idl/mo_server.h>

#include "root/core/mo.h"
#include "root/pd/authority.h"
#include "root/serve/serve.h"

cell_error_t mo_allocate_serve(void *context, const struct mo_allocate_in *in,
                               struct mo_allocate_out *out)
{
    struct request *request = context;
    struct mo *mo;
    cell_error_t error = mo_create(serve_account(request), in->pages,
                                   (in->flags & 1) != 0 ? MO_ON_TOUCH : 0, &mo);

    return error != CELL_OK ? error : serve_new_handle(request, &mo->object, TYPE_MO, &out->mo);
}

cell_error_t mo_size_serve(void *context, const struct mo_size_in *in, struct mo_size_out *out)
{
    struct request *request = context;
    struct mo *mo = mo_of(request->handle->object);

    (void)in;
    out->pages = mo->pages;
    return CELL_OK;
}

cell_error_t mo_physical_serve(void *context, const struct mo_physical_in *in,
                               struct mo_physical_out *out)
{
    struct request *request = context;
    struct pd *pd = request->caller;

    (void)in;
    if (!pd->device && (authority_over(pd, &pd_root) & HANDLE_READ) == 0)
        return CELL_DENIED;
    out->physical = mo_physical(mo_of(request->named[0]->object));
    return CELL_OK;
}

cell_error_t mo_release_serve(void *context, const struct mo_release_in *in,
                              struct mo_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t serve_mo(struct request *request)
{
    return serve_request(request, &mo_interface);
}

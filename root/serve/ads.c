/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/ads.c: requests about address spaces (idl/ads.idl). Through a handle of an address space they mean
 * that one, through a PD's own handle (CSPACE_SELF) the one that it runs in.
 */
#include <cell/idl/ads_server.h>

#include "root/core/ads.h"
#include "root/core/pd.h"
#include "root/serve/serve.h"

static struct ads *target(const struct request *request)
{
    const struct handle *handle = request->handle;

    if (handle->kind == HANDLE_RESOURCE && handle->type == TYPE_ADS)
        return ads_of(handle->object);
    return request->caller != NULL ? pd_ads(request->caller) : NULL;
}

cell_error_t ads_create_serve(void *context, const struct ads_create_in *in,
                              struct ads_create_out *out)
{
    struct request *request = context;
    struct ads *ads;
    cell_error_t error = ads_create(serve_account(request), &ads);

    (void)in;
    return error != CELL_OK ? error : serve_new_handle(request, &ads->object, TYPE_ADS, &out->ads);
}

cell_error_t ads_attach_serve(void *context, const struct ads_attach_in *in,
                              struct ads_attach_out *out)
{
    struct request *request = context;
    struct ads *ads = target(request);
    struct handle *handle;
    struct vmr *vmr;
    cell_error_t error = serve_argument(request, in->mo, TYPE_MO, (unsigned)in->rights, &handle);

    if (error != CELL_OK)
        return error;
    if (ads == NULL)
        return CELL_WRONG_TYPE;
    error = ads_attach(ads, mo_of(handle->object), in->address, (enum cell_region)in->kind,
                       (unsigned)in->rights, (unsigned)in->flags, &vmr);
    if (error == CELL_OK)
        out->start = vmr->start;
    return error;
}

cell_error_t ads_reserve_serve(void *context, const struct ads_reserve_in *in,
                               struct ads_reserve_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr;
    cell_error_t error = ads == NULL ? CELL_WRONG_TYPE
                                     : ads_reserve(ads, in->address, in->pages,
                                                   (enum cell_region)in->kind, &vmr);

    if (error == CELL_OK)
        out->start = vmr->start;
    return error;
}

cell_error_t ads_remove_serve(void *context, const struct ads_remove_in *in,
                              struct ads_remove_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr = ads == NULL ? NULL : ads_find(ads, in->address);

    (void)out;
    if (vmr == NULL)
        return CELL_NOT_FOUND;
    ads_remove(vmr);
    return CELL_OK;
}

cell_error_t ads_find_serve(void *context, const struct ads_find_in *in, struct ads_find_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr = ads == NULL ? NULL : ads_find(ads, in->address);

    if (vmr == NULL && ads != NULL)
        vmr = ads_next(ads, in->address);
    if (vmr == NULL)
        return CELL_NOT_FOUND;
    out->start = vmr->start;
    out->pages = vmr->pages;
    out->kind = vmr->kind;
    out->rights = vmr->rights;
    return CELL_OK;
}

cell_error_t ads_find_kind_serve(void *context, const struct ads_find_kind_in *in,
                                 struct ads_find_kind_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr;
    cell_error_t error =
        ads == NULL ? CELL_WRONG_TYPE : ads_find_kind(ads, (enum cell_region)in->kind, &vmr);

    if (error == CELL_OK) {
        out->start = vmr->start;
        out->pages = vmr->pages;
    }
    return error;
}

cell_error_t ads_release_serve(void *context, const struct ads_release_in *in,
                               struct ads_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t serve_ads(struct request *request)
{
    return serve_request(request, &ads_interface);
}

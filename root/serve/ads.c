/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/ads.c: requests about address spaces (idl/ads.idl): the one that the caller runs in, or one that it has
 * a handle of.
 */
#include <cell/idl/ads_server.h>

#include "root/core/ads.h"
#include "root/core/pd.h"
#include "root/loop/piece.h"
#include "root/serve/serve.h"

/* The address space that a request names first: CSPACE_SELF is the one that the caller runs in. */
static struct ads *target(const struct request *request)
{
    const struct handle *handle = request->named[0];

    return handle->kind == HANDLE_SELF ? pd_ads(request->caller) : ads_of(handle->object);
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

/* ---- Attaching ------------------------------------------------------- */

/* Many pages: the region is there from the first piece on. */
struct attachment {
    struct piece piece;
    struct vmr *vmr; /* referred to */
    uint64_t done;   /* pages that are mapped */
};

/* Pages of a piece. The primary region of an MO needs no copies of their capabilities; `primary` is what it has to
 * be for that. */
static uint64_t piece_pages(const struct mo *mo, const struct vmr *primary)
{
    return mo->primary == primary && (mo->flags & MO_FOREIGN) == 0 ? 128 : 64;
}

static bool is_there(const struct vmr *vmr)
{
    return vmr->ads != NULL && vmr->unmapped == 0;
}

static void undo_attachment(struct piece *piece)
{
    struct attachment *attachment = CONTAINER(piece, struct attachment, piece);

    if (attachment->vmr->ads != NULL)
        ads_remove_later(attachment->vmr);
    object_release(&attachment->vmr->object);
}

static cell_error_t begin_attachment(struct request *request, const struct ads_attach_in *in,
                                     struct attachment **made)
{
    struct piece *piece;
    cell_error_t error = piece_begin(request, sizeof **made, undo_attachment, &piece);

    if (error != CELL_OK)
        return error;
    *made = CONTAINER(piece, struct attachment, piece);
    error = ads_attach(serve_account(request), target(request), mo_of(request->named[1]->object), in->address,
                       (enum cell_region)in->kind, (unsigned)in->rights,
                       (unsigned)in->flags | ATTACH_ON_TOUCH, &(*made)->vmr);
    if (error == CELL_OK)
        object_refer(&(*made)->vmr->object);
    else
        piece_end(piece);
    return error;
}

static cell_error_t go_on(struct attachment *attachment, uint64_t *start)
{
    struct vmr *vmr = attachment->vmr;
    cell_error_t error = CELL_GONE;

    if (is_there(vmr))
        error = ads_map(vmr, &attachment->done, piece_pages(vmr->mo, vmr));

    if (error == CELL_OK && attachment->done < vmr->pages)
        return piece_again(&attachment->piece);
    if (error == CELL_OK) {
        *start = vmr->start;
        object_release(&vmr->object);
    } else {
        undo_attachment(&attachment->piece);
    }
    piece_end(&attachment->piece);
    return error;
}

static cell_error_t attach_many(struct request *request, const struct ads_attach_in *in,
                                uint64_t *start)
{
    struct piece *piece = piece_find(request, undo_attachment);
    struct attachment *attachment = NULL;
    cell_error_t error = CELL_OK;

    if (piece != NULL)
        attachment = CONTAINER(piece, struct attachment, piece);
    else
        error = begin_attachment(request, in, &attachment);
    return error == CELL_OK ? go_on(attachment, start) : error;
}

cell_error_t ads_attach_serve(void *context, const struct ads_attach_in *in,
                              struct ads_attach_out *out)
{
    struct request *request = context;
    struct mo *mo = mo_of(request->named[1]->object);
    struct vmr *vmr;

    if (mo->present > piece_pages(mo, NULL) && (in->flags & ATTACH_ON_TOUCH) == 0)
        return attach_many(request, in, &out->start);
    cell_error_t error = ads_attach(serve_account(request), target(request), mo, in->address, (enum cell_region)in->kind,
                                    (unsigned)in->rights, (unsigned)in->flags, &vmr);

    if (error == CELL_OK)
        out->start = vmr->start;
    return error;
}

/* ---- The others ------------------------------------------------------ */

cell_error_t ads_reserve_serve(void *context, const struct ads_reserve_in *in,
                               struct ads_reserve_out *out)
{
    const struct request *request = context;
    struct vmr *vmr;
    cell_error_t error = ads_reserve(serve_account(request), target(request), in->address, in->pages,
                                     (enum cell_region)in->kind, &vmr);

    if (error == CELL_OK)
        out->start = vmr->start;
    return error;
}

cell_error_t ads_remove_serve(void *context, const struct ads_remove_in *in,
                              struct ads_remove_out *out)
{
    struct vmr *vmr = ads_find(target(context), in->address);

    (void)out;
    if (vmr == NULL)
        return CELL_NOT_FOUND;
    return ads_remove_some(vmr, &reap_left) ? CELL_OK : CELL_AGAIN;
}

cell_error_t ads_find_serve(void *context, const struct ads_find_in *in, struct ads_find_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr = ads_find(ads, in->address);

    if (vmr == NULL)
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
    struct vmr *vmr;
    cell_error_t error = ads_find_kind(target(context), (enum cell_region)in->kind, &vmr);

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
    return serve_request(request, &ads_interface, TYPE_ADS);
}

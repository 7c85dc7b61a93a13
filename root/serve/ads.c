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
    struct vmr *vmr;     /* referred to */
    bool whole, at_once; /* pages that are missing are made, those that are there mapped */
    uint64_t made, done; /* pages that are present, and mapped */
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
    struct mo *mo = mo_of(request->named[1]->object);
    uint64_t missing = ads_missing(serve_account(request), mo, (unsigned)in->flags);
    struct piece *piece;

    if (missing > ATTACH_MISSING)
        return CELL_TOO_LARGE;
    cell_error_t error = piece_begin(request, sizeof **made, undo_attachment, &piece);

    if (error != CELL_OK)
        return error;
    *made = CONTAINER(piece, struct attachment, piece);
    (*made)->whole = missing != 0;
    (*made)->at_once = (in->flags & ATTACH_ON_TOUCH) == 0;
    error = ads_attach(serve_account(request), target(request), mo, in->address,
                       (enum cell_region)in->kind, (unsigned)in->rights,
                       (unsigned)in->flags | ATTACH_ON_TOUCH | ATTACH_MAY_FAULT, &(*made)->vmr);
    if (error == CELL_OK)
        object_refer(&(*made)->vmr->object);
    else
        piece_end(piece);
    return error;
}

static cell_error_t fill_or_map(struct attachment *attachment)
{
    struct vmr *vmr = attachment->vmr;
    uint64_t left = vmr->pages - attachment->made;
    cell_error_t error;

    if (attachment->whole && left != 0) {
        uint64_t part = left < PIECE_PAGES ? left : PIECE_PAGES;

        error = mo_populate(vmr->mo, attachment->made, part);
        attachment->made += part;
        return error == CELL_OK ? CELL_AGAIN : error;
    }
    if (!attachment->at_once)
        return CELL_OK;
    error = ads_map(vmr, &attachment->done, piece_pages(vmr->mo, vmr));
    return error == CELL_OK && attachment->done < vmr->pages ? CELL_AGAIN : error;
}

static cell_error_t go_on(struct attachment *attachment, uint64_t *start)
{
    struct vmr *vmr = attachment->vmr;
    cell_error_t error = is_there(vmr) ? fill_or_map(attachment) : CELL_GONE;

    if (error == CELL_AGAIN)
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

    bool many = (in->flags & ATTACH_ON_TOUCH) == 0 && mo->present > piece_pages(mo, NULL);

    /* Also when the last piece has left nothing to be made. */
    if (many || ads_missing(serve_account(request), mo, (unsigned)in->flags) > PIECE_PAGES / 2 ||
        piece_find(request, undo_attachment) != NULL)
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
